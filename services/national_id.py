"""The switch for national identity numbers: unless the country's authority allowed them, no form asks for one."""

from dataclasses import dataclass, replace

from services.values import Form, FormField


@dataclass(frozen=True, slots=True)
class NationalId:
    """`fields`: how ministries' forms name such a number. `authorisation`: under which it may be asked, "" for none."""

    fields: frozenset[str] = frozenset()
    authorisation: str = ""

    def within(self, form: Form) -> Form:
        """The form as it may be asked: what is not asked is neither stored nor handed on."""
        if self.authorisation or not self.fields:
            return form
        return replace(form, fields=self._allowed(form.fields))

    def _allowed(self, fields: tuple[FormField, ...]) -> tuple[FormField, ...]:
        return tuple(
            replace(field, fields=self._allowed(field.fields)) if field.fields else field
            for field in fields
            if field.name not in self.fields
        )
