"""Where people give up: days of screens, made of the ends of sessions. Never who, and never few."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import delete, func, select

from storage.unit_of_work import UnitOfWork
from ussd_menus.tables import screen_days

KEPT = timedelta(days=90)
ALL, NONE = "", "-"
"""In the place of a language or network: all of them; none, or one that the pack does not know."""

# Names of screens and networks come from outside: only those that are ours are counted. First by the smallest cells and
# persons, so that what has to be told apart is small when it is summed up.
_COUNT = """
WITH ended AS (
  SELECT caller, screens, outcome,
    CASE WHEN language = ANY($4::text[]) THEN language ELSE '-' END AS language,
    CASE WHEN network = ANY($5::text[]) THEN network ELSE '-' END AS network
  FROM ussd_session_ends WHERE ended_at >= $1 AND ended_at < $2),
saw AS (
  SELECT screen, language, network, count(*) AS sessions
  FROM ended CROSS JOIN LATERAL unnest(screens) WITH ORDINALITY AS one(screen, place)
  WHERE screen = ANY($3::text[]) AND array_position(screens, screen) = place GROUP BY screen, language, network),
left_at AS (
  SELECT screens[cardinality(screens)] AS screen, language, network, caller, count(*) AS sessions
  FROM ended WHERE outcome <> 'success' GROUP BY 1, 2, 3, 4),
seen AS (
  SELECT screen, COALESCE(language, '') AS language, COALESCE(network, '') AS network, sum(sessions) AS sessions
  FROM saw GROUP BY GROUPING SETS ((screen), (screen, language), (screen, network), (screen, language, network))),
given_up AS (
  SELECT screen, COALESCE(language, '') AS language, COALESCE(network, '') AS network, sum(sessions) AS sessions,
    count(DISTINCT caller) AS people
  FROM left_at GROUP BY GROUPING SETS ((screen), (screen, language), (screen, network), (screen, language, network)))
INSERT INTO ussd_screen_days (day, screen, language, network, seen, given_up, people)
SELECT $6::date, screen, language, network, seen.sessions, COALESCE(given_up.sessions, 0), COALESCE(people, 0)
FROM seen LEFT JOIN given_up USING (screen, language, network)
ON CONFLICT (day, screen, language, network)
DO UPDATE SET seen = excluded.seen, given_up = excluded.given_up, people = excluded.people
"""
# A day of a country takes its time; behind PgBouncer the role's own few seconds would end it.
_ALONE = "SELECT pg_try_advisory_xact_lock($1) AS alone, set_config('statement_timeout', '60s', true)"
_ONE_COUNTS = 0x6775_6967_6976_696E  # any number that no other advisory lock of ours has


@dataclass(frozen=True, slots=True)
class ScreenCell:
    """One screen in some days. `people`: at least so many gave up there."""

    screen: str
    seen: int
    given_up: int
    people: int


async def count_day(
    work: UnitOfWork, day: date, screens: Collection[str], languages: Collection[str], networks: Collection[str]
) -> None:
    """Counts a day (UTC) anew; again is the same. Nothing where another worker is at it: it reads much of a table."""
    if not (await work.fetch(_ALONE, _ONE_COUNTS))[0]["alone"]:
        return
    begins = datetime.combine(day, time(), UTC)
    ends = begins + timedelta(days=1)
    await work.fetch(_COUNT, begins, ends, list(screens), list(languages), list(networks), day)


async def screens_since(work: UnitOfWork, since: date, language: str = ALL, network: str = ALL) -> Sequence[ScreenCell]:
    """Every screen from that day on, of one language or network or of all.

    People are told apart within a day only, so that of several days only the one with the most is certain.
    """
    found = await work.execute(
        select(
            screen_days.c.screen,
            func.sum(screen_days.c.seen).label("seen"),
            func.sum(screen_days.c.given_up).label("given_up"),
            func.max(screen_days.c.people).label("people"),
        )
        .where(screen_days.c.day >= since, screen_days.c.language == language, screen_days.c.network == network)
        .group_by(screen_days.c.screen)
    )
    return [ScreenCell(row.screen, int(row.seen), int(row.given_up), row.people) for row in found.all()]


async def sweep(work: UnitOfWork, today: date) -> None:
    """Forget days of long ago."""
    await work.execute(delete(screen_days).where(screen_days.c.day < today - KEPT))
