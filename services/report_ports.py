"""What complaints that a ministry takes itself need of the records: how far each is on its way, and whom to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.satisfaction_ports import CellKey, Complaint


class OnItsWay(StrEnum):
    """`waiting`: nothing was sent, or surely not taken. `sending`: being sent now; past its time, nobody knows.
    `unsure`: it may be there, and is looked for. `followed`: the ministry has it. `ours`: it is for our staff."""

    WAITING = "waiting"
    SENDING = "sending"
    UNSURE = "unsure"
    FOLLOWED = "followed"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Handing:
    """A complaint and how far it is on its way. `answers`: to the kind's own questions, as in `values.Report`.

    `number`, `token`: the ministry's. `words`: what it says of it so far. `tries`: how often it was taken up.
    `sent_at`: when it was sent last. `due_at`: when it is taken up next; None: never.
    """

    complaint: Complaint
    state: OnItsWay = OnItsWay.WAITING
    title: str = ""
    answers: Mapping[str, object] | None = None
    contact: str = ""
    number: str = ""
    token: str = ""
    words: str = ""
    tries: int = 0
    sent_at: datetime | None = None
    due_at: datetime | None = None


class Handings(Protocol):
    """Complaints on their way. Nothing here commits."""

    async def begin(self, handing: Handing) -> None:
        """Of a complaint that was just kept."""
        ...

    async def get(self, complaint: UUID) -> Handing | None:
        """As it is; None for one that is no ministry's."""
        ...

    async def of(self, person: UUID, limit: int) -> Sequence[Handing]:
        """Hers, newest first."""
        ...

    async def to_send(self, limit: int) -> Sequence[UUID]:
        """Those to be sent or looked for by now, the longest due first."""
        ...

    async def claim(self, complaint: UUID, until: datetime) -> Handing | None:
        """Take it up alone until then: as it was, but for `tries`. None where it is not due, or another has it."""
        ...

    async def settle(self, handing: Handing) -> bool:
        """What came of it. False where somebody else took it up meanwhile: then nothing is changed."""
        ...

    async def to_follow(self, limit: int, until: datetime) -> Sequence[Handing]:
        """Those to be asked about by now, which are asked about next at `until`."""
        ...


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """Somebody's answers of that month; 0: not answered."""

    month: date
    about: CellKey
    first: int
    second: int


class HandedAnswers(Protocol):
    """Survey answers of which a ministry is told: counts of what was handed in, as nothing else is kept of them."""

    async def take(self, since: date, kinds: Sequence[str]) -> GivenAnswers | None:
        """One answer that was not handed in, of months from that day's on; from now on it counts as handed in."""
        ...

    async def give_back(self, given: GivenAnswers) -> None:
        """It was surely not taken."""
        ...
