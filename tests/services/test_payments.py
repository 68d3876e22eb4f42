"""What was paid out: told to whom the application's details are, and to nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from domain.deadline import Deadline
from domain.errors import MinistryUnavailable
from domain.money import Money
from domain.outcomes import Item
from domain.states import ApplicationState
from i18n.text import Word
from services import payments
from services.applications import find
from services.caller import Caller
from services.desk import Desk
from services.outcomes import (
    Collected,
    Granted,
    GrantedNoAmount,
    NoPayments,
    NotFound,
    PaymentComing,
    PaymentGone,
    PaymentPaid,
    PaymentReturned,
    PaymentsListed,
    PinNeeded,
    ReferenceMalformed,
    StateOnly,
)
from services.practice import Practice
from services.values import Payment, PaymentState
from tests.services.town import AID, KAMRAN, Town

SUM = Money(25050, "AZN")
PAID = Payment("p1", PaymentState.PAID, SUM, date(2026, 11, 11))
BACK = Payment("p0", PaymentState.FAILED, SUM, date(2026, 10, 11), "rjct.payee_fa.invalid")
COMING = Payment("p2", PaymentState.PENDING, SUM, date(2026, 12, 11))


@dataclass
class Treasury:
    """Pays what `sums` say, by reference."""

    sums: dict[str, Sequence[Payment]] = field(default_factory=lambda: {"7001": (COMING, PAID, BACK)})
    asked: list[tuple[str, str]] = field(default_factory=list)
    fails: bool = False

    async def of(self, service: str, reference: str, deadline: Deadline) -> Sequence[Payment] | None:
        self.asked.append((service, reference))
        if self.fails:
            raise MinistryUnavailable("treasury")
        return self.sums.get(reference)


@pytest.fixture
def treasury() -> Treasury:
    return Treasury()


def desk(town: Town, treasury: Treasury) -> Desk:
    made = town.desk()
    return replace(made, ministries=replace(made.ministries, payers={"social_aid": treasury}))


async def test_each_sum_with_its_day_amount_and_state(town: Town, treasury: Treasury) -> None:
    her = await town.known()
    found = await payments.of(desk(town, treasury), her, " 70-01 ")
    assert isinstance(found, PaymentsListed)
    assert found.payments[0] == Item("p2", {"day": COMING.on, "amount": SUM, "state": Word("payment.pending")})
    assert [item.id for item in found.payments] == ["p2", "p1", "p0"]
    for id, expected in (
        ("p2", PaymentComing(date(2026, 12, 11), SUM)),
        ("p1", PaymentPaid(date(2026, 11, 11), SUM)),
        ("p0", PaymentReturned(date(2026, 10, 11), SUM)),
        ("p9", PaymentGone()),
    ):
        assert await payments.open(desk(town, treasury), her, "7001", id) == expected


async def test_the_last_five(town: Town, treasury: Treasury) -> None:
    many = tuple(replace(PAID, id=f"p{number}") for number in range(9))
    treasury.sums = {"7001": (replace(PAID, id="undated", on=None), *many)}
    found = await payments.of(desk(town, treasury), await town.known(), "7001")
    assert isinstance(found, PaymentsListed)
    assert [item.id for item in found.payments] == ["p0", "p1", "p2", "p3", "p4"]


@pytest.mark.parametrize("sums", [{}, {"7001": ()}])
async def test_none_yet_and_nobody_enrolled_are_the_same_to_her(
    town: Town, treasury: Treasury, sums: dict[str, Sequence[Payment]]
) -> None:
    treasury.sums = sums
    assert await payments.of(desk(town, treasury), await town.known(), "7001") == NoPayments()


async def test_whoever_may_not_read_details_learns_nothing_of_money(town: Town, treasury: Treasury) -> None:
    here = desk(town, treasury)
    her, other = await town.known(), await town.known(KAMRAN)
    assert await payments.of(here, other, "7001") == StateOnly(Word("state.granted"))
    assert await payments.of(here, other, "8001") == PinNeeded()
    assert await payments.of(here, her, "7999") == NotFound()
    assert await payments.of(here, her, "x") == ReferenceMalformed()
    assert await payments.open(here, other, "7001", "p1") == StateOnly(Word("state.granted"))
    assert await payments.of(here, await town.known(pin="918273"), "7001") == PinNeeded()
    assert treasury.asked == []


async def test_an_agent_is_not_told(town: Town, treasury: Treasury) -> None:
    her = await town.known()
    beside: Caller = replace(her, agent=her.person.id if her.person else None)
    assert await payments.of(desk(town, treasury), beside, "7001") == PinNeeded()
    assert treasury.asked == []


async def test_a_treasury_that_is_away_is_a_failure_and_hides_nothing_else(town: Town, treasury: Treasury) -> None:
    treasury.fails = True
    her = await town.known()
    with pytest.raises(MinistryUnavailable):
        await payments.of(desk(town, treasury), her, "7001")
    assert await find(desk(town, treasury), her, "7001") == Granted(
        Word("service.social_aid"), "7001", SUM, AID.until or date.max, True
    )


async def test_it_is_offered_where_somebody_pays(town: Town, treasury: Treasury) -> None:
    her, word = await town.known(), Word("service.social_aid")
    for state, amount, expected in (
        (ApplicationState.GRANTED, None, GrantedNoAmount(word, "7001", True)),
        (ApplicationState.COLLECTED, SUM, Collected(word, "7001", True)),
    ):
        town.ministry.files["7001"] = replace(AID, state=state, amount=amount)
        assert await find(desk(town, treasury), her, "7001") == expected
        assert await find(town.desk(), her, "7001") == replace(expected, pays=False)
    assert await payments.of(town.desk(), her, "7001") == NoPayments()


async def test_practice_pays_nothing(town: Town, treasury: Treasury) -> None:
    here = Practice(town.clock, town.services).desk(desk(town, treasury))
    assert here.ministries.payments("social_aid") is None
    await payments.of(here, await town.known(), "PRACTICE-1")
    assert treasury.asked == []
