"""From a text message to its answer: what was understood, in the light of what was asked last."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.msisdn import Msisdn, takes_sms
from services.desk import Desk
from services.questions import Question
from sms import replies, visit_answers
from sms.asker import Asker, Rules, is_late
from sms.deeds import LONGEST_ARGUMENT, Deeds
from sms.keyword_words import Intent
from sms.keywords import Answered, Perhaps, Said, Unclear, Understood, understand
from sms.ports import MenuTurns
from sms.prompted import HANDLERS
from sms.records.menu_sessions import MenuSession, SqlMenuSessions
from sms.records.opt_outs import SqlOptOuts
from sms.records.prompts import Prompt, SqlPrompts
from sms.replies import TOO_LATE, UNCLEAR, Answer, Given, Reply
from storage.unit_of_work import UnitOfWork

# The letter O for a zero, where menus take keys only.
_KEYS = {"o": "0", "oo": "00"}
_PERHAPS_STOP = Perhaps(Intent.STOP)
# Among the facts of a question: in which language it was asked of whom we do not know hers.
_SPOKEN = "spoken"


@dataclass(frozen=True, slots=True)
class Answering:
    """Decides, and does what a message may do. Whatever it writes belongs to the transaction of the reply."""

    rules: Rules
    deeds: Deeds
    opt_outs: SqlOptOuts
    prompts: SqlPrompts
    menus: SqlMenuSessions
    turns: MenuTurns
    token: Callable[[], str]

    async def asker(
        self,
        desk: Desk,
        work: UnitOfWork,
        number: Msisdn,
        network: str,
        came_at: datetime,
        sent_at: datetime | None = None,
    ) -> Asker:
        """Everything that is known of a sender. `came_at`: when we got this message: what was open then she may answer,
        though it waited in the spool. `sent_at`: when it was written, where that is known."""
        person = await desk.records.people.by_number(number)
        asked, menu = await self.prompts.standing(work, number, came_at), await self.menus.find(work, number)
        return Asker(
            number,
            person,
            person.language if person and person.language_chosen else "",
            await self.opt_outs.is_stopped(work, number),
            asked,
            menu,
            network,
            is_late(sent_at, asked, menu, desk.clock.now()),
        )

    async def answer(self, desk: Desk, work: UnitOfWork, asker: Asker, text: str) -> Answer:
        """What is answered, once what it does is written; in her language, or that of her keyword."""
        meant = understand(text, self.rules.vocabulary)
        chosen = bool(asker.language)
        asker = replace(asker, language=asker.language or self._spoken(asker, meant))
        if not takes_sms(asker.number, self.rules.region):
            return await self._abroad(desk, work, asker, meant)
        answer = await self._answer(desk, work, asker, text, meant)
        if answer.reply is None:
            return answer
        reply = answer.reply if answer.reply.language else replace(answer.reply, language=asker.language)
        return replace(answer, reply=reply if chosen else _remembering(reply))

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
                return await self._which_is_cancelled(desk, asker)
            case Said():
                return await self._do(desk, work, asker, meant)
            case Answered():
                return await self._answered(desk, work, asker, meant)
            case Perhaps() if not (asker.stopped and meant.intent is Intent.STOP):
                return self._ask_back(asker, meant)
            case Unclear(blank=blank) if not asker.stopped:
                return await self._unclear(desk, asker, blank=blank)
        # Who wants no messages is answered what she clearly asks, and nothing else.
        return Answer("silent")

    def _spoken(self, asker: Asker, meant: Understood) -> str:
        """The language of the keyword, or of the question that is answered, where its sender chose none yet; of a word
        of several, the one that we know of her, else the country's first."""
        said = meant.language if isinstance(meant, Said | Perhaps) else _asked_in(asker)
        if said in self.rules.languages:
            return said
        return asker.person.language if asker.person else self.rules.default_language

    def _is_for_menu(self, asker: Asker, menu: MenuSession, meant: Understood) -> bool:
        """Keywords are heard inside a menu too, alone or with what belongs to them: a street may begin with one ("Lang
        Ha"). Anything else answers whichever was asked last."""
        if isinstance(meant, Said):
            return meant.bare or meant.loose or (meant.intent in (Intent.STATUS, Intent.PICKUP) and not meant.argument)
        newest = asker.prompt is None or asker.prompt.asked_at <= menu.answered_at
        return newest or not isinstance(meant, Answered)

    async def _do(self, desk: Desk, work: UnitOfWork, asker: Asker, said: Said) -> Answer:
        if said.intent is Intent.MENU:
            return await self._begin_menu(work, asker)
        return await self.deeds.do(desk, work, asker, said)

    # --- answers to what was asked ------------------------------------------------------------------------

    def _ask_back(self, asker: Asker, guess: Perhaps) -> Answer:
        if guess.intent is Intent.WRONG:
            return Answer("did_you_mean", replies.is_it_wrong(guess.language))
        if guess.intent is Intent.LANGUAGE and guess.argument not in self.rules.languages:
            return Answer("language", self.deeds.languages(asker.language))
        argument = guess.argument[:LONGEST_ARGUMENT]
        shown = f"{self.rules.vocabulary.word(guess.intent, guess.language or asker.language)} {argument}".upper()
        return Answer("did_you_mean", replies.did_you_mean(shown.strip(), guess.intent, argument, guess.language))

    async def _which_is_cancelled(self, desk: Desk, asker: Asker) -> Answer:
        """The visit that she was asked about last; else she is asked what she means, where it can be a visit."""
        visit = next((each for each in asker.asked.open if each.question is Question.VISIT), None)
        if visit is not None:
            return visit_answers.ask_whether(visit)
        caller = asker.caller
        # What we know of: no ministry is asked for this.
        if caller.person is not None and caller.bound and await desk.records.visits.of(caller.person.id):
            return Answer("cancel_or_stop", Reply("sms.reply_cancel_or_stop", asks=(Question.CANCEL_OR_STOP, {})))
        return Answer("help", self.deeds.help()) if asker.stopped else self._ask_back(asker, _PERHAPS_STOP)

    async def _answered(self, desk: Desk, work: UnitOfWork, asker: Asker, answered: Answered) -> Answer:
        prompt = asker.prompt
        if prompt is None:
            if asker.asked.lapsed:
                return Answer("too_late", TOO_LATE)
            return Answer("unasked", None if asker.stopped else UNCLEAR)
        handler = HANDLERS.get(prompt.question)
        if handler is not None:
            return await handler(desk, _given(asker, prompt, answered))
        facts = prompt.facts
        match prompt.question:
            case Question.DID_YOU_MEAN if answered.is_yes():
                said = Said(Intent(str(facts["intent"])), str(facts["argument"]), str(facts["language"]))
                return await self._do(desk, work, asker, said)
            case Question.DID_YOU_MEAN:
                return Answer("help", self.deeds.help())
            case Question.CANCEL_OR_STOP if answered.typed == "1":
                return Answer("your_visit", Reply("sms.reply_visit_dial"))
            case Question.CANCEL_OR_STOP if answered.typed == "2":
                return Answer("stop", await self.deeds.stop(work, asker))
        return Answer("unclear", UNCLEAR)

    async def _unclear(self, desk: Desk, asker: Asker, *, blank: bool) -> Answer:
        """No keyword and no answer. Whoever asked last may know what to make of it."""
        handler = HANDLERS.get(asker.prompt.question) if asker.prompt else None
        if handler is not None and asker.prompt is not None and not blank:
            return await handler(desk, _given(asker, asker.prompt, None))
        return Answer("blank", self.deeds.help()) if blank else Answer("unclear", UNCLEAR)

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


def _given(asker: Asker, prompt: Prompt, answered: Answered | None) -> Given:
    others = tuple(each for each in asker.asked.open if each.id != prompt.id)
    return Given(asker.caller, prompt, answered, others)


def _remembering(reply: Reply) -> Reply:
    """With the language of what it asks, so that the answer to it is answered in the same."""
    if reply.asks is None:
        return reply
    question, facts = reply.asks
    return replace(reply, asks=(question, {**facts, _SPOKEN: reply.language}))


def _asked_in(asker: Asker) -> str:
    return str(asker.prompt.facts.get(_SPOKEN, "")) if asker.prompt else ""
