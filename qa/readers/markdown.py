"""Markdown: the text as it reads, without its signs, and what its front matter states."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from markdown_it import MarkdownIt
from markdown_it.token import Token

from qa.readers import encodings, html_tree
from qa.readers.lines import normal_date
from qa.readers.tables import COLUMNS, column_key
from qa.readers.values import TEXT_MOST, Extracted, Unreadable, too_large
from qa.text import BLANKS

_FRONT_MATTER = re.compile(
    r"\s*?---[ \t]*\r?\n(?P<fields>.{0,20000}?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_FIELD = re.compile(r"(?P<key>[^\W\d_][\w .-]{0,60}?)\s*:(?:\s+(?P<value>.*)|$)")
_BLOCK_SIGNS = frozenset({">", "|", ">-", "|-", ">+", "|+"})
_BREAK = re.compile(r"<br\b", re.IGNORECASE)
_UNSHOWN = re.compile(r"<(/?)(?:script|style|template|textarea)\b", re.IGNORECASE)
# Behind this depth of quotations and lists in each other the parser drops what it finds.
_NESTING_MOST = 200


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Read the one article of a Markdown file."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size > TEXT_MOST:
        yield Unreadable(too_large(size))
        return
    try:
        decoded = encodings.decode(file.read())
    except encodings.Undecodable as error:
        yield Unreadable(str(error))
        return
    fields, source = _front_matter(decoded.text)
    paragraphs = list(_paragraphs(source))
    title = fields.get("title")
    if title is None:
        title = next((paragraph.text for paragraph in paragraphs if paragraph.level == 1), None)
    if title and len(paragraphs) > 1 and paragraphs[0].level == 1 and paragraphs[0].text == title:
        del paragraphs[0]
    if not any(paragraph.text.strip(BLANKS) for paragraph in paragraphs):
        yield Unreadable("empty: it holds no visible character")
        return
    yield Extracted(
        text="\n\n".join(paragraph.text for paragraph in paragraphs),
        title=title,
        author=fields.get("author"),
        source=fields.get("source"),
        published=normal_date(fields.get("published", "")),
        url=fields.get("url"),
        encoding=decoded.encoding,
    )


# --- front matter ----------------------------------------------------------------------------------------


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Split off the fields at the head of a file, by `tables.COLUMNS`; a line that is no field makes it all body.

    Only plain values and lists of them are read: no anchors, tags or nesting, so that nothing in it can grow.
    """
    found = _FRONT_MATTER.match(text)
    if found is None:
        return {}, text
    values: dict[str, list[str]] = {}
    key = ""
    for line in found["fields"].splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if key and (line[0] in " \t" or line.startswith("- ")):
            values[key].append(line.strip().removeprefix("- "))
        elif field := _FIELD.fullmatch(line.rstrip()):
            key = column_key(field["key"])
            values.setdefault(key, []).append(field["value"] or "")
        else:
            return {}, text
    fields = {}
    for column, synonyms in COLUMNS.items():
        for synonym in map(column_key, synonyms):
            if column not in fields and (value := _plain(values.get(synonym, []))):
                fields[column] = value
    return fields, text[found.end() :]


def _plain(lines: list[str]) -> str:
    """Give a field's value on one line: quotation marks gone, a list's items joined."""
    if lines and (not lines[0] or lines[0].strip() in _BLOCK_SIGNS):
        separator = " " if lines[0] else ", "
        lines = lines[1:]
    elif len(lines) == 1 and re.fullmatch(r"\[.*\]", lines[0].strip()):
        lines, separator = lines[0].strip()[1:-1].split(","), ", "
    else:
        separator = " "
    return " ".join(separator.join(re.sub(r"\A(['\"])(.*)\1\Z", r"\2", line.strip()) for line in lines).split())


# --- body ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Paragraph:
    text: str
    level: int = 0
    """Of a heading: 1 for the highest; 0 for any other paragraph."""


def _paragraphs(source: str) -> Iterator[_Paragraph]:
    """Yield headings, paragraphs, lists' items, tables' rows and code in their order, each on lines of its own."""
    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING_MOST}).enable(["table", "strikethrough"])
    level = 0
    number = ""
    cells: list[str] | None = None
    tokens = parser.parse(source)
    if any(token.level >= _NESTING_MOST - 1 for token in tokens):
        yield _Paragraph(source.strip())
        return
    for token in tokens:
        text = ""
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "list_item_open" and token.info:
            number = f"{token.info}{token.markup} "  # "2." was typed, and the sentence may be called by it
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close" and cells is not None:
            text = " | ".join(cell for cell in cells if cell)
            cells = None
        elif token.type == "inline":
            text = _inline(token.children or [])
            if cells is not None:
                cells.append(" ".join(text.split()))
                continue
        elif token.type in ("fence", "code_block"):
            text = token.content.strip("\r\n")
        elif token.type == "html_block":
            yield from _visible(token.content)
        if text.strip(BLANKS):
            yield _Paragraph(number + text if not level else " ".join(text.split()), level)
            number, level = "", 0
        elif token.type == "heading_close":
            level = 0


def _visible(source: str) -> Iterator[_Paragraph]:
    tree = html_tree.parse(source)
    for block in html_tree.visible_blocks(tree) if tree is not None else ():
        yield _Paragraph(block.text, 1 if block.element.tag == "h1" else 0)


def _inline(tokens: Sequence[Token]) -> str:
    pieces: list[str] = []
    hidden = 0
    for token in tokens:
        if token.type == "html_inline":
            if tag := _UNSHOWN.match(token.content):
                hidden = max(hidden + (-1 if tag[1] else 1), 0)
            pieces.append("\n" if _BREAK.match(token.content) else "")
        elif hidden:
            continue
        elif token.type == "softbreak":
            pieces.append(" ")
        elif token.type == "hardbreak":
            pieces.append("\n")
        elif token.type == "image":
            pieces.append(_inline(token.children or []) or token.content)
        else:
            pieces.append(token.content)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)
