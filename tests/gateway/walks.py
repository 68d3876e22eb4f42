"""Ways through the menus that many stories begin with, and sessions put where they would lead."""

import itertools
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import yaml
from sqlalchemy import select

from domain.msisdn import Msisdn
from gateway.app import create_app
from gateway.assembly import Assembly
from gateway.settings import Settings
from sandbox.ministries.places import centre
from sandbox.ministries.slots import slots
from services.records.tables import INTENTS
from tests.phone import AfricasTalkingPhone, FlaresPhone, Screen
from tests.read_once import assembled
from tests.whole import Whole
from ussd_menus.conversation import Histories
from ussd_menus.session import Session, encode
from ussd_menus.session_store import session_keys
from ussd_menus.session_values import State, StoredDate, StoredTime, StoredWord
from ussd_menus.turn import Mark

Phone = AfricasTalkingPhone | FlaresPhone
CATEGORIES = ("id_card", "passport", "driving_licence", "marriage_certificate", "property_extract")
TYPED = "3*1*1*1*1*1"

_sessions = itertools.count(1)


@dataclass(frozen=True)
class Seat:
    """A time that can be booked."""

    service: str
    place: str
    slot: str
    starts: datetime


async def typed(phone: Phone, *inputs: str) -> Screen:
    """Type one after the other; the last screen."""
    for text in inputs:
        shown = await phone.answer(text)
    return shown


async def at_home(phone: Phone) -> Screen:
    """Dial for the first time and choose English."""
    await phone.dial()
    return await phone.answer("2")


async def walk_to_confirm(phone: Phone, whole: Whole, seat: Seat) -> Screen:
    """From dialling to the question "Book …?", through every screen on the way."""
    parts, world = whole.parts, whole.sandbox.state.world
    places = [place.id for place in parts.desk.places.offering(seat.service)]
    seats = open_seats(world, seat.place, seat.service)
    days = sorted({other.starts.date() for other in seats})
    times = sorted(other.starts for other in seats if other.starts.date() == seat.starts.date())
    first = await phone.dial()
    if first.name in ("language_choose", "resume_offer"):
        await phone.answer("2")
    return await typed(
        phone,
        "3",
        "1",
        str(CATEGORIES.index(seat.service) + 1),
        str(places.index(seat.place) + 1),
        str(days.index(seat.starts.date()) + 1),
        str(times.index(seat.starts) + 1),
    )


def open_seats(world: Any, place: str, service: str) -> list[Seat]:
    """What the ministry has open there, from its own books."""
    where = centre(place)
    today = world.clock.local().date()
    return [
        Seat(service, place, slot.id, slot.start) for slot in slots(where, service, today) if world.diary.is_open(slot)
    ]


async def stand(parts: Assembly, phone: Phone, state: State, history: str = TYPED) -> None:
    """Put the phone into a session that stands at `state`, as if it had walked there."""
    conversation: Any = parts.conversation
    number = next(_sessions)
    if isinstance(phone, AfricasTalkingPhone):
        aggregator, phone.session, phone.history = "africastalking", f"ATUid_stood{number:027x}", history
        mark = Mark(len(history), Histories(conversation._sealer).mac(history))
    else:
        aggregator, phone.session, mark = "flares", f"S{number}", Mark()
    session = Session(parts.library.current.version, "en", state, hops=len(history.split("*")))
    session.mark = mark
    keys = session_keys(conversation._sealer, aggregator, phone.session, msisdn_of(phone))
    # Some tests make Redis forget everything at any moment, the lock just taken too.
    for _ in range(5):
        await conversation._store.open(keys, "stand")
        if await conversation._store.save(keys, "stand", encode(session), None, degraded=False):
            return
    raise AssertionError("the session could not be put there")


def msisdn_of(phone: Phone) -> Msisdn:
    return Msisdn.parse(phone.msisdn)


def confirming(seat: Seat, token: str = "") -> State:
    """The question "Book …?" of that seat; every visit to it has a token of its own."""
    return State(
        "visit_confirm",
        {
            "service_code": seat.service,
            "service": StoredWord(f"service.{seat.service}"),
            "place_id": seat.place,
            "place": "ASAN",
            "address": "Baku",
            "day_id": seat.starts.date().isoformat(),
            "day": StoredDate(seat.starts.date()),
            "time": StoredTime(seat.starts.time()),
            "slot": f"{seat.service}/{seat.slot}",
        },
        back=("home", "visits", "visit_service", "visit_place", "visit_day", "visit_time"),
        token=token or token_hex(16),
    )


def pack_with(folder: Path, limits: Mapping[str, object]) -> Path:
    """A copy of Azerbaijan's pack whose ministries have these limits."""
    source = Path(__file__).resolve().parents[2] / "countries" / "azerbaijan"
    pack = folder / "azerbaijan"
    shutil.copytree(source, pack)
    ministries = yaml.safe_load((pack / "ministries.yaml").read_text())
    for ministry in ministries["ministries"].values():
        ministry["address"]["limits"] = dict(limits)
    (pack / "ministries.yaml").write_text(yaml.safe_dump(ministries))
    return pack


async def intents(parts: Assembly) -> Sequence[Any]:
    """Every intent's kind, state and attempts, as the database has them."""
    async with parts.database.unit_of_work() as work:
        found = await work.execute(select(INTENTS.c.kind, INTENTS.c.state, INTENTS.c.attempts, INTENTS.c.due_at))
        return found.all()


async def with_account(phone: Phone, pin: str = "918273") -> Screen:
    """From the main menu: open an account with that PIN, which is then proven in this session."""
    return await typed(phone, "6", "3", "1", pin, pin, "00")


@asynccontextmanager
async def second_process(whole: Whole, environment: Mapping[str, str]) -> AsyncIterator[Any]:
    """Another gateway on the same stores and ministries, as another process would be; gives its application."""
    settings, _ = Settings.read(environment, tuple(environment))
    parts = assembled(settings, environment, clock=whole.clock)
    await parts.start()
    try:
        yield Whole(create_app(settings, parts), parts, whole.clock, whole.sandbox)
    finally:
        await parts.stop()
