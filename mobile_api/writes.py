"""A write as its sender knows it: whose it is, which request under which key."""

import hashlib
from datetime import timedelta
from uuid import UUID

import msgspec
from starlette.types import Scope

from mobile_api.idempotency import Write
from mobile_api.operations import Asked, Op
from services.agent_values import Mode

_CITIZENS = "/agent/citizens/{id}/"


async def write_of(op: Op, asked: Asked, key: str, scope: Scope) -> Write:
    """Whose write it is: the citizen's, also where an agent acts; the agent's; or nobody's. What the agent is answered
    about a citizen is kept under the citizen's key."""
    session, person = asked.session, None
    who = "anybody"
    if session is not None and session.caller is not None and session.caller.person is not None:
        person = session.caller.person.id
        who = f"person {person.hex}"
    elif session is not None:
        who, person = f"session {session.session.hex}", await _spoken_of(op, asked)
    body = asked.body if isinstance(asked.body, bytes) else msgspec.json.encode(asked.body, order="deterministic")
    digest = hashlib.sha256(body).hexdigest()
    request = f"{scope['path']}?{scope['query_string'].decode('latin-1')} {digest}"
    return Write(who, op.id, key, request, person, timedelta(seconds=op.replay_seconds))


async def _spoken_of(op: Op, asked: Asked) -> UUID | None:
    """Of whom an agent's operation answers; in practice nobody."""
    if not op.path.startswith(_CITIZENS) or asked.session is None or asked.session.agent is None:
        return None
    id = UUID(asked.path["id"])
    found = await asked.desk.records.assisted().sessions.of_agent(id, asked.session.agent)
    return found.person if found is not None and found.mode is not Mode.PRACTICE else None


def confirmation(write: Write) -> str:
    """What use cases know this write by: no longer than any token, whatever the caller chose as a key."""
    return hashlib.sha256(f"{write.scope}\0{write.operation}\0{write.key}".encode()).hexdigest()[:32]
