"""Every version of the menus that was ever in force, as written."""

import json
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from ussd_menus.records.snapshots import OpenUnit
from ussd_menus.tables import menu_versions


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
