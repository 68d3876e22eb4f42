"""What is counted of SMS, for Prometheus: never a number, a name or a text of a citizen."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from domain.money import minor_digits
from sms.records.books import QueueNow
from sms.states import MessageState

# Ten seconds and a minute are what is promised; the rest shows how far off it was.
_DELIVERED_SECONDS = (0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0)


class SmsMetrics:
    """`sms.ports.Observer`, and what waits."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self._sent = counter("guichet_sms_sent_total", "Messages that a provider took", ["provider", "language"])
        self._parts = counter("guichet_sms_parts_total", "Parts that a provider took", ["provider", "language"])
        self._spend = counter(
            "guichet_sms_spend_millis_total",
            "What they cost, in thousandths of the currency's minor unit",
            ["provider", "language"],
        )
        self._minor_units = gauge(
            "guichet_currency_minor_units", "How many minor units make one unit of what is counted in", ["currency"]
        )
        self._delivered = histogram(
            "guichet_sms_delivered_seconds",
            "From handing over to the report that it arrived",
            ["provider", "language"],
            buckets=_DELIVERED_SECONDS,
        )
        self._handed_over = histogram(
            "guichet_event_to_provider_seconds",
            "From a ministry's event received to the provider's answer that it took the message",
            ["provider"],
            buckets=_DELIVERED_SECONDS,
        )
        self._ended = counter("guichet_sms_ended_total", "Messages by how they ended", ["provider", "state"])
        self._ambiguous = counter(
            "guichet_sms_ambiguous_total",
            "Sendings whose answer was lost: each may be one message too many",
            ["provider"],
        )
        self._refused = counter(
            "guichet_sms_refused_total", "Messages that a provider will never send", ["provider", "why"]
        )
        self._not_sent = counter(
            "guichet_sms_not_sent_total",
            "Sendings of which nothing came, to be tried again; account: ours was refused",
            ["provider", "account"],
        )
        self._reports = counter(
            "guichet_sms_reports_total", "Delivery reports by what became of them", ["provider", "verdict"]
        )
        self._weight = gauge(
            "guichet_sms_provider_weight", "How far a provider is trusted, 0 to 100; 0 while it rests", ["provider"]
        )
        self._queued = gauge("guichet_sms_queued", "Messages that wait, by whether they could go now", ["due"])
        self._oldest = gauge("guichet_sms_oldest_seconds", "How long the first message that could go has been waiting")
        self._beside = gauge(
            "guichet_claims_beside_up", "1: a process beside this worker claims, for the queue is long"
        )

    def counts_in(self, currency: str) -> None:
        """ISO 4217, of all that is spent here."""
        self._minor_units.labels(currency).set(10 ** minor_digits(currency))

    def sent(self, provider: str, language: str, parts: int, cost_millis: int) -> None:
        self._sent.labels(provider, language).inc()
        self._parts.labels(provider, language).inc(parts)
        self._spend.labels(provider, language).inc(cost_millis)

    def handed_over(self, provider: str, seconds: float) -> None:
        self._handed_over.labels(provider).observe(seconds)

    def delivered(self, provider: str, language: str, seconds: float) -> None:
        self._delivered.labels(provider, language).observe(seconds)

    def ended(self, provider: str, state: MessageState) -> None:
        self._ended.labels(provider, state.value).inc()

    def ambiguous(self, provider: str) -> None:
        self._ambiguous.labels(provider).inc()

    def refused(self, provider: str, why: str) -> None:
        self._refused.labels(provider, why).inc()

    def not_sent(self, provider: str, why: str, account: bool) -> None:
        # `why` may hold a provider's own words: too many for a label.
        self._not_sent.labels(provider, "yes" if account else "no").inc()

    def report(self, provider: str, verdict: str) -> None:
        self._reports.labels(provider, verdict).inc()

    def claims_beside(self, up: bool) -> None:
        self._beside.set(up)

    def weighed(self, provider: str, weight: int, paused: bool) -> None:
        self._weight.labels(provider).set(0 if paused else weight)

    def queue(self, now: QueueNow) -> None:
        """What waits, as a worker has just looked it up."""
        self._queued.labels("now").set(now.due)
        self._queued.labels("later").set(now.later)
        self._oldest.set(now.oldest.total_seconds())
