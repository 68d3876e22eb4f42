"""What a plan wants to read stands in the transcripts: menus and plans are changed together."""

import re
from pathlib import Path
from random import Random

import pytest

from loadtests.people import People
from loadtests.phone import plain
from loadtests.plan import known_plans, load

FOLDER = Path(__file__).parents[1] / "transcripts"
_SCREEN = re.compile(r"^(?:CON|END) (\S+)\n((?:  .*\n?)+)", re.MULTILINE)
# Played in the folder of its language, on a network without its letters.
_LATIN = "_Latn"


def texts(country: str, voice: str) -> dict[str, str]:
    """All that stands on screens of each name in that voice."""
    language = voice.removesuffix(_LATIN)
    folder = FOLDER / language if country == "azerbaijan" else FOLDER / country / language
    latin = voice.endswith(_LATIN)
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.txt")):
        if latin == path.stem.startswith("latin_"):
            for name, text in _SCREEN.findall(path.read_text(encoding="utf-8")):
                found[name] = found.get(name, "") + plain(text)
    return found


@pytest.mark.parametrize("country", known_plans())
def test_the_words_of_a_plan_stand_on_its_screens(country: str) -> None:
    missing = []
    for voice, read in load(country, "quick").voices.items():
        shown = texts(country, voice)
        assert shown, (country, voice)
        missing += [
            (voice, name)
            for name, words in read.screens.items()
            # A screen that no transcript of this voice comes to is read by the load itself.
            if name in shown and plain(words) not in shown[name]
        ]
    assert missing == []


@pytest.mark.parametrize("country", known_plans())
def test_callers_speak_and_have_their_networks_in_their_shares(country: str) -> None:
    plan = load(country, "quick")
    assert sum(caller.share for caller in plan.callers) == 100
    assert {caller.language for caller in plan.callers} <= set(plan.voices)
    people = People(plan.callers, plan.first, Random(1))
    numbers = [people.somebody().msisdn for _ in range(2000)]
    assert len(set(numbers)) == len(numbers)
    assert sum(plan.mixes["day"].values()) == sum(plan.mixes["announcement"].values()) == 100
