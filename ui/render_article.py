"""An article as the page shows it: its text to the character, the cited passage and sentence marked in it.

Every line of the text is a paragraph. Line breaks stand between the paragraphs as they are, where a browser shows
nothing of them, so that the text content of the fragment is the article's text. What HTML cannot carry is shown by one
character each: U+FFFD for control characters, noncharacters and half surrogates, a blank for those that are blanks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from qa import Article, Sentence
from ui.render import escape, facts, marked, one_line, web_link

PLACE = "reader-place"
"""The id of what is marked in the article: where the eye and the focus go."""

_COPY = '<button type="button" class="quiet" data-copy="reference">Sao chép trích dẫn</button>'
_LINE = re.compile(r"[^\r\n]+")
# How far to look for the end of a line, or else a blank, where a long text is cut.
_CUT_WITHIN = 2_000
_REPLACED = "\ufffd"
_CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]
_NONCHARACTERS = [*range(0xFDD0, 0xFDF0), *(plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF))]
_CARRIED = {
    **dict.fromkeys([*_CONTROLS, *_NONCHARACTERS, *range(0xD800, 0xE000)], _REPLACED),
    **{code: " " for code in _CONTROLS if chr(code).isspace()},
    **{ord(sign): sign for sign in "\t\n\r"},
}


def carried(text: str) -> str:
    """Give `text` as HTML and JSON can carry it, every code point still one."""
    return text.translate(_CARRIED)


def article_html(
    article: Article,
    passage: Sentence | None = None,
    sentence: Sentence | None = None,
    start: int = 0,
    end: int | None = None,
) -> str:
    """Return the paragraphs of ``article.text[start:end]`` with `passage` marked, and in it `sentence`.

    Where a mark crosses lines or pages, each has its part of it. The first part of the sentence, or else of the
    passage, has the id `PLACE` and can be focused. Separators without text content stand before each page.
    """
    marks = []
    if passage is not None:
        marks.append((passage.start, passage.end, "passage"))
    if passage is not None and sentence is not None:
        within = max(sentence.start, passage.start), min(sentence.end, passage.end)
        marks.append((*within, "sentence"))
    html = []
    for number, first, last in _pages(article, start, len(article.text) if end is None else end):
        if number is not None:
            html.append(f'<div class="page" role="separator" aria-label="Trang {number}"></div>')
        html.extend(_paragraphs(article.text, first, last, marks))
    shown = "".join(html)
    # No text looks like this: in it, such signs are character references.
    kind = "sentence" if '<mark class="sentence">' in shown else "passage"
    return shown.replace(f'<mark class="{kind}">', f'<mark class="{kind}" id="{PLACE}" tabindex="-1">', 1)


def cut_after(text: str, start: int) -> int:
    """Give where a part of the text may begin that is to begin at `start` or soon after: a line, else a word."""
    if start <= 0:
        return 0
    for sign in "\n ":
        found = text.find(sign, start, start + _CUT_WITHIN)
        if found >= 0:
            return found + 1
    return start


def cut_before(text: str, end: int) -> int:
    """Give where a part of the text may end that is to end at `end` or soon before."""
    if end >= len(text):
        return len(text)
    for sign in "\n ":
        found = text.rfind(sign, end - _CUT_WITHIN, end)
        if found >= 0:
            return found + 1
    return end


def part_html(article: Article, body: str, start: int, end: int) -> str:
    """Return `body`, which is ``article.text[start:end]`` as HTML, between the buttons that fetch more of the text."""
    before = _more("before", start, "Xem phần trước") if start > 0 else ""
    after = _more("after", end, "Xem phần sau") if end < len(article.text) else ""
    return f'{before}<div class="body">{body}</div>{after}'


def quoted_html(quote: str) -> str:
    """Return what was quoted when the question was answered, for a text that no longer holds it."""
    return (
        '<figure class="quoted"><figcaption>Đoạn đã trích khi trả lời:</figcaption>'
        f"<blockquote>{escape(carried(quote))}</blockquote></figure>"
    )


def reader_html(
    title: str,
    body: str,
    *,
    article: Article | None = None,
    page: int | None = None,
    copies: Sequence[Article] = (),
    notice: str = "",
    steps: tuple[int, int] | None = None,
    can_copy: bool = False,
) -> str:
    """Return all that the reader shows of an article: title, facts, steps, and its text, which is `body`, in a region.

    `steps` are the citation's number, from 1, and how many the answer has; `article` is None where it is gone.
    """
    return (
        f'<header><h2><bdi>{_text(title)}</bdi></h2><button type="button" data-close="reader">Đóng</button></header>'
        f'<div class="facts">{_facts_html(article, page) if article else ""}{_copies_html(copies)}'
        f"{_notice_html(notice)}</div>"
        f'<div class="tools">{_steps_html(*steps) if steps else ""}{_COPY if can_copy else ""}</div>'
        f'<div class="text" role="region" aria-label="Nội dung bài" tabindex="0">{body}</div>'
    )


def _facts_html(article: Article, page: int | None) -> str:
    known = facts({"published": article.published, "source": article.source, "page": page})
    shown = [f"<bdi>{_text(fact)}</bdi>" for fact in known]
    if article.author:
        shown.append(f"Tác giả: <bdi>{_text(article.author)}</bdi>")
    link = web_link(article.url)
    if link:
        shown.append(link)
    html = f'<p class="meta">{" · ".join(shown)}</p>' if shown else ""
    if link:
        return html
    button = '<button type="button" class="quiet" data-copy="path">Sao chép đường dẫn</button>'
    return f'{html}<p class="path"><bdi>{_text(article.path)}</bdi> {button}</p>'


def _copies_html(copies: Sequence[Article]) -> str:
    if not copies:
        return ""
    items = "".join(
        f'<li><button type="button" class="quiet" data-article="{escape(copy.id)}">{_copy_name(copy)}</button></li>'
        for copy in copies
    )
    return f'<details class="copies"><summary>Cũng có trong {len(copies)} bài khác</summary><ul>{items}</ul></details>'


def _copy_name(copy: Article) -> str:
    known = [*facts({"published": copy.published, "source": copy.source}), copy.title.strip() or copy.id]
    return " · ".join(f"<bdi>{_text(fact)}</bdi>" for fact in known)


def _notice_html(notice: str) -> str:
    return f'<p class="notice">{escape(notice)}</p>' if notice else ""


def _steps_html(number: int, count: int) -> str:
    def button(to: int, sign: str, words: str) -> str:
        disabled = "" if 1 <= to <= count else " disabled"
        return f'<button type="button" data-step="{to}" aria-label="{words}"{disabled}>{sign}</button>'

    return (
        '<div class="steps" role="group" aria-label="Các đoạn trích của câu trả lời">'
        f"{button(number - 1, '‹', 'Đoạn trích trước')}<span>Đoạn trích {number}/{count}</span>"
        f"{button(number + 1, '›', 'Đoạn trích sau')}</div>"
    )


def _more(side: str, edge: int, words: str) -> str:
    return f'<button type="button" class="more" data-more="{side}" data-edge="{edge}">{words}</button>'


def _text(text: str) -> str:
    return escape(one_line(carried(text)))


def _pages(article: Article, start: int, end: int) -> Iterator[tuple[int | None, int, int]]:
    """Cut a part of the text where pages begin; with each piece comes the number of the page that begins it."""
    low, high = bisect_left(article.pages, start), bisect_left(article.pages, end)
    edges = [start, *article.pages[low:high], end]
    yield None, start, edges[1]
    for place in range(1, len(edges) - 1):
        yield low + place, edges[place], edges[place + 1]


def _paragraphs(text: str, start: int, end: int, marks: Sequence[tuple[int, int, str]]) -> Iterator[str]:
    written = start
    for line in _LINE.finditer(text, start, end):
        first, last = line.span()
        yield _between(text[written:first])
        written = last
        shown = carried(line.group())
        if not shown.strip(" \t"):
            yield shown
        elif shown.isspace():
            yield f"<p hidden>{escape(shown)}</p>"
        else:
            yield f"<p>{marked(shown, [(begin - first, stop - first, kind) for begin, stop, kind in marks])}</p>"
    yield _between(text[written:end])


def _between(breaks: str) -> str:
    # A browser would read a carriage return as a line feed.
    return breaks.replace("\r", "&#13;")
