"""Packs, words, menus and guides, read once for all tests: they never change, and reading takes longer than a test."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import gateway.assembly
import i18n
import ussd_menus.library
from domain.clock import Clock
from domain.deadline import Deadline
from gateway.assembly import Assembly
from gateway.pack import Pack, find_pack
from gateway.pack import load_pack as read_pack
from gateway.settings import Settings
from gateway.words import translator_for as read_words
from i18n.translator import Translator
from services.listed_places import ListedPlace
from services.places_live import LivePlaces
from services.ports import Guide
from ussd_menus.loader import load_sources as read_menus
from ussd_menus.values import Menu

T = TypeVar("T")
_kept: dict[tuple[object, ...], Any] = {}


def assembled(settings: Settings, environment: Mapping[str, str], *, clock: Clock, **more: Any) -> Assembly:
    """As `assemble`."""
    with reading_once():
        return gateway.assembly.assemble(settings, environment, clock=clock, **more)


@contextmanager
def reading_once() -> Iterator[None]:
    """Whatever is assembled within the block takes what was read already."""
    with (
        mock.patch.object(gateway.assembly, "load_pack", load_pack),
        mock.patch.object(gateway.assembly, "translator_for", translator_for),
        mock.patch.object(ussd_menus.library, "load_sources", load_menus),
    ):
        yield


def load_pack(country: str) -> Pack:
    """As `gateway.pack.load_pack`: anew where a file of it was changed."""
    directory = find_pack(country)
    return _once(("pack", directory, _content(directory)), lambda: read_pack(country))


def translator_for(pack: Pack) -> Translator:
    """As `gateway.words.translator_for`: anew where a file was changed."""
    languages = (*pack.languages, pack.zone.key)
    return _once(("words", languages, _words(pack.directory), _words(i18n.SHARED)), lambda: read_words(pack))


def load_menus(sources: Mapping[str, str]) -> Menu:
    """As `ussd_menus.loader.load_sources`."""
    return _once(("menus", *sorted(sources.items())), lambda: read_menus(sources))


class _ToldOnce:
    """Stands in for a ministry's guide where its places are asked for."""

    def __init__(self, key: tuple[object, ...], guide: Guide) -> None:
        self._key, self._guide = key, guide

    async def places(self, deadline: Deadline) -> tuple[ListedPlace, ...]:
        if self._key not in _kept:
            _kept[self._key] = tuple(await self._guide.places(deadline))
        told: tuple[ListedPlace, ...] = _kept[self._key]
        return told


def told_once(parts: Assembly) -> None:
    """A gateway that was not started yet asks each guide for its places only where no other of that pack has. What they
    tell on a sandbox's first day is always the same, and reading it takes two thirds of a start."""
    places = parts.desk.places
    if isinstance(places, LivePlaces):
        pack = ("guide", parts.pack.directory, _content(parts.pack.directory))
        places._guides = {name: _ToldOnce((*pack, name), guide) for name, guide in places._guides.items()}  # type: ignore[misc]


def told_nothing(parts: Assembly) -> None:
    """A gateway that was not started yet asks no guide: what is told from the pack's places does not hang on who is
    faster."""
    places = parts.desk.places
    if isinstance(places, LivePlaces):
        places._guides = {}


def _once(key: tuple[object, ...], read: Callable[[], T]) -> T:
    if key not in _kept:
        _kept[key] = read()
    kept: T = _kept[key]
    return kept


def _words(directory: Path) -> bytes:
    """What is in the catalogs there, but for whose they are."""
    return _content(directory, "messages.yaml", "locales/*.po")


def _content(directory: Path, *patterns: str) -> bytes:
    found = hashlib.sha256()
    for pattern in patterns or ("*.yaml",):
        for file in sorted(directory.glob(pattern)):
            found.update(f"{file.name} {file.stat().st_size} ".encode() + file.read_bytes())
    return found.digest()
