"""Codes of the second factor are those of the RFCs, good around their time, and each once."""

from datetime import UTC, datetime

import pytest

from services.totp import address, code, step_of, step_of_code, written

KEY = b"12345678901234567890"
AT = datetime(2026, 11, 23, 6, 0, 10, tzinfo=UTC)
NOW = step_of(AT)


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, digits: str) -> None:
    assert code(KEY, step_of(datetime.fromtimestamp(seconds, UTC)), 8) == digits


@pytest.mark.parametrize(
    ("count", "digits"), [*enumerate(("755224", "287082", "359152", "969429", "338314", "254676", "287922"))]
)
def test_the_vectors_of_rfc_4226(count: int, digits: str) -> None:
    assert code(KEY, count) == digits


@pytest.mark.parametrize(
    ("typed_of", "after", "found"),
    [
        (NOW, 0, NOW),
        (NOW - 1, 0, NOW - 1),
        (NOW + 1, 0, NOW + 1),
        (NOW - 2, 0, None),
        (NOW + 2, 0, None),
        (NOW, NOW, None),
        (NOW - 1, NOW, None),
        (NOW + 1, NOW, NOW + 1),
    ],
)
def test_a_code_is_good_for_a_step_around_its_own_and_later_than_the_last(
    typed_of: int, after: int, found: int | None
) -> None:
    assert step_of_code(KEY, code(KEY, typed_of), AT, after) == found


@pytest.mark.parametrize("typed", ["", "12345", "٠١٢٣٤٥", "0" * 2000, "\ud800"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert step_of_code(KEY, typed, AT, 0) is None


def test_an_app_is_told_the_key_in_the_way_that_all_understand() -> None:
    assert written(KEY) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert address(KEY, "Guichet", "leyla") == (
        f"otpauth://totp/Guichet:leyla?secret={written(KEY)}&issuer=Guichet&digits=6&period=30"
    )
