"""What is said of forms: their questions, drafts, and what came of handing one in."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from mobile_api.operations import Input, Output
from services.values import FieldKind, FormField

CODE = r"[a-z0-9_]{1,64}"

Answers = Annotated[
    dict[str, Any],
    Meta(
        max_length=100,
        description="By field name: text, whole number, true or false, a date as YYYY-MM-DD, the value of a choice, "
        "or for a group a list of such maps.",
    ),
]


class ChoiceShown(Output, frozen=True):
    """An answer that may be chosen: `value` is handed in, `label` is for people."""

    value: str
    label: str


class FieldShown(Output, frozen=True):
    """One question. `minimum`, `maximum`: of a number, of a text's length, or of how many entries a group has.
    `fields`: of a group's entry."""

    name: str
    kind: FieldKind
    title: str
    required: bool
    choices: tuple[ChoiceShown, ...]
    minimum: int | None
    maximum: int | None
    fields: tuple["FieldShown", ...]

    @classmethod
    def of(cls, field: FormField) -> "FieldShown":
        choices = tuple(ChoiceShown(value, label) for value, label in field.choices)
        inner = tuple(cls.of(each) for each in field.fields)
        return cls(field.name, field.kind, field.title, field.required, choices, field.minimum, field.maximum, inner)


class ConsentWords(Output, frozen=True):
    """What must be agreed to before anything is handed in. `version`: of the words."""

    version: str
    words: str


class FormShown(Output, frozen=True):
    """A ministry's form. `ministry`: who takes it, by name; `purpose`: what the answers are used for; both "" where the
    country's pack does not say. `consent`: null where there is nothing to agree to (any more). `draft`: the answers so
    far, by whichever channel."""

    service: str
    service_name: str
    ministry: str
    purpose: str
    id: str
    title: str
    fields: tuple[FieldShown, ...]
    consent: ConsentWords | None
    draft: Answers


class ApplicationWanted(Input, frozen=True):
    """`consent`: she agrees to the words that the form shows."""

    service: Annotated[str, Meta(pattern=f"^{CODE}$")]
    answers: Answers
    consent: bool = False


class ApplicationReceived(Output, frozen=True):
    """Handed in. `due_on`: by then it is decided."""

    reference: str
    due_on: date


class AnswersWanted(Input, frozen=True):
    """Answers to a form."""

    answers: Answers


class DraftShown(Output, frozen=True):
    """The answers so far. They are kept seven days from the last change."""

    service: str
    answers: Answers


class FormReturned(Output, frozen=True):
    """The form of an application that was sent back, with what was handed in."""

    reference: str
    service: str
    title: str
    fields: tuple[FieldShown, ...]
    answers: Answers


class ApplicationAmended(Output, frozen=True):
    """What was sent back is answered."""

    reference: str


class SubmissionState(StrEnum):
    """Where something handed in is. `not_done`: the ministry could not be reached; nothing was done. `held`: somebody
    else calls her back before it is handed in."""

    PROCESSING = "processing"
    DONE = "done"
    REFUSED = "refused"
    NOT_DONE = "not_done"
    HELD = "held"


class SubmissionShown(Output, frozen=True):
    """Something handed in. `reference` and `due_on` once the ministry has it; `reason` where it refused. `slip`: its
    number on the slip, where it is held (`id` is null then)."""

    id: str | None
    service: str
    state: SubmissionState
    reference: str | None = None
    due_on: date | None = None
    reason: str = ""
    slip: str = ""
