"""What of a page's text is the article: its title, source and date, and the paragraphs of its body.

News pages saved as text carry their furniture: menus and clocks above the title, counters below it, and
behind the body comment boxes, lists of other news and visitor statistics. It is told from the body by
general rules, line by line. When in doubt a line stays: a caption too many is better than a lost sentence.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from qa.text import BLANKS

Span = tuple[int, int]

_LINE = re.compile(r"[^\r\n\v\f\x85\u2028\u2029]+")
_SENTENCE_END = re.compile(r"[.!?…][\"”’'»)\]]*$")
_FULL_STOP_END = re.compile(r"\.[\"”’'»)\]]*$")
_LONG_TITLE = 300
_TITLE_LIMIT = 160
# No furniture is longer; it also keeps the patterns below off lines of megabytes.
_FURNITURE_LIMIT = 200

_DATE = (
    r"(?:ngày\s{1,3})?(?P<day>\d{1,2})(?:\s{0,3}[/.-]\s{0,3}|\s{1,3}tháng\s{1,3})"
    r"(?P<month>\d{1,2})(?:\s{0,3}[/.-]\s{0,3}|\s{1,3}năm\s{1,3})(?P<year>\d{4})"
)
_DATE_ANYWHERE = re.compile(r"(?<![\d/.-])" + _DATE + r"(?![\d/])", re.IGNORECASE)
# "hôm nay 13/4/2021", "Sáng nay (22/5)": the day of writing, in the words of the article.
_TODAY = re.compile(
    r"\b(?:hôm|sáng|trưa|chiều|tối)\s+nay\b[\s,]*\(?\s*(?:ngày\s+)?"
    r"(?P<day>\d{1,2})\s*[/-]\s*(?P<month>\d{1,2})(?:\s*[/-]\s*(?P<year>\d{4}))?(?!\d)",
    re.IGNORECASE,
)
# What a line of date, time and counters is made of; a line with nothing else is no body.
_META_PARTS = re.compile(
    _DATE.replace("?P<day>", "?:").replace("?P<month>", "?:").replace("?P<year>", "?:")
    + r"|\b\d{1,2}\s*[:h]\s*\d{2}(?:\s*:\s*\d{2})?\b(?:\s*(?:am|pm|sa|ch)\b)?"
    r"|\bgmt\s*[+-]?\s*\d+"
    r"|\b(?:đã xem|lượt xem|số lượt xem|lượt truy cập|xem)\s*:?\s*[\d.,]+"
    r"|\b[\d.,]+\s*(?:lượt xem|lượt đọc|bình luận|views?)\b"
    r"|\b(?:thứ\s+(?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật)\b"
    r"|\b(?:ngày\s+(?:đăng|đưa|cập nhật|xuất bản)|đăng\s+(?:lúc|ngày)|cập nhật(?:\s+(?:lúc|ngày))?"
    r"|xuất bản(?:\s+lúc)?|lúc|ngày)\b",
    re.IGNORECASE,
)
_POSTED = re.compile(r"\b(?:ngày\s+(?:đăng|đưa|xuất bản)|đăng\s+(?:lúc|ngày)|cập nhật|xuất bản)\b", re.IGNORECASE)
_MENU = re.compile(
    r"(?:trang chủ|giới thiệu|tin tức|sự kiện|tin tức\s*[-–]\s*sự kiện|liên hệ|đăng nhập|đăng ký|tìm kiếm|menu"
    r"|home|english|tiếng việt|sơ đồ (?:site|trang|website)|thư viện ảnh|video|rss|đóng|in trang|gửi email|bản in"
    r"|skip to (?:main )?content)",
    re.IGNORECASE,
)
_BREADCRUMBS = re.compile(r"[^.!?]*(?:\s[»>›]\s|^[»>›]\s)[^.!?]*")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
# What opens the furniture behind a body: other news, and whatever stands for readers' words and the page's counters.
_OTHER_NEWS = re.compile(
    r"(?:các )?(?:tin|bài)(?: viết| tức)? (?:khác|liên quan|cùng (?:chuyên mục|chủ đề|loại)|mới(?: hơn| nhất)?"
    r"|cũ(?: hơn)?|đã (?:đăng|đưa)|đọc nhiều(?: nhất)?|nổi bật|tiếp theo|trước(?: đó)?)"
    r"|có thể bạn quan tâm|xem thêm|đọc thêm",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:\d+\s+)?go top|(?:về|lên) đầu trang|thống kê truy cập|(?:tổng )?(?:số )?lượt truy cập.*|người trực tuyến.*"
    r"|(?:ý kiến )?phản hồi|ý kiến(?: bạn đọc| của bạn)?|bình luận(?:\s*\(\d+\))?"
    r"|(?:gửi|viết) (?:bình luận|phản hồi|ý kiến).*|tags?\s*:.*|từ khóa\s*:.*|chia sẻ(?: bài viết)?"
    r"|in (?:bài|trang)(?: viết| này)?|quảng cáo|đánh giá bài viết.*|liên kết (?:website|web|trang)",
    re.IGNORECASE,
)
_POLL = re.compile(
    r"hiện (?:tại|nay) (?:không|chưa) có (?:bình chọn|thăm dò)(?: ý kiến)?(?: nào)?(?: đang hoạt động)?\.?",
    re.IGNORECASE,
)
_PROSE = re.compile(r"[.!][\"”’'»)\]]*$|[.!?…][\"”’'»)\]]*\s+[^\W\d_a-zà-ỹ]")
_SOURCE_LINE = re.compile(r"\(?\s*nguồn(?: tin)?\s*:\s*(?P<source>[^()\n]{2,60}?)\s*\)?", re.IGNORECASE)
_DATELINE = re.compile(
    r"\((?P<bracketed>[^()\n]{2,30})\)\s*[-–—]\s*|(?P<plain>[A-ZĐ]{2,8}|TTXVN)\s*[-–—]\s*(?=[A-ZÀ-ỸĐ])"
)
_INSTITUTIONS = frozenset("UBND HĐND MTTQ UBMTTQ UBKT BTV BCH ĐBQH TAND VKSND CAND ĐVTN TNCS TP ĐH".split())
# No page of the web is older: an earlier year belongs to an anniversary.
_FIRST_YEAR = 1995
_ITEM = re.compile(r"(?:[-–—•*+►▪●]|\d{1,3}[.)]|[a-zđ][.)])\s*\S")


@dataclass(frozen=True, slots=True)
class Page:
    """A page read: spans point into its text. `paragraphs` are the body, in order, without outer blanks."""

    title: str
    source: str | None
    published: str | None
    paragraphs: tuple[Span, ...]


def read_page(text: str, title: str | None = None) -> Page:
    """Tell article from furniture in `text`; with `title` given, the text is all body and furniture.

    The body is empty only where the text has no visible character. A page of one line is title and body.
    """
    lines = list(_lines(text))
    above: list[Span] = []
    heading: Span | None = None
    if title is None:
        above, heading, lines = _split_heading(text, lines)
        title = _shortened(text[slice(*heading)]) if heading else ""
    below = _leading_meta(text, lines)
    body = _without_tail(text, lines[len(below) :])
    if not _SENTENCE_END.search(title):  # repeated as a caption; a sentence stays
        body = [line for line in body if " ".join(text[slice(*line)].split()) != title] or body
    if heading is not None and (
        not body or _FULL_STOP_END.search(text[slice(*heading)]) or heading[1] - heading[0] > _LONG_TITLE
    ):
        body = [heading, *body]
    return Page(
        title=title,
        source=_source(text, body, lines),
        published=_published(text, above, below, body),
        paragraphs=tuple(_paragraphs(text, body)),
    )


def _plain(text: str, span: Span) -> str:
    """Give a stretch of text for matching patterns: NFC, ordinary blanks. Its offsets are not the text's."""
    return unicodedata.normalize("NFC", text[slice(*span)]).replace("\u00a0", " ")


def iso_date(day: str, month: str, year: str) -> str | None:
    """Give the ISO form of a date in figures, or None where the calendar has no such day."""
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except (ValueError, OverflowError):
        return None


def _lines(text: str) -> Iterator[Span]:
    """Yield the spans of the lines that are not blank, without outer blanks."""
    for match in _LINE.finditer(text):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip(BLANKS))
        end = match.end() - (len(line) - len(line.rstrip(BLANKS)))
        if start < end:
            yield start, end


# --- the title, and what stands around it ----------------------------------------------------------------


def _split_heading(text: str, lines: list[Span]) -> tuple[list[Span], Span | None, list[Span]]:
    """Split lines into those above the title, the title (possibly on two lines), and the rest."""
    first = 0
    while first < len(lines) - 1 and _is_above_title(_plain(text, lines[first])):
        first += 1
    if not lines:
        return [], None, []
    start, end = lines[first]
    rest = lines[first + 1 :]
    if rest and end - start < _TITLE_LIMIT and _continues(text, (start, end), rest[0]):
        ends_there = len(rest) == 1 or _has_gap(text, rest[0], rest[1])
        if ends_there and not _SENTENCE_END.search(text[slice(*rest[0])]):
            end = rest.pop(0)[1]
    return lines[:first], (start, end), rest


def _is_above_title(line: str) -> bool:
    return len(line) <= _FURNITURE_LIMIT and (
        _is_meta(line)
        or _MENU.fullmatch(line) is not None
        or _BREADCRUMBS.fullmatch(line) is not None
        or _ADDRESS.fullmatch(line) is not None
        or not any(character.isalpha() for character in line)
    )


def _is_meta(line: str) -> bool:
    """Tell whether a line is nothing but dates, times and counters."""
    if len(line) > _FURNITURE_LIMIT or line.endswith("."):
        return False
    rest, found = _META_PARTS.subn(" ", line)
    return found > 0 and not any(character.isalnum() for character in rest)


def _leading_meta(text: str, lines: list[Span]) -> list[Span]:
    count = 0
    while count < len(lines) and _is_meta(_plain(text, lines[count])):
        count += 1
    return lines[:count]


def _shortened(title: str) -> str:
    title = " ".join(title.split())
    if len(title) <= _LONG_TITLE:
        return title
    return title[:_TITLE_LIMIT].rsplit(" ", 1)[0] + "…"


# --- behind the body -------------------------------------------------------------------------------------


def _without_tail(text: str, lines: list[Span]) -> list[Span]:
    """Cut at the first line that opens the furniture behind the body: no sentence may come after it.

    A heading "Phản hồi" or "Bình luận" within an article is followed by sentences and cuts nothing. Only a list
    of other news may hold questions, which headlines often are.
    """
    cut = len(lines)
    questions = False
    for i in range(len(lines) - 1, -1, -1):
        line = _plain(text, lines[i])
        opening = line.rstrip(" :.…")
        if _POLL.fullmatch(line[:_FURNITURE_LIMIT]):
            cut = i
        elif len(line) > _FURNITURE_LIMIT or _PROSE.search(line):
            break
        elif _OTHER_NEWS.fullmatch(opening) or (_TAIL.fullmatch(opening) and not questions):
            cut = i
        else:
            questions = questions or _SENTENCE_END.search(line) is not None
    return lines[:cut]


# --- source and date -------------------------------------------------------------------------------------


def _source(text: str, body: list[Span], lines: list[Span]) -> str | None:
    """Find who published the article: a line "Nguồn: …", or the dateline "(QTO) - " that opens the body."""
    for line in reversed(lines[-12:]):
        if found := _SOURCE_LINE.fullmatch(_plain(text, line)):
            return found["source"].strip(" .")
    for line in body[:3]:
        if found := _DATELINE.match(_plain(text, (line[0], min(line[1], line[0] + 60)))):
            source = (found["bracketed"] or found["plain"]).strip()
            return None if source in _INSTITUTIONS else source
    return None


def _published(text: str, above: list[Span], below: list[Span], body: list[Span]) -> str | None:
    """Find the day of publication: a line below the title, one that says so, or "sáng nay (22/5)" in the body.

    A date above the title that does not say what it dates is the clock of the day the page was fetched.
    """
    dating = [_plain(text, line) for line in below]
    dating += [line for line in (_plain(text, span) for span in above) if _POSTED.search(line)]
    for line in dating:
        if (found := _DATE_ANYWHERE.search(line)) and (date := _date_of(found)):
            return date
    if not body:
        return None
    article = _plain(text, (body[0][0], body[-1][1]))
    today = _TODAY.search(article, 0, 2000)
    if today is None:
        return None
    if today["year"]:
        return _date_of(today)
    # A dateline without a year takes it from the same day written out elsewhere, or stays unknown.
    years = [
        int(found["year"])
        for found in _DATE_ANYWHERE.finditer(article)
        if (int(found["day"]), int(found["month"])) == (int(today["day"]), int(today["month"]))
    ]
    year = max(years, default=0)
    return iso_date(today["day"], today["month"], str(year)) if year >= _FIRST_YEAR else None


def _date_of(found: re.Match[str]) -> str | None:
    return iso_date(found["day"], found["month"], found["year"])


# --- lines into paragraphs -------------------------------------------------------------------------------


def _paragraphs(text: str, lines: list[Span]) -> Iterator[Span]:
    """Join lines that were only wrapped; every other line is a paragraph of its own."""
    block: list[Span] = []
    for line in lines:
        if block and _has_gap(text, block[-1], line):
            yield from _joined(text, block)
            block = []
        block.append(line)
    yield from _joined(text, block)


def _has_gap(text: str, before: Span, after: Span) -> bool:
    """Tell whether a blank line stands between two lines."""
    between = text[before[1] : after[0]].replace("\r\n", "\n")
    return sum(character in "\r\n\v\f\x85\u2028\u2029" for character in between) > 1


def _joined(text: str, block: list[Span]) -> Iterator[Span]:
    widest = max((end - start for start, end in block), default=0)
    # Wrapped text breaks lines anywhere; where every other line ends a sentence, lines are paragraphs.
    ended = sum(_SENTENCE_END.search(text[slice(*line)]) is not None for line in block[:-1])
    wrapped = len(block) >= 3 and 40 <= widest <= 130 and 3 * ended < len(block) - 1
    at: Span | None = None
    last: Span | None = None
    for line in block:
        full = last is not None and wrapped and last[1] - last[0] >= 0.75 * widest and not _ITEM.match(text, *line)
        if at is not None and last is not None and (full or _continues(text, last, line)):
            at = at[0], line[1]
        else:
            if at is not None:
                yield at
            at = line
        last = line
    if at is not None:
        yield at


def _continues(text: str, before: Span, after: Span) -> bool:
    """Tell whether a line goes on with the sentence of the line directly above it."""
    return (
        text[after[0]].islower()
        and not _ITEM.match(text, *after)
        and not _SENTENCE_END.search(text[slice(*before)])
        and not _has_gap(text, before, after)
    )
