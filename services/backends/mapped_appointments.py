"""The port Appointments over a mapped ministry."""

from collections.abc import Mapping, Sequence
from datetime import date

from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, InvalidValue, MinistryAmbiguous, MinistryError
from domain.msisdn import Msisdn
from services.backends.mapped_accounts import Accounts
from services.backends.mapped_config import Outcome
from services.backends.mapped_operations import MISSING, Asking, Ministry
from services.backends.mapped_reading import Picked, code
from services.backends.reading import Misread, whole
from services.values import Slot, SlotGone, Visit

# Between service, place, day and the ministry's own id, where a time is found again in the list of its day.
_MARK = "~"


class MappedAppointments:
    """Each write is sent once, after a look whether it is done already (where the ministry lists visits).

    No look before a booking for an application: few lists say for which of hers a visit at that time is.

    A ministry that tells no time by its id is asked for the list of that place and day: our id of it says which.
    """

    def __init__(self, ministry: Ministry, asking: Mapping[str, Asking], accounts: Accounts) -> None:
        self._ministry = ministry
        self._asking = asking
        self._accounts = accounts
        self._scans = "slot" not in asking

    async def slots(self, service: str, place_id: str, first: date, last: date, deadline: Deadline) -> Sequence[Slot]:
        ask = self._asking.get("slots")
        if ask is None:
            return ()
        place = self._ministry.config.places.get(place_id, place_id)
        values = {**self._ministry.service(service), "place": place, "first": first, "last": last}
        items = await ask.many(values, deadline)
        now = deadline.clock.now()
        with ask.reading():
            found = [self._slot(ask.picked(item), service, place_id) for item in items]
        # Looked through again: a filter may be ignored there.
        kept = [
            slot
            for slot in found
            if (slot.service, slot.place_id) == (service, place_id)
            and first <= slot.starts.date() <= last
            and slot.starts > now
            and slot.seats_left != 0
        ]
        return sorted(kept, key=lambda slot: (slot.starts, slot.id))

    async def slot(self, slot_id: str, deadline: Deadline) -> Slot | None:
        ask = self._asking.get("slot")
        if ask is None:
            return await self._scanned(slot_id, deadline)
        result = await ask.one({"slot": slot_id}, deadline)
        ask.agreed(result, conflict=True)
        if result.outcome is not Outcome.OK:
            return None
        with ask.reading():
            found = self._slot(ask.picked(result.at))
        return found if found.starts > deadline.clock.now() and found.seats_left != 0 else None

    async def _scanned(self, slot_id: str, deadline: Deadline) -> Slot | None:
        """From the list of its place and day; None for an id that is none of ours."""
        try:
            service, place, day, _ = slot_id.split(_MARK, 3)
            on = date.fromisoformat(day)
        except ValueError:
            return None
        if service not in self._ministry.config.services:
            return None
        found = await self.slots(service, place, on, on, deadline)
        return next((slot for slot in found if slot.id == slot_id), None)

    def _theirs(self, slot_id: str) -> str:
        """The id as the ministry has it."""
        return slot_id.split(_MARK, 3)[-1] if self._scans else slot_id

    async def book(
        self,
        slot_id: str,
        participant: str,
        contact: Msisdn,
        idempotency_key: str,
        deadline: Deadline,
        application: str = "",
    ) -> Visit | SlotGone:
        ask = self._asking.get("book")
        if ask is None:
            return SlotGone()
        for_application = "reference" in ask.names
        if not for_application and (mine := await self._mine_at(slot_id, participant, deadline)):
            return mine
        slot = await self.slot(slot_id, deadline)
        if slot is None:
            return SlotGone()
        values: dict[str, object] = {
            **self._ministry.service(slot.service),
            "place": self._ministry.config.places.get(slot.place_id, slot.place_id),
            "slot": self._theirs(slot_id),
            "participant": participant,
            "contact": contact,
            "key": idempotency_key,
        }
        if for_application:
            if not application:
                raise InvalidValue("a visit is booked for an application here")
            values["reference"] = application
        if "account" in ask.names:
            values["account"] = await self._accounts.needed(participant, contact, deadline)
        result = await ask.one(values, deadline)
        ask.agreed(result, conflict=True)
        if result.outcome is not Outcome.OK:
            return SlotGone() if for_application else await self._gone_or_mine(slot_id, participant, deadline)
        with ask.reading():
            return Visit(ask.picked(result.at).needed("id"), slot)

    async def move(self, visit_id: str, slot_id: str, participant: str, deadline: Deadline) -> Visit | SlotGone | None:
        ask = self._asking.get("move")
        if ask is None:
            return None
        if "of_participant" in self._asking:
            mine = await self._mine(visit_id, participant, deadline)
            if mine is None or mine.slot.id == slot_id:
                return mine
        slot = await self.slot(slot_id, deadline)
        if slot is None:
            return SlotGone()
        values = {"visit": visit_id, "slot": self._theirs(slot_id), "participant": participant}
        result = await ask.one({**values, **await self._account(ask, participant, deadline)}, deadline, bare=True)
        ask.agreed(result, conflict=True)
        if result.outcome in MISSING:
            return None
        return Visit(visit_id, slot) if result.outcome is Outcome.OK else SlotGone()

    async def cancel(self, visit_id: str, participant: str, deadline: Deadline) -> bool:
        ask = self._asking.get("cancel")
        if ask is None:
            return False
        if "of_participant" in self._asking and await self._mine(visit_id, participant, deadline) is None:
            return False
        values = {"visit": visit_id, "participant": participant}
        result = await ask.one({**values, **await self._account(ask, participant, deadline)}, deadline, bare=True)
        ask.agreed(result, conflict=True)
        return result.outcome is Outcome.OK

    async def of_participant(self, participant: str, deadline: Deadline) -> Sequence[Visit]:
        ask = self._asking.get("of_participant")
        if ask is None:
            return ()
        values: dict[str, object] = {"participant": participant}
        if "account" in ask.names:
            values["account"] = await self._accounts.find(participant, deadline)
            if not values["account"]:
                return ()
        items = await ask.many(values, deadline)
        now = deadline.clock.now()
        visits: list[Visit] = []
        with ask.reading():
            for item in items:
                picked = ask.picked(item)
                slot = self._slot(picked, id_pick="slot")
                if slot.starts >= now:
                    about = self._ministry.reader.reference(picked) if picked.text("reference") else ""
                    visits.append(Visit(picked.needed("id"), slot, about))
        return sorted(visits, key=lambda visit: visit.slot.starts)

    async def _account(self, ask: Asking, participant: str, deadline: Deadline) -> dict[str, object]:
        return {"account": await self._accounts.find(participant, deadline)} if "account" in ask.names else {}

    async def _mine(self, visit_id: str, participant: str, deadline: Deadline) -> Visit | None:
        visits = await self.of_participant(participant, deadline)
        return next((visit for visit in visits if visit.id == visit_id), None)

    async def _mine_at(self, slot_id: str, participant: str, deadline: Deadline) -> Visit | None:
        visits = await self.of_participant(participant, deadline)
        return next((visit for visit in visits if visit.slot.id == slot_id), None)

    async def _gone_or_mine(self, slot_id: str, participant: str, deadline: Deadline) -> Visit | SlotGone:
        """After a refusal. A look that fails leaves open whose seat it is."""
        try:
            return await self._mine_at(slot_id, participant, deadline) or SlotGone()
        except (MinistryError, DeadlineExceeded) as failure:
            why = f"asked to book, and then {type(failure).__name__}"
            raise MinistryAmbiguous(self._ministry.transport.ministry, why) from None

    def _slot(self, picked: Picked, service: str = "", place: str = "", id_pick: str = "id") -> Slot:
        """`service` and `place`: as asked, where the answer does not say them."""
        reader = self._ministry.reader
        starts = reader.moment(picked["starts"], picked.where("starts"))
        if starts is None:
            raise Misread(f"{picked.where('starts')} is missing")
        named = reader.our_service(code(picked["service"])) if "service" in picked.picks else service
        of = named or service or next(iter(self._ministry.config.services))
        at, id = reader.our_place(picked.needed("place")) if "place" in picked.picks else place, picked.needed(id_pick)
        return Slot(
            id=_MARK.join((of, at, starts.date().isoformat(), id)) if self._scans else id,
            service=of,
            place_id=at,
            starts=starts,
            seats_left=whole(picked["seats_left"], picked.where("seats_left")),
        )
