"""A citizen's own menus, played at her side by an agent: what the conversation of the agent's telephone needs."""

from typing import Protocol

from ussd_menus.turn import UssdReply


class MenusBeside(Protocol):
    """Answers inputs in a citizen's menus, for as long as she agrees."""

    async def turn(self, name: str, turn: int, typed: str, network: str | None = None) -> UssdReply:
        """The screen for one input. `name`: the session with her, a dot, and which run of the menus it is; the same
        turn again is answered by the same screen. `network`: whose screen it must fit."""
        ...


class NobodyBeside:
    """`MenusBeside` where no agent works."""

    async def turn(self, name: str, turn: int, typed: str, network: str | None = None) -> UssdReply:
        """Nothing is ever handed over to it."""
        raise NotImplementedError
