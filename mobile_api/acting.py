"""Performing an operation: what an agent does is kept with who she is, and refused as what it is."""

from domain.audit import AuditEntry
from mobile_api.operations import Answer, Asked, Op
from mobile_api.problems import Problem

NOT_AGREED = "not_agreed"


async def perform(op: Op, asked: Asked) -> Answer:
    """What comes of it. What an agent does is on record also where nothing comes of it."""
    session = asked.session
    if session is None or session.agent is None:
        return await op.act(asked)
    person = session.caller.person if session.caller else None
    subject = f"person:{person.id.hex}" if person else ""
    entry = AuditEntry(f"agent:{session.agent.hex}", op.id, subject, session.session.hex, channel="api")
    await asked.desk.records.audit.record(entry)
    await asked.work.checkpoint()
    try:
        return await op.act(asked)
    except Problem as problem:
        if problem.code == "pin_needed" and _no_pin_would_help(asked):
            raise Problem(NOT_AGREED) from None
        raise


def _no_pin_would_help(asked: Asked) -> bool:
    """Whether nothing of what she agreed to is behind her PIN: then it lies outside."""
    caller = asked.caller
    if caller.scope is None or caller.must_prove:
        return False
    configs = (asked.desk.services.get(code) for code in caller.scope)
    return not any(config is None or config.sensitive for config in configs)
