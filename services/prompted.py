"""What may be confirmed by answering a question of ours: cancel the visit that was asked about, collect elsewhere.

The answer proves nothing about who sent it. So these do only what was asked, at the number that was asked, for the
person that the number still stands for.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.bookings import CANCEL, NotAccepted, cancelled, to_cancel
from services.caller import Caller
from services.coming_visits import coming_at
from services.desk import Desk
from services.intents import carry_out, met
from services.outcomes import AnswerPromised, BeingProcessed, PinNeeded, VisitCancelled, VisitGone
from services.reading import read_own
from services.values import Place, Visit


async def cancel_visit(
    desk: Desk, caller: Caller, service: str, visit: str, participant: str, starts: datetime, confirm: str
) -> VisitCancelled | NotAccepted | BeingProcessed | AnswerPromised | VisitGone:
    """Cancel it at its ministry, where it still stands as it was asked about. `confirm`: the question's own token.

    Raises the `MinistryError` with which nothing was done.
    """
    ended = await met(desk, caller, CANCEL, confirm)
    if ended is None:
        person = await desk.person(caller)
        found = await as_asked(desk, person.id, service, visit, participant, starts)
        if found is None:
            return VisitGone()
        payload = to_cancel(found, participant)
        ended = await carry_out(desk, caller, CANCEL, service, confirm, payload, {"visit": visit})
    return cancelled(desk, ended, caller.language)


async def as_asked(
    desk: Desk, person: UUID, service: str, visit: str, participant: str, starts: datetime
) -> Visit | None:
    """The visit where it stands still as it was asked about: neither cancelled nor moved since."""
    await desk.records.settle()
    visits = await coming_at(desk, service, participant, person, desk.for_ministry())
    return next((each for each in visits if each.id == visit and each.slot.starts == starts), None)


async def other_places(desk: Desk, caller: Caller, reference: str) -> Sequence[Place]:
    """Where else the caller's own application may be collected; nowhere where she would need her PIN for it."""
    found = await read_own(desk, caller, reference)
    if found is None or isinstance(found, PinNeeded) or found.pickup is None:
        return ()
    return tuple(place for place in found.pickup_choices if place.id != found.pickup.place.id)
