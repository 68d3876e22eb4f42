"""What a hop promises to tell a person later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from i18n.text import SlotValue
from services.alerts import AlertKind, Gist
from services.ports.remembered import Records
from services.values import Place
from services.wording import said


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person is to be told outside the conversation, as facts.

    `service`, `subject`: what it is about, "" for neither. `once`: what it tells of; of that she is told once.
    `kind`: by which policy it goes out. `gist`: what it says, where a ministry may tell the same by itself. `place`:
    where, as it is called in the language of whoever is told.
    """

    text_id: str
    values: Mapping[str, SlotValue]
    service: str = ""
    subject: str = ""
    once: UUID | None = None
    kind: AlertKind = AlertKind.PROMISED
    gist: Gist | None = None
    place: Place | None = None

    def values_in(self, language: str) -> Mapping[str, SlotValue]:
        """What fills its text in that language."""
        return {**self.values, "place": said(self.place.called(language))} if self.place else self.values


class Notices(Protocol):
    """Tells a person something outside the conversation ("we will send you the answer")."""

    def can_send(self) -> bool:
        """Whether any channel can carry a notice. Where none can, no screen says that one will come."""
        ...

    async def promise(self, records: Records, person: UUID, notice: Notice) -> bool:
        """Put it within the unit of work of what it tells. False where she cannot be reached."""
        ...
