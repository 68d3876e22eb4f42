"""Hops of one session come one after the other, whatever the aggregator does; nobody sees another's session."""

import asyncio
import time
from uuid import UUID, uuid4

import pytest

from domain.errors import StoreUnavailable
from gateway.words import menu_sources
from tests.gateway.walks import at_home, msisdn_of, second_process, typed, with_account
from tests.phone import AfricasTalkingPhone, FlaresPhone
from tests.until import until
from tests.whole import Stage, Whole, settings_for
from ussd_menus.library import MenuLibrary
from ussd_menus.records.menu_versions import MenuVersions
from ussd_menus.session_store import Opened, session_keys

HERS, OTHERS = "+994501234501", "+994501234599"
GRANTED = "41000019"
SLOW = 0.3


def slow_ministry(whole: Whole, seconds: float = SLOW) -> None:
    whole.sandbox.state.world.faults.add(
        {"ministry": "vemtas", "operation": "applications.get", "kind": "delay", "value": seconds}
    )


def asked(whole: Whole) -> int:
    return int(whole.sandbox.state.world.journal.of("vemtas", "applications.get").asked)


async def at_reference(whole: Whole, msisdn: str = HERS) -> AfricasTalkingPhone:
    """At the question for the number on her slip."""
    phone = AfricasTalkingPhone(whole.app, msisdn)
    await at_home(phone)
    assert (await phone.answer("1")).name == "status_ask"
    return phone


async def test_the_next_key_waits_for_the_slow_answer_before_it(gateway_whole: Whole) -> None:
    phone = await at_reference(gateway_whole)
    slow_ministry(gateway_whole)
    began = time.monotonic()
    first = asyncio.create_task(phone.answer(GRANTED))
    await until(lambda: asked(gateway_whole) == 1, first)
    second = asyncio.create_task(phone.answer("1"))
    assert "312.40 manat" in (await first).text
    assert time.monotonic() - began >= SLOW
    # "1" is read on the screen that the first hop led to: where is my card?
    assert (await second).name.startswith("pickup")


async def test_the_same_where_the_wire_has_no_history(gateway_whole: Whole) -> None:
    phone = FlaresPhone(gateway_whole.app, HERS)
    await at_home(phone)
    await phone.answer("1")
    slow_ministry(gateway_whole)
    first = asyncio.create_task(phone.answer(GRANTED))
    await until(lambda: asked(gateway_whole) == 1, first)
    second = asyncio.create_task(phone.answer("00"))
    assert "312.40 manat" in (await first).text
    assert "State services" in (await second).text


async def test_a_hop_sent_again_shows_the_same_and_does_nothing(gateway_whole: Whole) -> None:
    phone = await at_reference(gateway_whole)
    slow_ministry(gateway_whole)
    first = asyncio.create_task(phone.answer(GRANTED))
    await until(lambda: asked(gateway_whole) == 1, first)
    at_once = [asyncio.create_task(phone.hop()) for _ in range(3)]
    later = [await phone.hop() for _ in range(2)]
    bodies = {(await hop).text for hop in (first, *at_once)} | {hop.text for hop in later}
    assert len(bodies) == 1
    assert asked(gateway_whole) == 1


async def test_the_first_hop_may_come_three_times(gateway_whole: Whole) -> None:
    phone = AfricasTalkingPhone(gateway_whole.app, HERS)
    await at_home(phone)
    await phone.answer("1")
    offered = await phone.dial()
    assert offered.name == "resume_offer"
    assert [(await phone.hop()).text for _ in range(3)] == [offered.text] * 3


async def test_an_ended_session_repeats_its_last_words_and_takes_no_more(gateway_whole: Whole) -> None:
    phone = AfricasTalkingPhone(gateway_whole.app, HERS)
    await at_home(phone)
    ended = await phone.answer("98")
    while ended.goes_on and "finish" not in ended.text.lower():
        ended = await typed(phone, "00", "6", "3", "1", "918273", "918273", "00", "6", "5", "1")
    assert not ended.goes_on
    assert ended.name == "account_closed"
    assert (await phone.hop()).text == ended.text
    more = await phone.answer("1")
    assert (more.name, more.goes_on) == ("session.ended", False)


async def test_a_known_session_id_opens_nothing_for_another_number(gateway_whole: Whole) -> None:
    phone = await at_reference(gateway_whole)
    shown = await phone.answer(GRANTED)
    assert "312.40 manat" in shown.text
    thief = AfricasTalkingPhone(gateway_whole.app, OTHERS, session=phone.session, history=phone.history)
    for screen in (await thief.hop(), await thief.answer("1"), await thief.answer("0")):
        assert "312" not in screen.text
        assert "Demo Bank" not in screen.text
    assert (await phone.hop()).text == shown.text
    assert (await phone.answer("1")).name.startswith("pickup")


async def test_a_shorter_history_shows_the_last_screen(gateway_whole: Whole) -> None:
    phone = await at_reference(gateway_whole)
    shown = await phone.answer(GRANTED)
    for shorter in ("2", "2*1", f"2*1*{GRANTED[:-1]}"):
        assert (await phone.hop(text=shorter)).text == shown.text
    assert (await phone.answer("1")).name.startswith("pickup")
    assert asked(gateway_whole) == 2  # once for the state, once for the pickup: never for a shorter history


@pytest.mark.parametrize("altered", ["1*1*{}", "2*6*{}", "2*1*{}9", "2*1*00000000*1"])
async def test_a_history_of_something_else_ends_politely_and_changes_nothing(
    gateway_whole: Whole, altered: str
) -> None:
    phone = await at_reference(gateway_whole)
    shown = await phone.answer(GRANTED)
    told = await phone.hop(text=altered.format(GRANTED))
    assert (told.name, told.goes_on) == ("session.changed", False)
    assert (await phone.hop()).text == shown.text


async def test_a_star_that_she_typed_is_one_wrong_answer(gateway_whole: Whole) -> None:
    phone = await at_reference(gateway_whole)
    wrong = await phone.answer("410*00019")
    assert wrong.name == "status_ask"
    assert (await phone.answer("*")).name == "status_ask"
    assert asked(gateway_whole) == 0
    assert "312.40 manat" in (await phone.answer(GRANTED)).text


@pytest.mark.parametrize(
    ("dialled", "stops_at"),
    [
        (f"*123*1*{GRANTED}*918273#", "pin"),
        (f"*123*1*{GRANTED}*918273*1#", "pin"),
        ("*123*3*1*1*1*1#", "visit_service"),
        ("*123*6*5*1#", "close_confirm"),
        ("*123*6*3*918273#", "change_old"),
    ],
)
async def test_dialling_ahead_stops_before_pins_lists_and_confirmations(
    gateway_whole: Whole, dialled: str, stops_at: str
) -> None:
    phone = AfricasTalkingPhone(gateway_whole.app, HERS)
    await at_home(phone)
    await with_account(phone)
    shown = await phone.dial(dialled)
    assert shown.name == stops_at
    assert "wrong" not in shown.text.lower()
    assert (await phone.hop()).text == shown.text


async def test_after_a_process_died_its_session_goes_on(gateway_whole: Whole) -> None:
    phone = await at_reference(gateway_whole)
    store = gateway_whole.parts.conversation._store
    keys = session_keys(gateway_whole.parts.conversation._sealer, "africastalking", phone.session, msisdn_of(phone))
    store._lock_seconds = 0.3
    assert isinstance(await store.open(keys, "died"), Opened)
    assert "312.40 manat" in (await phone.answer(GRANTED)).text


async def test_a_lock_outlives_the_longest_hop_and_not_much_more(gateway_whole: Whole) -> None:
    seconds = gateway_whole.parts.conversation._store._lock_seconds
    deadline = gateway_whole.parts.settings.hop_deadline
    assert deadline < seconds <= deadline + 2


async def test_two_processes_serve_one_session_in_turns(
    gateway_whole: Whole, clean_url: str, redis_url: str, ministries: tuple[Stage, str]
) -> None:
    _, environment = settings_for(clean_url, redis_url, ministries[1])
    async with second_process(gateway_whole, environment) as other:
        apps = [gateway_whole.app, other.app]
        phone = AfricasTalkingPhone(apps[0], HERS)
        await phone.dial()
        for number, (key, expected) in enumerate([("2", "home"), ("1", "status_ask"), (GRANTED, "status_ready")]):
            phone.app = apps[(number + 1) % 2]
            assert (await phone.answer(key)).name == expected
        slow_ministry(gateway_whole)
        phone.app = apps[0]
        first = asyncio.create_task(phone.answer("1"))
        await until(lambda: asked(gateway_whole) == 2, first)
        phone.app = apps[1]
        second = asyncio.create_task(phone.hop())
        assert (await first).name.startswith("pickup")
        assert (await second).text == (await first).text
        assert asked(gateway_whole) == 2


async def test_menus_that_are_slow_to_come_are_waited_for_and_nothing_is_lost(
    gateway_whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process of the next release on a slow PostgreSQL: that the menu has changed would not be true."""
    phone = await at_reference(gateway_whole)
    library, sources = gateway_whole.parts.library, menu_sources()
    versions = MenuVersions(gateway_whole.parts.database.unit_of_work)
    first = next(iter(sources))
    newer = MenuLibrary({**sources, first: sources[first] + "\n# a newer release\n"}, versions)
    monkeypatch.setattr(library, "current", newer.current)
    monkeypatch.setattr(library, "_by_version", {newer.current.version: newer.current})

    async def hangs(version: str) -> None:
        await asyncio.sleep(10)

    with monkeypatch.context() as slow:
        slow.setattr("ussd_menus.library._PATIENCE_SECONDS", 0.05)
        slow.setattr(library._versions, "find", hangs)
        told = await phone.answer(GRANTED)
        assert (told.name, told.goes_on) == ("error.slow", False)
        assert asked(gateway_whole) == 0
        again = AfricasTalkingPhone(gateway_whole.app, HERS)
        # What she could go on with is of those menus too: it stays.
        assert (await again.dial()).name == "home"
    assert (await AfricasTalkingPhone(gateway_whole.app, HERS).dial()).name == "resume_offer"
    # The very hop once more, and the session goes on.
    assert (await phone.hop()).name == "status_ready"


async def test_menus_that_are_published_later_are_found_later(gateway_whole: Whole) -> None:
    library, versions = gateway_whole.parts.library, MenuVersions(gateway_whole.parts.database.unit_of_work)
    sources = menu_sources()
    first = next(iter(sources))
    newer = MenuLibrary({**sources, first: sources[first] + "\n# a newer release\n"}, versions)
    assert newer.current.version != library.current.version
    assert await library.version(newer.current.version) is None
    await newer.publish()
    found = await library.version(newer.current.version)
    assert found is not None
    assert found.version == newer.current.version


async def test_sessions_begin_with_menus_that_all_processes_read(gateway_whole: Whole) -> None:
    """The oldest of those that run; the new ones when nobody runs the old ones any more."""
    versions = MenuVersions(gateway_whole.parts.database.unit_of_work)
    old, sources = gateway_whole.parts.library, menu_sources()
    first = next(iter(sources))
    newer = MenuLibrary({**sources, first: sources[first] + "\n# a newer release\n"}, versions)
    await newer.publish()
    own, process, gone = newer.current, uuid4(), asyncio.Event()
    for library in (newer, old):
        await library.agree(process if library is newer else gateway_whole.parts.process)
    assert newer.current.version == old.current.version != own.version
    running = asyncio.create_task(newer.run(process, gone))
    await versions.leave(gateway_whole.parts.process)
    await newer.agree(process)
    assert newer.current is own
    await old.agree(gateway_whole.parts.process)
    gone.set()
    await running
    assert await versions.read_by_all(gateway_whole.parts.process, old.current.version) == old.current.version


async def test_menus_in_use_stay_in_use_while_postgresql_is_away(gateway_whole: Whole) -> None:
    library = gateway_whole.parts.library

    class Away:
        async def read_by_all(self, process: UUID, version: str) -> str:
            raise StoreUnavailable

    before = library.current
    with pytest.MonkeyPatch.context() as away:
        away.setattr(library, "_versions", Away())
        await library.agree(gateway_whole.parts.process)
    assert library.current is before
