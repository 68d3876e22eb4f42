"""Backend × outcome: how each is provoked at the simulated ministries, and what then comes out of the port."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from domain.errors import (
    MinistryAmbiguous,
    MinistryBusy,
    MinistryContract,
    MinistryRefused,
    MinistryUnavailable,
)
from services.values import SlotGone
from tests.services.backends.backends_under_test import no_longer_than
from tests.services.backends.contract_rows import (
    AIDED,
    FEED,
    GUIDE,
    MAPPED,
    PHONE,
    READS,
    READY,
    REGISTRATION,
    SCHEDULER,
    SINGLE,
    VOICE,
    WRITES,
    Reach,
)
from tests.services.backends.guides_under_test import HSDS, hsds
from tests.services.backends.mapped_under_test import mapped_at, settings
from tests.services.backends.voices_under_test import COMPLAINT, desk

ROWS = {row.name: row for row in (*READS, *WRITES)}
ANYTHING = object()  # some value, and not an empty one
NOWHERE = "999999999"


class Outcome(StrEnum):
    """How a call may end."""

    FOUND = "found"
    NOT_FOUND = "not found"
    NOT_YOURS = "not yours"
    CONFLICT = "conflict"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    CONTRACT = "contract"


@dataclass(frozen=True)
class Provoked:
    """`call`: a row's name, or what is done instead. `gives`: the value, or the class of the failure. `fault`: what
    strikes the row's request."""

    how: str
    call: str | Callable[[Reach], Awaitable[object]]
    gives: object
    fault: tuple[str, object] | None = None


def answered(status: int, row: str, gives: object) -> Provoked:
    return Provoked(f"the ministry answers {status} to {row}", row, gives, ("status", status))


def always(row: str) -> Mapping[Outcome, Provoked]:
    """What is the same for every standard, shown on one of its reads."""
    return {
        Outcome.FOUND: Provoked(f"{row}, and it is there", row, ANYTHING),
        Outcome.BUSY: answered(429, row, MinistryBusy),
        Outcome.UNAVAILABLE: answered(503, row, MinistryUnavailable),
        Outcome.CONTRACT: Provoked(f"a page of HTML to {row}", row, MinistryContract, ("html", 200)),
    }


async def _anothers_visit(reach: Reach) -> object:
    visit = await reach.visit("person-1")
    return await reach.asan.cancel(visit.id, "person-2", reach.deadline)


async def _taken_seat(reach: Reach) -> object:
    """Others book until its last seat is gone; then she asks for it."""
    slot, others = await reach.free(), 0
    while await reach.asan.book(slot.id, f"other-{others}", PHONE, f"k{others}", no_longer_than(30)) != SlotGone():
        others += 1
    return await reach.asan.book(slot.id, "person-1", PHONE, "k", reach.deadline) if others else None


async def _amended_though_decided(reach: Reach) -> object:
    """Between the look and the writing it was decided."""
    back = await reach.sandbox.reference("sent_back")
    await reach.sandbox.fault("vemtas", "applications.amend", "status", 409)
    return await reach.vemtas.amend(back, SINGLE, "k", reach.deadline)


async def _another_nobody(reach: Reach) -> object:
    unknown = replace(HSDS, services={"passport": "00000000-0000-4000-8000-000000000000"})
    return await hsds(*reach.to("asan-guide"), unknown).info("passport", reach.deadline)


async def _kept_from_others(reach: Reach) -> object:
    """Where the pack says that 403 means "not yours"."""
    await reach.sandbox.fault("berkane", "demandes.lire", "status", 403)
    annex = mapped_at(*reach.to("berkane"), {**settings("berkane"), "statuses": {403: "not_yours"}}).applications
    assert annex is not None
    return await annex.get(READY, reach.deadline)


async def _no_such_report(reach: Reach) -> object:
    return await reach.voice.standing([NOWHERE], reach.deadline)


async def _wrong_key(reach: Reach) -> object:
    return await desk(*reach.to("berkane-voice"), key="wrong").send(COMPLAINT, reach.deadline)


OUTCOMES: Mapping[str, Mapping[Outcome, Provoked]] = {
    REGISTRATION: {
        **always("get"),
        Outcome.NOT_FOUND: Provoked(
            "a reference that it never gave out", lambda reach: reach.vemtas.get(NOWHERE, reach.deadline), None
        ),
        Outcome.NOT_YOURS: answered(403, "get", MinistryRefused),
        Outcome.CONFLICT: Provoked("amended when it is decided already", _amended_though_decided, None),
    },
    SCHEDULER: {
        **always("slots"),
        Outcome.NOT_FOUND: Provoked(
            "a time that it never gave out", lambda reach: reach.asan.slot(NOWHERE, reach.deadline), None
        ),
        Outcome.NOT_YOURS: Provoked("another's visit is cancelled", _anothers_visit, False),
        Outcome.CONFLICT: Provoked("its last seat is taken by another", _taken_seat, SlotGone()),
    },
    GUIDE: {
        **always("guide_info"),
        Outcome.NOT_FOUND: Provoked("a service that it does not list", _another_nobody, None),
        # All that a guide or a feed tells is for everybody, and nothing is written to it.
        Outcome.NOT_YOURS: answered(403, "guide_info", MinistryRefused),
        Outcome.CONFLICT: answered(409, "guide_info", MinistryRefused),
    },
    FEED: {
        **always("stops"),
        # A feed is one address of the pack's: where there is none, the pack is wrong.
        Outcome.NOT_FOUND: answered(404, "stops", MinistryContract),
        Outcome.NOT_YOURS: answered(403, "stops", MinistryRefused),
        Outcome.CONFLICT: answered(409, "stops", MinistryRefused),
    },
    AIDED: {
        **always("paid"),
        Outcome.NOT_FOUND: Provoked(
            "a reference under which nobody is enrolled",
            lambda reach: reach.register().of("social_aid", NOWHERE, reach.deadline),
            None,
        ),
        Outcome.NOT_YOURS: answered(403, "enrolled", MinistryRefused),
        Outcome.CONFLICT: answered(409, "enrolled", MinistryRefused),
    },
    MAPPED: {
        **always("mapped_get"),
        Outcome.NOT_FOUND: Provoked(
            "an error 44 within a 200", lambda reach: reach.mapped("berkane").get(NOWHERE, reach.deadline), None
        ),
        Outcome.NOT_YOURS: Provoked("403, which the mapping calls not_yours", _kept_from_others, None),
        Outcome.CONFLICT: answered(409, "mapped_submit", MinistryAmbiguous),
    },
    VOICE: {
        **always("report_kinds"),
        Outcome.NOT_FOUND: Provoked("a number that it never gave out", _no_such_report, []),
        Outcome.NOT_YOURS: Provoked("403: a key that is not its own", _wrong_key, MinistryRefused),
        Outcome.CONFLICT: answered(409, "report_send", MinistryAmbiguous),
    },
}
