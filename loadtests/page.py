"""The page of a run: what was asked of it, what holds, and what it looked like, second by second."""

from html import escape

from loadtests.page_plots import pictures
from loadtests.page_style import STYLE
from loadtests.page_tables import failures, requests, tasks, thresholds, waits
from loadtests.plots import number
from loadtests.verdict import Check, Run, task_cost

_READING = (
    "Milliseconds. The bar reaches to the 95th of a hundred, the mark stands at the middle one, the whisker ends at "
    "the 99th; the scale is that of square roots. A screen is counted under the name that the gateway gave it."
)


def drawn(run: Run, checks: list[Check]) -> str:
    """The whole page: one file, nothing fetched from anywhere."""
    title = f"Load: {run.plan.country}, {run.plan.shape.name}"
    body = [
        _head(run, checks),
        _tiles(run),
        _section("Over time", '<div class="plots">' + "".join(pictures(run)) + "</div>"),
        _section("What was asked of it", thresholds(checks)),
        _section("Every screen and request", requests(run), _READING),
        _section("What people came for, and what it cost", tasks(run), _costs(run)),
        _section(
            "How long an SMS took", waits(run), "From the request to the telephone; 0.4 s of it in simulated air."
        ),
        _section("What went wrong", failures(run)),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><style>{STYLE}</style></head>'
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _head(run: Run, checks: list[Check]) -> str:
    broken = sum(not check.holds for check in checks)
    words = f"{broken} of {len(checks)} thresholds broken" if broken else "Every threshold holds"
    plan, begun = run.plan, run.begun_at.strftime("%Y-%m-%d %H:%M UTC")
    think = plan.think_median / plan.shape.haste
    return (
        f'<header><p class="what">Guichet under load · {escape(plan.country)}</p>'
        f"<h1>{escape(plan.shape.name)}: {escape(plan.shape.about)}</h1>"
        f'<p class="verdict {"bad" if broken else "good"}"><span>{"✗" if broken else "✓"}</span> {words}</p>'
        f'<p class="note">{begun}, {run.seconds:.0f} s. {escape(run.machine)}. Gateway, worker, PostgreSQL, Redis, the '
        f"simulated ministries and the crowd shared them. People think {think:.1f} s between two keys (a median of "
        f"{plan.think_median:g} s, hurried {plan.shape.haste:g} times).</p></header>"
    )


def _tiles(run: Run) -> str:
    hops = run.tally.of_kind("ussd")
    tiles = (
        ("hops", number(hops.count), f"{hops.count / max(run.seconds, 1):.0f} a second"),
        ("half of the hops", _ms(hops.at(0.5)), f"95 of 100 within {_ms(hops.at(0.95))}"),
        ("99 of 100 hops", _ms(hops.at(0.99)), "as the aggregator waits"),
        ("tasks finished", number(run.finished), f"{run.finished * 60 / max(run.seconds, 1):.0f} a minute"),
        ("failed requests", number(run.tally.failed), f"of {number(run.tally.requests)}"),
        ("processor a request", _ms(run.processor_ms), "of the gateway's"),
        ("wrong content", number(run.tally.wrong), "every screen is read"),
        ("a finished task", _cost(run), "at invented prices"),
    )
    cells = (
        f"<div><small>{label}</small><strong>{value}</strong><em>{beside}</em></div>" for label, value, beside in tiles
    )
    return f'<div class="tiles">{"".join(cells)}</div>'


def _cost(run: Run) -> str:
    cost = task_cost(run)
    return "–" if cost is None else f"{cost:.2f} {escape(run.plan.prices.currency)}"


def _costs(run: Run) -> str:
    prices = run.plan.prices
    return (
        f"At the simulated aggregator's invented prices: {prices.hop:g} {escape(prices.currency)} a hop, "
        f"{prices.part:g} a part of an SMS. In all {number(run.hops)} hops and {number(run.parts)} parts. Given up: it "
        "ended short of its aim and nobody did anything wrong, as when somebody else took the seat."
    )


def _section(title: str, content: str, note: str = "") -> str:
    beneath = f'<p class="note">{note}</p>' if note else ""
    return f"<section><h2>{title}</h2>{content}{beneath}</section>"


def _ms(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value / 1000:.1f} s" if value >= 1000 else f"{number(value)} ms"
