"""Limits for codes: whom one message is charged to."""

from datetime import timedelta

import pytest

from domain.msisdn import Msisdn
from services.sign_in_codes import RefreshToken, SignInCodes, is_token, make_token, typed_code
from services.sign_in_limits import SignInLimits, SpendCap, charges

LEYLA = Msisdn.parse("+994501234567")


def test_the_narrowest_is_asked_first() -> None:
    limits = SignInLimits(spend=SpendCap(price=45, hour=4500, day=90000))
    found = charges(LEYLA, "198.51.100.7", limits)
    assert [(one.limit.name, one.subject, one.amount, one.limit.most, one.limit.wide) for one in found] == [
        ("number_pause", "+994501234567", 1, 1, False),
        ("number_day", "+994501234567", 1, 5, False),
        ("address_hour", "198.51.100.7/32", 1, 30, False),
        ("network_hour", "198.51.100.0/24", 1, 100, True),
        ("block_3_hour", "+994501234", 1, 10, True),
        ("block_4_hour", "+99450123", 1, 50, True),
        ("spend_hour", "", 45, 4500, True),
        ("spend_day", "", 45, 90000, True),
    ]
    assert found[0].limit.window == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("address", "host", "network"),
    [
        ("198.51.100.7", "198.51.100.7/32", "198.51.100.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.7/32", "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("", "none", "none"),
        ("not an address", "none", "none"),
        ("198.51.100.7, 10.0.0.1", "none", "none"),
    ],
)
def test_an_address_and_its_network(address: str, host: str, network: str) -> None:
    by_name = {one.limit.name: one.subject for one in charges(LEYLA, address, SignInLimits())}
    assert (by_name["address_hour"], by_name["network_hour"]) == (host, network)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        ("012345", "012345"),
        (" 123 456 ", "123456"),
        ("123-456", "123456"),
        ("١٢٣٤٥٦", "123456"),
        ("۱۲۳۴۵۶", "123456"),
        ("\u200e123456\u200f", "123456"),
        ("12345", None),
        ("1234567", None),
        ("12345a", None),
        ("¹²³⁴⁵⁶", None),
        ("", None),
    ],
)
def test_a_code_as_people_type_it(typed: str, code: str | None) -> None:
    assert typed_code(typed) == code


def test_codes_keep_their_zeros_and_tokens_their_form() -> None:
    codes = SignInCodes({"k1": b"p" * 32}, lambda count: bytes(count - 1) + b"\x07")
    assert codes.make() == "000007"
    token = make_token(lambda count: bytes(range(count)))
    assert is_token(token)
    assert RefreshToken.read(f"{token}.{token}") == RefreshToken(token, token)
    for junk in (
        "",
        ".",
        token,
        f"{token}.",
        f"{token}.{token}.{token}",
        f"{token}.{token[:-1]}é",
        "eyJhbGciOiJIUzI1NiJ9.e30.x",
    ):
        assert RefreshToken.read(junk) is None
    assert token not in repr(RefreshToken(token, token))
