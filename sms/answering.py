"""From a text message to its answer: what was understood, in the light of what was asked last."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.errors import DeadlineExceeded, MinistryError
from domain.msisdn import Msisdn, takes_sms
from services import accounts
from services.alerts import AlertKind
from services.caller import SMS, Caller
from services.desk import Desk
from services.ports import Person
from services.reading import read
from sms import replies
from sms.keyword_words import Intent
from sms.keywords import Answered, Perhaps, Said, Unclear, Understood, Vocabulary, understand
from sms.ports import MenuTurns
from sms.records.menu_sessions import MenuSession, SqlMenuSessions
from sms.records.opt_outs import ALL_SENDERS, SqlOptOuts
from sms.records.prompts import Prompt, Question, SqlPrompts
from sms.records.suppressing import suppress
from sms.replies import AWAY, HELP, UNCLEAR, Answer, Reply
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

_LONGEST_ARGUMENT = 20
# An answer that was so long on its way answers nothing any more.
_OLD = timedelta(hours=2)
# What a provider's clock may be behind ours, its fractions of seconds included.
_CLOCKS = timedelta(seconds=2)
# The letter O for a zero, where menus take keys only.
_KEYS = {"o": "0", "oo": "00"}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the pack says. `decisions_in_spite_of_stop`: what the answer to STOP must tell. `region`: whose mobile
    numbers are answered."""

    vocabulary: Vocabulary
    region: str
    languages: tuple[str, ...]
    default_language: str
    decisions_in_spite_of_stop: bool


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wrote, and what stands open between us. `person` is None for a number that nobody has. `late`: it was
    written before what is open now was asked, or hours ago."""

    number: Msisdn
    person: Person | None
    language: str
    stopped: bool
    prompt: Prompt | None
    menu: MenuSession | None
    network: str
    late: bool


@dataclass(frozen=True, slots=True)
class Answering:
    """Decides, and does what a message may do. Whatever it writes belongs to the transaction of the reply."""

    rules: Rules
    sealer: Sealer
    opt_outs: SqlOptOuts
    prompts: SqlPrompts
    menus: SqlMenuSessions
    turns: MenuTurns
    token: Callable[[], str]

    async def asker(
        self, desk: Desk, work: UnitOfWork, number: Msisdn, network: str, sent_at: datetime | None = None
    ) -> Asker:
        """Everything that is known of a sender. `sent_at`: when this message was written, where that is known."""
        person = await desk.records.people.by_number(number)
        prompt, menu = await self.prompts.last(work, number), await self.menus.find(work, number)
        return Asker(
            number,
            person,
            person.language if person else "",
            await self.opt_outs.is_stopped(work, number),
            prompt,
            menu,
            network,
            _is_late(sent_at, prompt, menu, desk.clock.now()),
        )

    async def answer(self, desk: Desk, work: UnitOfWork, asker: Asker, text: str) -> Answer:
        """What is answered, once what it does is written; in her language, or that of her keyword."""
        meant = understand(text, self.rules.vocabulary)
        asker = replace(asker, language=asker.language or self._spoken(meant))
        if not takes_sms(asker.number, self.rules.region):
            return await self._abroad(desk, work, asker, meant)
        answer = await self._answer(desk, work, asker, text, meant)
        if answer.reply is None or answer.reply.language:
            return answer
        return replace(answer, reply=replace(answer.reply, language=asker.language))

    async def _abroad(self, desk: Desk, work: UnitOfWork, asker: Asker, meant: Understood) -> Answer:
        """Nothing is sent there, for it is dear; what stops messages is heard all the same."""
        match meant:
            case Said(intent=Intent.STOP | Intent.START | Intent.WRONG):
                return replace(await self._do(desk, work, asker, meant), reply=None)
        return Answer("abroad")

    async def _answer(self, desk: Desk, work: UnitOfWork, asker: Asker, text: str, meant: Understood) -> Answer:
        if asker.late and isinstance(meant, Answered | Unclear):
            return Answer("late")
        if asker.menu is not None and not asker.late and self._is_for_menu(asker, asker.menu, meant):
            return await self._play(work, asker, asker.menu, text, meant)
        match meant:
            case Said(intent=Intent.CANCEL) | Perhaps(intent=Intent.CANCEL):
                return Answer("cancel_or_stop", Reply("sms.reply_cancel_or_stop", asks=(Question.CANCEL_OR_STOP, {})))
            case Said():
                return await self._do(desk, work, asker, meant)
            case Answered():
                return await self._answered(desk, work, asker, meant)
            case Perhaps() if not (asker.stopped and meant.intent is Intent.STOP):
                return self._ask_back(asker, meant)
            case Unclear(blank=blank) if not asker.stopped:
                return Answer("blank", HELP) if blank else Answer("unclear", UNCLEAR)
        # Who wants no messages is answered what she clearly asks, and nothing else.
        return Answer("silent")

    def _spoken(self, meant: Understood) -> str:
        """The language of the keyword, where its sender is nobody yet."""
        said = meant.language if isinstance(meant, Said | Perhaps) else ""
        return said if said in self.rules.languages else self.rules.default_language

    def _is_for_menu(self, asker: Asker, menu: MenuSession, meant: Understood) -> bool:
        """Keywords are heard inside a menu too; anything else answers whichever was asked last."""
        if isinstance(meant, Said):
            return meant.bare or (meant.intent in (Intent.STATUS, Intent.PICKUP) and not meant.argument)
        newest = asker.prompt is None or asker.prompt.asked_at <= menu.answered_at
        return newest or not isinstance(meant, Answered)

    # --- what a keyword does ------------------------------------------------------------------------------

    async def _do(self, desk: Desk, work: UnitOfWork, asker: Asker, said: Said) -> Answer:
        match said.intent:
            case Intent.STATUS | Intent.PICKUP:
                return Answer(said.intent.value, await self._state(desk, asker, said))
            case Intent.LANGUAGE:
                return Answer("language", await self._language(desk, asker, said.argument))
            case Intent.STOP:
                return Answer("stop", await self._stop(work, asker))
            case Intent.START:
                await self.opt_outs.start(work, asker.number)
                return Answer("start", Reply("sms.opted_in", kind=AlertKind.OPT_OUT))
            case Intent.WRONG:
                return Answer("wrong", await self._wrong(desk, work, asker))
            case Intent.MENU:
                return await self._begin_menu(work, asker)
        return Answer("help", HELP)

    async def _state(self, desk: Desk, asker: Asker, said: Said) -> Reply:
        """The state word and nothing else, whoever seems to ask; the ministry's silence is told as what it is."""
        if not said.argument:
            pickup = said.intent is Intent.PICKUP
            return Reply("sms.reply_ask_pickup" if pickup else "sms.reply_ask_reference")
        reference = said.argument[:_LONGEST_ARGUMENT]
        caller = Caller(asker.number, asker.person, asker.language, False, SMS, "")
        try:
            return replies.of_state(await read(desk, caller, reference), said.intent, reference)
        except (MinistryError, DeadlineExceeded):
            return AWAY

    async def _language(self, desk: Desk, asker: Asker, code: str) -> Reply:
        if code not in self.rules.languages:
            return Reply("sms.reply_languages", {"codes": ", ".join(self.rules.languages).upper()})
        caller = Caller(asker.number, asker.person, asker.language, False, SMS, "")
        await accounts.choose_language(desk, caller, code)
        return Reply("sms.reply_language", language=code)

    async def _stop(self, work: UnitOfWork, asker: Asker) -> Reply | None:
        """Confirmed once, then silence. The dispatcher looks at the opt-out again before anything goes."""
        if not await self.opt_outs.stop(work, asker.number, ALL_SENDERS, "keyword"):
            return None
        told = "sms.opted_out_decisions" if self.rules.decisions_in_spite_of_stop else "sms.opted_out"
        return Reply(told, kind=AlertKind.OPT_OUT)

    async def _wrong(self, desk: Desk, work: UnitOfWork, asker: Asker) -> Reply:
        """Whoever had the number has it no more: nothing of hers is sent there from now on.

        A number that we knew only from a ministry is met and ended too, so that later events find it ended.
        """
        people = desk.records.people
        holder = asker.person or await people.meet(asker.number, asker.language)
        await people.end_number(asker.number, holder.id)
        await suppress(work, self.sealer, asker.number, "wrong_number", desk.clock.now())
        return Reply("sms.reply_wrong")

    # --- answers to what was asked ------------------------------------------------------------------------

    def _ask_back(self, asker: Asker, guess: Perhaps) -> Answer:
        if guess.intent is Intent.WRONG:
            return Answer("did_you_mean", replies.is_it_wrong(guess.language))
        argument = guess.argument[:_LONGEST_ARGUMENT]
        shown = f"{self.rules.vocabulary.word(guess.intent, guess.language or asker.language)} {argument.upper()}"
        return Answer("did_you_mean", replies.did_you_mean(shown.strip(), guess.intent, argument, guess.language))

    async def _answered(self, desk: Desk, work: UnitOfWork, asker: Asker, answered: Answered) -> Answer:
        if asker.prompt is None:
            return Answer("unasked", None if asker.stopped else UNCLEAR)
        facts = asker.prompt.facts
        match asker.prompt.question:
            case Question.DID_YOU_MEAN if answered.is_yes():
                said = Said(Intent(str(facts["intent"])), str(facts["argument"]), str(facts["language"]))
                return await self._do(desk, work, asker, said)
            case Question.DID_YOU_MEAN:
                return Answer("help", HELP)
            case Question.CANCEL_OR_STOP if answered.typed == "1":
                return Answer("your_visit", Reply("sms.reply_visit_dial"))
            case Question.CANCEL_OR_STOP if answered.typed == "2":
                return Answer("stop", await self._stop(work, asker))
        return Answer("unclear", UNCLEAR)

    # --- the menus ----------------------------------------------------------------------------------------

    async def _begin_menu(self, work: UnitOfWork, asker: Asker) -> Answer:
        session = self.token()
        await work.checkpoint()
        shown = await self.turns.turn(asker.number, session, 1, "")
        return Answer("menu", replies.screen(shown.text, session, 1, goes_on=shown.goes_on))

    async def _play(self, work: UnitOfWork, asker: Asker, menu: MenuSession, text: str, meant: Understood) -> Answer:
        """The next screen. A message that is handled again has the same turn, and so the same screen."""
        typed = meant.typed if isinstance(meant, Answered) and meant.typed else text.strip()
        turn = menu.turns + 1
        await work.checkpoint()
        shown = await self.turns.turn(asker.number, menu.session, turn, _KEYS.get(typed.lower(), typed))
        return Answer("menu", replies.screen(shown.text, menu.session, turn, goes_on=shown.goes_on))


def _is_late(sent_at: datetime | None, prompt: Prompt | None, menu: MenuSession | None, now: datetime) -> bool:
    if sent_at is None:
        return False
    asked = [moment for moment in (prompt and prompt.asked_at, menu and menu.answered_at) if moment]
    return now - sent_at > _OLD or any(sent_at + _CLOCKS < moment for moment in asked)
