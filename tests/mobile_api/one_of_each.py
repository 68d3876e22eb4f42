"""Somebody who has one of each thing that the API shows, agents beside citizens, and somebody else who has little."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from domain.msisdn import Msisdn
from sandbox.ministries.demo_data import DEMOS
from services.alerts import Alert, AlertKind
from services.ports import LinkedBy
from services.promises import Promises
from services.records.agent_tables import HELD
from services.satisfaction import SurveyKind
from services.satisfaction_ports import OpenSurvey
from sms.tables import MESSAGES
from tests.mobile_api.agent_office import AYGUN, RASHAD, Office
from tests.mobile_api.bench import Reply
from tests.mobile_api.citizen import Citizen
from tests.whole import NOW, Whole

HERS, HER_SECOND, OTHERS = "+994501234567", "+994557654321", "+994709998877"
HELPED = "+994501234571"
READY, SENT_BACK = DEMOS[0].file_id, DEMOS[4].file_id
UNLINKED, ITS_KEY = DEMOS[2].file_id, DEMOS[2].slip_key
NAME, COMPLAINT = "Zarqvina Kanarey", "Kanarey says that the lift is out of order."
ANSWERS: dict[str, Any] = {
    "fullName": NAME,
    "birthDate": "1987-05-17",
    "maritalStatus": "single",
    "housing": "rented",
    "monthlyIncome": 100,
    "hasDisability": False,
}
VISIT = {"service": "passport", "place": "asan-04"}


@dataclass(repr=False)
class OneOfEach:
    """`her`: with account and PIN proven. `other`: too. `agent`, `colleague`: their tokens; `beside`: the agent's, for
    the things of a citizen who agreed. `ids`: of what is hers (or, `assisted` and `held`, the agent's)."""

    whole: Whole
    office: Office
    her: Citizen
    other: Citizen
    agent: str = ""
    colleague: str = ""
    beside: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    strangers: int = 0
    since: datetime = NOW

    def stranger(self) -> str:
        """A number that nobody had before."""
        self.strangers += 1
        return f"+99450{self.strangers * 97_003 % 10_000_000:07}"

    async def somebody(self) -> str:
        """The token of somebody who signed in a moment ago, without an account."""
        return await self.office.person(self.stranger())

    async def stays(self) -> None:
        """Her access and her proof end after a quarter of an hour, and codes are few: a device more, and her PIN."""
        if self.whole.clock.now() - self.since > timedelta(minutes=10):
            self.since = self.whole.clock.now()
            self.her.token = await self.office.person(HERS)
            assert await self.her.prove() == 204

    async def done(self, who: Citizen, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        """What must succeed."""
        reply = await who.ask(method, path, body, **more)
        assert reply.status < 300, (method, path, reply.body)
        return reply

    async def slots(self) -> list[str]:
        """Times that can be booked on the last open day."""
        query = "&".join(f"{name}={value}" for name, value in VISIT.items())
        day = (await self.done(self.her, "GET", "/appointments/days", query=query)).json["items"][-1]
        times = (await self.done(self.her, "GET", "/appointments/times", query=f"{query}&day={day}")).json["items"]
        return [time["slot"] for time in times]

    async def survey(self, number: str = HERS) -> str:
        """She is asked about a visit, as the timer does it: the survey's id."""
        now, desk = self.whole.clock.now(), self.whole.parts.desk
        async with desk.open_records() as records:
            person = await records.people.by_number(Msisdn.parse(number))
            assert person is not None
            survey = OpenSurvey(
                desk.ids.uuid7(), person.id, SurveyKind.VISIT, "id_card", "asan-01", "az", date(2026, 11, 1),
                now + timedelta(days=7),
            )  # fmt: skip
            assert await records.feedback.surveys.open(survey, "visit-1")
        return survey.id.hex


async def one_of_each(whole: Whole) -> OneOfEach:
    """All of it, made as it is made in life."""
    her, other = await Citizen(whole, HERS).open_account(), await Citizen(whole, OTHERS).open_account()
    made = OneOfEach(whole, Office(whole), her, other)
    await _numbers(made)
    # What is new of a number settles.
    whole.clock.advance(timedelta(hours=25))
    for citizen in (her, other):
        await citizen.sign_in()
    for citizen in (her, other):
        assert await citizen.prove() == 204
    made.since = whole.clock.now()
    await _applications(made)
    await _visit(made)
    await _feedback(made)
    await _stop(made)
    await _message(made)
    await _agents(made)
    return made


async def _numbers(made: OneOfEach) -> None:
    # Not the device she goes on with: signing in on that again ends what it had.
    her = await made.her.sign_in("a-phone-of-somebody-before")
    assert await her.prove() == 204
    begun = await made.done(her, "POST", "/me/numbers", {"number": HER_SECOND})
    typed = {"request_id": begun.json["request_id"], "code": await her.code(HER_SECOND)}
    made.ids["number"] = (await made.done(her, "POST", "/me/numbers/verify", typed)).json["id"]
    made.ids["session"] = (await made.done(her, "GET", "/auth/sessions")).json["items"][0]["id"]


async def _applications(made: OneOfEach) -> None:
    her, world = made.her, made.whole.sandbox.state.world
    async with made.whole.parts.desk.open_records() as records:
        person = await records.people.by_number(Msisdn.parse(HERS))
        assert person is not None
        for reference in (READY, SENT_BACK):
            await records.links.add(person.id, "social_aid", reference, LinkedBy.FACT)
    for reference in (READY, SENT_BACK):
        await made.done(her, "GET", f"/applications/{reference}")
    # Handed in, and no answer came: it can be looked up.
    world.faults.add({"ministry": "vemtas", "operation": "applications.submit", "kind": "cut_after_write"})
    body = {"service": "social_aid", "answers": ANSWERS, "consent": True}
    kept = await made.done(her, "POST", "/applications", body)
    world.faults.drop(None, None)
    assert kept.status == 202
    made.ids["submission"] = kept.headers["location"].rpartition("/")[2]
    await made.done(her, "PUT", "/drafts/social_aid", {"answers": ANSWERS})
    made.ids |= {"reference": SENT_BACK, "ready": READY, "service": "social_aid", "purpose": "vemtas_sources"}


async def _visit(made: OneOfEach) -> None:
    slot = (await made.slots())[0]
    booked = await made.done(made.her, "POST", "/appointments", {"service": VISIT["service"], "slot": slot})
    made.ids["visit"] = booked.json["id"]


async def _feedback(made: OneOfEach) -> None:
    body = {"about": "place", "subject": "asan-01", "text": COMPLAINT}
    made.ids["complaint"] = (await made.done(made.her, "POST", "/feedback/complaints", body)).json["number"]
    made.ids["survey"] = await made.survey()


async def _stop(made: OneOfEach) -> None:
    """She is to be told of one, by a gateway that has a provider."""
    notices = made.whole.parts.desk.notices
    assert isinstance(notices, Promises)
    notices.channel_open = lambda: True
    made.ids["stop"] = (await made.done(made.her, "POST", "/me/stops", {"place": "bus-01-ismayilli"})).json["id"]


async def _message(made: OneOfEach) -> None:
    """One that was handed over."""
    number, desk = Msisdn.parse(HERS), made.whole.parts.desk
    async with desk.open_records() as records:
        person = await records.people.by_number(number)
        assert person is not None
        alert = Alert(person.id, number, AlertKind.ACCOUNT, "sms.account_pin_changed", {}, "az", "guichet", "")
        id = await records.outbox.put(alert)
    assert isinstance(id, UUID)
    async with made.whole.parts.database.unit_of_work() as work:
        for state in ("sending", "sent", "delivered"):
            went = {"state": state, "handed_over_at": made.whole.clock.now()}
            await work.execute(update(MESSAGES).where(MESSAGES.c.id == id).values(went))
    made.ids["message"] = id.hex


async def _agents(made: OneOfEach) -> None:
    office = made.office
    made.agent = await office.agent(AYGUN)
    made.colleague = await office.agent(RASHAD, "V-015")
    # She is asked by the colleague, and has not answered; somebody else agreed.
    made.ids["helper"] = await office.asked(made.colleague, HERS)
    made.ids["assisted"], made.beside = await office.helped(made.agent, HELPED)
    # A third has no telephone: what the colleague prepared waits for a call-back.
    wanted = {"witness": "Rashid Kanarey, teacher", "purpose": "apply"}
    witnessed = (await office.ask("POST", "/agent/citizens", token=made.colleague, body=wanted)).json["id"]
    token = await office.ask("POST", f"/agent/citizens/{witnessed}/token", token=made.colleague)
    body = {"service": "social_aid", "answers": ANSWERS, "consent": True}
    held = await office.ask("POST", "/applications", token=token.json["access_token"], body=body)
    assert (held.status, held.json["state"]) == (202, "held"), held.body
    [item] = (await office.ask("GET", "/agent/callbacks", token=made.agent)).json["items"]
    made.ids["held"] = item["id"]
    async with made.whole.parts.database.unit_of_work() as work:
        await work.execute(update(HELD).values(held_at=made.whole.clock.now() - timedelta(hours=1)))
