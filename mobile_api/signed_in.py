"""Whom an access token stands for: the citizen at her number, as every use case knows a caller."""

from collections.abc import Callable
from dataclasses import dataclass

from mobile_api.operations import APP, SignedIn
from services import agents, assisted_sessions, signed_in_devices
from services.agent_values import Mode
from services.caller import Caller
from services.desk import Desk
from services.sign_in_ports import Sessions
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TokenSignIns:
    """`serving.SignIns`. `sessions`: signed-in devices, within a unit of work; `desk`: where agents are known, if there
    are any."""

    sessions: Callable[[UnitOfWork], Sessions]
    desk: Callable[[UnitOfWork], Desk] | None = None

    async def signed_in(self, work: UnitOfWork, token: str, language: str) -> SignedIn | None:
        """Her own language goes before that of the request. One query, where her key was used a short while ago."""
        if token.startswith((agents.TOKEN, agents.CITIZEN_TOKEN)):
            return await self._agent(self.desk(work), token) if self.desk else None
        found = await signed_in_devices.by_access_token(self.sessions(work), token)
        if found is None:
            return None
        spoken = found.person.language or language
        caller = Caller(found.number, found.person, spoken, found.proven, APP, f"app:{found.id.hex}")
        return SignedIn(found.id, caller)

    async def _agent(self, desk: Desk, token: str) -> SignedIn | None:
        """An agent alone, or beside a citizen who agreed. Practice has its menus, and no access to anything."""
        if session := await agents.by_token(desk, token):
            return SignedIn(session.id, None, session.agent.id, session.device)
        found = await assisted_sessions.by_token(desk, token)
        if found is None or found.session.mode is Mode.PRACTICE:
            return None
        return SignedIn(found.session.id, found.caller, found.session.agent)
