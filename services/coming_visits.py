"""A person's coming visits at one calendar: as it lists them, or, where it lists none, as they were booked here."""

from collections.abc import Sequence
from uuid import UUID

from domain.deadline import Deadline
from services.desk import Desk
from services.values import Visit

LISTS = "appointments.of_participant"


async def coming_at(desk: Desk, service: str, participant: str, person: UUID, deadline: Deadline) -> Sequence[Visit]:
    """Raises `MinistryError`s. What we know ourselves is what she booked here, and what its ministry told unasked: of
    a visit that was cancelled elsewhere, and of which no event came, it is still told."""
    if desk.ministries.does(service, LISTS):
        return await desk.ministries.appointments(service).of_participant(participant, deadline)
    async with desk.open_records() as records:
        return [visit for visit in await records.visits.of(person) if visit.slot.service == service]
