"""The tables of the page: thresholds, requests by screen, tasks with their cost, waits for SMS, failures."""

from collections.abc import Iterable, Sequence
from html import escape

from loadtests import plots
from loadtests.plots import number
from loadtests.tally import BUSY, Times
from loadtests.verdict import Check, Run

_JOURNEYS = {
    "status": "where an application stands",
    "pickup": "where and when to collect",
    "visit": "a visit booked",
    "apply": "an application handed in",
    "question": "a question by SMS",
    "decision": "a decision told by SMS",
    "app": "the app signs in and fetches",
    "documents": "what to bring, and what it costs",
    "places": "where the nearest place is",
    "agent": "a volunteer helps somebody",
}
_KINDS = {
    "ussd": "screens",
    "api": "the app's API",
    "sms": "SMS that came in",
    "end": "sessions told to be over",
    BUSY: "turned away at the door",
}
_SHARES = (0.5, 0.95, 0.99)
_MOST_FAILURES = 50


def thresholds(checks: list[Check]) -> str:
    """Each with what was measured."""
    rows = (
        f'<tr class="{"good" if check.holds else "bad"}"><td>{"✓" if check.holds else "✗"}</td>'
        + f"<td>{escape(check.label)}</td>"
        + _right(escape(check.measured))
        + _right(f"{check.limit:g} {escape(check.unit)}")
        + "</tr>"
        for check in checks
    )
    return _table(("", "what", "#measured", "#at most"), rows)


def requests(run: Run) -> str:
    """By screen and by what else was asked, the most frequent first; a line of sums above each kind."""
    scale = max((asked.times.at(0.99) or 0.0 for asked in run.tally.asked.values()), default=1.0)
    rows: list[str] = []
    for kind, words in _KINDS.items():
        found = [(name, asked) for name, asked in run.tally.asked.items() if asked.kind == kind]
        if found:
            failed = sum(asked.failed for _, asked in found)
            rows.append(_request(words, run.tally.of_kind(kind), failed, scale, "sum"))
        for name, asked in sorted(found, key=lambda one: -one[1].times.count):
            rows.append(_request(f"<code>{escape(name)}</code>", asked.times, asked.failed, scale))
    return _table(("", "#asked", "#median", "#95th", "#99th", "", "#failed"), rows)


def tasks(run: Run) -> str:
    """By journey: how they ended, and what each finished one cost."""
    prices, rows = run.plan.prices, []
    for name, done in sorted(run.tally.done.items(), key=lambda one: -one[1].finished):
        parts, ends = done.parts + run.parts_of.get(name, 0), max(done.finished, 1)
        cost = (done.hops * prices.hop + parts * prices.part) / ends
        figures = (f"{done.hops / ends:.1f}", f"{parts / ends:.2f}", f"{cost:.3f}")
        ended = (
            _right(done.finished)
            + _right(done.given_up or "")
            + _right(done.turned_away or "")
            + _right(done.failed or "", bad=done.failed > 0)
        )
        rows.append(f"<tr><td>{escape(_JOURNEYS.get(name, name))}</td>{ended}{''.join(map(_right, figures))}</tr>")
    names = (
        "",
        "#finished",
        "#given up",
        "#turned away",
        "#failed",
        "#hops each",
        "#SMS parts each",
        f"#{prices.currency} each",
    )
    return _table(names, rows)


def waits(run: Run) -> str:
    """For each kind of SMS that somebody waited for, seconds."""
    rows = []
    for what, times in sorted(run.tally.waited.items()):
        cells = "".join(_right(f"{(times.at(share) or 0) / 1000:.1f}") for share in _SHARES)
        rows.append(f"<tr><td>{escape(what)}</td>{_right(times.count)}{cells}</tr>")
    return _table(("", "#times", "#median, s", "#95th, s", "#99th, s"), rows)


def failures(run: Run) -> str:
    """Where and why, the most frequent first."""
    if not run.tally.failures:
        return "<p>Nothing.</p>"
    rows = (
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(why)}</td>{_right(times)}</tr>"
        for (name, why), times in run.tally.failures.most_common(_MOST_FAILURES)
    )
    return _table(("where", "what", "#times"), rows)


def _request(words: str, times: Times, failed: int, scale: float, style: str = "") -> str:
    values = [times.at(share) for share in _SHARES]
    cells = "".join(_right("" if value is None else number(value)) for value in values)
    counted, bar = _right(times.count), plots.bar(values, scale)
    return (
        f'<tr class="{style}"><td>{words}</td>{counted}{cells}<td>{bar}</td>{_right(failed or "", bad=failed > 0)}</tr>'
    )


def _table(heading: Sequence[str], rows: Iterable[str]) -> str:
    """A heading with `#` before it stands to the right, over figures."""
    names = "".join(
        f'<th class="n">{escape(name[1:])}</th>' if name.startswith("#") else f"<th>{escape(name)}</th>"
        for name in heading
    )
    return f'<div class="wide"><table><thead><tr>{names}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _right(value: object, *, bad: bool = False) -> str:
    return f'<td class="n{" bad" if bad else ""}">{value}</td>'
