"""An agent and one citizen: asking her, her yes, her menus step by step, the end, and the slip."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from domain.position import Position
from i18n.slots import fit
from mobile_api.operations import Answer, Asked
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.agent_values import (
    AssistedShown,
    AssistedTokens,
    CitizenWanted,
    CodeHeard,
    MenuInput,
    MenuScreen,
)
from mobile_api.resources.agents import limit_reached, working
from mobile_api.resources.slips import slip_shown
from services import assisted_claims, assisted_consents, assisted_sessions
from services.agent_values import Assisted, Ender, Mode, Stage
from services.outcomes_assisted import (
    CitizenAgreed,
    CitizenAsked,
    CitizenFirst,
    ClaimWrong,
    ConsentDead,
    ConsentWrong,
    HelpRefused,
    NumberUnfit,
)

_LONGEST_NAME = 60


class Screen(Protocol):
    """A screen of the menus."""

    @property
    def text(self) -> str: ...
    @property
    def goes_on(self) -> bool: ...
    @property
    def screen(self) -> str: ...


class CitizenMenus(Protocol):
    """A citizen's menus at an agent's hands; the gateway fulfils it with those of USSD."""

    async def turn(self, name: str, turn: int, typed: str) -> Screen: ...


@dataclass(frozen=True, slots=True)
class Citizens:
    """The operations' work."""

    menus: CitizenMenus

    async def ask(self, asked: Asked) -> Answer:
        wanted: CitizenWanted = asked.body
        agent, desk = await working(asked), asked.desk
        assert asked.session is not None  # noqa: S101 - an agent's operation
        wish = assisted_consents.Wish(
            wanted.purpose,
            _number(asked, wanted),
            frozenset(wanted.services),
            fit(wanted.witness, _LONGEST_NAME) if not wanted.number else "",
            wanted.practice or agent.practice,
            wanted.slip,
            _here(asked, wanted),
        )
        try:
            outcome = await assisted_consents.ask(
                desk, agent, wish, asked.language, asked.address, asked.session.device
            )
        except InvalidValue:
            raise Problem("invalid_fields", errors=(FieldError("/purpose", "invalid"),)) from None
        match outcome:
            case HelpRefused(why=why):
                raise limit_reached(why.id)
            case NumberUnfit():
                raise Problem("invalid_fields", errors=(FieldError("/number", "invalid"),))
            case ClaimWrong():
                raise Problem("claim_wrong")
            case CitizenAsked(assisted=id, practice_code=code):
                session = await self._session(asked, UUID(id))
                return Answer(_shown(asked, session, code), 202)
            case CitizenAgreed(assisted=id):
                return Answer(_shown(asked, await self._session(asked, UUID(id))), 202)

    async def show(self, asked: Asked) -> Answer:
        return Answer(_shown(asked, await self._session(asked, UUID(asked.path["id"]))))

    async def consent(self, asked: Asked) -> Answer:
        typed: CodeHeard = asked.body
        agent, id = await working(asked), UUID(asked.path["id"])
        heard = await assisted_consents.consent(asked.desk, agent, id, typed.code, asked.language, asked.signed_in)
        match heard:
            case ConsentWrong():
                raise Problem("code_wrong")
            case ConsentDead():
                raise Problem("code_dead")
            case CitizenFirst():
                raise Problem("citizen_first")
            case CitizenAgreed(token=token):
                return await self._tokens(asked, id, token)

    async def token(self, asked: Asked) -> Answer:
        await working(asked)
        id = UUID(asked.path["id"])
        beside = await assisted_sessions.of_agent(asked.desk, asked.agent, id)
        if beside is None:
            raise Problem("help_over")
        return await self._tokens(asked, id, await assisted_consents.token_for(asked.desk, id, asked.signed_in))

    async def menu(self, asked: Asked) -> Answer:
        typed: MenuInput = asked.body
        await working(asked)
        id = UUID(asked.path["id"])
        if await assisted_sessions.of_agent(asked.desk, asked.agent, id) is None:
            raise Problem("help_over")
        # The menus have units of work of their own: what is locked here would wait for itself.
        await asked.work.checkpoint()
        try:
            screen = await self.menus.turn(f"{id.hex}.{typed.run}", typed.turn, typed.input)
        except assisted_sessions.TurnSkipped:
            raise Problem("invalid_fields", errors=(FieldError("/turn", "invalid"),)) from None
        return Answer(MenuScreen(screen.text, screen.goes_on, screen.screen))

    async def end(self, asked: Asked) -> Answer:
        session = await self._session(asked, UUID(asked.path["id"]))
        if not await assisted_sessions.end(asked.desk, session, Ender.AGENT):
            raise Problem("help_over")
        return Answer(status=204)

    async def slip(self, asked: Asked) -> Answer:
        agent = await working(asked)
        session = await self._session(asked, UUID(asked.path["id"]))
        beside = await assisted_sessions.of_agent(asked.desk, asked.agent, session.id)
        if beside is None:
            raise Problem("help_over")
        return Answer(slip_shown(asked, await assisted_claims.slip(asked.desk, agent, beside)))

    async def _tokens(self, asked: Asked, id: UUID, token: str) -> Answer:
        session = await self._session(asked, id)
        shown = "" if session.mode is Mode.PRACTICE else token
        return Answer(AssistedTokens(id.hex, shown, _left(asked, session)))

    async def _session(self, asked: Asked, id: UUID) -> Assisted:
        found = await asked.desk.records.assisted().sessions.of_agent(id, asked.agent)
        if found is None:
            raise Problem("not_found")
        return found


def _number(asked: Asked, wanted: CitizenWanted) -> Msisdn | None:
    if not wanted.number:
        if not wanted.witness and not wanted.practice:
            raise Problem("invalid_fields", errors=(FieldError("/witness", "missing"),))
        return None
    try:
        return Msisdn.parse(wanted.number, asked.desk.assistance.region)
    except InvalidValue:
        raise Problem("invalid_fields", errors=(FieldError("/number", "invalid"),)) from None


def _here(asked: Asked, wanted: CitizenWanted) -> Position | None:
    """Where the agent says that she is. A place that we do not know tells nothing."""
    if wanted.near:
        try:
            return Position.parse(wanted.near)
        except InvalidValue:
            raise Problem("invalid_fields", errors=(FieldError("/near", "invalid"),)) from None
    listed = asked.desk.places.index.get(wanted.at_place)
    return listed.at if listed else None


def _left(asked: Asked, session: Assisted) -> int:
    until = session.ask_until if session.stage is Stage.ASKED else session.active_until
    running = session.stage in (Stage.ASKED, Stage.ACTIVE) and until is not None
    return max(0, int((until - asked.desk.clock.now()).total_seconds())) if running and until else 0


def _shown(asked: Asked, session: Assisted, practice_code: str = "") -> AssistedShown:
    services = tuple(sorted(session.services))
    left = _left(asked, session)
    return AssistedShown(session.id.hex, session.mode, session.stage, session.purpose, services, left, practice_code)
