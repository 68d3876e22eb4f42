"""An alert as a letter: subject and plain text in her language, from the catalogs' `mail.*`.

An opening by kind, then a line for each fact. What an SMS does not name (a sensitive service, and whatever a number in
doubt must not read) a letter does not name either.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.errors import InvalidValue
from i18n.links import unlink
from i18n.text import SlotValue, Text, Word
from i18n.translator import Translator
from services.alerts import AlertKind
from services.tellings import CONTENTLESS

K = AlertKind
_SUBJECTS: Mapping[AlertKind, str] = {
    K.RECEIVED: "mail.subject_application",
    K.IN_REVIEW: "mail.subject_application",
    K.DAYS_PASSED: "mail.subject_application",
    K.TERM_ENDING: "mail.subject_application",
    K.ACTION_REQUIRED: "mail.subject_needed",
    K.GRANTED: "mail.subject_decision",
    K.REFUSED: "mail.subject_decision",
    K.READY_FOR_PICKUP: "mail.subject_pickup",
    K.NOT_COLLECTED: "mail.subject_pickup",
    K.APPOINTMENT_BOOKED: "mail.subject_visit",
    K.APPOINTMENT_MOVED: "mail.subject_visit",
    K.APPOINTMENT_CANCELLED: "mail.subject_visit",
    K.APPOINTMENT_REMINDER: "mail.subject_visit",
    K.UNIT_COMING: "mail.subject_unit",
    K.CODE: "mail.subject_code",
}
KINDS = frozenset(_SUBJECTS) - {K.CODE}
"""Alerts that there is a letter for; all others go by SMS alone."""

_OPENINGS = {
    "sms.visit_cancelled_by_office": "mail.appointment_cancelled_by_office",
    "sms.unit_changed": "mail.unit_changed",
    "sms.unit_cancelled": "mail.unit_cancelled",
}
_SAY_NOTHING = frozenset({"sms.sensitive_application", "sms.sensitive_visit", CONTENTLESS})
_NEWS, _NEWS_SUBJECT = "mail.news", "mail.subject_news"
_LINES = (
    "service",
    "reference",
    "number",
    "days",
    "due",
    "needs",
    "reason",
    "amount",
    "until",
    "place",
    "address",
    "day",
    "time",
    "opens",
    "closes",
    "available_from",
    "available_until",
)
"""A fact's line is `mail.line_<fact>`."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Its words. `language`: of all of them."""

    subject: str
    body: str
    language: str


@dataclass(frozen=True, slots=True)
class Letters:
    """`code`: what is dialled. `hidden`: words of services that are never named."""

    translator: Translator
    code: str
    hidden: Collection[str] = ()

    def letter(self, kind: AlertKind, text_id: str, values: Mapping[str, SlotValue], language: str) -> Letter:
        """Raises `GuichetError` for what cannot be said, naming no value."""
        if kind not in _SUBJECTS:
            raise InvalidValue(f"no letter is written for {kind.value}")
        safe = {name: unlink(value) if isinstance(value, str) else value for name, value in values.items()}
        silent = text_id in _SAY_NOTHING or self._is_hidden(safe.get("service"))
        if silent:
            safe.pop("service", None)
        subject = _NEWS_SUBJECT if silent else _SUBJECTS[kind]
        opening = _NEWS if silent else _OPENINGS.get(text_id, f"mail.{kind.value}")
        said = {"code": self.code, **safe}
        parts = [self._say("mail.greeting", said, language), self._say(opening, said, language)]
        lines = [self._say(f"mail.line_{name}", said, language) for name in _LINES if name in safe]
        if lines:
            parts.append("\n".join(lines))
        parts += [self._say(f"mail.closing{'_code' if kind is K.CODE else ''}", said, language)]
        return Letter(self._say(subject, said, language), "\n\n".join(parts) + "\n", language)

    def _say(self, id: str, values: Mapping[str, SlotValue], language: str) -> str:
        slots = self.translator.slots_of(id)
        return self.translator.render(Text(id, {name: values[name] for name in slots if name in values}), language)

    def _is_hidden(self, service: SlotValue | None) -> bool:
        return isinstance(service, Word) and service.id in self.hidden
