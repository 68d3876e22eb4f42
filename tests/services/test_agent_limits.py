"""How many citizens an agent may help, and what is told to her organisation: as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.position import Position
from services.agent_limits import Before, Flag, Judged, Refusal, judge
from services.agent_values import AgentRules

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
RULES = AgentRules(
    a_day=10, witnessed_a_day=2, pause=timedelta(minutes=2), device_a_day=20, number_a_week=3, flag_a_day=8
)
QUIET = Before(last=NOW - timedelta(minutes=2))


@pytest.mark.parametrize(
    ("before", "witnessed", "refused", "flags"),
    [
        (Before(), False, None, ()),
        (QUIET, False, None, ()),
        (replace(QUIET, last=NOW - timedelta(seconds=119)), False, Refusal.TOO_FAST, (Flag.LIMIT,)),
        (replace(QUIET, agent=6), False, None, ()),
        (replace(QUIET, agent=7), False, None, (Flag.MANY_A_DAY,)),
        (replace(QUIET, agent=8), False, None, ()),
        (replace(QUIET, agent=9), False, None, ()),
        (replace(QUIET, agent=10), False, Refusal.AGENT_DAY, (Flag.LIMIT,)),
        (replace(QUIET, witnessed=1), True, None, ()),
        (replace(QUIET, witnessed=2), True, Refusal.WITNESS_DAY, (Flag.LIMIT,)),
        (replace(QUIET, witnessed=2), False, None, ()),
        (replace(QUIET, device=19), False, None, ()),
        (replace(QUIET, device=20), False, Refusal.DEVICE_DAY, (Flag.LIMIT,)),
        (replace(QUIET, device_agents=1), False, None, ()),
        (replace(QUIET, device_agents=2), False, None, (Flag.MANY_ON_DEVICE,)),
        (replace(QUIET, number=2), False, None, ()),
        (replace(QUIET, number=3), False, Refusal.NUMBER_WEEK, (Flag.LIMIT,)),
        (replace(QUIET, number_agents=1), False, None, ()),
        (replace(QUIET, number_agents=2), False, None, (Flag.MANY_AGENTS,)),
        (replace(QUIET, open_elsewhere=1), False, None, (Flag.AT_ONCE,)),
        (replace(QUIET, agent=10, open_elsewhere=1), False, Refusal.AGENT_DAY, (Flag.LIMIT, Flag.AT_ONCE)),
    ],
)
def test_limits_refuse_and_flags_only_tell(
    before: Before, witnessed: bool, refused: Refusal | None, flags: tuple[Flag, ...]
) -> None:
    assert judge(before, witnessed, RULES, NOW) == Judged(refused, flags)


BAKU, GANJA, NEAR_BAKU = Position(40.41, 49.87), Position(40.68, 46.36), Position(40.45, 49.80)


@pytest.mark.parametrize(
    ("place", "minutes", "here", "flagged"),
    [
        (BAKU, 10, GANJA, True),
        (BAKU, 120, GANJA, True),
        (BAKU, 200, GANJA, False),
        (BAKU, 2, NEAR_BAKU, False),
        (BAKU, 2, None, False),
        (None, 2, GANJA, False),
        # A clock that was put back makes nobody travel in no time at all.
        (BAKU, -60, NEAR_BAKU, False),
    ],
)
def test_nobody_is_in_two_towns_within_minutes(
    place: Position | None, minutes: int, here: Position | None, flagged: bool
) -> None:
    before = replace(QUIET, place=place, place_at=NOW - timedelta(minutes=minutes) if place else None)
    judged = judge(before, False, RULES, NOW, here)
    assert judged == Judged(None, (Flag.TOO_FAR,) if flagged else ())


def test_every_refusal_is_said_in_words() -> None:
    from i18n.text import Text
    from tests.read_once import load_pack, translator_for

    translator = translator_for(load_pack("azerbaijan"))
    for refusal in Refusal:
        for language in ("az", "en", "fr"):
            assert translator.render(Text(f"assist_limit.{refusal}"), language)
