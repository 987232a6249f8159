"""Text, facts and references as HTML in which nothing that an article or a person wrote can become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

# The first five signs are markup to HTML. The others are so to Markdown, LaTeX or a template engine: the page hands
# none of these a value, and as character references they would stay text even if it did.
_REFERENCES = {ord(sign): f"&#{ord(sign)};" for sign in "<>&\"'" + "$*_`~[](){}|\\#@^"}


def escape(text: str) -> str:
    """Return HTML, fit for content and for quoted attributes, that shows `text` to the letter."""
    # Half a surrogate pair can be typed into the API but not sent back: one would fail the whole reply.
    return text.encode("utf-8", "replace").decode("utf-8").translate(_REFERENCES)


def shown_date(published: str) -> str:
    """Write an ISO date the Vietnamese way; leave anything else as it stands."""
    try:
        return date.fromisoformat(published).strftime("%d/%m/%Y")
    except ValueError:
        return published


def count(number: int) -> str:
    """Write a number the Vietnamese way: 1.234."""
    return f"{number:,}".replace(",", ".")


def decimal(number: float) -> str:
    """Write a number with two decimals the Vietnamese way: 0,87."""
    return f"{number:.2f}".replace(".", ",")


def one_line(text: str) -> str:
    """Write a text in one line, blanks as one each."""
    return " ".join(text.split())


def paragraphs(text: str) -> str:
    """Escape `text`; the line breaks stay (CSS shows them), runs of blank lines become one."""
    return escape(re.sub(r"[^\S\n]*\n\s*\n", "\n\n", text))


def marked(text: str, marks: Iterable[tuple[int, int, str]]) -> str:
    """Return `text` with parts of it, given as (start, end, class) from the outermost in, within `<mark>`.

    A part beyond the text, or across the edge of one before it, is cut to where it may stand; an empty one is left out.
    """
    start, end = 0, len(text)
    before, after = "", ""
    for first, last, kind in marks:
        first, last = min(max(first, start), end), min(max(last, start), end)
        if first >= last:
            continue
        before += f'{paragraphs(text[start:first])}<mark class="{kind}">'
        after = f"</mark>{paragraphs(text[last:end])}{after}"
        start, end = first, last
    return before + paragraphs(text[start:end]) + after


def facts(citation: Mapping[str, Any]) -> list[str]:
    """Give what is known of a cited article, to be shown in one line: date, source, page."""
    published, source, page = citation.get("published"), citation.get("source"), citation.get("page")
    found = [shown_date(published) if published else "", source or "", f"trang {page}" if page is not None else ""]
    return [fact for fact in found if fact]


def title_of(citation: Mapping[str, Any]) -> str:
    """Give the title of a cited article in one line; its id where it has none."""
    return one_line(citation["title"]) or str(citation["article"])


def reference(citation: Mapping[str, Any]) -> str:
    """Give a quotation with where it stands, as plain text for another document."""
    where = ", ".join([title_of(citation), *facts(citation)])
    place = citation.get("url") or citation["path"]
    span = f"ký tự {citation['sentence']['start']}–{citation['sentence']['end']}"
    return f"“{one_line(citation['sentence']['text'])}” ({where}; {place}, {span})"


def web_link(url: str | None) -> str:
    """Return a link to where an article was published, for web addresses; nothing for any other."""
    # Anything else (javascript:, data:, file:) is not offered for a click.
    if not url or not url.startswith(("http://", "https://")):
        return ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">Bài gốc'
        '<span class="unseen"> (mở trang khác)</span></a>'
    )


def notice_html(text: str) -> str:
    """Return a plain statement from Hoidap itself."""
    return f'<p class="notice">{escape(text)}</p>'
