"""What a keyword does: a state word, a language, STOP and START, and WRONG."""

from dataclasses import dataclass
from unicodedata import name

from domain.errors import DeadlineExceeded, MinistryError
from services import accounts
from services.alerts import AlertKind
from services.desk import Desk
from services.ports import LinkedBy
from services.reading import read
from sms import pickup_answers, replies
from sms.asker import Asker, Rules
from sms.keyword_words import LANGUAGE_NAMES, Intent
from sms.keywords import Said
from sms.records.opt_outs import ALL_SENDERS, SqlOptOuts
from sms.records.suppressing import suppress
from sms.replies import AWAY, HELP, HELP_MENU, Answer, Reply
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

LONGEST_ARGUMENT = 20


@dataclass(frozen=True, slots=True)
class Deeds:
    """Does what needs no proof, and says what came of it. What it writes belongs to the transaction of the reply."""

    rules: Rules
    sealer: Sealer
    opt_outs: SqlOptOuts

    async def do(self, desk: Desk, work: UnitOfWork, asker: Asker, said: Said) -> Answer:
        """Every keyword but MENU, which the menus' door takes."""
        match said.intent:
            case Intent.STATUS | Intent.PICKUP if self.rules.numbered:
                return Answer(said.intent.value, await self._state(desk, asker, said))
            case Intent.LANGUAGE:
                return Answer("language", await self._language(desk, asker, said.argument))
            case Intent.STOP:
                return Answer("stop", await self.stop(work, asker))
            case Intent.START:
                return Answer("start", await self._start(desk, work, asker))
            case Intent.WRONG:
                return Answer("wrong", await self._wrong(desk, work, asker))
        return Answer("help", self.help())

    def help(self) -> Reply:
        """What can be asked here."""
        return HELP if self.rules.numbered else HELP_MENU

    def languages(self, spoken: str) -> Reply:
        """Which there are, each by its letters and as it calls itself; said in one of them."""
        called = [_called(code, spoken) for code in self.rules.languages]
        return Reply("sms.reply_languages", {"codes": ", ".join(called)})

    async def stop(self, work: UnitOfWork, asker: Asker) -> Reply | None:
        """Confirmed once, then silence. The dispatcher looks at the opt-out again before anything goes."""
        if not await self.opt_outs.stop(work, asker.number, ALL_SENDERS, "keyword"):
            return None
        told = "sms.opted_out_decisions" if self.rules.decisions_in_spite_of_stop else "sms.opted_out"
        return Reply(told, kind=AlertKind.OPT_OUT)

    async def _state(self, desk: Desk, asker: Asker, said: Said) -> Reply:
        """The state word and nothing else, whoever seems to ask; the ministry's silence is told as what it is."""
        if not said.argument:
            pickup = said.intent is Intent.PICKUP
            return Reply("sms.reply_ask_pickup" if pickup else "sms.reply_ask_reference")
        reference = said.argument[:LONGEST_ARGUMENT]
        try:
            found = await read(desk, asker.caller, reference)
            offered = await pickup_answers.offer(desk, asker.caller, reference, found, said.intent)
        except (MinistryError, DeadlineExceeded):
            return AWAY
        return offered or replies.of_state(found, said.intent, reference)

    async def _language(self, desk: Desk, asker: Asker, code: str) -> Reply:
        if code not in self.rules.languages:
            return self.languages(asker.language)
        await accounts.choose_language(desk, asker.caller, code)
        return Reply("sms.reply_language", language=code)

    async def _start(self, desk: Desk, work: UnitOfWork, asker: Asker) -> Reply:
        """After WRONG nothing of before comes back by itself: she is told that she must link it again."""
        await self.opt_outs.start(work, asker.number)
        links = await desk.records.links.of(asker.person.id) if asker.person else ()
        proven = any(link.by is not LinkedBy.CONTACT for link in links)
        cut_off = not proven and await desk.records.people.had_holder(asker.number)
        return Reply("sms.opted_in_unlinked" if cut_off else "sms.opted_in", kind=AlertKind.OPT_OUT)

    async def _wrong(self, desk: Desk, work: UnitOfWork, asker: Asker) -> Reply:
        """Whoever had the number has it no more: nothing of hers is sent there from now on.

        A number that we knew only from a ministry is met and ended too, so that later events find it ended.
        """
        people = desk.records.people
        holder = asker.person or await people.meet(asker.number, asker.language)
        await people.end_number(asker.number, holder.id)
        await suppress(work, self.sealer, asker.number, "wrong_number", desk.clock.now())
        return Reply("sms.reply_wrong")


def _called(code: str, spoken: str) -> str:
    """One name in letters of its own would double what a text of another language costs."""
    if code not in LANGUAGE_NAMES:
        return code.upper()
    _, itself, latin, *_ = LANGUAGE_NAMES[code]
    return f"{code.upper()} ({itself if code == spoken or name(itself[0]).startswith('LATIN') else latin})"
