"""An amount of money, counted in the currency's minor unit."""

from decimal import Decimal

from msgspec import Struct

from domain.errors import InvalidValue

# ISO 4217: digits of the minor unit where it is not two.
_MINOR_DIGITS = {"XOF": 0, "XAF": 0, "VND": 0, "JPY": 0, "TND": 3}


def minor_digits(currency: str) -> int:
    """How many decimal digits the currency's minor unit stands for (ISO 4217)."""
    return _MINOR_DIGITS.get(currency, 2)


class Money(Struct, frozen=True):
    """`minor` units (qəpik, centimes) of an ISO 4217 `currency`."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: object, currency: str) -> "Money":
        """From a ministry's decimal text or number; raises `InvalidValue` if it is no such amount.

        Amounts with more digits than the currency has are refused rather than rounded: a decision's
        amount is never changed by us.
        """
        if len(currency) != 3 or not currency.isascii() or not currency.isupper():
            raise InvalidValue("currency is not an ISO 4217 code")
        try:
            scaled = Decimal(str(amount)).scaleb(minor_digits(currency))
        except ArithmeticError:  # InvalidOperation, and Overflow for "9e999999"
            raise InvalidValue("amount is not a number") from None
        if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) >= 10**15:
            raise InvalidValue("amount does not fit the currency")
        return cls(int(scaled), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))
