"""The spool's folder: what was said to be kept is there, whatever else is damaged, full or taken away."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from domain.clock import HandClock
from domain.ids import Ids
from storage.errors import SealBroken, SpoolFailed
from storage.keys import KeyRing
from storage.sealing import Sealer
from storage.spool import KEPT_ASIDE, Spool, Waiting
from tests.small_disk import small_disk

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
OLD, NEW = b"o" * 32, b"n" * 32
WORDS = "+994501234501 writes STATUT 41000019"


def sealer(**keys: bytes) -> Sealer:
    return Sealer(KeyRing.of(keys))


@pytest.fixture
def ids() -> Ids:
    return Ids(HandClock(NOW))


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, sealer(old=OLD))


def filled(spool: Spool, ids: Ids, count: int) -> list[UUID]:
    made = [ids.uuid7() for _ in range(count)]
    assert spool.put([(id, f"{WORDS} {id}") for id in made]) == set(made)
    return made


def test_what_was_put_is_there_oldest_first_for_whoever_comes_next(spool: Spool, ids: Ids, tmp_path: Path) -> None:
    made = filled(spool, ids, 20)
    after = Spool(tmp_path, sealer(old=OLD))
    assert after.waiting() == made
    assert [after.read(id) for id in made] == [f"{WORDS} {id}" for id in made]
    after.remove(made[:5])
    assert spool.waiting() == made[5:]


def test_of_many_a_page_is_read_and_the_next_begins_where_it_ended(spool: Spool, ids: Ids, tmp_path: Path) -> None:
    made = filled(spool, ids, 25)
    for stranger in ("0" * 31, "0" * 31 + "g", ".lock", "0" * 33):
        (tmp_path / stranger).touch()
    pages = [spool.look(10), spool.look(10, made[9]), spool.look(10, made[19]), spool.look(10, made[24])]
    assert [list(page.first) for page in pages] == [made[:10], made[10:20], made[20:], []]
    assert {page.count for page in pages} == {25}, "all that is there, whichever was asked for"
    spool.remove(made[:10])
    assert spool.look(1) == Waiting(15, (made[10],))


def test_a_thief_of_the_volume_reads_nothing(spool: Spool, ids: Ids, tmp_path: Path) -> None:
    for id in filled(spool, ids, 3):
        octets = (tmp_path / id.hex).read_bytes()
        assert b"994501234501" not in octets and b"STATUT" not in octets
        assert (tmp_path / id.hex).stat().st_mode & 0o777 == 0o600


def test_truncated_at_every_offset_one_is_damaged_and_the_others_are_kept(
    spool: Spool, ids: Ids, tmp_path: Path
) -> None:
    """F3: a power loss leaves the beginning of a file."""
    before, damaged, after = filled(spool, ids, 3)
    path = tmp_path / damaged.hex
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(SealBroken):
            spool.read(damaged)
    path.write_bytes(whole)
    assert [spool.read(id) for id in (before, damaged, after)] == [f"{WORDS} {i}" for i in (before, damaged, after)]


def test_each_octet_flipped_is_noticed(spool: Spool, ids: Ids, tmp_path: Path) -> None:
    (id,) = filled(spool, ids, 1)
    path = tmp_path / id.hex
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        with pytest.raises(SealBroken):
            spool.read(id)


def test_an_entry_under_another_name_does_not_open(spool: Spool, ids: Ids, tmp_path: Path) -> None:
    one, other = filled(spool, ids, 2)
    shutil.copy(tmp_path / one.hex, tmp_path / other.hex)
    with pytest.raises(SealBroken):
        spool.read(other)


def test_what_the_former_key_sealed_opens_while_that_is_listed(spool: Spool, ids: Ids, tmp_path: Path) -> None:
    (id,) = filled(spool, ids, 1)
    assert Spool(tmp_path, sealer(new=NEW, old=OLD)).read(id).startswith(WORDS)
    with pytest.raises(SealBroken):
        Spool(tmp_path, sealer(new=NEW)).read(id)


def test_one_that_is_aside_waits_no_more_and_may_be_put_back(spool: Spool, ids: Ids, tmp_path: Path) -> None:
    first, second = filled(spool, ids, 2)
    spool.put_aside(first)
    assert (spool.waiting(), spool.aside()) == ([second], 1)
    (tmp_path / "aside" / first.hex).rename(tmp_path / first.hex)
    assert (spool.waiting(), spool.aside()) == ([first, second], 0)
    assert spool.read(first).startswith(WORDS)


def test_what_a_process_that_died_was_writing_goes_and_what_was_aside_for_long(
    spool: Spool, ids: Ids, tmp_path: Path
) -> None:
    aside, waits = filled(spool, ids, 2)
    spool.put_aside(aside)
    part = tmp_path / f".{ids.uuid7().hex}"
    part.write_bytes(b"half of")
    spool.sweep(NOW + timedelta(minutes=5))
    assert part.exists() and spool.aside() == 1, "it may be under way"
    spool.sweep(NOW + KEPT_ASIDE - timedelta(seconds=1))
    assert not part.exists() and spool.aside() == 1
    spool.sweep(NOW + KEPT_ASIDE + timedelta(seconds=1))
    assert (spool.waiting(), spool.aside()) == ([waits], 0), "what waits waits as long as it takes"


def test_one_process_hands_in_at_a_time(spool: Spool, tmp_path: Path) -> None:
    other = Spool(tmp_path, sealer(old=OLD))
    with spool.claimed() as mine, other.claimed() as theirs:
        assert (mine, theirs) == (True, False)
    with other.claimed() as theirs:
        assert theirs


@pytest.mark.parametrize("call", ["write", "fsync", "folder", "rename"])
def test_a_disk_that_breaks_keeps_nothing_and_says_so(
    call: str, spool: Spool, ids: Ids, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An input/output error at each of the four places where the disk is waited for."""
    fsync, calls = os.fsync, [0]

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    def folder_only(opened: int) -> None:
        calls[0] += 1
        if calls[0] > 2:
            broken()
        fsync(opened)

    with monkeypatch.context() as patched:
        match call:
            case "folder":
                patched.setattr(os, "fsync", folder_only)
            case "rename":
                patched.setattr(Path, "rename", broken)
            case name:
                patched.setattr(os, name, broken)
        assert spool.put([(ids.uuid7(), WORDS), (ids.uuid7(), WORDS)]) == set()
        assert spool.waiting() == []
        assert [path.name for path in tmp_path.iterdir()] == []
    assert len(filled(spool, ids, 2)) == 2, "afterwards it goes on by itself"


@pytest.fixture
def little_room(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", kilobytes=64) as folder:
        yield folder


def test_a_full_disk_keeps_what_it_said_and_takes_more_once_there_is_room(little_room: Path, ids: Ids) -> None:
    spool = Spool(little_room, sealer(old=OLD))
    said: set[UUID] = set()
    for _ in range(12):
        said |= spool.put([(id, WORDS * 20) for id in (ids.uuid7(), ids.uuid7(), ids.uuid7())])
    assert 0 < len(said) < 36, "it became full"
    assert spool.put([(ids.uuid7(), WORDS)]) == set()
    assert set(spool.waiting()) == said
    assert all(spool.read(id) == WORDS * 20 for id in said), "what was said to be kept is whole"
    assert {path.name for path in little_room.iterdir()} == {id.hex for id in said}, "nothing is left half written"
    assert not spool.prove(), "that passes: a gateway that did not start would be worse"
    with spool.claimed() as ours:
        assert ours, "what is there can be handed in, and that makes room"
    spool.remove(list(said)[:2])
    assert len(filled(spool, ids, 1)) == 1


def test_the_folder_must_be_there_and_be_ours(tmp_path: Path) -> None:
    assert Spool(tmp_path, sealer(old=OLD)).prove()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    for wrong in ("not-mounted", "file"):
        with pytest.raises(SpoolFailed):
            Spool(tmp_path / wrong, sealer(old=OLD)).prove()
    assert not (tmp_path / "not-mounted").exists(), "made, it would be on a disk that goes with the machine"
