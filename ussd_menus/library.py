"""The menus in force, and older ones for sessions that began with them."""

import logging
from collections.abc import Mapping
from typing import Protocol

from domain.errors import StoreUnavailable
from ussd_menus.loader import MenuErrors, load_sources
from ussd_menus.patience import within
from ussd_menus.values import Menu

log = logging.getLogger("guichet.ussd.menus")

_KEPT = 8
_PATIENCE_SECONDS = 1.0


class MenusAway(StoreUnavailable):
    """A version that is not in memory could not be read now: a moment later it may be."""

    told = "error.slow"


class Versions(Protocol):
    """Where versions are kept; fulfilled by `ussd_menus.records.menu_versions`."""

    async def keep(self, version: str, sources: Mapping[str, str]) -> None: ...

    async def find(self, version: str) -> dict[str, str] | None: ...


class MenuLibrary:
    """A session stays with the menus it began with: an answer "2" must not come to mean something else midway."""

    def __init__(self, sources: Mapping[str, str], versions: Versions) -> None:
        """`sources`: file name to YAML text. Raises `MenuErrors`."""
        self.current: Menu = load_sources(sources)
        self._sources = dict(sources)
        self._versions = versions
        self._by_version: dict[str, Menu] = {self.current.version: self.current}

    async def publish(self) -> None:
        """Keep the menus in force for the processes that come after; raises `StoreUnavailable`."""
        await self._versions.keep(self.current.version, self._sources)

    def loaded(self, version: str) -> Menu:
        """The menus of a version that `version` has found before; the ones in force otherwise."""
        return self._by_version.get(version) or self.current

    async def version(self, version: str) -> Menu | None:
        """The menus of that version; None when nobody has them any more. Raises `MenusAway`."""
        if version in self._by_version:
            return self._by_version[version]
        try:
            menu = await within(_PATIENCE_SECONDS, self._load(version))
        except (StoreUnavailable, TimeoutError):
            raise MenusAway from None
        if menu is None:
            # Not remembered: a process of the next release may publish it any moment.
            return None
        if len(self._by_version) > _KEPT:
            self._by_version = {self.current.version: self.current}
        self._by_version[version] = menu
        return menu

    async def _load(self, version: str) -> Menu | None:
        sources = await self._versions.find(version)
        if sources is None:
            return None
        try:
            return load_sources(sources)
        except MenuErrors:
            log.warning("menus of version %s no longer load", version[:12])
            return None
