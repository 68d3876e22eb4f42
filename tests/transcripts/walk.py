"""Playing a transcript through a door of the real application: what is typed goes in, screens come out."""

import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import update

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from gateway.feedback import SURVEY_TIMERS
from services import complaints
from services.agent_values import OrganisationKind
from services.answering import answer
from services.assisted_claims import slip
from services.assisted_consents import Wish, ask
from services.assisted_sessions import of_agent
from services.handing_in import follow, hand_in
from services.outcomes_assisted import CitizenAgreed, CitizenAsked
from services.places_live import LivePlaces
from services.promises import Promises
from services.resuming import resume_intents
from services.sending import ANSWER
from services.stop_news import tell_of_stops
from services.timers import fire_timers
from sms.tables import MESSAGES
from tests.phone import PHONES, Screen, request
from tests.transcripts.doors import Listening, sent_otherwise
from tests.whole import Whole
from ussd_menus.transcripts import Exchange, Transcript

FOLDER = Path(__file__).parent
LANGUAGES = ("az", "en", "fr")  # in the order in which the first call offers them
# The first country's transcripts stand in folders of languages; others have a folder of their own around these.
FIRST = "azerbaijan"
# Where nothing else is said: on this network.
_NETWORKS = {FIRST: "40001", "morocco": "60401", "senegal": "60801", "vietnam": "45202"}
CODE = "*123#"

# The number of a complaint is drawn by lot; references are longer.
_A_COMPLAINT, _ITS_NUMBER = re.compile(r"\b[1-9]\d{6}\b"), "4821377"
_CLOCK = re.compile(r"\+(\d+)([smhd])")
_GOES_ON = re.compile(r"^98 ", re.MULTILINE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def transcripts() -> list[Path]:
    """Every transcript there is."""
    return sorted((*FOLDER.glob("*/*.txt"), *FOLDER.glob("*/*/*.txt")))


def name_of(path: Path) -> str:
    return str(path.relative_to(FOLDER).with_suffix(""))


def country_of(path: Path) -> str:
    """Which pack it was played with."""
    return FIRST if path.parent.parent == FOLDER else path.parent.parent.name


class TypedAfterTheEnd(Exception):
    """The conversation was over before the transcript was."""


@dataclass
class Walker:
    """One caller, and what happens around her."""

    whole: Whole
    door: str
    language: str
    msisdn: str
    network: str

    def __post_init__(self) -> None:
        self._phone = PHONES[self.door](self.whole.app, self.msisdn, self.network)

    async def type(self, typed: str) -> Screen:
        """A code dials anew, whatever came before; anything else answers the screen."""
        dials = typed.startswith("*") and typed.endswith("#")
        screen = await (self._phone.dial(typed) if dials else self._phone.answer(typed))
        listening: object = self.whole.parts.conversation
        if isinstance(listening, Listening):
            for other in sent_otherwise(listening.last):
                assert (other.text, other.goes_on) == (screen.text, screen.goes_on), "the doors differ"
        return screen

    async def prepare(self, headers: dict[str, str]) -> None:
        """What was before the transcript begins, through the real menus: her language, her account."""
        if headers.get("caller") == "new":
            return
        offered = tuple(self.whole.parts.pack.languages)
        came = await self._type_all(CODE, str(offered.index(self.language) + 1))
        assert came.name in ("home", ""), f"her language was not taken: {came.text}"
        if pin := headers.get("account"):
            asked = await self._type_all(CODE, "6", "3")
            while _GOES_ON.search(asked.text):  # the words of the consent may take pages
                asked = await self.type("98")
            done = await self._type_all("1", pin, pin)
            assert done.name in ("account_created", ""), f"the account was not created: {done.text}"
            await self.type("00")  # nothing to go on with

    async def happen(self, event: str) -> None:
        """A line that begins with `@`: `clock +1d`, `meanwhile +994… *123# 1 2`, `sandbox /path {json}`, `sms …`."""
        what, _, rest = event.partition(" ")
        if what == "clock" and (by := _CLOCK.fullmatch(rest)):
            turned = timedelta(**{_UNITS[by[2]]: int(by[1])})
            self.whole.clock.advance(turned)
            await self._sandbox("/clock", {"advance_seconds": turned.total_seconds()})
        elif what == "meanwhile":
            msisdn, *typed = rest.split()
            other = Walker(self.whole, self.door, self.language, msisdn, self.network)
            if msisdn != self.msisdn:
                await other.prepare({})
            await other._type_all(*typed)
        elif what == "sms":
            await _sms(self.whole, rest)
        elif what == "agent":
            await _agent(self.whole, *rest.split())
        elif what == "complaints":
            await _answer_complaints(self.whole, rest.removeprefix("answered "))
        elif what == "places":  # `read`: what the country's guides tell
            assert isinstance(self.whole.parts.desk.places, LivePlaces)
            await self.whole.parts.desk.places.refresh()
        elif what == "sandbox":
            path, _, body = rest.partition(" ")
            await self._sandbox(path, json.loads(body))
        else:
            raise ValueError(f"nobody knows what happens at: @ {event}")

    async def _type_all(self, *typed: str) -> Screen:
        for each in typed:
            screen = await self.type(each)
        return screen

    async def _sandbox(self, path: str, body: object) -> None:
        kind = {"content-type": "application/json"}
        answer = await request(
            self.whole.sandbox, "POST", f"/sandbox{path}", body=json.dumps(body).encode(), headers=kind
        )
        assert answer.status < 300, answer.text


async def _sms(whole: Whole, what: str) -> None:
    """`on`, `off`: whether this gateway has a provider. `goes out`: what waits is handed over to one."""
    if what in ("on", "off"):
        notices = whole.parts.desk.notices
        assert isinstance(notices, Promises)
        notices.channel_open = lambda: what == "on"
    elif what == "goes out":
        await resume_intents(whole.parts.desk)
        await fire_timers(whole.parts.desk, {**SURVEY_TIMERS, ANSWER: answer})
        await tell_of_stops(whole.parts.desk)
        await hand_in(whole.parts.desk)
        await follow(whole.parts.desk)
        async with whole.parts.database.unit_of_work() as work:
            waiting = MESSAGES.c.state == "queued"
            await work.execute(update(MESSAGES).where(waiting).values(state="sending"))
            handed_over = {"state": "sent", "handed_over_at": whole.clock.now()}
            await work.execute(update(MESSAGES).where(MESSAGES.c.state == "sending").values(handed_over))
    else:
        raise ValueError(f"nobody knows what happens at: @ sms {what}")


async def _answer_complaints(whole: Whole, words: str) -> None:
    """The staff answers each that waits."""
    desk = whole.parts.desk
    async with desk.open_records() as records:
        for complaint in await records.feedback.complaints.waiting(10):
            await complaints.answer(records, desk.notices, desk.today(), complaint.number, words)


async def _agent(whole: Whole, what: str, number: str, *more: str) -> None:
    """`enrolled NUMBER BADGE`: she is one. `asks NUMBER PURPOSE BADGE`: this citizen. `slip - PURPOSE BADGE`: for one
    without a telephone. Codes are 000007 and 0000000007."""
    desk = whole.parts.desk
    object.__setattr__(desk.assistance.codes, "random_bytes", lambda count: bytes(count - 1) + b"\x07")
    async with desk.open_records() as records:
        here = desk.at(records, Deadline.after(5.0, whole.clock))
        agents = records.assisted().agents
        if what == "enrolled":
            organisation = await agents.organisation("red", "Red Crescent", OrganisationKind.VOLUNTEERS)
            person = await records.people.meet(Msisdn.parse(number), "en")
            await agents.enrol(organisation.id, person.id, "Aygun Demo", more[0], False)
            return
        agent = next(agent for agent in await agents.all() if agent.badge == more[1])
        if what == "asks":
            asked = await ask(here, agent, Wish(more[0], Msisdn.parse(number)), "en")
            assert isinstance(asked, CitizenAsked), asked
        else:
            done = await ask(here, agent, Wish(more[0], witness="Rashid"), "en")
            assert isinstance(done, CitizenAgreed), done
            helped = await of_agent(here, agent.id, UUID(done.assisted))
            assert helped is not None
            await slip(here, agent, helped)


async def walk(whole: Whole, door: str, language: str, transcript: Transcript) -> Transcript:
    """The same conversation with the screens that this door gives."""
    await _sms(whole, transcript.headers.get("sms", "off"))
    return await played(caller(whole, door, language, transcript), transcript)


def caller(whole: Whole, door: str, language: str, transcript: Transcript) -> Walker:
    """Whoever calls in it."""
    headers = transcript.headers
    network = headers.get("network", _NETWORKS[whole.parts.pack.name])
    return Walker(whole, door, headers.get("language", language), headers["msisdn"], network)


async def played(walker: Walker, transcript: Transcript) -> Transcript:
    """What comes when that caller goes that way."""
    await walker.prepare(transcript.headers)
    came: list[Exchange] = []
    for exchange in transcript.exchanges:
        for event in exchange.events:
            await walker.happen(event)
        if came and not came[-1].goes_on and not exchange.typed.startswith("*"):
            raise TypedAfterTheEnd(f"{exchange.typed!r} is typed after the end:\n{came[-1].screen}")
        screen = await walker.type(exchange.typed)
        shown = _A_COMPLAINT.sub(_ITS_NUMBER, screen.text)
        came.append(replace(exchange, goes_on=screen.goes_on, screen=shown, name=screen.name))
    return replace(transcript, exchanges=tuple(came))
