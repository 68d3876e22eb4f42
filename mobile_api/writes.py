"""A write as its sender knows it: whose it is, which request under which key."""

import hashlib
from datetime import timedelta

import msgspec
from starlette.types import Scope

from mobile_api.idempotency import Write
from mobile_api.operations import Asked, Op


def write_of(op: Op, asked: Asked, key: str, scope: Scope) -> Write:
    """Whose write it is: the citizen's, also where an agent acts; the agent's; or nobody's."""
    session, person = asked.session, None
    who = "anybody"
    if session is not None and session.caller is not None and session.caller.person is not None:
        person = session.caller.person.id
        who = f"person {person.hex}"
    elif session is not None:
        who = f"session {session.session.hex}"
    body = asked.body if isinstance(asked.body, bytes) else msgspec.json.encode(asked.body, order="deterministic")
    digest = hashlib.sha256(body).hexdigest()
    request = f"{scope['path']}?{scope['query_string'].decode('latin-1')} {digest}"
    return Write(who, op.id, key, request, person, timedelta(seconds=op.replay_seconds))


def confirmation(write: Write) -> str:
    """What use cases know this write by: no longer than any token, whatever the caller chose as a key."""
    return hashlib.sha256(f"{write.scope}\0{write.operation}\0{write.key}".encode()).hexdigest()[:32]
