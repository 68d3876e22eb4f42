"""Every version of the menus that was ever in force, as written, and which processes read which."""

import json
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from ussd_menus.records.snapshots import OpenUnit
from ussd_menus.tables import menu_readers, menu_versions

RUNS = timedelta(seconds=30)
"""A process that has not said for so long what it reads has ended."""
_FORGOTTEN = timedelta(hours=1)


class MenuVersions:
    """Fulfils `library.Versions`; every call is a unit of work of its own."""

    def __init__(self, unit: OpenUnit) -> None:
        self._unit = unit

    async def keep(self, version: str, sources: Mapping[str, str]) -> None:
        """Once is enough: a version names its content."""
        row = insert(menu_versions).values(version=version, sources=json.dumps(dict(sources)))
        async with self._unit() as work:
            await work.execute(row.on_conflict_do_nothing())

    async def find(self, version: str) -> dict[str, str] | None:
        """File name to YAML text; None for a version that nobody kept."""
        query = select(menu_versions.c.sources).where(menu_versions.c.version == version)
        async with self._unit() as work:
            found = (await work.execute(query)).scalar_one_or_none()
        return json.loads(found) if found is not None else None

    async def read_by_all(self, process: UUID, version: str) -> str:
        """Says that `process` runs and that `version` came with its code; the version that was first used of those of
        all that run. By PostgreSQL's clock: machines' own may differ by more than a rollout takes."""
        now = func.now()
        here = insert(menu_readers).values(process=process, version=version, seen_at=now)
        here = here.on_conflict_do_update(index_elements=["process"], set_={"version": version, "seen_at": now})
        query = (
            select(menu_versions.c.version)
            .join(menu_readers, menu_readers.c.version == menu_versions.c.version)
            .where(menu_readers.c.seen_at > now - RUNS)
            .order_by(menu_versions.c.first_used_at, menu_versions.c.version)
            .limit(1)
        )
        async with self._unit() as work:
            await work.execute(delete(menu_readers).where(menu_readers.c.seen_at < now - _FORGOTTEN))
            await work.execute(here)
            return (await work.execute(query)).scalar_one_or_none() or version

    async def leave(self, process: UUID) -> None:
        """It ends, and reads nothing any more."""
        async with self._unit() as work:
            await work.execute(delete(menu_readers).where(menu_readers.c.process == process))
