"""What an agent would hand in for somebody without a telephone: kept until somebody else has called back."""

import hashlib
from collections.abc import Mapping
from uuid import UUID

from domain.errors import InvalidValue
from services.agents import note
from services.caller import Caller
from services.desk import Desk
from services.outcomes_assisted import HeldForCallBack


async def hold(
    desk: Desk, caller: Caller, service: str, form: str, answers: Mapping[str, object], confirm: str
) -> HeldForCallBack:
    """The same confirmation again is the same. Nothing goes to the ministry."""
    if caller.agent is None or caller.person is None:
        raise InvalidValue("nothing is held without an agent")
    records = desk.records.assisted()
    session = await records.sessions.get(UUID(caller.session.rpartition(":")[2]))
    if session is None:
        raise InvalidValue("a session that is over holds nothing")
    id = UUID(bytes=hashlib.sha256(f"{session.id.hex}\0{confirm}".encode()).digest()[:16])
    await records.held.keep(id, session, service, form, answers)
    await note(desk, caller.agent, "assisted.hold", caller.person.id, session.id)
    return HeldForCallBack(slip_number(id))


def slip_number(id: UUID) -> str:
    """How a slip names held work: no reference of a ministry's looks so."""
    return f"G-{id.hex[:8].upper()}"
