"""Every telling of a ministry's event has its words in every language, and the hidden ones say nothing of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.events import EventType
from services.tellings import Facts, contentless, hidden, telling
from services.values import Place
from sms.templates import Composer
from tests.read_once import load_pack, translator_for
from tests.services.town import AID, START


def all_tellings() -> Iterator[tuple[str, Any]]:
    place, bare = Place("", "Branch 3", "1 Nizami St"), Place("", "Branch 3")
    day, starts = START.date(), START
    full = Facts(
        "social_aid", "40000009", day, AID.amount, day, {"az": "x", "en": "Income"}, ({"": "A paper"},), place, day,
        day, starts, starts + timedelta(hours=8),
    )  # fmt: skip
    poorer = [
        full,
        replace(full, available_until=None, term_until=None, place=place),
        replace(full, available_from=None, available_until=None, amount=None),
        replace(full, place=bare, amount=None, term_until=None, due=None, reason={}, needs=()),
        replace(full, place=None, by_citizen=True),
    ]
    for type in EventType:
        for number, facts in enumerate(poorer):
            if type is EventType.UNIT_MOVED and facts.place is None:
                continue
            if type is EventType.TERM_ENDING and facts.term_until is None:
                continue
            for language in ("az", "en", "fr"):
                said = telling(type, facts, language)
                if said is None:
                    continue
                yield f"{type}-{number}-{language}", (said, language)
                about = facts if type.startswith("appointment") else replace(facts, starts=None)
                yield f"{type}-{number}-{language}-hidden", (hidden(said, about), language)
                yield f"{type}-{number}-{language}-stale", (contentless(said), language)


def test_every_telling_has_its_words_in_every_language() -> None:
    pack = load_pack("azerbaijan")
    composer = Composer(translator_for(pack), pack.sms.letters, pack.service_code)
    texts = set()
    for name, (said, language) in all_tellings():
        composed = composer.compose(said.text_id, said.values, language)
        parts = composed.parts if isinstance(composed.parts, int) else len(composed.parts)
        assert 1 <= parts <= 2, name
        if name.endswith(("-stale", "-hidden")):
            assert "Branch" not in composed.text and "social" not in composed.text.lower(), name
        texts.add(said.text_id)
    assert len(texts) >= 20
