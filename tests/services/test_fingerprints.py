"""Fingerprints while keys are changed: the newest makes them, every listed one is recognised."""

from services.fingerprints import Fingerprints

OLD, NEW = b"o" * 32, b"n" * 32
CONFIRMED = {"service": "passport", "slot": "s0"}


def test_a_seal_from_before_the_change_of_keys_still_seals_the_same_pin():
    seal = Fingerprints(OLD).pin_seal("session-1", "482915")
    both = Fingerprints(NEW, OLD)
    assert both.pin_seal("session-1", "482915") != seal
    assert both.seals("session-1", "482915", seal)
    assert both.seals("session-1", "482915", both.pin_seal("session-1", "482915"))
    assert not both.seals("session-1", "482916", seal)
    assert not both.seals("session-2", "482915", seal)
    assert not Fingerprints(NEW).seals("session-1", "482915", seal)


def test_digests_are_the_newest_keys_first_and_then_all_others():
    both = Fingerprints(NEW, OLD).digests("book", CONFIRMED)
    assert both == (*Fingerprints(NEW).digests("book", CONFIRMED), *Fingerprints(OLD).digests("book", CONFIRMED))
    assert len(set(both)) == 2
    assert Fingerprints(OLD).digests("move", CONFIRMED)[0] not in both


def test_no_key_is_shown():
    assert repr(Fingerprints(NEW, OLD)) == "Fingerprints()"
