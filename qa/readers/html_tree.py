"""What a web page shows: its tree, and the paragraphs, headings, items and rows in it, in their order."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import lxml.etree
import lxml.html

Element = Any
"""An element of lxml, which has no types of its own."""

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = HEADINGS | frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form frameset header hgroup hr html legend li main menu nav ol p pre section summary table tbody td tfoot"
    " th thead tr ul".split()
)
_INVISIBLE = frozenset(
    "applet area audio button canvas colgroup datalist embed frame head iframe input link map meta noembed noframes"
    " noscript object option param picture progress rp script select source style svg template textarea title track"
    " video".split()
)
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)(?![\w-])", re.IGNORECASE)
_FURNITURE = re.compile(
    r"(?<![a-z])(?:comments?|binh ?luan|related|(?:tin )?lien ?quan|tin ?khac|other news|bread ?crumbs?|menu|nav|navbar"
    r"|navigation|socials?|share|tags?|footer|banner|ads?|adv|quang ?cao|side ?bar|popup|copyright|toolbar|login|search"
    r"|pagination|pager)(?![a-z])"
)
_BLANKS = re.compile(r"\s+")
_NOT_SHOWN = dict.fromkeys([*range(0x09), *range(0x0E, 0x20), 0x7F, 0xAD, 0x200B, 0x2060, 0xFEFF])
_CELL_MOST = 400
_PROLOGUE = re.compile(
    r"\s*(?:<\?xml[^>]{0,500}>\s*)?(?:<!DOCTYPE[^>\[]{0,500}(?:\[.{0,100000}?\]\s*)?>)?", re.IGNORECASE | re.DOTALL
)
_UNSHOWN = re.compile(r"<(script|style|title)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"(?:</?[a-zA-Z][^<>]*>\s*)+")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, a list's item or a table's row as it shows, lines broken only where the page does."""

    text: str
    element: Element
    linked: float
    """The share of its letters that stand in links."""
    is_furniture: bool


def parse(source: str) -> Element | None:
    """Give the tree of a page or a piece of one, None where there is nothing in it; nothing is loaded or followed."""
    if prologue := _PROLOGUE.match(source):  # entities declared there would show as text
        source = source[prologue.end() :]
    try:
        tree, is_whole = _parsed(source)
        # Tags nested deeper than the parser goes (2,048) end its page there: then they are all taken for paragraphs.
        return tree if is_whole else _parsed(_TAGS.sub("<p>", _UNSHOWN.sub("", source)))[0]
    except (lxml.etree.LxmlError, ValueError):
        return None


def _parsed(source: str) -> tuple[Element, bool]:
    """Give the tree, and whether it holds all of the source."""
    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True, collect_ids=False
    )
    tree = lxml.html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    return tree, not any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log)


def visible_blocks(tree: Element) -> Iterator[Block]:
    """Yield what a page shows, in its order; hidden text, forms' fields and scripts are left out."""
    main = _main(tree)
    stack: list[tuple[Element, bool]] = []
    pieces: list[str] = []
    open_tags = {"a": 0, "pre": 0, "article": 0}
    letters = linked = 0

    def flush() -> list[Block]:
        nonlocal letters, linked
        if not pieces:
            return []
        lines = [" ".join(line.split()) for line in "".join(pieces).split("\n")]
        share = linked / letters if letters else 0.0
        pieces.clear()
        letters = linked = 0
        return [
            Block("\n".join(group), stack[-1][0], share, stack[-1][1])
            for is_text, group in itertools.groupby(lines, bool)
            if is_text and stack
        ]

    def add(text: str | None) -> None:
        nonlocal letters, linked
        if text:
            text = text.translate(_NOT_SHOWN)
            # A place or a name that only its style sets off from the sentence: "Lạng SơnSáng 14/3, …".
            if pieces and pieces[-1][-1:].islower() and text[:1].isupper() and text[1:2].islower():
                pieces.append(" ")
            pieces.append(text if open_tags["pre"] else _BLANKS.sub(" ", text))
            count = len(text) - text.count(" ")
            letters += count
            linked += count if open_tags["a"] else 0

    skipped: Element | None = None
    walker = lxml.etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        tag = element.tag
        if event == "start":
            row = None
            is_shown = tag not in _INVISIBLE and not _is_hidden(element)
            if is_shown and tag in _BLOCKS:
                yield from flush()
                is_furniture = bool(stack) and stack[-1][1]
                if not is_furniture and element not in main:
                    is_furniture = _is_named_furniture(element, in_article=open_tags["article"] > 0)
                row = _row(element) if tag == "tr" else None
                if row is None:
                    stack.append((element, is_furniture))
                else:
                    yield Block(row, element, 0.0, is_furniture)
            if not is_shown or row is not None:
                skipped = element
                walker.skip_subtree()
                continue
            if tag in open_tags:
                open_tags[tag] += 1
            elif tag == "br":
                pieces.append("\n")
            add(element.text)
        else:
            if element is skipped:
                skipped = None
            else:
                if tag in open_tags:
                    open_tags[tag] -= 1
                if tag in _BLOCKS:
                    yield from flush()
                    stack.pop()
            if element is not tree:
                add(element.tail)
    yield from flush()


def _is_hidden(element: Element) -> bool:
    return element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "") is not None


# --- the article or not ----------------------------------------------------------------------------------


def _main(tree: Element) -> set[Element]:
    """Give the elements that are none of the furniture whatever they are called.

    They hold half of the page's letters, or its heading. What is around one of them is another.
    """
    found: set[Element] = set()
    half = len(tree.xpath("string()")) / 2
    letters = 0
    starts: list[int] = []
    for event, element in lxml.etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            starts.append(letters)
            letters += len(element.text or "")
        else:
            if letters - starts.pop() > half:
                found.add(element)
            letters += len(element.tail or "")
    for heading in tree.iter("h1"):
        for element in (heading, *heading.iterancestors()):
            if element in found:
                break
            found.add(element)
    return found


def _is_named_furniture(element: Element, in_article: bool) -> bool:
    """Tell whether an element says that it is none of the article."""
    tag = element.tag
    if tag in ("body", "html", "article", "main") or (tag == "header" and in_article):
        return False
    if tag in ("nav", "footer", "form", "menu", "header"):
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if names == " ":
        return False
    words = re.sub(r"[\W_]+", " ", re.sub("(?<=[a-z])(?=[A-Z])", " ", names))
    return _FURNITURE.search(words.lower()) is not None


# --- tables ----------------------------------------------------------------------------------------------


def _row(element: Element) -> str | None:
    """Give a table's row on one line; None for the row of a table that only lays the page out."""
    # Rows within rows are looked through once each: there may be hundreds, one in another.
    if next(element.iterdescendants("table", "tr", *HEADINGS), None) is not None:
        return None
    cells = []
    for cell in element.iterchildren("td", "th"):
        text = "".join(f" {piece}" if breaks else piece for breaks, piece in _shown_pieces(cell)).translate(_NOT_SHOWN)
        if len(text) > _CELL_MOST:
            return None
        cells.append(" ".join(text.split()))
    filled = [cell for cell in cells if cell]
    return " | ".join(filled) if len(filled) > 1 else None


def _shown_pieces(cell: Element) -> Iterator[tuple[bool, str]]:
    """Yield the pieces of a cell's text, and whether each begins a line."""
    walker = lxml.etree.iterwalk(cell, events=("start", "end"))
    for event, element in walker:
        breaks = element.tag in _BLOCKS or element.tag == "br"
        if event == "start" and (element.tag in _INVISIBLE or _is_hidden(element)):
            walker.skip_subtree()
        elif event == "start" and element.text:
            yield breaks, element.text
        elif event == "end" and element is not cell and element.tail:
            yield breaks, element.tail
