"""An agent and one citizen: asking her, her yes, her menus step by step, the end, and the slip."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from domain.position import Position
from i18n.slots import fit
from mobile_api.operations import Answer, Asked, Op, Security
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.agent_values import (
    AssistedShown,
    AssistedTokens,
    CitizenWanted,
    CodeHeard,
    MenuInput,
    MenuScreen,
    SlipShown,
)
from mobile_api.resources.agents import limit_reached, working
from mobile_api.resources.auth_values import HEX_ID
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

TAG = "agents"
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
        heard = await assisted_consents.consent(asked.desk, agent, id, typed.code, asked.language, _own(asked))
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
        return await self._tokens(asked, id, await assisted_consents.token_for(asked.desk, id, _own(asked)))

    async def menu(self, asked: Asked) -> Answer:
        typed: MenuInput = asked.body
        await working(asked)
        id = UUID(asked.path["id"])
        if await assisted_sessions.of_agent(asked.desk, asked.agent, id) is None:
            raise Problem("help_over")
        # The menus have units of work of their own: what is locked here would wait for itself.
        await asked.work.checkpoint()
        screen = await self.menus.turn(f"{id.hex}.{typed.run}", typed.turn, typed.input)
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


def _own(asked: Asked) -> UUID:
    """The agent's own session on this device."""
    assert asked.session is not None  # noqa: S101 - an agent's operation
    return asked.session.session


def _left(asked: Asked, session: Assisted) -> int:
    until = session.ask_until if session.stage is Stage.ASKED else session.active_until
    running = session.stage in (Stage.ASKED, Stage.ACTIVE) and until is not None
    return max(0, int((until - asked.desk.clock.now()).total_seconds())) if running and until else 0


def _shown(asked: Asked, session: Assisted, practice_code: str = "") -> AssistedShown:
    services = tuple(sorted(session.services))
    left = _left(asked, session)
    return AssistedShown(session.id.hex, session.mode, session.stage, session.purpose, services, left, practice_code)


_WHEN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_ID = "0" * 32
_WHERE: Mapping[str, str] = {"id": HEX_ID}
_TOKENS = AssistedTokens(_ID, "beside.k0dZ5yq0oT3Qf1s9l2mXbV7cRjUeHnWaPi4gE6tD8Yw", 1800)
_SHOWN = AssistedShown(_ID, "phone", "asked", "apply", ("social_aid",), 600)
_SLIP = SlipShown(
    ("You were helped on 23.11.2026",), ("41000035",), (), "", "*123#", "Aygün", "V-014", "Volunteers", _WHEN, False
)


def citizen_ops(menus: CitizenMenus) -> tuple[Op, ...]:
    """The operations, declared."""
    citizens = Citizens(menus)
    path, problems = "/agent/citizens/{id}", ("not_an_agent", "help_over")
    return (
        Op(
            id="askCitizen",
            method="POST",
            path="/agent/citizens",
            summary="Ask a citizen whether she may be helped",
            description="She is sent a code that names the agent, the organisation and the purpose; or she agrees on "
            "her own telephone. The answer is the same whether the number is known or not. With a witness "
            "the session is open at once, and what is about money waits for a call-back.",
            tag=TAG,
            act=citizens.ask,
            body=CitizenWanted,
            answers={202: AssistedShown},
            problems=("not_an_agent", "agent_limit", "claim_wrong"),
            security=Security.AGENT,
            write=True,
            examples={"body": CitizenWanted("apply", "+994501234567"), 202: _SHOWN},
        ),
        Op(
            id="showCitizen",
            method="GET",
            path=path,
            summary="Whether she agreed",
            tag=TAG,
            act=citizens.show,
            answers={200: AssistedShown},
            security=Security.AGENT,
            where=_WHERE,
            examples={200: _SHOWN},
        ),
        Op(
            id="citizenConsents",
            method="POST",
            path=f"{path}/consent",
            summary="Her yes: the code that she was sent",
            description="Five tries, ten minutes, on the request that it was sent for.",
            tag=TAG,
            act=citizens.consent,
            body=CodeHeard,
            answers={200: AssistedTokens},
            problems=("not_an_agent", "code_wrong", "code_dead", "citizen_first"),
            security=Security.AGENT,
            write=True,
            replay_seconds=300,
            where=_WHERE,
            examples={"body": CodeHeard("123456"), 200: _TOKENS},
        ),
        Op(
            id="citizenToken",
            method="POST",
            path=f"{path}/token",
            summary="Access after she agreed on her own telephone",
            tag=TAG,
            act=citizens.token,
            answers={200: AssistedTokens},
            problems=problems,
            security=Security.AGENT,
            write=True,
            replay_seconds=300,
            where=_WHERE,
            examples={200: _TOKENS},
        ),
        Op(
            id="citizenMenu",
            method="POST",
            path=f"{path}/menu",
            summary="One step in her own menus",
            tag=TAG,
            act=citizens.menu,
            body=MenuInput,
            answers={200: MenuScreen},
            problems=problems,
            security=Security.AGENT,
            write=True,
            replay_seconds=300,
            where=_WHERE,
            examples={"body": MenuInput(2, "4"), 200: MenuScreen("Services\n1 My application", True, "home")},
        ),
        Op(
            id="endCitizen",
            method="POST",
            path=f"{path}/end",
            summary="End it: she is sent a receipt",
            tag=TAG,
            act=citizens.end,
            answers={204: None},
            problems=("help_over",),
            security=Security.AGENT,
            write=True,
            where=_WHERE,
        ),
        Op(
            id="printSlip",
            method="POST",
            path=f"{path}/slip",
            summary="What is printed for her",
            description="With a witness, each slip has a new claim code: the one before is worth nothing any more.",
            tag=TAG,
            act=citizens.slip,
            answers={200: SlipShown},
            problems=problems,
            security=Security.AGENT,
            write=True,
            replay_seconds=300,
            where=_WHERE,
            examples={200: _SLIP},
        ),
    )
