"""Small line and dot plots as inline SVG: no script, no font, no file beside the page.

Colours come from the page's style sheet by class: `series-0` … for data, `grid`, `axis` and `label` around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

Point = tuple[float, float]

_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 14, 12, 40


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a plot: what it shows, from where to where, and the ticks with their labels."""

    label: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]

    def share(self, value: float) -> float:
        """Tell how far along the axis a value lies, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Series:
    """What one colour shows: a line through points, a band around it, or dots with error bars."""

    name: str
    color: int
    points: Sequence[Point]
    band: Sequence[tuple[float, float]] = ()
    """Bounds of each point: a shaded band of a line, an error bar of a dot."""
    radii: Sequence[float] = ()
    """Of dots; where there are any, the points are not joined."""
    titles: Sequence[str] = ()
    """What each point says when pointed at."""
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """Series over two axes."""

    description: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    width: int = 440
    height: int = 300
    diagonal: bool = False
    marks: Sequence[tuple[Point, str]] = field(default=())
    """Single points to point out, with what they are."""

    def svg(self) -> str:
        """Draw the plot."""
        parts = [*self._frame(), *(part for series in self.series for part in self._series(series)), *self._marks()]
        return (
            f'<svg viewBox="0 0 {self.width} {self.height}" role="img" aria-label="{escape(self.description)}">'
            + "".join(parts)
            + "</svg>"
        )

    def _at(self, point: Point) -> str:
        return f"{self._across(point[0]):.1f},{self._down(point[1]):.1f}"

    def _across(self, x: float) -> float:
        return _LEFT + self.x.share(x) * (self.width - _LEFT - _RIGHT)

    def _down(self, y: float) -> float:
        return self.height - _BOTTOM - self.y.share(y) * (self.height - _TOP - _BOTTOM)

    def _frame(self) -> Iterable[str]:
        left, right = self._across(self.x.low), self._across(self.x.high)
        bottom, top = self._down(self.y.low), self._down(self.y.high)
        for value, name in self.y.ticks:
            yield stroke(left, self._down(value), right, self._down(value), "grid")
            yield text(left - 6, self._down(value) + 4, name, "end")
        for value, name in self.x.ticks:
            yield stroke(self._across(value), bottom, self._across(value), bottom + 4, "axis")
            yield text(self._across(value), bottom + 17, name, "middle")
        yield stroke(left, bottom, right, bottom, "axis")
        yield text((left + right) / 2, self.height - 5, self.x.label, "middle")
        middle = (top + bottom) / 2
        yield text(12, middle, self.y.label, "middle", f' transform="rotate(-90 12 {middle:.1f})"')
        if self.diagonal:
            yield stroke(left, bottom, right, top, "diagonal")

    def _series(self, series: Series) -> Iterable[str]:
        color = f"series-{series.color}"
        if series.radii:
            for i, (x, y) in enumerate(series.points):
                if series.band:
                    low, high = series.band[i]
                    yield stroke(self._across(x), self._down(low), self._across(x), self._down(high), f"error {color}")
                yield dot(
                    self._across(x), self._down(y), series.radii[i], color, series.titles[i] if series.titles else ""
                )
            return
        if series.band:
            xs = [x for x, _ in series.points]
            outline = [(x, low) for x, (low, _) in zip(xs, series.band, strict=True)]
            outline += [(x, high) for x, (_, high) in reversed(list(zip(xs, series.band, strict=True)))]
            yield f'<polygon class="band {color}" points="{" ".join(map(self._at, outline))}"/>'
        dash = ' stroke-dasharray="5 4"' if series.dashed else ""
        yield f'<polyline class="line {color}"{dash} points="{" ".join(map(self._at, series.points))}"/>'
        for (x, y), title in zip(series.points, series.titles, strict=False):
            yield dot(self._across(x), self._down(y), 3, color, title)

    def _marks(self) -> Iterable[str]:
        for (x, y), name in self.marks:
            across, down = self._across(x), self._down(y)
            yield f'<circle class="mark" cx="{across:.1f}" cy="{down:.1f}" r="6"><title>{escape(name)}</title></circle>'


def share_axis(label: str, low: float = 0.0) -> Axis:
    """Make an axis of shares from `low` to 1."""
    step = 0.2 if low < 0.5 else 0.1 if low < 0.8 else 0.05
    count = round((1 - low) / step)
    return Axis(
        label, low, 1.0, [(1 - step * i, f"{1 - step * i:.2f}".rstrip("0").rstrip(".")) for i in range(count, -1, -1)]
    )


def legend(series: Iterable[Series]) -> str:
    """Name the series with their colours, as HTML."""
    return '<ul class="legend">{}</ul>'.format(
        "".join(
            f'<li class="series-{one.color}{" dashed" if one.dashed else ""}"><i></i>{escape(one.name)}</li>'
            for one in series
        )
    )


def stroke(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """Draw a straight line."""
    return f'<line class="{css}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def dot(x: float, y: float, radius: float, css: str, title: str) -> str:
    """Draw a dot that says `title` when pointed at."""
    inside = f"<title>{escape(title)}</title>" if title else ""
    return f'<circle class="dot {css}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">{inside}</circle>'


def text(x: float, y: float, words: str, anchor: str, extra: str = "") -> str:
    """Write a label; `anchor` is where on it the point lies: start, middle or end."""
    return f'<text class="label" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(words)}</text>'
