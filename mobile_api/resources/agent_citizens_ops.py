"""The operations of an agent beside one citizen, declared."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mobile_api.operations import Op, Security
from mobile_api.resources.agent_citizens import CitizenMenus, Citizens
from mobile_api.resources.agent_values import (
    AssistedShown,
    AssistedTokens,
    CitizenWanted,
    CodeHeard,
    MenuInput,
    MenuScreen,
    SlipShown,
)
from mobile_api.resources.auth_values import HEX_ID

TAG = "agents"
_PATH, _PROBLEMS = "/agent/citizens/{id}", ("not_an_agent", "help_over")
_WHEN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_ID = "0" * 32
_WHERE: Mapping[str, str] = {"id": HEX_ID}
_TOKENS = AssistedTokens(_ID, "beside.k0dZ5yq0oT3Qf1s9l2mXbV7cRjUeHnWaPi4gE6tD8Yw", 1800)
_SHOWN = AssistedShown(_ID, "phone", "asked", "apply", ("social_aid",), 600)
_SLIP = SlipShown(
    ("You were helped on 23.11.2026",), ("41000035",), (), "", "*123#", "Aygün", "V-014", "Volunteers", _WHEN, False
)


def citizen_ops(menus: CitizenMenus) -> tuple[Op, ...]:
    """All of them."""
    citizens = Citizens(menus)
    return (*_asking(citizens), *_agreeing(citizens), *_helping(citizens), *_ending(citizens))


def _asking(citizens: Citizens) -> tuple[Op, ...]:
    """She is asked."""
    return (
        Op(
            id="ask_citizen",
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
            id="show_citizen",
            method="GET",
            path=_PATH,
            summary="Whether she agreed",
            tag=TAG,
            act=citizens.show,
            answers={200: AssistedShown},
            security=Security.AGENT,
            where=_WHERE,
            examples={200: _SHOWN},
        ),
    )


def _agreeing(citizens: Citizens) -> tuple[Op, ...]:
    """Her yes, and what it opens."""
    return (
        Op(
            id="citizen_consents",
            method="POST",
            path=f"{_PATH}/consent",
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
            id="citizen_token",
            method="POST",
            path=f"{_PATH}/token",
            summary="Access after she agreed on her own telephone",
            tag=TAG,
            act=citizens.token,
            answers={200: AssistedTokens},
            problems=_PROBLEMS,
            security=Security.AGENT,
            write=True,
            replay_seconds=300,
            where=_WHERE,
            examples={200: _TOKENS},
        ),
    )


def _helping(citizens: Citizens) -> tuple[Op, ...]:
    """Her menus."""
    return (
        Op(
            id="citizen_menu",
            method="POST",
            path=f"{_PATH}/menu",
            summary="One step in her own menus",
            tag=TAG,
            act=citizens.menu,
            body=MenuInput,
            answers={200: MenuScreen},
            problems=_PROBLEMS,
            security=Security.AGENT,
            write=True,
            replay_seconds=300,
            where=_WHERE,
            examples={"body": MenuInput(2, "4"), 200: MenuScreen("Services\n1 My application", True, "home")},
        ),
    )


def _ending(citizens: Citizens) -> tuple[Op, ...]:
    """The end, and what she takes home."""
    return (
        Op(
            id="end_citizen",
            method="POST",
            path=f"{_PATH}/end",
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
            id="print_slip",
            method="POST",
            path=f"{_PATH}/slip",
            summary="What is printed for her",
            description="With a witness, each slip has a new claim code: the one before is worth nothing any more.",
            tag=TAG,
            act=citizens.slip,
            answers={200: SlipShown},
            problems=_PROBLEMS,
            security=Security.AGENT,
            write=True,
            replay_seconds=300,
            where=_WHERE,
            examples={200: _SLIP},
        ),
    )
