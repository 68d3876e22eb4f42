"""Everything the operations page shows, read in one unit of work for each of its two looks: now, and lately."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from domain.clock import Clock
from domain.money import minor_digits
from gateway.ops_page import figures
from gateway.ops_page.counting import SECONDS
from gateway.ops_page.shown import Answered, Dead, Figures, Live, Named, Queue, Satisfied, Spend
from gateway.pack import Pack
from i18n.text import Text
from i18n.translator import Translator
from services.feedback_ports import Feedback
from services.indicators import SurveyFigure, of_month
from services.records import operations
from services.records.operations import Counted
from services.records.store import RecordStore
from services.satisfaction import last_closed, month_of
from sms.config import SmsConfig
from sms.records import delivery_days
from sms.records.books import queue_now
from sms.records.delivery_days import Spent
from storage.unit_of_work import UnitOfWork
from ussd_menus.records import giving_up

# A step is shown when every process has handed in: one that is late by half its time is waited for.
BEHIND = timedelta(seconds=SECONDS * 1.5)
SPANS = {
    "hour": (timedelta(hours=1), timedelta(minutes=1)),
    "day": (timedelta(days=1), timedelta(minutes=20)),
}
DAYS = 7
MONTHS = 6


@dataclass(frozen=True, slots=True)
class OpsReading:
    """Made at start-up."""

    store: RecordStore
    pack: Pack
    clock: Clock
    translator: Translator
    _known: dict[str, tuple[datetime, Sequence[Counted]]] = field(default_factory=dict, repr=False)

    async def live(self, span: str) -> Live:
        """The last hour or day, to the last step that is whole."""
        now, (whole, step) = self.clock.now(), SPANS[span]
        steps = figures.steps_between(now, whole, step, BEHIND)
        async with self.store.database.unit_of_work() as work:
            counted = await self._counted(work, span, steps, step)
            breakers = await operations.breakers(work, now)
            queue = await queue_now(work, now)
        return Live(
            now,
            int(step.total_seconds()),
            figures.hop_steps(counted, steps),
            figures.ministry_health(counted, breakers, sorted(self.pack.ministries), steps),
            Queue(queue.due, queue.later, queue.oldest.total_seconds()),
        )

    async def _counted(
        self, work: UnitOfWork, span: str, steps: Sequence[datetime], step: timedelta
    ) -> Sequence[Counted]:
        """Steps that are whole change no more: a day of many ministries is read once a step, not for each who looks."""
        begins, known = self._known.get(span, (None, ()))
        if begins != steps[0]:
            known = await operations.counted(work, steps[0], steps[-1] + step, step)
            self._known[span] = steps[0], known
        return known

    async def lately(self, language: str, network: str, spoken: str) -> Figures:
        """The last days. `language`, `network`: of whom screens are shown, "" for all. `spoken`: for questions' words;
        what the pack does not know stands for all, or for its own language."""
        now, pack = self.clock.now(), self.pack
        since = now.astimezone(UTC).date() - timedelta(days=DAYS - 1)
        chosen = language if language in (*pack.languages, giving_up.NONE) else giving_up.ALL
        net = network if network in (*pack.networks, giving_up.NONE) else giving_up.ALL
        today = now.astimezone(pack.zone).date()
        async with self.store.database.unit_of_work() as work:
            screens = await giving_up.screens_since(work, since, chosen, net)
            deliveries = await delivery_days.deliveries_since(work, since)
            spent = await delivery_days.spent_since(work, today, month_of(today))
            dead = await operations.dead_letters(work, now - timedelta(days=30))
            satisfaction = await self._satisfaction(self.store.over(work).feedback, today, spoken)
        return Figures(
            at=now,
            days=DAYS,
            least=figures.LEAST,
            languages=list(pack.languages),
            networks=[Named(code, network.name) for code, network in pack.networks.items()],
            screens=figures.screens(screens),
            deliveries=figures.deliveries(deliveries),
            currency=pack.currency,
            digits=minor_digits(pack.currency),
            spend=spends(spent, pack.sms, today),
            dead=[Dead(each.source, each.why, each.count, each.oldest) for each in dead],
            satisfaction=satisfaction,
        )

    async def _satisfaction(self, feedback: Feedback, today: date, spoken: str) -> list[Satisfied]:
        """The months that are told to everybody (`services.indicators`), and no others."""
        month = last_closed(today, self.pack.services.satisfaction.open_for)
        found: list[Satisfied] = []
        for _ in range(MONTHS):
            told = await of_month(feedback, self.pack.services, today, month)
            found += [self._satisfied(month, each, spoken) for each in told.surveys if not each.key.service]
            month = month_of(month - timedelta(days=1))
        return found[::-1]

    def _satisfied(self, month: date, figure: SurveyFigure, spoken: str) -> Satisfied:
        language = spoken if spoken in self.pack.languages else self.pack.default_language
        questions = [
            Answered(self._said(f"question.{each.name}", language), each.best, each.mean) for each in figure.questions
        ]
        return Satisfied(month, figure.key.kind, figure.withheld, figure.asked, figure.answered, questions)

    def _said(self, name: str, language: str) -> str:
        return self.translator.render(Text(name), language)


def spends(spent: Sequence[Spent], config: SmsConfig, today: date) -> list[Spend]:
    """Each source that spent something or has a cap, in whole minor units. Pure."""
    sums: dict[tuple[str, str], int] = {}
    for each in spent:
        if each.begins == (today if each.period == "day" else month_of(today)):
            sums[each.source, each.period] = each.millis // 1000
    sources = sorted({*config.caps, *(source for source, _ in sums)})
    shown = []
    for source in sources:
        caps = config.caps.get(source, config.default_caps)
        day, month = sums.get((source, "day"), 0), sums.get((source, "month"), 0)
        shown.append(Spend(source, day, caps.day if caps else None, month, caps.month if caps else None))
    return shown
