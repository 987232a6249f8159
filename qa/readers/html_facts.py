"""What a web page says of itself: its title, its author, who published it and when, its address."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from qa.pages import iso_date
from qa.readers.html_body import ends_sentence, key, title_at
from qa.readers.html_tree import HEADINGS, Block, Element
from qa.readers.lines import normal_date
from qa.text import CAPITALS

_SUFFIX = re.compile(r"\s+[|»•–—-]\s+(?=[^|»•–—]*$)")
# "Báo cáo …" and "Trang bị …" begin headlines.
_SITE = re.compile(
    rf"(?:Báo|BÁO)(?: điện tử)?(?: [{CAPITALS}]\w*)+(?: điện tử)?|(?i:tạp chí|website) .*"
    r"|(?i:cổng|trang) (?i:thông tin|tin) .*|(?i:đài) (?i:phát thanh|truyền hình|tiếng nói|pt-?th|tt-?th).*"
    r"|VnExpress.*|Tuổi Trẻ Online|Dân trí|Báo Dân trí|VietNamNet|(?:\w+ ){1,3}(?:Online|News)"
    r"|\S+\.(?:vn|com|net|org|info)"
)
_CALLED_TITLE = re.compile(r"(?<![a-z])(?:title|tieu-?de|headline)(?![a-z])", re.IGNORECASE)
_POSTED = re.compile(r"\b(?:ngày\s+(?:đăng|đưa|xuất bản)|đăng\s+(?:lúc|ngày|tải)|xuất bản)\b", re.IGNORECASE)
_STATED_DAY = re.compile(
    r"(?<![\d/.-])(\d{1,2})(?:\s?[/.-]\s?|\s+tháng\s+)(\d{1,2})(?:\s?[/.-]\s?|(?:,\s*|\s+)năm\s+)(\d{4})(?![\d/])"
)
_DATES = (
    "article:published_time datepublished pubdate publishdate publish_date published_time dc.date.issued dcterms.issued"
    " dc.date dcterms.created dcterms.date citation_publication_date parsely-pub-date sailthru.date date"
).split()
# "4/5/2021 8:30:00 AM" is the fourth of May or the fifth of April.
_UNCLEAR_ORDER = re.compile(r"\d\s?[AP]M\b")
_STATED_MOST = 2000  # characters; a longer title, name or address is something else
_MARKED_MOST = 10  # elements, as one may hold the page and all the others
_JSON_MOST = 1_000_000


class Facts:
    """What the head of a page, its JSON-LD and its marked elements state; nothing is guessed."""

    def __init__(self, tree: Element) -> None:
        self._tree = tree
        self._meta: dict[str, str] = {}
        for element in tree.iter("meta"):
            name = element.get("property") or element.get("name") or element.get("itemprop") or ""
            if content := _stated(element.get("content")):
                self._meta.setdefault(name.lower(), content)
        self._records = [record for script in tree.iter("script") for record in _json_records(script)]

    def titles(self) -> list[str]:
        """Give the names of the page, some with the site's behind them, the most trustworthy first."""
        headlines = (text for record in self._records if (text := _named(record.get("headline"))))
        names = [self._first_meta("og:title"), next(headlines, None), self._document_title()]
        return [name for name in names if name]

    def site(self) -> str | None:
        """Give the name of the newspaper or the office."""
        for record in self._records:
            if "headline" in record and (name := _named(record.get("publisher"))):
                return self._first_meta("og:site_name") or name
        if stated := self._first_meta("og:site_name", "dc.publisher", "publisher", "application-name"):
            return stated
        named = _SUFFIX.split(self._document_title() or "", maxsplit=1)[-1]
        return named if _SITE.fullmatch(named) else None

    def author(self, site: str | None) -> str | None:
        """Give who wrote the article; a page may name its site there, which is nobody."""
        stated = [_named(record.get("author")) for record in self._records]
        stated += [self._first_meta(name) for name in ("author", "article:author", "dc.creator")]
        marked = self._tree.xpath(
            '//*[@itemprop="author" or @rel="author" or contains(concat(" ", @class, " "), " author ")'
            ' or contains(@class, "tac-gia") or contains(@class, "tacgia") or contains(@class, "author-name")]'
        )
        stated += [_stated(element.text_content()) for element in marked[:3]]
        for name in stated:
            name = re.sub(r"^(?:tác giả|bài(?:, ảnh)?|theo)\s*:\s*", "", name or "", flags=re.IGNORECASE)
            if 2 < len(name) <= 80 and "://" not in name and "@" not in name and key(name) != key(site or ""):
                return name
        return None

    def published(self) -> str | None:
        """Give the day of publication as an ISO date."""
        stated = [record.get("datePublished") for record in self._records]
        stated += [self._meta.get(name) for name in _DATES]
        for element in self._tree.xpath('//*[@itemprop="datePublished"] | //time[@pubdate]')[:_MARKED_MOST]:
            stated += [element.get("datetime") or element.get("content"), element.text_content()]
        times = self._tree.xpath("//time[@datetime]")
        stated += [times[0].get("datetime")] if len(times) == 1 else []
        for value in stated:
            if isinstance(value, str) and not _UNCLEAR_ORDER.search(value) and (day := normal_date(value)):
                return day
        return None

    def url(self) -> str | None:
        """Give the address that the page calls its own."""
        links = self._tree.xpath('//link[translate(@rel, "CANOIL", "canoil")="canonical"]/@href')
        stated = [*links, self._first_meta("og:url")]
        return next((str(address) for address in stated if address and re.match(r"https?://[^\s/]+\.", address)), None)

    def _first_meta(self, *names: str) -> str | None:
        return next((self._meta[name] for name in names if name in self._meta), None)

    def _document_title(self) -> str | None:
        return _stated(self._tree.findtext(".//title"))


def _stated(text: str | None) -> str | None:
    """Give a statement on one line; None where there is none or it is too long for one."""
    line = " ".join((text or "").split())
    return line if 0 < len(line) <= _STATED_MOST else None


def _json_records(script: Element) -> Iterator[dict[str, Any]]:
    """Yield the objects of a script of JSON-LD, the outer ones first."""
    if "ld+json" not in (script.get("type") or "") or len(script.text or "") > _JSON_MOST:
        return
    try:
        waiting = deque([json.loads(script.text or "", strict=False)])
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.popleft()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            if "headline" in value or "datePublished" in value:
                yield value
            waiting += [inner for inner in value.values() if isinstance(inner, (dict, list))]


def _named(value: Any) -> str | None:
    """Give the name or names in a JSON-LD value: a string, an object with one, or several of these."""
    values = value[:5] if isinstance(value, list) else [value]
    names = [inner.get("name") if isinstance(inner, dict) else inner for inner in values]
    return _stated(", ".join(" ".join(name.split()) for name in names if isinstance(name, str) and name.strip()))


# --- with the text beside it -----------------------------------------------------------------------------


def headline(facts: Facts, blocks: list[Block], site: str | None) -> str | None:
    """Choose the title: the heading that the page's names for itself repeat, else such a name without the site's."""
    names = [name for name in facts.titles() if not _names_site(name, site)]
    headings = [" ".join(block.text.split()) for block in blocks if block.element.tag in HEADINGS][:20]
    for name in names:
        for heading in headings:
            if len(key(heading)) >= 8 and key(heading) in key(name):
                return heading
    if names:
        parts = _SUFFIX.split(names[0], maxsplit=1)
        return parts[0] if len(parts) == 2 and _names_site(parts[1], site) else names[0]
    firsts = [block for block in blocks if block.element.tag == "h1" and not block.is_furniture]
    called = [block for block in blocks if _is_called_title(block)]
    found = firsts if len(firsts) == 1 else called[:1]
    return " ".join(found[0].text.split()) if found else None


def _names_site(name: str, site: str | None) -> bool:
    return _SITE.fullmatch(name) is not None or key(name) == key(site or "")


def _is_called_title(block: Block) -> bool:
    names = f"{block.element.get('class')} {block.element.get('id')}"
    is_likely = not block.is_furniture and block.linked < 0.5 and 12 < len(block.text) < 300
    return is_likely and _CALLED_TITLE.search(names) is not None


def stated_day(blocks: list[Block], article: list[Block], title: str | None) -> str | None:
    """Find the day on a short line that says so beside the article's start, or on one directly below the title.

    Any other date above the title is the clock of the day on which the page was fetched.
    """
    start = next((i for i, block in enumerate(blocks) if block is article[0]), 0)
    at = title_at(blocks, title)
    beside = _lines(blocks[max(start - 6, 0) : start + 6])
    below = [] if at is None else _lines(blocks[at + 1 : at + 5])
    for line in [*filter(_POSTED.search, beside), *below]:
        days = _STATED_DAY.findall(line) if len(line) < 100 and not ends_sentence(line) else []
        if len(days) == 1 and (day := iso_date(*days[0])):
            return day
    return None


def _lines(blocks: list[Block]) -> list[str]:
    return [line for block in blocks for line in block.text.split("\n")]
