"""The channel that is not there yet: nothing is promised that cannot be kept."""

from collections.abc import Mapping
from uuid import UUID


class NoChannel:
    """Fulfils `services.ports.Notices` while the gateway sends no SMS: every promise is declined."""

    async def promise(self, person: UUID, text_id: str, values: Mapping[str, object]) -> bool:
        return False
