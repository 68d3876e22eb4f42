"""Whom a ministry told of, and who never called: she is spoken to in the language it gave, and asked once."""

from domain.msisdn import Msisdn
from tests.transcripts.walk import Walker
from tests.whole import Whole

HERS = "+994501234611"


async def test_whom_a_ministry_told_of_is_spoken_to_in_its_language_and_asked_at_a_plain_call(
    gateway_whole: Whole,
) -> None:
    async with gateway_whole.parts.desk.open_records() as records:
        await records.people.meet(Msisdn.parse(HERS), "fr")
    her = Walker(gateway_whole, "africastalking", "fr", HERS, "40001")
    assert (await her.type("*123*1*41000019#")).text.startswith("Votre demande")
    asked = await her.type("*123#")
    assert asked.name == "language_choose"
    assert "Services de l'État" in (await her.type("3")).text
    assert (await her.type("*123#")).name == "home", "once"
