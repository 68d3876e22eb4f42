"""The menus in force, and older ones for sessions that began with them."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from domain.errors import StoreUnavailable
from ussd_menus.loader import MenuErrors, load_sources
from ussd_menus.patience import within
from ussd_menus.values import Menu

log = logging.getLogger("guichet.ussd.menus")

_KEPT = 8
_PATIENCE_SECONDS = 1.0
_AGREE_SECONDS = 10.0


class MenusAway(StoreUnavailable):
    """A version that is not in memory could not be read now: a moment later it may be."""

    told = "error.slow"


class Versions(Protocol):
    """Where versions are kept; fulfilled by `ussd_menus.records.menu_versions`."""

    async def keep(self, version: str, sources: Mapping[str, str]) -> None: ...

    async def find(self, version: str) -> dict[str, str] | None: ...

    async def read_by_all(self, process: UUID, version: str) -> str: ...

    async def leave(self, process: UUID) -> None: ...


class MenuLibrary:
    """A session stays with the menus it began with: an answer "2" must not come to mean something else midway.

    Code reads older menus, not always newer ones. While a release is rolled out a call may reach either at every hop,
    so sessions begin with the menus of the older code until the last process of it has ended.
    """

    def __init__(self, sources: Mapping[str, str], versions: Versions) -> None:
        """`sources`: file name to YAML text. Raises `MenuErrors`."""
        self._own = load_sources(sources)
        self.current: Menu = self._own
        """What sessions begin with."""
        self._sources = dict(sources)
        self._versions = versions
        self._by_version: dict[str, Menu] = {self._own.version: self._own}

    async def publish(self) -> None:
        """Keep the menus of this code for the other processes; raises `StoreUnavailable`."""
        await self._versions.keep(self._own.version, self._sources)

    async def run(self, process: UUID, stopped: asyncio.Event) -> None:
        """Agrees anew every few seconds until stopped, and then says that this process ends."""
        while not stopped.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AGREE_SECONDS):
                    await stopped.wait()
                    break
            await self.agree(process)
        with contextlib.suppress(StoreUnavailable, TimeoutError):
            await within(_PATIENCE_SECONDS, self._versions.leave(process))

    async def agree(self, process: UUID) -> None:
        """Says what this process reads; sessions begin with the oldest menus that a running process came with. While
        PostgreSQL is away they go on as before."""
        try:
            agreed = await within(_PATIENCE_SECONDS, self._versions.read_by_all(process, self._own.version))
            # Where this code does not read the other's menus, it has its own left.
            menu = await self.version(agreed) or self._own
        except (StoreUnavailable, TimeoutError):
            return
        if menu is not self.current:
            log.info("sessions begin with menus of version %s", menu.version[:12])
            self.current = menu

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
            self._by_version = {kept.version: kept for kept in (self._own, self.current)}
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
