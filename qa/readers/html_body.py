"""Where on a web page the article stands: from its first paragraph to its last, with all between.

Trafilatura finds both. What an extractor leaves out of the middle of an article is lost to every question, so the
text is taken from the page itself.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterable

import lxml.etree
import trafilatura

from qa.readers.html_tree import HEADINGS, Block, Element

LOCATE_MOST = 2_000_000
"""Bytes of a page. Longer ones are no newspaper's: trafilatura would take minutes, and little is around their text."""
# Trafilatura looks at an element again for each that is around it; beyond this it would take more than seconds. A page
# of 50,000 elements, 20 deep, is half of it.
_STEPS_MOST = 5_000_000
_STEPS_EACH = 30
_SENTENCE_END = re.compile(r"[.!?…:;][\"”’'»)\]]*$")
_NOTICE = re.compile(r"(?<!\w)©(?=\s|\d)")  # in the fonts before Unicode it is a letter
_KEY_LEAST = 12
# Trafilatura puts paragraphs that only <br> parts on one line; looking for each in a long text would take minutes.
_JOINED_MOST = 200_000

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it makes of a page is not for people


def key(text: str) -> str:
    """Give the letters and figures of a text alone, in small letters: what stays the same however it is typed."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", text)).lower()


def ends_sentence(text: str) -> bool:
    """Tell whether a text ends as a sentence does."""
    return _SENTENCE_END.search(text) is not None


def located(tree: Element) -> list[str]:
    """Give the lines of the article as trafilatura finds it, as keys; none where it finds none."""
    if _is_endless(tree):
        return []
    try:
        document = trafilatura.bare_extraction(tree, include_comments=False, deduplicate=False, with_metadata=False)
    except Exception:  # noqa: BLE001  Whatever it stumbles over: the page can still be read whole.
        return []
    text = getattr(document, "text", None) or ""
    return [key(line) for line in text.splitlines()]


def _is_endless(tree: Element) -> bool:
    """Tell whether a page is nested, or cut into pieces, as none made by people is."""
    depth = steps = 0
    for event, _ in lxml.etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            depth += 1
            steps += _STEPS_EACH + depth
            if steps > _STEPS_MOST:
                return True
        else:
            depth -= 1
    return False


def article(blocks: list[Block], lines: list[str]) -> list[Block]:
    """Choose the blocks of the article: between the lines that `located` gave, and what is prose beside them."""
    matched = _matched(blocks, lines)
    # Lists of other news behind an article are often taken for it; links within one stay.
    found = [here and block.linked < 0.5 and not _is_notice(block) for here, block in zip(matched, blocks, strict=True)]
    if not any(found):
        return _everything(blocks)
    first, last = found.index(True), len(found) - 1 - found[::-1].index(True)
    while first and blocks[first - 1].element.tag in ("tr", "li") and _is_body(blocks[first - 1]):
        first -= 1  # rows and items too short to be told apart
    container = _container(blocks[first].element, blocks[last].element)
    around = frozenset() if container.tag in ("body", "html") else _members(blocks, container)
    behind = _behind(blocks, last, container)
    heading = max((i for i in range(first) if blocks[i].element.tag == "h1"), default=first)
    between = range(first, last)
    chosen = [
        block
        for i, block in enumerate(blocks)
        if found[i]
        or i in behind
        or (i in between and (matched[i] or _is_body(block)))
        or ((i in around or heading < i < first) and _is_prose(block))
    ]
    # A few lines of a long page: it found a caption, a notice or a list, but not the article.
    if 3 * _weight(chosen) < _weight(blocks):
        return _everything(blocks)
    return chosen


def _matched(blocks: list[Block], lines: list[str]) -> list[bool]:
    """Tell of each block whether a line of it is among those located, or, where these are few, part of one."""
    keys = [[text for line in block.text.split("\n") if len(text := key(line)) >= _KEY_LEAST] for block in blocks]
    whole = frozenset(lines)
    joined = "\n".join(lines)
    joined = joined if len(joined) <= _JOINED_MOST else ""
    return [any(text in whole or text in joined for text in inner) for inner in keys]


def _everything(blocks: list[Block]) -> list[Block]:
    """Give all that a page shows, without menus and lists of links where it shows more than these."""
    shown = [block for block in blocks if not block.is_furniture] or blocks
    return (_weight(shown) and [block for block in shown if _is_body(block)]) or shown


def _is_body(block: Block) -> bool:
    return not block.is_furniture and block.linked < 0.5 and not _is_notice(block)


def _is_notice(block: Block) -> bool:
    return len(block.text) < 300 and _NOTICE.search(block.text) is not None


def _is_prose(block: Block) -> bool:
    return not block.is_furniture and block.linked < 0.3 and ends_sentence(block.text)


def _weight(blocks: Iterable[Block]) -> int:
    return sum(len(block.text) for block in blocks if len(block.text) >= 80 and _is_prose(block))


def _container(first: Element, last: Element) -> Element:
    """Give the innermost element around both that holds more than a paragraph."""
    above = [first, *first.iterancestors()]
    holders = {last, *last.iterancestors()}
    inner = next(i for i, element in enumerate(above) if element in holders)
    while inner + 1 < len(above) and above[inner].tag in HEADINGS | {"p", "li", "tr", "td", "blockquote", "pre"}:
        inner += 1
    return above[inner]


def _behind(blocks: list[Block], last: int, container: Element) -> range:
    """Give what follows the article directly, up to the first menu, list of links or notice: tables, who wrote it."""
    outer = container.getparent()
    inside = _members(blocks, container if outer is None or outer.tag in ("body", "html") else outer)
    end = last + 1
    while end in inside and _is_body(blocks[end]):
        end += 1
    while end > last + 1 and blocks[end - 1].element.tag in HEADINGS:
        end -= 1
    return range(last + 1, end)


def _members(blocks: list[Block], container: Element) -> frozenset[int]:
    inside = set(container.iter())
    return frozenset(i for i, block in enumerate(blocks) if block.element in inside)


def title_at(blocks: list[Block], title: str | None) -> int | None:
    """Give the place of the first block that says what the title says; None where none does."""
    wanted = key(title or "")
    return next((i for i, block in enumerate(blocks) if wanted and key(block.text) == wanted), None)


def below_title(chosen: list[Block], title: str | None) -> list[Block]:
    """Leave the title out where it opens the article, with the clock or the menu that may stand above it."""
    at = title_at(chosen, title)
    if at is None or at + 1 == len(chosen) or any(map(_is_prose, chosen[:at])):
        return chosen
    return chosen[at + 1 :]
