"""Writes whose end was promised by SMS, at ministries that tell of them by an event too."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import update

from domain.outcomes import Outcome
from domain.states import ApplicationState
from i18n.text import Word
from services import apply, pickups
from services.outcomes import AnswerPromised, Booked
from services.resuming import resume_intents
from services.values import Place
from services.visits import cancel, move
from sms.states import MessageState
from sms.tables import MESSAGES
from tests.services.notice_office import Office
from tests.services.test_intents import confirm, town_caller
from tests.services.town import AID, CENTRE, FORM, LEYLA, POST, ZONE, silence

CONTACT = {"msisdn": LEYLA.e164}
PLACE = {"id": CENTRE.id, "name": CENTRE.name}
NINE = datetime(2026, 11, 25, 9, tzinfo=ZONE)
WRITES = ("book", "move", "cancel", "apply", "amend", "choose")


@dataclass
class Write:
    """One that was promised, at a ministry that has done it: `told` is the text of its end, `news` of the event's."""

    office: Office
    told: str
    type: str
    subject: str
    at: datetime | None = None
    news: str = ""
    data: Mapping[str, object] = field(default_factory=dict)

    async def event(self, sequence: int = 1) -> None:
        """The ministry tells of it."""
        data: dict[str, object] = {"contact": CONTACT, "sequence": sequence, "by": "citizen", **self.data}
        if self.at is not None:
            data |= {"starts_at": self.at.isoformat(), "place": PLACE}
        source = "asan" if self.at else "aid"
        await self.office.send(self.type, self.subject, data, source=source, sequence=str(sequence))
        await self.office.work()

    async def end(self) -> None:
        """The worker finds out what came of it."""
        self.office.town.later(seconds=70)
        await resume_intents(self.office.town.desk())


async def promised(office: Office, kind: str) -> Write:
    """The ministry does it, and its answer is lost."""
    town = office.town
    await town.known()
    match kind:
        case "apply":
            return await _applied(office)
        case "amend":
            return await _amended(office)
        case "choose":
            return await chosen(office)
    if kind != "book":
        assert isinstance(await confirm(town), Booked)
        town.later(minutes=1)
    town.calendar.write_fails = [silence(True)]
    if kind == "book":
        assert await confirm(town) == AnswerPromised()
        return Write(office, "sms.visit_booked", "appointment.booked", "v1", NINE)
    if kind == "move":
        assert await moved(office, "s1", "m1") == AnswerPromised()
        return Write(office, "sms.visit_moved", "appointment.moved", "v1", NINE + timedelta(hours=1))
    async with town.store.open() as records:
        desk = town.desk(records=records)
        assert await cancel(desk, await town_caller(town, records), "passport/v1", "c1") == AnswerPromised()
    return Write(office, "sms.visit_cancelled", "appointment.cancelled", "v1", NINE)


async def moved(office: Office, slot: str, token: str) -> Outcome:
    """She moves her visit."""
    town = office.town
    async with town.store.open() as records:
        desk = town.desk(records=records)
        return await move(desk, await town_caller(town, records), "passport/v1", f"passport/{slot}", token)


async def chosen(office: Office, place: Place = POST, token: str = "p1") -> Write:
    """She has it wait elsewhere."""
    town = office.town
    town.ministry.write_fails = [silence(True)]
    async with town.store.open() as records:
        desk, caller = town.desk(records=records), await town_caller(town, records)
        assert await pickups.choose(desk, caller, "7002", place.id, token) == AnswerPromised()
    waits = {"place": {"name": place.name, "address": place.address}, "available_from": "2026-12-01"}
    return Write(office, "sms.ready_from", "application.ready_for_pickup", "7002", data=waits)


async def _applied(office: Office) -> Write:
    town, aid = office.town, Word("service.social_aid")
    town.ministry.write_fails = [silence(True)]
    async with town.store.open() as records:
        desk, caller = town.desk(records=records), await town_caller(town, records)
        await apply.consent(desk, caller, aid)
        assert await apply.submit(desk, caller, aid, FORM, {"people": 4, "rent": True}, "a1") == AnswerPromised()
    return Write(office, "sms.received", "application.received", list(town.ministry.files)[-1])


async def _amended(office: Office) -> Write:
    town = office.town
    town.ministry.files["7001"] = replace(AID, state=ApplicationState.ACTION_REQUIRED)
    town.ministry.write_fails = [silence(True)]
    async with town.store.open() as records:
        desk, caller = town.desk(records=records), await town_caller(town, records)
        assert await apply.amend(desk, caller, "7001", FORM, {"people": 5}, "n1") == AnswerPromised()
    return Write(office, "notice.amend_done", "application.in_review", "7001", news="sms.in_review_no_due")


async def said(office: Office) -> list[str]:
    """Which texts she was sent."""
    return [message.text_id for message in await office.messages() if message.to == LEYLA.e164]


async def came_to(office: Office, state: MessageState) -> None:
    """What was put came so far."""
    async with office.store.database.unit_of_work() as work:
        await work.execute(update(MESSAGES).values(state=MessageState.SENDING.value, provider="kannel"))
        await work.execute(update(MESSAGES).values(state=state.value))
