"""What became of a number between putting a message and sending it: perhaps another's by now, or certainly."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.msisdn import Msisdn
from services.ports import Binding
from services.records.people import SILENCE
from sms.records.opening import Opened
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

_NUMBERS = """
SELECT person_id, msisdn_index, CASE WHEN state = 'active' AND last_seen < $2 THEN 'stale' ELSE state END AS state
FROM numbers WHERE person_id = ANY($1)
"""
_BEST = (Binding.ACTIVE, Binding.STALE, Binding.ENDED)


async def doubts(work: UnitOfWork, sealer: Sealer, messages: Sequence[Opened], now: datetime) -> dict[UUID, Binding]:
    """The messages whose number is not surely the person's any more: `stale`, or `ended`.

    A person of whom no number is kept is not doubted: whoever put the message knew it from elsewhere.
    """
    if not messages:
        return {}
    kept: dict[UUID | None, list[tuple[bytes, Binding]]] = {}
    for row in await work.fetch(_NUMBERS, [one.due.person for one in messages], now - SILENCE):
        kept.setdefault(row["person_id"], []).append((row["msisdn_index"], Binding(row["state"])))
    if not kept:
        return {}
    found = {one.due.id: _binding(sealer, one.to, kept[one.due.person]) for one in messages if one.due.person in kept}
    return {message: binding for message, binding in found.items() if binding is not Binding.ACTIVE}


def _binding(sealer: Sealer, to: Msisdn, kept: Sequence[tuple[bytes, Binding]]) -> Binding:
    """Of that number, where several were hers; an index under a key that is listed no more names none of them."""
    bindings = {binding for _, binding in kept}
    if len(bindings) > 1:
        indexes = sealer.blind_indexes(to.e164, "msisdn")
        bindings = {binding for index, binding in kept if index in indexes} or bindings
    return next(binding for binding in _BEST if binding in bindings)
