"""Rich Text Format: striprtf turns it into text, after what it gets wrong has been put right.

Footnotes are moved behind the body, as striprtf drops them; pictures, objects and the codes of fields are cut out
first, as their data and addresses are not text, and take it minutes where they are made to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from striprtf.striprtf import rtf_to_text

from qa.readers.values import TEXT_MOST, Extracted, Unfit, Unreadable, rewind, too_large
from qa.readers.wording import article, converted

_CODES_MOST = 5 * TEXT_MOST
_FONTS_MOST = 300_000
_FONT_LONGEST = 2_000
_DROPPED = frozenset(
    "pict objdata themedata colorschememapping datastore fldinst stylesheet listtable latentstyles fontemb xmlnstbl "
    "deleted bkmkstart bkmkend atnid atnauthor annotation "
    "header headerl headerr headerf footer footerl footerr footerf".split()
)
_DEEPEST = 5_000
# Each takes some 5 µs; Word makes one for every few words.
_GROUPS_MOST = 1_000_000
# What decides where a group begins and ends; within \bin, braces and backslashes are data.
_TOKEN = re.compile(r"\\bin(\d{1,10}) ?|\\[\\{}]|\{\s*(?:\\\*\s*)?\\([a-zA-Z]+)|[{}]")
_LINE = re.compile(r"(?<!\\)\\line(?![a-zA-Z]) ?")
_CODE_PAGE = re.compile(r"\\ansicpg(\d{1,5})")
_HIGH = re.compile(r"[\x80-\xff]")


@dataclass(slots=True)
class _Parts:
    """The groups of a document that are treated differently, each as pieces of its code."""

    body: list[str] = field(default_factory=list)
    fonts: list[str] = field(default_factory=list)
    notes: list[list[str]] = field(default_factory=list)
    properties: dict[str, list[str]] = field(default_factory=dict)
    is_whole: bool = False

    def of(self, word: str, in_info: bool) -> list[str] | None:
        """Give where a group goes that begins with a control word; None where it stays in the group around it."""
        if word == "footnote":
            self.notes.append([])
            return self.notes[-1]
        if word == "fonttbl" and not self.fonts:
            return self.fonts
        if in_info and word in ("title", "author"):
            # The last one holds: before it, the same may stand in the letters of a code page.
            self.properties[word] = []
            return self.properties[word]
        return [] if word in _DROPPED else None


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Yield the text of an RTF document, its footnotes behind its body; of one that breaks off, what there is."""
    try:
        code = _code(file)
        parts = _split(code)
        yield _extracted(code, parts)
    except Unfit as error:
        yield Unreadable(str(error))
        return
    if not parts.is_whole:
        yield Unreadable("damaged: it breaks off, the rest is missing")


def _code(file: BinaryIO) -> str:
    rewind(file)
    code = file.read().decode("latin-1")
    if not code[:100].lstrip("\ufeffï»¿ \r\n\t").startswith("{\\rtf"):
        old = code.startswith("\xd0\xcf\x11\xe0")
        raise Unfit("an old Word document (.doc), not RTF: save it as .docx" if old else "not an RTF document")
    return code


def _extracted(code: str, parts: _Parts) -> Extracted:
    codes = "".join(parts.body), *("".join(note) for note in parts.notes)
    if (size := sum(map(len, codes))) > _CODES_MOST:
        raise Unfit(too_large(size, _CODES_MOST))
    found = _CODE_PAGE.search(code, 0, 5_000)
    head = f"{{\\rtf1\\ansi\\ansicpg{found[1] if found else 1252}{_fonts(parts.fonts)}\\plain "
    notes = "".join(f"\\par\\plain{{{note}}}" for note in codes[1:])
    paragraphs, encoding = converted(_paragraphs(_text(f"{head}{{{codes[0]}}}{notes}}}")))
    properties = {name: _text(f"{head}{''.join(pieces)}}}") for name, pieces in parts.properties.items()}
    return article(paragraphs, encoding, properties.get("title"), properties.get("author"))


def _split(code: str) -> _Parts:
    """Cut a document's code into its parts, the outermost braces and data left out."""
    parts = _Parts()
    # Of each open group: where its code goes, and whether it is in the document's properties.
    groups: list[tuple[list[str], bool]] = []
    at = begun = 0
    match = _TOKEN.search(code)
    while match is not None:
        goes, in_info = groups[-1] if groups else (parts.body, False)
        found = match.group()
        if found.startswith("\\bin"):
            goes.append(code[at : match.start()])
            at = match.end() + int(match[1])
        elif found.startswith("{"):
            own = parts.of(match[2] or "", in_info)
            goes.append(code[at : match.start()])
            if own is None:
                goes.append("{" if groups else "")
                at = match.start() + 1
            else:
                at = match.end()
            begun += 1
            if len(groups) > _DEEPEST:
                raise Unfit("damaged: nested too deeply")
            if begun > _GROUPS_MOST:
                raise Unfit("too large for an article: more than a million groups of codes")
            groups.append((goes if own is None else own, in_info or match[2] == "info"))
        elif found == "}":
            goes.append(code[at : match.start()])
            at = match.end()
            if groups:
                groups.pop()
            if not groups:
                parts.is_whole = True
                return parts
            if groups[-1][0] is goes:
                goes.append("}")
        # Behind the brace alone, as the word at a group's start may be \bin.
        match = _TOKEN.search(code, at if at > match.start() else match.end())
    # What is still open is closed.
    groups[-1][0].append(code[at:])
    for (goes, _), (outer, _) in zip(groups[:0:-1], groups[-2::-1], strict=True):
        goes.append("}" if goes is outer else "")
    return parts


def _fonts(pieces: list[str]) -> str:
    """Give the table of fonts, an entry a line: what would take striprtf minutes is left out."""
    entries = re.sub(r"[{}\r\n]+", " ", "".join(pieces)[:_FONTS_MOST]).split(";")
    table = ";\n".join(entry for entry in entries[:-1] if len(entry) < _FONT_LONGEST)
    return f"{{\\fonttbl {table};}}"


def _text(code: str) -> str:
    # A byte that is no ASCII stands for itself, as \'e1 does; \line would come out as a paragraph's end.
    code = _LINE.sub(r"\\'0b", _HIGH.sub(lambda match: f"\\'{ord(match.group()):02x}", code))
    try:
        text: str = rtf_to_text(code, errors="ignore")
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        raise Unfit("damaged: it holds codes that mean nothing") from error
    return text


def _paragraphs(text: str) -> list[str]:
    """Give the paragraphs of striprtf's text; a row's cells end in a bar each."""
    paragraphs = []
    for line in text.split("\n"):
        if line.rstrip().endswith("|"):
            line = " | ".join(cell for cell in map(str.strip, line.split("|")) if cell)
        paragraphs.append(line)
    return paragraphs
