"""What is sealed opens only in its own place, with its own key."""

import base64
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValue
from storage.errors import SealBroken
from storage.keys import KeyRing, KeyUse
from storage.sealing import Sealer, SealingKey
from storage.session_sealing import SessionSealer

OLD = KeyRing.of({"2025": b"o" * 32})
ROTATING = KeyRing.of({"2026": b"n" * 32, "2025": b"o" * 32})
NEW = KeyRing.of({"2026": b"n" * 32})
OTHER = KeyRing.of({"2025": b"x" * 32})
ROW = UUID(int=1)

places = st.tuples(st.sampled_from(["accounts", "links"]), st.sampled_from(["name", "phone"]), st.uuids())


@given(st.binary(max_size=600), places)
def test_what_is_sealed_opens_in_its_place(value: bytes, place: tuple[str, str, UUID]) -> None:
    sealer = Sealer(OLD)
    assert sealer.unseal(sealer.seal(value, *place), *place) == value


@given(st.text(max_size=80), places, places)
def test_a_moved_value_does_not_open(text: str, here: tuple[str, str, UUID], there: tuple[str, str, UUID]) -> None:
    sealer = Sealer(OLD)
    sealed = sealer.seal(text, *here)
    if here == there:
        assert sealer.unseal_text(sealed, *there) == text
    else:
        with pytest.raises(SealBroken):
            sealer.unseal(sealed, *there)


@given(st.binary(max_size=40), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_octet_does_not_open(value: bytes, at: int, by: int) -> None:
    sealer = Sealer(OLD)
    sealed = bytearray(sealer.seal(value, "accounts", "name", ROW))
    sealed[at % len(sealed)] ^= by
    with pytest.raises(SealBroken):
        sealer.unseal(bytes(sealed), "accounts", "name", ROW)


@given(st.binary(max_size=60))
def test_any_octets_are_no_sealed_value(noise: bytes) -> None:
    with pytest.raises(SealBroken):
        Sealer(OLD).unseal(noise, "accounts", "name", ROW)
    with pytest.raises(SealBroken):
        SessionSealer(OLD).unseal(noise, b"")


def test_while_a_key_is_rotated_old_and_new_values_open() -> None:
    before = Sealer(OLD).seal("Aysel", "accounts", "name", ROW)
    rotating = Sealer(ROTATING)
    assert rotating.unseal_text(before, "accounts", "name", ROW) == "Aysel"
    after = rotating.seal("Aysel", "accounts", "name", ROW)
    assert Sealer(NEW).unseal_text(after, "accounts", "name", ROW) == "Aysel"
    for stranger in (Sealer(NEW), Sealer(OTHER)):
        with pytest.raises(SealBroken):
            stranger.unseal(before, "accounts", "name", ROW)


def test_the_same_value_is_never_sealed_alike() -> None:
    sealer = Sealer(OLD)
    assert len({sealer.seal("Aysel", "accounts", "name", ROW) for _ in range(100)}) == 100


def test_the_nonce_comes_from_the_injected_source() -> None:
    sealer = Sealer(OLD, random_bytes=lambda count: b"\7" * count)
    assert sealer.seal("a", "t", "c", ROW) == sealer.seal("a", "t", "c", ROW)


def test_a_persons_key_opens_only_her_values() -> None:
    sealer = Sealer(OLD)
    hers, his = SealingKey.of("person", b"1" * 32), SealingKey.of("person", b"2" * 32)
    sealed = sealer.seal("Aysel", "accounts", "name", ROW, hers)
    assert sealer.unseal_text(sealed, "accounts", "name", ROW, hers) == "Aysel"
    for wrong in (his, None):
        with pytest.raises(SealBroken):
            sealer.unseal(sealed, "accounts", "name", ROW, wrong)


def test_a_blind_index_is_found_while_the_key_is_rotated() -> None:
    stored = Sealer(OLD).blind_index("+994501234567", "msisdn")
    assert Sealer(OLD).blind_indexes("+994501234567", "msisdn") == (stored,)
    newest, second = Sealer(ROTATING).blind_indexes("+994501234567", "msisdn")
    assert second == stored
    assert newest == Sealer(NEW).blind_index("+994501234567", "msisdn")
    assert stored != Sealer(OLD).blind_index("+994501234567", "reference")


@given(st.binary(max_size=700), st.binary(max_size=40), st.binary(max_size=40))
def test_a_session_opens_only_under_its_own_name(value: bytes, name: bytes, other: bytes) -> None:
    sealed = SessionSealer(OLD).seal(value, name)
    assert SessionSealer(ROTATING).unseal(sealed, name) == value
    if other != name:
        with pytest.raises(SealBroken):
            SessionSealer(OLD).unseal(sealed, other)


def test_a_history_is_recognised_by_its_mac() -> None:
    mac = SessionSealer(OLD).mac("history", "1*2")
    assert len(mac) == 16
    assert SessionSealer(ROTATING).recognises(mac, "history", "1*2")
    assert not SessionSealer(ROTATING).recognises(mac, "history", "1*3")
    assert not SessionSealer(NEW).recognises(mac, "history", "1*2")
    assert SessionSealer(OLD).mac("history", "\ud800")  # a lone surrogate does not break it


def test_uses_of_a_key_are_kept_apart() -> None:
    assert len({OLD.derive(use) for use in KeyUse}) == len(KeyUse)


def test_the_pepper_of_an_old_hash_is_found_by_its_id() -> None:
    old = OLD.pepper()
    assert ROTATING.pepper(old.key_id) == old
    assert ROTATING.pepper() != old
    assert "secret" not in repr(old)


def test_keys_are_parsed_in_order() -> None:
    first, second = (base64.b64encode(octet * 32).decode() for octet in (b"n", b"o"))
    ring = KeyRing.parse(f" 2026:{first} ,2025:{second},")
    assert ring.ids == ("2026", "2025")
    assert ring.derive(KeyUse.COLUMNS) == ROTATING.derive(KeyUse.COLUMNS)
    assert repr(ring) == "KeyRing(ids=('2026', '2025'))"


SHORT = base64.b64encode(b"secret-short").decode()
WHOLE = base64.b64encode(b"s" * 32).decode()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("", "no encryption key is listed"),
        (f"a:{SHORT}", "encryption key a has 12 octets instead of 32"),
        ("a:!!!", "encryption key a is not base64"),
        (WHOLE, "an encryption key needs an id of letters and digits before its colon"),
        (f"a:{WHOLE},a:{WHOLE}", "encryption key a is listed twice"),
    ],
)
def test_a_wrong_setting_is_told_without_the_key(setting: str, told: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        KeyRing.parse(setting)
    assert str(refused.value) == told
