"""A telephone number in E.164 form; never printed whole."""

from functools import lru_cache

import phonenumbers
from msgspec import Struct

from domain.digits import fold
from domain.errors import InvalidValue


class Msisdn(Struct, frozen=True):
    """An E.164 number with its leading "+" (ITU-T E.164); `repr` and `str` mask it, for logs."""

    e164: str

    @classmethod
    def parse(cls, raw: str, region: str | None = None) -> "Msisdn":
        """From an aggregator's field or a citizen's typing.

        A "+" that form decoding turned into a space, and "00" or no prefix at all, are repaired. `region` is the
        ISO 3166 country whose national numbers are meant. Raises `InvalidValue` if it is no possible number.
        """
        return _parse(raw, region)

    @property
    def masked(self) -> str:
        """The country and the last two digits: enough to recognise one's own number."""
        return f"{self.e164[:4]}…{self.e164[-2:]}"

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"Msisdn({self.masked})"


# Plans in which a number may be either give no finer answer; a short code or a fixed line takes no SMS.
_MOBILE = frozenset({phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE})


def region_of(number: Msisdn) -> str:
    """The ISO 3166 country of the number; "" where it has none (satellites, shared costs)."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(number.e164)) or ""


def takes_sms(number: Msisdn, region: str) -> bool:
    """Whether it is a mobile number of that ISO 3166 country: what others give us to write to is held to this.

    Messages to dear numbers abroad are how a stolen account is turned into money.
    """
    parsed = phonenumbers.parse(number.e164)
    return phonenumbers.region_code_for_number(parsed) == region and phonenumbers.number_type(parsed) in _MOBILE


@lru_cache(maxsize=4096)
def _parse(raw: str, region: str | None) -> Msisdn:
    typed = fold(raw)
    # Letters are no digits here, though some keypads show them ("0800 FLOWERS").
    if len(typed) > 32 or any(map(str.isalpha, typed)):
        raise InvalidValue("not a telephone number")
    if typed[:2] == "00":
        typed = "+" + typed[2:]
    # Aggregators send international digits; a lost "+" is the only thing that may be missing there.
    elif region is None and typed[:1].isdigit():
        typed = "+" + typed
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException:
        raise InvalidValue("not a telephone number") from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise InvalidValue("not a telephone number")
    return Msisdn(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
