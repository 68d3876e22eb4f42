"""The conversation over USSD: load the session, let the dialogue go on, show, save. The engine decides."""

import asyncio
import logging
from dataclasses import dataclass
from functools import lru_cache, partial

from msgspec.structs import replace

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import InvalidValue, StoreUnavailable
from domain.ids import Ids
from i18n.text import Text
from storage.session_sealing import SessionSealer
from ussd_menus import engine
from ussd_menus.beside import MenusBeside, NobodyBeside
from ussd_menus.calls import Calls
from ussd_menus.dialogue import OFFER, Dialogue, Hop, turns_page, view_of
from ussd_menus.engine import Ended, Perform, Shown, View
from ussd_menus.library import MenuLibrary, MenusAway
from ussd_menus.records.snapshots import SessionStarts, Start
from ussd_menus.screens import Screens
from ussd_menus.session import Session, decode, encode
from ussd_menus.session_store import (
    DropResumable,
    KeepResumable,
    Locked,
    Opened,
    Resumable,
    SessionStore,
    session_keys,
)
from ussd_menus.session_values import State
from ussd_menus.surface import USSD, Surface
from ussd_menus.turn import Altered, Began, Progress, Repeated, Typed, UssdReply, UssdTurn
from ussd_menus.values import Ask, Confirm, ListScreen, Menu, Show

log = logging.getLogger("guichet.ussd")

_GIVE_UP_SECONDS = 0.3
"""A hop that has waited for its session's lock until so little time is left answers without it."""

_TO_SAVE = 0.2
"""The part of a hop's time that is left for keeping the session, whatever use cases and stores do."""

_LEAST_FOR_START_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator and the pack decide about conversations. Times in seconds. `absent`: flags of what the country
    does not have (`values.ABSENT`), set from a session's first hop."""

    service_codes: frozenset[str]
    default_language: str
    hop_seconds: float = 4.0
    resume_seconds: int = 600
    starts_per_hour: int = 20
    absent: frozenset[str] = frozenset()
    surface: Surface = USSD


class Histories:
    """Recognises a session's histories by keyed MACs (fulfils `turn.Recogniser`)."""

    def __init__(self, sealer: SessionSealer) -> None:
        self._sealer = sealer

    def mac(self, text: str) -> bytes:
        return self._sealer.mac("history", text)

    def recognises(self, mac: bytes, text: str) -> bool:
        return self._sealer.recognises(mac, "history", text)


class Conversation:
    """Answers hops, whatever aggregator they came by. One for all; holds nothing of any caller."""

    def __init__(
        self,
        library: MenuLibrary,
        screens: Screens,
        store: SessionStore,
        starts: SessionStarts,
        calls: Calls,
        sealer: SessionSealer,
        clock: Clock,
        ids: Ids,
        rules: Rules,
        beside: MenusBeside = NobodyBeside(),  # noqa: B008 - holds nothing
    ) -> None:
        self._library = library
        self._beside = beside
        self._screens = screens
        self._store = store
        self._starts = starts
        self._dialogue = Dialogue(library, screens, calls, ids, rules.surface)
        self._sealer = sealer
        # The hops of a session follow each other closely: its names are made once.
        self._keys = lru_cache(maxsize=4096)(partial(session_keys, sealer))
        self._histories = Histories(sealer)
        self._clock = clock
        self._ids = ids
        self._rules = rules

    def sorry(self, text_id: str, language: str = "") -> UssdReply:
        """Last words where there is no conversation to go on with; needs no store."""
        return self._last_words(Text(text_id), language)

    def _last_words(self, text: Text, language: str = "") -> UssdReply:
        view = View((text,), (), end=True, screen=text.id, secret=False, back=False, home=False)
        pages = self._screens.render(view, language or self._rules.default_language, self._screens.network(None))
        return UssdReply(pages.page(0), goes_on=False, screen=text.id)

    async def hop(self, turn: UssdTurn) -> UssdReply:
        """The screen for one hop. Raises `GuichetError` only when neither store can be reached, or not in time the
        menus that the session began with: then it stays as it was."""
        if turn.service_code and turn.service_code not in self._rules.service_codes:
            return self.sorry("session.unknown_code")
        # Random octets are the system's: one asking for both.
        tokens = self._ids.token(24)
        hop = Hop(
            turn,
            self._keys(turn.aggregator, turn.session, turn.msisdn),
            tokens[:16],
            tokens[16:],
            Deadline.after(self._rules.hop_seconds * (1 - _TO_SAVE), self._clock),
        )
        opened = await self._store.open(hop.keys, hop.token)
        if isinstance(opened, Locked):
            opened = await self._wait(hop)
            if isinstance(opened, Locked):
                return self.sorry("error.slow")
        saved = False
        try:
            session, refusal = await self._go_on(hop, opened)
            if session is None:
                return self.sorry(refusal)
            reply, resumable = await self._helped(hop, session) if session.helping else self._show(session, turn)
            session.touched = self._clock.now().timestamp()
            if hop.unread and isinstance(resumable, DropResumable):
                # It stays for the next dial.
                resumable = None
            saved = True
            await self._store.save(hop.keys, hop.token, encode(session), resumable, degraded=opened.degraded)
            return reply
        finally:
            if not saved:
                await self._store.release(hop.keys, hop.token, degraded=opened.degraded)

    async def _wait(self, hop: Hop) -> Opened | Locked:
        """Another hop of this session is being answered: read and lock when that is done."""
        pause = 0.02
        opened: Opened | Locked = Locked()
        while isinstance(opened, Locked) and hop.deadline.remaining() >= _GIVE_UP_SECONDS:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.2)
            opened = await self._store.open(hop.keys, hop.token)
        return opened

    async def _go_on(self, hop: Hop, opened: Opened) -> tuple[Session | None, str]:
        """The session as it stands after this hop; or None and the message id of last words."""
        known = decode(opened.session) if opened.session else None
        if known is None:
            return await self._without_session(hop, opened)
        session, progress = await self._newest(hop, known)
        match progress:
            case Typed(text, mark):
                session.mark = mark
                session.hops += 1
                menu = await self._library.version(session.menu)
                if menu is None:
                    return None, "session.changed"
                if session.ended:
                    return None, "session.ended"
                if session.helping:
                    session.help_turn += 1
                    hop.typed = text
                else:
                    await self._dialogue.typed(hop, menu, session, text)
            case Altered():
                return None, "session.changed"
            case Began(inputs, mark):
                return await self._begin(hop, Began(inputs, mark), None), ""
            case Repeated():
                if await self._library.version(session.menu) is None:
                    return None, "session.changed"
        return session, ""

    def _progress(self, session: Session, hop: Hop) -> Progress:
        progress = hop.turn.wire.since(session.mark, self._histories)
        if isinstance(progress, Began) and session.hops == 1 and not session.ended:
            # The first hop delivered again: the same screen, its offer to go on included.
            return Repeated()
        return progress

    async def _newest(self, hop: Hop, session: Session) -> tuple[Session, Progress]:
        """The session and what is new since it; its snapshot in PostgreSQL where that is newer.

        It may be where this process missed Redis since the session was stored, and where more than one input is
        new at once: another process may have kept the hops in between while Redis was away.
        """
        try:
            progress = self._progress(session, hop)
        except InvalidValue:
            # Not to be read after what is known here: inputs in between were kept elsewhere, or never came.
            newer = await self._kept_elsewhere(hop, session)
            if newer is None:
                raise
            return newer, self._progress(newer, hop)
        several = isinstance(progress, Typed) and "*" in progress.text
        if session.touched > self._store.outage_at and not several:
            return session, progress
        newer = await self._kept_elsewhere(hop, session)
        return (session, progress) if newer is None else (newer, self._progress(newer, hop))

    async def _kept_elsewhere(self, hop: Hop, session: Session) -> Session | None:
        """Its snapshot in PostgreSQL, where that is newer."""
        try:
            stored = await self._store.snapshot(hop.keys)
        except StoreUnavailable:
            return None
        snapshot = decode(stored) if stored else None
        # By the clock first: one that was rebuilt while Redis was away counts its hops anew.
        if snapshot is None or (snapshot.touched, snapshot.hops) <= (session.touched, session.hops):
            return None
        return snapshot

    # --- beginnings -------------------------------------------------------------------------------------

    async def _without_session(self, hop: Hop, opened: Opened) -> tuple[Session | None, str]:
        """A session that begins, or one that the stores have lost."""
        if opened.starts > self._rules.starts_per_hour:
            return None, "limit.too_many"
        began = hop.turn.wire.begin(self._histories)
        if not hop.turn.wire.is_first:
            try:
                stored = await self._store.snapshot(hop.keys)
                if stored and decode(stored):
                    return await self._go_on(hop, Opened(stored, degraded=opened.degraded))
                start = await self._starts.find(hop.keys.session)
            except StoreUnavailable:
                # Nobody can say whether this is a direct dial or a lost session: cross pure steps only.
                menu = self._library.current
                start = Start(menu.home, menu.version, self._rules.default_language)
            if start is not None:
                return await self._replay(hop.turn, start, began), ""
        return await self._begin(hop, began, decode(opened.resumable) if opened.resumable else None), ""

    async def _begin(self, hop: Hop, began: Began, resumable: Session | None) -> Session:
        """A new session: at the entry, or past the main menu for a direct dial."""
        menu = self._library.current
        session = Session(menu.version, self._rules.default_language, self._blank(menu), hops=1)
        session.mark = began.mark
        await self._dialogue.follow(hop, menu, session, engine.start(menu, menu.entry, session.state))
        entry = session.state.node
        if began.inputs:
            await self._dialogue.follow(hop, menu, session, engine.start(menu, menu.home, session.state))
            entry = menu.home
            for text in began.inputs:
                # What follows an answer that was not understood was meant for another screen.
                if session.ended or session.state.note or _must_be_seen(menu, session):
                    break
                await self._dialogue.typed(hop, menu, session, text)
        elif resumable and entry == menu.home and await self._has_menus(hop, resumable):
            # A note belongs to the call in which something was typed.
            session.offered, session.menu = engine.quiet(resumable.state), resumable.menu
            # Without a note that stood on the first page it is cut elsewhere.
            session.page = 0 if resumable.state.note and not resumable.noted else resumable.page
            entry = OFFER
        await self._keep_start(hop, Start(entry, session.menu, session.language))
        return session

    async def _has_menus(self, hop: Hop, resumable: Session) -> bool:
        try:
            return await self._library.version(resumable.menu) is not None
        except MenusAway:
            hop.unread = True
            return False

    def _blank(self, menu: Menu) -> State:
        return engine.blank(menu, self._rules.absent)

    async def _keep_start(self, hop: Hop, start: Start) -> None:
        """Wanted, not needed: a start that is not kept makes a lost session begin anew."""
        try:
            seconds = max(hop.deadline.remaining(), _LEAST_FOR_START_SECONDS)
            await self._starts.keep(hop.keys.session, hop.turn.aggregator, hop.turn.network, start, seconds)
        except StoreUnavailable:
            log.warning("a session's start was not kept: PostgreSQL is away")

    async def _replay(self, turn: UssdTurn, start: Start, began: Began) -> Session:
        """A lost session, rebuilt from its history over pure steps; the rest of the history is let go."""
        menu = await self._library.version(start.menu) or self._library.current
        node = start.entry if start.entry in menu.nodes else menu.home
        session = Session(menu.version, start.language, self._blank(menu), hops=began.mark.length + 1)
        session.mark = began.mark
        match engine.start(menu, node, session.state):
            case Shown(state) | Ended(state):
                session.state = state
            case Perform():
                return session
        for text in _after_offer(began.inputs) if start.entry == OFFER else began.inputs:
            if _must_be_seen(menu, session):
                break
            if turns_page(session, text):
                self._dialogue.turn_page(menu, session, turn, text)
                continue
            before, page = session.state, session.page
            match engine.answer(menu, session.state, text, self._ids.token()):
                case Shown(state):
                    session.state, session.page = state, 0
                    self._dialogue.stay(menu, session, turn, before, page)
                case _:
                    break
        return session

    # --- showing ----------------------------------------------------------------------------------------

    async def _helped(self, hop: Hop, session: Session) -> tuple[UssdReply, Resumable]:
        """The citizen's menus on the agent's telephone: every input goes to them, until they end."""
        reply = await self._beside.turn(session.helping, session.help_turn, hop.typed, hop.turn.network)
        session.ended = not reply.goes_on
        return reply, DropResumable()

    def _show(self, session: Session, turn: UssdTurn) -> tuple[UssdReply, Resumable]:
        """The screen of the session as it stands, and what a later dial may take up."""
        menu = self._library.loaded(session.menu)
        view = view_of(menu, session)
        if self._rules.surface.instead and (session.beyond or view.secret):
            session.beyond = session.ended = True
            return self._last_words(self._rules.surface.instead, session.language), DropResumable()
        pages = self._dialogue.pages(view, session, turn)
        if session.offered is None:
            # A session taken up on another network may have fewer pages there.
            session.page = min(session.page, len(pages.pages) - 1)
        elif len(pages.pages) > 1:
            # An offer is answered, not leafed through: a note that leaves it no room stays away.
            view = view_of(menu, replace(session, offered=engine.quiet(session.offered)))
            pages = self._dialogue.pages(view, session, turn)
        last = session.page >= len(pages.pages) - 1
        session.ended = view.end and last
        page = session.page if session.offered is None else 0
        reply = UssdReply(pages.page(page), goes_on=not session.ended, screen=view.screen)
        return reply, self._resumable(menu, session, view)

    def _resumable(self, menu: Menu, session: Session, view: View) -> Resumable:
        """Secrets are never taken up again: once the PIN is proven, what was before it stays resumable."""
        if session.ended or (session.offered is None and _is_over(menu, session)):
            return DropResumable()
        if session.verified or view.secret or session.offered is not None:
            return None
        kept = Session(session.menu, session.language, session.state, page=session.page, noted=session.noted)
        return KeepResumable(encode(kept), self._rules.resume_seconds)


def _is_over(menu: Menu, session: Session) -> bool:
    """At the main menu, or at the last words of something that was done: there is nothing to go on with."""
    node = session.state.node
    return node == menu.home or (isinstance(menu.nodes[node], Show) and not session.state.back)


def _after_offer(inputs: tuple[str, ...]) -> tuple[str, ...]:
    """What was typed after "2 Start again"; where she went on instead, nobody knows any more where that was."""
    return inputs[inputs.index("2") + 1 :] if "2" in inputs and "1" not in inputs[: inputs.index("2")] else ()


def _must_be_seen(menu: Menu, session: Session) -> bool:
    """Screens that dialled-ahead or replayed input may not cross: secrets, live lists, confirmations."""
    node = menu.nodes[session.state.node]
    return isinstance(node, ListScreen | Confirm) or (isinstance(node, Ask) and node.answer.kind == "pin")
