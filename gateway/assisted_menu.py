"""A citizen's menus at an agent's hands: the same definitions, no secret typed, and her consent asked at every hop."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from domain.clock import Clock
from domain.deadline import Deadline
from domain.ids import Ids
from domain.msisdn import Msisdn
from domain.outcomes import Outcome
from gateway.menu_by_sms import NumberedTurn
from i18n.letters import Letters
from i18n.text import Text
from i18n.translator import Translator
from services.agent_values import Mode
from services.agents import note
from services.assisted_scope import perform
from services.assisted_sessions import HelpOver, TurnSkipped, beside
from services.caller import AGENT
from services.practice import Practice
from storage.redis_client import RedisClient
from storage.session_sealing import SessionSealer
from storage.unit_of_work import UnitOfWork
from ussd_menus.calls import Calls, DeskFor, Facts
from ussd_menus.conversation import Conversation, Rules
from ussd_menus.library import MenuLibrary
from ussd_menus.networks import Network, Ucs2
from ussd_menus.records.snapshots import SessionStarts
from ussd_menus.screens import Screens
from ussd_menus.session_store import SessionStore, Snapshots
from ussd_menus.surface import Surface
from ussd_menus.turn import Mark, Progress, Recogniser, UssdReply, UssdTurn

A_PAGE = Network("", "API", septets=700, units=700, ucs2=Ucs2.YES)
"""A screen of the API: an application shows more than a telephone, but a list of sixty entries still has pages."""

_OWN_HANDS = frozenset({"account.language", "account.create", "account.change_pin", "account.forgot", "account.close"})
_HIDDEN = _OWN_HANDS | {"account.messages", "account.helpers", "account.complaints", "send.me", "pickup.change"}
# Of the hop in which an agent's telephone shows them, so much is theirs.
_SHARE = 0.6


class CallsBeside(Calls):
    """Performs for the citizen what an agent may, each act on the record, as long as she agrees."""

    def __init__(self, unit: Callable[[], UnitOfWork], desk_for: DeskFor, practice: Practice) -> None:
        super().__init__(unit, desk_for)
        self._practice = practice

    async def outcome(self, use: str, arguments: Mapping[str, object], facts: Facts, deadline: Deadline) -> Outcome:
        """Raises `HelpOver` where the consent, or the time, has come to its end."""
        async with self.unit() as work:
            desk = self.desk_for(work, deadline)
            session = await desk.records.assisted().sessions.get(session_of(facts.name))
            found = await beside(desk, session)
            if found is None:
                raise HelpOver()
            await note(desk, found.session.agent, use, found.session.person, found.session.id)
            await desk.records.settle()
            if found.session.mode is Mode.PRACTICE:
                desk = self._practice.desk(desk)
            caller = replace(found.caller, language=facts.language)
            return await perform(desk, caller, use, dict(arguments))


@dataclass(frozen=True, slots=True)
class NextTurn(NumberedTurn):
    """A turn that follows the one before it. A page counts by itself: where an answer was lost on the way, its next
    input would otherwise be taken for a screen that it never showed."""

    def since(self, mark: Mark, macs: Recogniser) -> Progress:
        if self.turn > mark.length + 1:
            raise TurnSkipped("a turn was left out")
        return NumberedTurn.since(self, mark, macs)


@dataclass(frozen=True, slots=True)
class MenusAtHerSide:
    """Fulfils `ussd_menus.beside.MenusBeside`, and the same Protocol of the API. `wire`: how its turns are counted."""

    conversation: Conversation
    wire: type[NumberedTurn] = NumberedTurn

    async def turn(self, name: str, turn: int, typed: str, network: str | None = None) -> UssdReply:
        """Raises `TurnSkipped` where turns must follow each other, and this one does not."""
        # Under a name of their own: neither her number nor the agent's says whose sessions these are.
        nobody = Msisdn(session_of(name).hex)
        return await self.conversation.hop(UssdTurn(AGENT, name, nobody, "", network, self.wire(turn, typed)))


def session_of(name: str) -> UUID:
    """The session with the citizen, from the name of a run of her menus."""
    return UUID(name.partition(".")[0])


def menus_beside(
    library: MenuLibrary,
    translator: Translator,
    letters: Mapping[str, Letters],
    networks: Mapping[str, Network],
    redis: RedisClient,
    snapshots: Snapshots,
    starts: SessionStarts,
    calls: CallsBeside,
    sealer: SessionSealer,
    clock: Clock,
    ids: Ids,
    rules: Rules,
    service_code: str,
    seconds: int,
) -> MenusAtHerSide:
    """The parts of USSD's conversation, put together for agents. `rules` are those of USSD; `seconds`: how long a
    session with a citizen lasts."""
    store = SessionStore(redis, snapshots, sealer, clock, seconds, rules.hop_seconds + 1)
    dial = Text("agent.own_hands", {"code": service_code})
    own = Rules(
        service_codes=frozenset(),
        default_language=rules.default_language,
        hop_seconds=rules.hop_seconds * _SHARE,
        resume_seconds=0,
        starts_per_hour=rules.starts_per_hour,
        absent=rules.absent,
        surface=Surface(AGENT, dial, hidden=_HIDDEN),
    )
    screens = Screens(translator, letters, networks)
    return MenusAtHerSide(Conversation(library, screens, store, starts, calls, sealer, clock, ids, own))


def for_pages(languages: Iterable[str]) -> tuple[dict[str, Letters], dict[str, Network]]:
    """Letters and screens of the API."""
    return dict.fromkeys(languages, Letters.FAITHFUL), {"": A_PAGE}
