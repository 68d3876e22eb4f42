"""The menus by SMS: the same definitions through the same conversation, one screen a message, no secret typed."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from i18n.letters import Letters
from i18n.text import Text, Word
from i18n.translator import Translator
from services.caller import SMS
from sms.records.menu_sessions import SILENCE
from storage.redis_client import RedisClient
from storage.session_sealing import SessionSealer
from ussd_menus.calls import Calls
from ussd_menus.conversation import Conversation, Rules
from ussd_menus.library import MenuLibrary
from ussd_menus.networks import Network, Ucs2
from ussd_menus.records.snapshots import SessionStarts
from ussd_menus.screens import Screens
from ussd_menus.session_store import SessionStore, Snapshots
from ussd_menus.surface import Surface
from ussd_menus.turn import Began, Mark, Progress, Recogniser, Repeated, Typed, UssdReply, UssdTurn

TWO_PARTS = Network("", "SMS", septets=300, units=130, ucs2=Ucs2.YES)
"""Two parts hold 304 septets with a 16-bit reference, less one where an escape would be cut; 132 units of UCS-2, less
one for a surrogate pair (3GPP TS 23.040 §9.2.3.24). Plain letters, as a screen in UCS-2 would be half as long; but for
languages that have none (Arabic), whose alerts are in their own letters too."""


@dataclass(frozen=True, slots=True)
class NumberedTurn:
    """A message's place in its session (fulfils `ussd_menus.turn.Wire`): the same place again is the same message."""

    turn: int
    typed: str

    @property
    def is_first(self) -> bool:
        return self.turn == 1

    def begin(self, macs: Recogniser) -> Began:
        return Began((), Mark(self.turn))

    def since(self, mark: Mark, macs: Recogniser) -> Progress:
        return Repeated() if self.turn <= mark.length else Typed(self.typed, Mark(self.turn))


class MenuBySms:
    """Fulfils `sms.ports.MenuTurns`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    async def turn(self, number: Msisdn, session: str, turn: int, typed: str) -> UssdReply:
        """Raises `StoreUnavailable` when neither store of sessions answers."""
        wire = NumberedTurn(turn, typed)
        return await self._conversation.hop(UssdTurn(SMS, session, number, "", None, wire))


def menu_by_sms(
    library: MenuLibrary,
    translator: Translator,
    languages: Iterable[str],
    redis: RedisClient,
    snapshots: Snapshots,
    starts: SessionStarts,
    calls: Calls,
    sealer: SessionSealer,
    clock: Clock,
    ids: Ids,
    rules: Rules,
    service_code: str,
) -> MenuBySms:
    """The parts of USSD's conversation, put together for messages. `rules` are those of USSD."""
    letters = {code: Letters.FAITHFUL if translator.language(code).in_latin else Letters.PLAIN for code in languages}
    screens = Screens(translator, letters, {"": TWO_PARTS})
    store = SessionStore(redis, snapshots, sealer, clock, int(SILENCE.total_seconds()), rules.hop_seconds + 1)
    dial = Text("sms.reply_dial", {"code": service_code})
    # Whether her number is linked to it or not: by SMS no more than this is shown. And that nothing is booked or
    # applied for here is said before she looks for a time or a service, not when she has found one.
    words = {
        "status.state_only_why": dial,
        "home.apply": Text("texted.apply", {"what": Word("home.apply"), "code": service_code}),
        "visit.book": Text("texted.book"),
        "visit.pick_service": Text("texted.times", {"code": service_code}),
    }
    by_sms = Rules(
        service_codes=frozenset(),
        default_language=rules.default_language,
        hop_seconds=rules.hop_seconds,
        resume_seconds=0,
        starts_per_hour=rules.starts_per_hour,
        absent=rules.absent,
        surface=Surface(SMS, dial, words, frozenset({"status.link"})),
    )
    return MenuBySms(Conversation(library, screens, store, starts, calls, sealer, clock, ids, by_sms))
