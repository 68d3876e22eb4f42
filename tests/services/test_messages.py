"""My last messages: said again to whoever they were sent to, and to nobody else."""

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import InvalidValue
from i18n.text import Text, Word
from services import messages
from services.alerts import Alert, AlertKind
from services.caller import Caller
from services.outcomes import MessageGone, Messages, MessagesHidden, MessageShown, NoMessages, PinNeeded
from services.records.store import NoMessages as NothingSent
from tests.services.town import KAMRAN, LEYLA, Town


async def tell(town: Town, caller: Caller, kind: AlertKind = AlertKind.GRANTED, service: str = "social_aid") -> None:
    assert caller.person
    text = "sms.code" if kind is AlertKind.CODE else "sms.granted"
    values = {"one_time": "123456"} if kind is AlertKind.CODE else {"reference": "7001"}
    await town.records.outbox.put(Alert(caller.person.id, LEYLA, kind, text, values, "en", "guichet", service))


async def listed(town: Town, caller: Caller) -> Messages:
    found = await messages.mine(town.desk(), caller)
    assert isinstance(found, Messages)
    return found


async def test_the_last_five_newest_first(town: Town):
    caller = await town.known()
    assert await messages.mine(town.desk(), caller) == NoMessages()
    for kind in (AlertKind.RECEIVED, AlertKind.IN_REVIEW, *[AlertKind.DAYS_PASSED] * 3, AlertKind.GRANTED):
        await tell(town, caller, kind)
        town.later(days=1)
    found = await listed(town, caller)
    titles = [item.values["title"] for item in found.messages]
    assert titles == [Word("message.granted"), *[Word("message.days_passed")] * 3, Word("message.in_review")]
    assert found.messages[0].values["day"] == date(2026, 11, 28)


async def test_answers_to_her_own_texts_are_not_listed(town: Town):
    caller = await town.known()
    await tell(town, caller, AlertKind.REFUSED)
    for kind in (*[AlertKind.REPLY] * 5, AlertKind.OPT_OUT):
        town.later(hours=1)
        await tell(town, caller, kind, "")
    assert [item.values["title"] for item in (await listed(town, caller)).messages] == [Word("message.refused")]


async def test_one_is_said_again_with_its_facts(town: Town):
    caller = await town.known()
    await tell(town, caller)
    [item] = (await listed(town, caller)).messages
    shown = await messages.open(town.desk(), caller, item.id)
    assert shown == MessageShown(date(2026, 11, 23), Text("sms.granted", {"reference": "7001"}))
    assert await messages.open(town.desk(), caller, "0" * 32) == MessageGone()
    with pytest.raises(InvalidValue):
        await messages.open(town.desk(), caller, "no id")


async def test_a_code_is_not_said_again(town: Town):
    caller = await town.known()
    await tell(town, caller, AlertKind.CODE, "")
    [item] = (await listed(town, caller)).messages
    shown = await messages.open(town.desk(), caller, item.id)
    assert isinstance(shown, MessageShown) and shown.message_text == Text("messages.code")


async def test_with_an_account_the_pin_comes_first(town: Town):
    caller = await town.known(pin="491625")
    await tell(town, caller)
    assert await messages.mine(town.desk(), caller) == PinNeeded()
    proven = await town.caller(verified=True)
    [item] = (await listed(town, proven)).messages
    assert await messages.open(town.desk(), caller, item.id) == PinNeeded()


async def test_a_sensitive_one_is_listed_by_its_day_alone(town: Town):
    """It stands there, so that she knows it as ours; what it is about is read with the PIN."""
    caller = await town.known()
    await tell(town, caller, service="permit")
    [item] = (await listed(town, caller)).messages
    assert item.values["title"] == Word("message.private")
    assert await messages.open(town.desk(), caller, item.id) == PinNeeded()


async def test_a_number_in_doubt_reads_nothing(town: Town):
    caller = await town.known()
    await tell(town, caller)
    [item] = (await listed(town, caller)).messages
    town.later(days=91)
    stale = await town.caller()
    assert await messages.mine(town.desk(), stale) == MessagesHidden(), "not that there are none"
    assert await messages.open(town.desk(), stale, item.id) == MessageGone()


async def test_another_reads_nothing_of_hers(town: Town):
    caller = await town.known()
    await tell(town, caller)
    [item] = (await listed(town, caller)).messages
    stranger = await town.known(KAMRAN)
    assert await messages.mine(town.desk(), stranger) == NoMessages()
    assert await messages.open(town.desk(), stranger, item.id) == MessageGone()
    nobody = replace(stranger, person=None)
    assert await messages.mine(town.desk(), nobody) == NoMessages()


async def test_an_sms_proves_no_sender_and_reads_nothing(town: Town):
    caller = await town.known()
    await tell(town, caller)
    assert await messages.mine(town.desk(), replace(caller, channel="sms")) == PinNeeded()


async def test_a_gateway_without_sms_has_sent_nothing(town: Town):
    assert await NothingSent().last(town.store.ids.uuid7(), 5) == ()
