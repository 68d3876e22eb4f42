"""Away from networks: what an agent's device takes along, and the drafts that it brings back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.errors import DeadlineExceeded, InvalidValue, MinistryError
from services import apply, applying, assisted_sessions
from services.agent_values import Agent, Assisted, Stage
from services.agents import note
from services.assisted_consents import Wish, ask
from services.caller import Caller
from services.desk import Desk
from services.outcomes import PinNeeded
from services.outcomes_assisted import CitizenAgreed, CitizenAsked
from services.values import Form

# What a device takes along; a post with 13,000 counters is looked through on the network.
_MOST_PLACES = 500


class Result(StrEnum):
    """What became of a draft: it is kept; hers is newer; it cannot be; or she has to say yes first."""

    ACCEPTED = "accepted"
    CONFLICT = "conflict"
    REFUSED = "refused"
    NEEDS_CONSENT = "needs_consent"


@dataclass(frozen=True, slots=True)
class OfflineDraft:
    """A draft made away from networks. `client_id`: the same again is the same draft. `confirmed`: she was shown that
    hers is newer, and wants this one."""

    client_id: str
    service: str
    answers: Mapping[str, object]
    made_at: datetime
    wish: Wish
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Synced:
    """`assisted`: the session with her, where there is one; `why`: a word of ours for what is refused."""

    client_id: str
    result: Result
    assisted: UUID | None = None
    why: str = ""


async def contents(desk: Desk, anybody: Caller) -> dict[str, object]:
    """Forms, services and places, in the caller's language: the same for everybody, and of nobody."""
    forms = {}
    for config in desk.services.services.values():
        if config.applies:
            try:
                form = await apply.read_form(desk, anybody, config.code)
            except MinistryError:
                continue
            if isinstance(form, Form):
                forms[config.code] = form
    services = [
        {"code": config.code, "applies": config.applies, "visits": config.visits, "financial": config.financial}
        for config in desk.services.services.values()
    ]
    places = [
        {"id": listed.place.id, "name": listed.place.name, "address": listed.place.address, "kind": listed.kind.value}
        for listed in desk.places.all()[:_MOST_PLACES]
    ]
    purposes = {purpose: sorted(opens) for purpose, opens in desk.assistance.purposes.items()}
    return {"forms": forms, "services": services, "places": places, "purposes": purposes, "dial": desk.assistance.dial}


async def sync(
    desk: Desk, agent: Agent, draft: OfflineDraft, language: str, address: str, device: bytes | None, away: set[str]
) -> Synced:
    """One draft. Each has a consent of its own: asked for at the first sync, and kept once she said yes.

    `away`: services whose ministry did not answer for a draft before it; not asked again, and added to.
    """
    if agent.practice:
        return Synced(draft.client_id, Result.REFUSED, None, "practice")
    records = desk.records.assisted()
    id = await records.synced.find(agent.id, draft.client_id)
    if id is None:
        # Of the same draft brought twice at once the second finds what became of the first.
        await records.agents.lock(agent.id, device)
        id = await records.synced.find(agent.id, draft.client_id)
    if id is None:
        opened = await _begin(desk, agent, draft, language, address, device)
        if isinstance(opened, Synced):
            return opened
        id = opened
    session = await records.sessions.of_agent(id, agent.id)
    if session is None or session.stage in (Stage.ENDED, Stage.REFUSED):
        return Synced(draft.client_id, Result.REFUSED, id, "help_over")
    if session.number != draft.wish.number:
        # Whoever agreed was somebody else.
        return Synced(draft.client_id, Result.REFUSED, None, "another_number")
    found = await assisted_sessions.beside(desk, session)
    if found is None:
        return Synced(draft.client_id, Result.NEEDS_CONSENT, id)
    try:
        if draft.service not in away:
            return await _kept(desk, agent, draft, session, found.caller)
    except (MinistryError, DeadlineExceeded):
        away.add(draft.service)
    return Synced(draft.client_id, Result.REFUSED, session.id, "ministry_away")


async def _begin(
    desk: Desk, agent: Agent, draft: OfflineDraft, language: str, address: str, device: bytes | None
) -> UUID | Synced:
    """Many come at once when the bus is back: they were not made so fast."""
    rules = replace(desk.assistance.rules, pause=timedelta(0))
    unhurried = replace(desk, assistance=replace(desk.assistance, rules=rules))
    try:
        asked = await ask(unhurried, agent, draft.wish, language, address, device)
    except InvalidValue:
        return Synced(draft.client_id, Result.REFUSED, None, "invalid")
    if not isinstance(asked, CitizenAsked | CitizenAgreed):
        return Synced(draft.client_id, Result.REFUSED, None, asked.name)
    id = UUID(asked.assisted)
    await desk.records.assisted().synced.keep(agent.id, draft.client_id, id)
    return id


async def _kept(desk: Desk, agent: Agent, draft: OfflineDraft, session: Assisted, caller: Caller) -> Synced:
    """Hers, where it is newer, stays until she says otherwise."""
    config = desk.services.get(draft.service)
    if config is None or not config.applies or not caller.may_use(draft.service):
        return Synced(draft.client_id, Result.REFUSED, session.id, "service")
    newer = await desk.records.assisted().people.draft_kept_at(session.person, draft.service, apply.DRAFT_LIVES)
    if newer is not None and newer > draft.made_at and not draft.confirmed:
        return Synced(draft.client_id, Result.CONFLICT, session.id)
    kept = await applying.keep(desk, caller, draft.service, draft.answers)
    if not isinstance(kept, Form):
        why = "pin_needed" if isinstance(kept, PinNeeded) else "answers"
        return Synced(draft.client_id, Result.REFUSED, session.id, why)
    await note(desk, agent.id, "assisted.sync", session.person, session.id)
    return Synced(draft.client_id, Result.ACCEPTED, session.id)
