"""Beside an agent nothing is done with a service that she did not agree to, and no pickup is told."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from domain.msisdn import Msisdn
from domain.states import ApplicationState
from i18n.text import Word
from services import assisted_scope
from services.applications import find
from services.caller import AGENT, Caller
from services.links import begin, link
from services.outcomes import AskBirthDate, Linked, PinNeeded, StateKnown
from services.sign_in_limits import SignInLimits, charges
from services.values import Pickup, Place
from tests.services.town import AID, KAMRAN, Town


async def beside(town: Town, *scope: str) -> Caller:
    return replace(await town.known(KAMRAN), agent=UUID(int=7), scope=frozenset(scope), channel=AGENT)


async def test_an_application_of_another_service_is_not_linked_beside_an_agent(town: Town) -> None:
    caller = await beside(town, "visa")
    assert await begin(town.desk(), caller, "7001") == PinNeeded()
    assert await link(town.desk(), caller, "7001", "17.05.1980") == PinNeeded()
    assert town.ministry.asked == []
    agreed = await beside(town, AID.service)
    assert await begin(town.desk(), agreed, "7001") == AskBirthDate("7001")
    assert await link(town.desk(), agreed, "7001", "17.05.1980") == Linked("7001")


async def test_where_it_is_collected_is_not_told_beside_an_agent(town: Town) -> None:
    ready = replace(
        AID, state=ApplicationState.READY_FOR_PICKUP, pickup=Pickup(Place("b", "Bank 7"), date(2026, 12, 1))
    )
    town.ministry.files[ready.reference] = ready
    caller = await beside(town, AID.service)
    await link(town.desk(), caller, "7001", "17.05.1980")
    told = await find(town.desk(), caller, "7001")
    assert isinstance(told, StateKnown) and told.state == Word("state.ready_for_pickup")
    assert await assisted_scope.perform(town.desk(), caller, "pickups.find", {"reference": "7001"}) == PinNeeded()


def test_agents_on_telephones_do_not_use_up_each_others_messages() -> None:
    number = Msisdn.parse("+994501234567")
    of_places = [
        one for one in charges(number, "", SignInLimits(), asker="agent:7") if one.limit.name.endswith("s_hour")
    ]
    assert [(one.limit.name, one.subject) for one in of_places] == [("address_hour", "agent:7")]
    named = {one.limit.name: one.subject for one in charges(number, "", SignInLimits(), asker="agent:7")}
    assert "network_hour" not in named
    with_address = {one.subject for one in charges(number, "198.51.100.7", SignInLimits(), asker="agent:7")}
    assert "agent:7" not in with_address and "198.51.100.7/32" in with_address
