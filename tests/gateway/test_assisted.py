"""An agent's own telephone in the citizen's menus: repeated hops, the end in the middle, and what is never hers."""

import pytest

from services.assisted_scope import BESIDE
from services.use_cases import USE_CASES
from tests.phone import AfricasTalkingPhone
from tests.transcripts.walk import Walker
from tests.whole import Whole

AGENT, CITIZEN, PIN = "+994502220091", "+994505510091", "284913"
OWN_HANDS = {
    "accounts.change_pin",
    "accounts.check_new_pin",
    "accounts.choose_language",
    "accounts.close",
    "accounts.create",
    "accounts.verify_pin",
    "accounts.reset_state",
    "accounts.reset_fact",
    "accounts.ask_reset",
    "accounts.finish_reset",
    "messages.mine",
    "messages.open",
    "pickups.choices",
    "pickups.choose",
    "pickups.point",
}


def test_what_an_agent_may_do_is_a_list_and_these_are_not_on_it() -> None:
    assert set(USE_CASES) >= BESIDE
    assert set(USE_CASES) - BESIDE >= OWN_HANDS
    assert not {name for name in BESIDE if name.startswith(("agents.", "assisted.", "sending."))}


@pytest.fixture
async def agent(gateway_whole: Whole) -> Walker:
    """At work on her own telephone, with a citizen who has just been sent the code 000007."""
    agent = Walker(gateway_whole, "africastalking", "en", AGENT, "40001")
    await agent.prepare({"account": PIN})
    await agent.happen(f"agent enrolled {AGENT} V-091")
    for typed in ("*123#", "6", "7", "1", PIN, "2", CITIZEN):
        screen = await agent.type(typed)
    assert screen.name == "agent_code"
    return agent


async def test_the_citizen_ends_it_and_the_agents_next_key_press_shows_nothing(agent: Walker) -> None:
    assert (await agent.type("000007")).name == "home"
    citizen = Walker(agent.whole, "africastalking", "en", CITIZEN, "40001")
    # She is asked for her language at her first own call: what the agent speaks may not be it.
    seen = [await citizen.type(typed) for typed in ("*123#", "2", "6", "7", "1")]
    assert (seen[0].name, seen[-1].name) == ("language_choose", "help_stopped")
    await agent.type("1")
    said = await agent.type("41000019")
    assert "The help is over" in said.text


async def test_a_hop_that_comes_twice_is_answered_by_the_same_screen(agent: Walker) -> None:
    first = await agent.type("000007")
    phone = agent._phone
    assert isinstance(phone, AfricasTalkingPhone)
    assert (await phone.hop()).text == first.text
    second = await agent.type("5")
    assert second.name == "documents_service"
    assert (await phone.hop()).text == second.text
    assert (await agent.type("1")).name.startswith("documents_")


async def test_who_is_no_agent_is_offered_nothing_of_theirs(gateway_whole: Whole) -> None:
    citizen = Walker(gateway_whole, "africastalking", "en", CITIZEN, "40001")
    await citizen.prepare({})
    seen = [await citizen.type(typed) for typed in ("*123#", "6", "7", "1")]
    assert "Help somebody" not in seen[2].text
    assert seen[3].name == "help_none"
