"""Citizens at their telephones, all at once, by an aggregator that delivers a call anew when nothing came back."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field

from domain.msisdn import Msisdn
from services.bookings import BOOK
from tests.machines.processes import PATIENCE
from tests.machines.town import SECRET, Town
from tests.phone import AfricasTalkingPhone, Screen

_TIMES = re.compile(r"^(\d+) \d{2}:\d{2}$", re.MULTILINE)
_DAYS = re.compile(r"^([1-9]) ", re.MULTILINE)
_SERVICES, _PLACES = 4, 7
_AGAIN, _THINK = 0.05, 0.02
# She reads that the visit is hers, or that it may be.
BOOKED, MAY_BE = "visit_booked", ("visit_processing", "try_later")
_SLOW = "error.slow"
# She does what it says: too many are calling; or nobody has the menus any more that the other version began with.
_DIAL_AGAIN = frozenset({"limit.busy", "session.changed"})
_READ_ONLY = (
    ("5", "documents_service"), ("0", "home"), ("3", "visits"), ("1", "visit_service"), ("1", "visit_place"),
    ("00", "home"),
)  # fmt: skip


@dataclass
class Crowd:
    """What they met. `calls`: deliveries of a hop; `lost`: of these, those that nobody answered with a screen; `slow`:
    those that were answered in time, with an apology. `again`: who was told to dial again, by the screen. `told`: per
    number, what followed a confirmation."""

    town: Town
    calls: int = 0
    lost: int = 0
    slow: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    told: dict[str, list[str]] = field(default_factory=dict)
    again: Counter[str] = field(default_factory=Counter)
    over: bool = False

    async def visit(self, number: int) -> None:
        """One citizen, from dialling until she reads what became of it; when somebody was faster she begins anew."""
        phone = Telephone(self.town.front, f"+9945077{number:05}", secret=SECRET, crowd=self)
        told = self.told.setdefault(phone.msisdn, [])
        for again in range(20):
            screen = await _to_confirm(phone, number + again)
            if screen.name != "visit_confirm":
                continue
            screen = await phone.answer("1")
            told.append(screen.name)
            if screen.name in (BOOKED, *MAY_BE):
                return
        raise AssertionError(f"never booked: {told}")

    async def held_against_the_book(self) -> None:
        """The ministry's: whatever anybody was told of is there or came to be, and nobody has two visits. Of whom was
        told only that it is being done, somebody else may have been faster: then that is what it came to."""
        diary = self.town.world.diary
        booked = Counter(diary.subscribers[seat.participant_id]["phone"] for seat in diary.appointments.values())
        assert set(booked.values()) == {1}, booked.most_common(3)
        for number, told in self.told.items():
            if number not in booked and told[-1] in (BOOKED, MAY_BE[0]):
                assert told[-1] != BOOKED, number
                lost = (await self._came_to(number)).count({"taken": True})
                assert lost > told.count("visit_taken"), number

    async def _came_to(self, number: str) -> list[object]:
        """What ended bookings of that number came to."""
        desk = self.town.behind.parts.desk
        async with desk.open_records() as records:
            person = await records.people.by_number(Msisdn(number))
            assert person
            return [kept.result for kept in await records.intents.kept(person.id, BOOK.kind) if kept.result]

    async def look(self, number: int) -> None:
        """Somebody who only reads, call after call until it is over."""
        phone = Telephone(self.town.front, f"+9945078{number:05}", secret=SECRET, crowd=self)
        while not self.over:
            await _home(phone)
            for typed, wanted in _READ_ONLY:
                await asyncio.sleep(_THINK)
                screen = await phone.answer(typed)
                assert screen.name == wanted, f"{screen.name} instead of {wanted}"


@dataclass
class Telephone(AfricasTalkingPhone):
    """Its aggregator delivers a hop again, the very same, until a screen comes that is no apology."""

    crowd: Crowd = field(kw_only=True)

    async def hop(self, **changed: str) -> Screen:
        async with asyncio.timeout(PATIENCE):
            while True:
                self.crowd.calls += 1
                answer = await self.post(changed)
                self.crowd.statuses[answer.status] += 1
                if answer.status != 200:
                    self.crowd.lost += 1
                elif (name := answer.headers["at-ussd-hop-metadata"]) != _SLOW:
                    return Screen(answer.text[4:], answer.text.startswith("CON "), name)
                else:
                    self.crowd.slow += 1
                await asyncio.sleep(_AGAIN)


async def _home(phone: Telephone) -> None:
    async with asyncio.timeout(PATIENCE):
        while (screen := await _begun(phone)).name in _DIAL_AGAIN:
            phone.crowd.again[screen.name] += 1
            await asyncio.sleep(_AGAIN)
    assert screen.name == "home", screen.name


async def _begun(phone: Telephone) -> Screen:
    screen = await phone.dial()
    return await phone.answer("2") if screen.name in ("language_choose", "resume_offer") else screen


async def _to_confirm(phone: Telephone, at: int) -> Screen:
    """Everybody by a way of her own: service, place, day and time."""
    await _home(phone)
    for typed in ("3", "1", str(at % _SERVICES + 1), str(at // _SERVICES % _PLACES + 1)):
        screen = await phone.answer(typed)
    for wanted, entries in (("visit_day", _DAYS), ("visit_time", _TIMES)):
        if screen.name != wanted:
            return screen
        keys = entries.findall(screen.text)
        screen = await phone.answer(keys[at % len(keys)])
    return screen
