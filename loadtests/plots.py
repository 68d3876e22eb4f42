"""Plots as SVG in the page: lines over time and bars in a row, coloured by the page's own style."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 560, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 10, 24
_TICKS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """`points`: second and value; None is left out. `tone`: which of the page's colours, 1 to 6."""

    label: str
    points: Sequence[tuple[float, float | None]]
    tone: int = 1
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time that is marked, from one second to another."""

    start: float
    end: float
    label: str


def nice_top(highest: float) -> float:
    """The end of an axis: 1, 2, 2.5 or 5 times a power of ten, and no less than `highest`."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= highest * 0.9999)


def number(value: float) -> str:
    """As short as it can be read: 1234 is 1.2k, 0.034 is 0.034."""
    if abs(value) >= 10_000:
        return f"{value / 1000:.0f}k"
    if abs(value) >= 1000:
        return f"{value / 1000:.1f}k".replace(".0k", "k")
    if abs(value) >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}"


def over_time(
    title: str, unit: str, lines: Sequence[Line], seconds: float, bands: Sequence[Band] = (), limit: float | None = None
) -> str:
    """A figure with its legend; `limit` is drawn where it lies near what was measured."""
    values = [value for line in lines for _, value in line.points if value is not None]
    highest = max(values, default=0.0)
    if limit is not None and limit <= highest * 2:
        highest = max(highest, limit)
    top = nice_top(highest)
    parts = [_grid(top, seconds)]
    parts[:0] = [_band(band, seconds) for band in bands]
    if limit is not None and limit <= top:
        y = _y(limit, top)
        parts.append(f'<line class="limit" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    parts += [_line(line, top, seconds) for line in lines]
    drawing = (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">' + "".join(parts) + "</svg>"
    )
    heading = f"<figcaption><b>{escape(title)}</b> <i>{escape(unit)}</i>{_legend(lines)}</figcaption>"
    return f"<figure>{heading}{drawing}</figure>"


def bar(values: Sequence[float | None], scale: float) -> str:
    """Median, 95th and 99th on one line: a bar to the second, a mark at the first, a whisker to the third. `scale` is
    the value at the right end; roots, so that short and long ones can both be seen."""
    half, most, nearly_all = ((0.0 if value is None else value) for value in values)

    def x(value: float) -> float:
        return 200 * math.sqrt(min(value / scale, 1.0)) if scale else 0.0

    return (
        '<svg class="bar" viewBox="0 0 200 14" aria-hidden="true">'
        f'<line class="whisker" x1="{x(most):.1f}" x2="{x(nearly_all):.1f}" y1="7" y2="7"/>'
        f'<line class="whisker" x1="{x(nearly_all):.1f}" x2="{x(nearly_all):.1f}" y1="3.5" y2="10.5"/>'
        f'<rect class="fill" x="0" y="3" width="{x(most):.1f}" height="8" rx="2"/>'
        f'<rect class="mark" x="{max(x(half) - 1, 0):.1f}" y="1" width="2" height="12"/></svg>'
    )


def _x(second: float, seconds: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(second / max(seconds, 0.001), 1.0)


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * min(value / top, 1.0)


def _grid(top: float, seconds: float) -> str:
    parts = []
    for at in range(_TICKS + 1):
        value = top * at / _TICKS
        y = _y(value, top)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{_tick(value)}</text>')
    for second in _seconds(seconds):
        x = _x(second, seconds)
        parts.append(f'<text class="tick" x="{x:.1f}" y="{_HEIGHT - 7}" text-anchor="middle">{_clock(second)}</text>')
    return "".join(parts)


def _tick(value: float) -> str:
    """Exact, unlike `number`: a quarter of 5k is 1.25k."""
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def _seconds(seconds: float) -> list[float]:
    step = next((step for step in (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200) if seconds / step <= 8), 14400)
    return [float(second) for second in range(0, int(seconds) + 1, step)]


def _clock(second: float) -> str:
    minutes, rest = divmod(int(second), 60)
    if minutes >= 60:
        return f"{minutes // 60}:{minutes % 60:02d} h"
    return f"{minutes}:{rest:02d}"


def _band(band: Band, seconds: float) -> str:
    left, right = _x(band.start, seconds), _x(band.end, seconds)
    return (
        f'<rect class="band" x="{left:.1f}" y="{_TOP}" width="{right - left:.1f}" height="{_HEIGHT - _TOP - _BOTTOM}"/>'
        f'<text class="bandname" x="{left + 5:.1f}" y="{_TOP + 12}">{escape(band.label)}</text>'
    )


def _line(line: Line, top: float, seconds: float) -> str:
    points = [(_x(second, seconds), _y(value, top)) for second, value in line.points if value is not None]
    if not points:
        return ""
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    drawn = f'<path class="line t{line.tone}" d="{path}"/>'
    if not line.filled:
        return drawn
    floor, (left, right) = _y(0, top), (points[0][0], points[-1][0])
    return f'<path class="area t{line.tone}" d="{path}L{right:.1f} {floor:.1f}L{left:.1f} {floor:.1f}Z"/>{drawn}'


def _legend(lines: Sequence[Line]) -> str:
    if len(lines) < 2:
        return ""
    keys = "".join(f'<span class="key t{line.tone}">{escape(line.label)}</span>' for line in lines)
    return f'<span class="keys">{keys}</span>'
