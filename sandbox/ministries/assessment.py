"""How the simulated ministry decides on social aid: invented numbers, the same answer for the same data."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

Json = dict[str, Any]
Words = dict[str, str]

NEED_PER_HEAD = Decimal(300)
MOST = Decimal(900)

TOO_MUCH_INCOME: Words = {
    "az": "Ailənin hər üzvünə düşən gəlir ehtiyac meyarından yüksəkdir",
    "en": "The income per family member is above the need criterion",
    "fr": "Le revenu par membre du foyer dépasse le critère de besoin",
}
SPOUSE_MISSING: Words = {
    "az": "Həyat yoldaşınız haqqında məlumat",
    "en": "Details of your spouse",
    "fr": "Les données de votre conjoint",
}

INCOME_UNPROVEN: Words = {
    "az": "Gəlir haqqında arayış",
    "en": "A certificate of your income",
    "fr": "Un justificatif de revenus",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """Aid of `amount` AZN a month."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class Refusal:
    """No aid, with the reason in the citizen's languages."""

    reason: Words


@dataclass(frozen=True, slots=True)
class SendBack:
    """Something is missing."""

    needs: tuple[Words, ...]


def assess(answers: Json) -> Grant | Refusal | SendBack:
    """The decision: what the household lacks to 300 AZN a head, or why not."""
    members = [member for member in answers.get("householdMembers") or () if isinstance(member, dict)]
    if answers.get("maritalStatus") == "married" and not any(m.get("relation") == "spouse" for m in members):
        return SendBack((SPOUSE_MISSING,))
    income = _amount(answers.get("monthlyIncome")) + sum(_amount(m.get("monthlyIncome")) for m in members)
    lack = NEED_PER_HEAD * (len(members) + 1) - income
    if lack <= 0:
        return Refusal(TOO_MUCH_INCOME)
    return Grant(min(lack, MOST).quantize(Decimal("0.01")))


def _amount(value: Any) -> Decimal:
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        return Decimal(0)
