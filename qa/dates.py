"""Days, months and years that words name from where they stand: "hôm qua", "tuần trước", "đầu năm 2021".

In a question they are told from today, in an article from the day it was published.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from qa.text import spelling

Run = tuple[str, ...]

_DAYS = {
    **dict.fromkeys(("hôm nay", "sáng nay", "trưa nay", "chiều nay", "tối nay", "đêm nay"), 0),
    **dict.fromkeys(("hôm qua", "sáng qua", "trưa qua", "chiều qua", "tối qua", "đêm qua", "ngày hôm qua"), -1),
    **dict.fromkeys(("hôm kia",), -2),
    **dict.fromkeys(("ngày mai", "sáng mai", "chiều mai", "tối mai"), 1),
}
_SHIFTS = {
    "này": 0,
    "nay": 0,
    "trước": -1,
    "qua": -1,
    "vừa qua": -1,
    "ngoái": -1,
    "rồi": -1,
    "kia": -2,
    "sau": 1,
    "tới": 1,
}
_PARTS = {"đầu": (1, 4), "giữa": (5, 8), "cuối": (9, 12)}
_RELATIVE = re.compile(
    rf"(?<!\w)(?:(?P<day>{'|'.join(sorted(_DAYS, key=len, reverse=True))})"
    r"|(?P<unit>tuần|tháng|quý|năm) (?P<shift>này|nay|trước|vừa qua|qua|ngoái|rồi|kia|sau|tới)"
    r"|(?P<part>đầu|giữa|cuối) năm (?P<year>\d{4}))(?!\w)",
    re.IGNORECASE,
)
_WITHOUT_YEAR = re.compile(
    r"(?<![\w/.,-])(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])(?![\w/])(?![.,-]\d)"
    r"|(?<=ngày )(0?[1-9]|[12]\d|3[01]) tháng (0?[1-9]|1[0-2])(?! năm)(?![\w/])"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A stretch of days, first and last, and the words that name it."""

    words: str
    first: date
    last: date

    def shown(self) -> str:
        """Write it for a person: a day, a month, a year, or from when to when."""
        if self.first == self.last:
            return f"ngày {self.first:%d/%m/%Y}"
        if (self.first.month, self.first.day, self.last.month, self.last.day) == (1, 1, 12, 31):
            return f"năm {self.first.year}"
        month = self.first.year, self.first.month
        if self.first.day == 1 and self.last == date(*month, calendar.monthrange(*month)[1]):
            return f"tháng {self.first.month}/{self.first.year}"
        return f"từ {self.first:%d/%m/%Y} đến {self.last:%d/%m/%Y}"

    def runs(self) -> Iterator[Run]:
        """Give the tokens that texts name it by: of a week its days, of longer stretches their months and the year."""
        if (self.last - self.first).days < 7:
            for days in range((self.last - self.first).days + 1):
                day = self.first + timedelta(days)
                yield str(day.day), str(day.month), str(day.year)
        else:
            if self.last.month - self.first.month < 4:
                for month in range(self.first.month, self.last.month + 1):
                    yield str(month), str(self.first.year)
            yield "năm", str(self.first.year)


def named_dates(text: str, today: date) -> list[Named]:
    """Find what a text names from `today`. What lies outside the calendar is left out."""
    found = []
    for match in _RELATIVE.finditer(text):
        try:
            found.append(Named(match[0], *_stretch(match, today)))
        except (ValueError, OverflowError):
            continue
    return found


def _stretch(match: re.Match[str], today: date) -> tuple[date, date]:
    if match["day"]:
        day = today + timedelta(_DAYS[match["day"].lower()])
        return day, day
    if match["part"]:
        first, last = _PARTS[match["part"].lower()]
        return _months(int(match["year"]) * 12 + first - 1, last - first + 1)
    shift = _SHIFTS[match["shift"].lower()]
    months = today.year * 12 + today.month - 1
    match match["unit"].lower():
        case "tuần":
            monday = today + timedelta(7 * shift - today.weekday())
            return monday, monday + timedelta(6)
        case "tháng":
            return _months(months + shift, 1)
        case "quý":
            return _months((months // 3 + shift) * 3, 3)
        case _:
            return date(today.year + shift, 1, 1), date(today.year + shift, 12, 31)


def _months(first: int, count: int) -> tuple[date, date]:
    """Give the first and last day of months counted from year 0."""
    year, month = divmod(first + count - 1, 12)
    return date(first // 12, first % 12 + 1, 1), date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def date_runs(text: str, published: str | None) -> list[Run]:
    """Give the tokens of the dates that an article's text names by the day it was published.

    None where that day is unknown. A date without a year is of the year that brings it nearest to the article's.
    """
    try:
        day = date.fromisoformat(published or "")
    except ValueError:
        return []
    text = spelling(text)
    runs = [run for named in named_dates(text, day) for run in named.runs()]
    for match in _WITHOUT_YEAR.finditer(text):
        number, month = (int(part) for part in match.groups() if part)
        if nearest := _nearest(number, month, day):
            runs.append((str(number), str(month), str(nearest.year)))
    return list(dict.fromkeys(runs))


def _nearest(number: int, month: int, day: date) -> date | None:
    candidates = []
    for year in (day.year - 1, day.year, day.year + 1):
        try:
            candidates.append(date(year, month, number))
        except ValueError:  # the 29th of February, or year 0
            continue
    return min(candidates, key=lambda other: abs((other - day).days), default=None)
