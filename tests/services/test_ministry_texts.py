"""A ministry's own text goes to whom it means: not to who came after, and without a personal word where in doubt."""

from collections.abc import Mapping

import pytest

from i18n.text import SlotValue
from services.alerts import Alert
from services.ministry_texts import Accepted, MinistryKey, MinistryText, NotAccepted, send
from services.ports import LinkedBy
from tests.services.town import LEYLA, Town

KEY = MinistryKey("vemtas", {"t-1": MinistryText("sms.notify_home_visit", {"number": "reference"})})
VALUES = {"reference": "7001"}


def worded(text_id: str, values: Mapping[str, SlotValue], language: str) -> str:
    return f"{text_id} {' '.join(map(str, values.values()))}".strip()


async def sent(town: Town) -> Accepted | None:
    return await send(town.records, KEY, "t-1", LEYLA, VALUES, "az", worded, "ours-17")


def outbox(town: Town) -> list[Alert]:
    return [alert for _, _, alert in town.store.outbox]


async def test_it_goes_to_whoever_has_the_number_and_to_one_that_nobody_had(town: Town):
    first = await sent(town)
    await town.known()
    second = await sent(town)
    assert first and second and first.body == second.body == "sms.notify_home_visit 7001"
    assert [alert.language for alert in outbox(town)] == ["az", "en"]
    assert outbox(town)[0].tags == {"template": "t-1", "reference": "ours-17"}


async def test_a_number_that_was_wrong_hears_nothing_of_its_former_holder(town: Town):
    caller = await town.known()
    assert caller.person
    await town.records.people.end_number(LEYLA, caller.person.id)
    assert await sent(town) is None
    await town.records.people.meet(LEYLA, "az")  # whoever wrote WRONG was thanked
    assert await sent(town) is None
    assert outbox(town) == []


async def test_whoever_proved_since_who_she_is_is_written_to_again(town: Town):
    caller = await town.known()
    assert caller.person
    await town.records.people.end_number(LEYLA, caller.person.id)
    since = (await town.known()).person
    assert since
    await town.records.links.add(since.id, "social_aid", "7001", LinkedBy.CONTACT)
    assert await sent(town) is None, "the ministry's record of the number is no proof"
    await town.records.links.add(since.id, "social_aid", "7001", LinkedBy.FACT)
    assert await sent(town)


async def test_a_number_in_doubt_hears_only_that_there_is_a_message(town: Town):
    await town.known()
    town.later(days=91)
    accepted = await sent(town)
    assert accepted and accepted.body == "sms.stale"
    [alert] = outbox(town)
    assert (alert.text_id, alert.values, alert.tags["template"]) == ("sms.stale", {}, "t-1")


async def test_what_cannot_be_worded_is_not_put(town: Town):
    def unsayable(text_id: str, values: Mapping[str, SlotValue], language: str) -> str:
        raise NotAccepted("no")

    with pytest.raises(NotAccepted):
        await send(town.records, KEY, "t-1", LEYLA, VALUES, "az", unsayable)
    assert outbox(town) == []
