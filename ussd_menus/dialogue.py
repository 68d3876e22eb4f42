"""One input of a session: paging, the offer to go on, or a step of the engine and the calls that it asks for."""

import msgspec
from msgspec.structs import replace

from domain.deadline import Deadline
from domain.digits import fold
from domain.ids import Ids
from i18n.text import Text, Word
from services.outcomes import PinNeeded
from ussd_menus import engine
from ussd_menus.calls import Calls, Facts, Failed
from ussd_menus.engine import Ended, Option, Perform, Shown, Step, View
from ussd_menus.library import MenuLibrary
from ussd_menus.screens import Paged, Screens
from ussd_menus.session import Session
from ussd_menus.session_store import SessionKeys
from ussd_menus.session_values import State
from ussd_menus.surface import USSD, Surface
from ussd_menus.turn import UssdTurn
from ussd_menus.values import BACK, HOME, MORE, Confirm, Menu

OFFER = "resume_offer"
"""The name of the screen that offers to go on with a dropped session. It is ours, not the menus'."""

_MOST_CALLS = 8
"""Calls that one input may set off in a row; the static check allows no loop of calls."""

_YES = "1"
_CONTINUE, _START_AGAIN = "1", "2"


class Hop(msgspec.Struct):
    """One hop while it is answered. `token` holds the session's lock; `confirm` is for a confirm screen that may
    come of it. `typed`: what goes to the menus of a citizen beside whom an agent sits. `unread`: what she could go on
    with is of menus that could not be read now."""

    turn: UssdTurn
    keys: SessionKeys
    token: str
    confirm: str
    deadline: Deadline
    typed: str = ""
    unread: bool = False


def view_of(menu: Menu, session: Session) -> View:
    """What the session shows: its screen, or the offer to go on with an earlier one."""
    if session.offered is None:
        return engine.view(menu, session.state)
    note = (Text(session.offered.note),) if session.offered.note else ()
    options = (
        Option(_CONTINUE, Text("resume.continue")),
        Option(_START_AGAIN, Text("resume.start_again")),
    )
    return View((*note, Text("resume.offer")), options, end=False, screen=OFFER, secret=False, back=False, home=False)


def turns_page(session: Session, text: str) -> bool:
    """Paging belongs to us: the engine never sees it."""
    key = fold(text)
    return key == MORE or (key == BACK and session.page > 0)


class Dialogue:
    """Changes a session by what was typed. Holds nothing of any caller."""

    def __init__(self, library: MenuLibrary, screens: Screens, calls: Calls, ids: Ids, surface: Surface = USSD) -> None:
        self._library = library
        self._screens = screens
        self._calls = calls
        self._ids = ids
        self._surface = surface

    def pages(self, view: View, session: Session, turn: UssdTurn) -> Paged:
        """The view as it travels to this caller."""
        if self._surface.words:
            words = self._surface.words
            body = tuple(words.get(text.id, text) for text in view.body)
            options = tuple(replace(each, label=words.get(each.label.id, each.label)) for each in view.options)
            view = replace(view, body=body, options=options)
        if self._surface.hidden:
            shown = tuple(option for option in view.options if option.label.id not in self._surface.hidden)
            view = replace(view, options=shown)
        noted = session.noted if session.offered is None else 0
        return self._screens.render(view, session.language, self._screens.network(turn.network), noted)

    async def typed(self, hop: Hop, menu: Menu, session: Session, text: str) -> None:
        """One input, whatever it is."""
        key = fold(text)
        if session.offered is not None:
            return self._answer_offer(menu, session, key)
        if turns_page(session, text):
            return self.turn_page(menu, session, hop.turn, text)
        if key == _YES and self._is_unread(menu, session, hop.turn):
            return self.turn_page(menu, session, hop.turn, MORE)
        before, page = session.state, session.page
        session.page = 0
        await self.follow(hop, menu, session, engine.answer(menu, session.state, text, hop.confirm))
        self.stay(menu, session, hop.turn, before, page)

    def stay(self, menu: Menu, session: Session, turn: UssdTurn, before: State, page: int) -> None:
        """Whoever was not understood stays on the page that she reads: it is said there, where there is room."""
        session.noted = 0
        if page and session.state.node == before.node and session.state.errors > before.errors:
            session.noted = page
            session.page = session.noted = self.pages(engine.view(menu, session.state), session, turn).noted

    def turn_page(self, menu: Menu, session: Session, turn: UssdTurn, text: str) -> None:
        """One page on or back, where there is one."""
        by = 1 if fold(text) == MORE else -1
        pages = self.pages(engine.view(menu, session.state), session, turn)
        if 0 <= session.page + by < len(pages.pages):
            session.page += by
            if session.noted or not session.page:
                # From the first page not before: without its note a screen is cut elsewhere, and a page turned would
                # leave words out.
                session.state, session.noted = engine.quiet(session.state), 0
        else:
            before, page, noted = session.state, session.page, session.noted
            session.state = engine.misunderstood(menu, before)
            self.stay(menu, session, turn, before, page)
            if session.page != page:
                # No room to say it there: she stays all the same.
                session.state, session.page, session.noted = before, page, noted

    async def follow(self, hop: Hop, menu: Menu, session: Session, step: Step) -> None:
        """Go with the engine until it waits for the citizen, performing what it asks for."""
        for _ in range(_MOST_CALLS):
            match step:
                case Shown(state) | Ended(state):
                    session.state = state
                    return
                case Perform():
                    session.state = step.state
                    step = await self._perform(hop, menu, session, step)
        raise RuntimeError("a loop of calls in the menus")

    def _answer_offer(self, menu: Menu, session: Session, key: str) -> None:
        assert session.offered is not None  # noqa: S101 - asked only then
        if key == _CONTINUE:
            session.state, session.offered = engine.quiet(session.offered), None
        elif key in (_START_AGAIN, HOME):
            session.menu, session.offered, session.page = self._library.current.version, None, 0
        else:
            session.offered = engine.misunderstood(menu, session.offered, "nav.invalid")

    def _is_unread(self, menu: Menu, session: Session, turn: UssdTurn) -> bool:
        """A confirmation whose last page was not shown yet: a yes to it would be a yes to what nobody has read."""
        if not isinstance(menu.nodes.get(session.state.node), Confirm):
            return False
        return session.page < len(self.pages(engine.view(menu, session.state), session, turn).pages) - 1

    async def _perform(self, hop: Hop, menu: Menu, session: Session, step: Perform) -> Step:
        facts = Facts(
            hop.turn.msisdn,
            session.language,
            session.verified,
            hop.keys.session.hex(),
            self._surface.channel,
            hop.turn.session,
        )
        outcome = await self._calls.perform(step.call.use, {**step.arguments, **step.secrets}, facts, hop.deadline)
        if isinstance(outcome, PinNeeded) and self._surface.instead:
            session.beyond = True
            return Shown(step.state)
        token = self._ids.token()
        if isinstance(outcome, Failed):
            # Confirming again must be a new try: what may have been done is met by what it means, not by its token.
            again = replace(step.state, token=token)
            return engine.resolve(menu, again, "failed", {"reason": Word(outcome.told)}, token)
        values = outcome.values()
        if outcome.hands_over:
            session.helping, session.help_turn = f"{values['assisted']}.{self._ids.token(4)}", 1
        if outcome.proves_pin:
            session.verified = True
        if outcome.speaks:
            session.language = str(values["language"])
        return engine.resolve(menu, step.state, outcome.name, values, token, commits=outcome.commits)
