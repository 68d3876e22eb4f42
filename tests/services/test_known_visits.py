"""What is known of visits without asking: from our own writes, ministries' events, and lists that were read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.msisdn import Msisdn
from services.known_ports import Position
from services.ports import Records
from services.values import Slot, Visit
from tests.services.notice_office import Office
from tests.services.test_notices import contact
from tests.services.town import LEYLA

NINE = datetime(2026, 11, 25, 5, tzinfo=UTC)
CARD = Visit("v1", Slot("s1", "id_card", "asan-01", NINE))
PASSPORT = Visit("v2", Slot("s2", "passport", "asan-02", NINE + timedelta(days=1)))


class Reader:
    """An app that asks what changed."""

    def __init__(self, office: Office) -> None:
        self.office, self.position = office, Position(0, datetime(2026, 11, 23, tzinfo=UTC).date())

    async def news(self) -> set[tuple[str, bool]]:
        """Of visits, since the last time: which, and whether it is gone."""
        async with self.office.store.open() as records:
            changed = await records.changes.since(await hers(records), self.position, 50)
            assert changed.next is not None and not changed.whole
            self.position = changed.next
            return {(touched.subject, touched.gone) for touched in changed.touched if touched.kind == "appointment"}


async def hers(records: Records) -> Any:
    return (await records.people.greet(LEYLA, "en")).id


async def test_only_what_differs_is_news(notices: Office) -> None:
    app = Reader(notices)
    async with notices.store.open() as records:
        await records.visits.saw(await hers(records), [PASSPORT, CARD])
    assert await app.news() == {("id_card:v1", False), ("passport:v2", False)}
    async with notices.store.open() as records:
        await records.visits.saw(await hers(records), [CARD, PASSPORT])
        await records.visits.keep(await hers(records), replace(CARD, slot=replace(CARD.slot, seats_left=3)))
        assert await records.visits.of(await hers(records)) == [CARD, PASSPORT]
    assert await app.news() == set()
    later = replace(CARD, slot=replace(CARD.slot, id="s9", starts=NINE + timedelta(days=3)))
    async with notices.store.open() as records:
        await records.visits.saw(await hers(records), [later])
        assert await records.visits.of(await hers(records)) == [later]
    assert await app.news() == {("id_card:v1", False), ("passport:v2", True)}
    async with notices.store.open() as records:
        await records.visits.drop(await hers(records), "id_card", "v1")
        await records.visits.drop(await hers(records), "id_card", "v1")
    assert await app.news() == {("id_card:v1", True)}


async def test_a_visit_that_has_begun_is_over_not_gone(notices: Office) -> None:
    app = Reader(notices)
    async with notices.store.open() as records:
        await records.visits.keep(await hers(records), CARD)
    await app.news()
    notices.clock.advance(timedelta(days=2))
    async with notices.store.open() as records:
        await records.visits.saw(await hers(records), [])
        assert await records.visits.of(await hers(records)) == []
    assert await app.news() == set()
    # The day after, nothing of it is kept.
    notices.clock.advance(timedelta(days=2))
    await notices.store.sweep()
    async with notices.store.open() as records:
        assert await records.visits._rows(await hers(records)) == []  # type: ignore[attr-defined]


async def test_ministries_tell_of_visits_by_themselves(notices: Office) -> None:
    app = Reader(notices)
    async with notices.store.open() as records:
        await hers(records)
    data = {"contact": contact(), "starts_at": "2026-11-25T09:00:00+04:00", "category": "passport", "sequence": 1}
    await notices.send("appointment.booked", "v1", data, source="asan")
    await notices.work()
    assert await app.news() == {("passport:v1", False)}
    moved = data | {"starts_at": "2026-11-26T10:00:00+04:00", "sequence": 2}
    await notices.send("appointment.moved", "v1", moved, source="asan")
    await notices.work()
    assert await app.news() == {("passport:v1", False)}
    async with notices.store.open() as records:
        (visit,) = await records.visits.of(await hers(records))
    assert (visit.id, visit.slot.id, visit.slot.starts) == ("v1", "", datetime(2026, 11, 26, 6, tzinfo=UTC))
    await notices.send("appointment.cancelled", "v1", data | {"by": "centre", "sequence": 3}, source="asan")
    await notices.work()
    assert await app.news() == {("passport:v1", True)}


async def test_what_our_own_booking_said_is_no_news_from_the_ministry(notices: Office) -> None:
    app, own = Reader(notices), replace(CARD, slot=replace(CARD.slot, service="passport"))
    async with notices.store.open() as records:
        await records.visits.keep(await hers(records), own)
    await app.news()
    data = {"contact": contact(), "starts_at": "2026-11-25T09:00:00+04:00", "category": "passport", "sequence": 1}
    await notices.send("appointment.booked", "v1", data, source="asan")
    await notices.work()
    assert await app.news() == set()
    async with notices.store.open() as records:
        assert await records.visits.of(await hers(records)) == [own]


async def test_nobody_elses(notices: Office) -> None:
    async with notices.store.open() as records:
        await records.visits.keep(await hers(records), CARD)
        other = await records.people.greet(Msisdn.parse("+994507770009"), "en")
        assert await records.visits.of(other.id) == []
        await records.visits.drop(other.id, "id_card", "v1")
        assert await records.visits.of(await hers(records)) == [CARD]
