"""OpenDocument texts.

lxml reads the parts that hold text. odfdo was tried: it expands a document's own entities, and its text has the marks
of notes in it and a row's cells on lines of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from qa.readers.packages import Rows, local_name, named, open_package, parsed, part, spaced, texts_by_name
from qa.readers.values import Extracted, Unfit, Unreadable
from qa.readers.wording import article, converted

_SKIPPED = frozenset(
    "tracked-changes annotation annotation-end table-of-content forms title desc sequence-decls note-citation".split()
)


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Yield the text of an OpenDocument file, its footnotes behind its body."""
    try:
        yield _read(file)
    except Unfit as error:
        yield Unreadable(str(error))


def _read(file: BinaryIO) -> Extracted:
    with open_package(file, "an OpenDocument text") as package:
        names = set(package.namelist())
        if "content.xml" not in names:
            raise Unfit("not an OpenDocument text: it holds no content.xml")
        if "META-INF/manifest.xml" in names:
            manifest = parsed(part(package, "META-INF/manifest.xml"))
            if any(local_name(node) == "encryption-data" for node in manifest.iter()):
                raise Unfit("protected by a password")
        content = parsed(part(package, "content.xml"))
        meta = parsed(part(package, "meta.xml")) if "meta.xml" in names else None
    paragraphs, titled = _paragraphs(content)
    paragraphs, encoding = converted(paragraphs)
    found = texts_by_name(meta)
    author = found.get("initial-creator") or found.get("creator")
    return article(paragraphs, encoding, found.get("title"), author, titled)


def _paragraphs(content: etree._Element) -> tuple[list[str], int | None]:
    """Give the paragraphs, rows and notes of a document, and which of them has the style of a title."""
    body: list[str] = []
    notes: list[str] = []
    rows = Rows()
    open_paragraphs: list[list[str]] = []
    in_note = 0
    titled = None
    titles = _styles_of_titles(content)
    walk = etree.iterwalk(content, events=("start", "end"))
    for event, node in walk:
        name = local_name(node)
        if event == "start":
            if name in _SKIPPED:
                walk.skip_subtree()
                continue
            in_note += name == "note"
            if name in ("p", "h"):
                open_paragraphs.append([])
            elif name in ("table-row", "table-cell"):
                rows.start()
            elif open_paragraphs and name in ("s", "tab", "line-break"):
                open_paragraphs[-1].append("\n" if name == "line-break" else " ")
            if open_paragraphs and name and node.text:  # without a name: a reference to an entity
                open_paragraphs[-1].append(spaced(node.text))
            continue
        if name in ("p", "h"):
            paragraph = "".join(open_paragraphs.pop())
            if in_note:
                notes.append(paragraph)
            elif not rows.add(paragraph):
                is_title = name == "h" or named(node, "style-name") in titles
                if titled is None and is_title and paragraph.strip():
                    titled = len(body)
                body.append(paragraph)
        elif name == "table-cell":
            body.extend(rows.end_cell())
        elif name == "table-row":
            body.extend(rows.end_row())
        in_note -= name == "note"
        if open_paragraphs and node.tail:
            open_paragraphs[-1].append(spaced(node.tail))
    return body + notes, titled


def _styles_of_titles(content: etree._Element) -> set[str | None]:
    """Give the names of the styles that are Title, or made from it for this document."""
    made = (node for node in content.iter() if local_name(node) == "style")
    return {"Title"} | {named(node, "name") for node in made if named(node, "parent-style-name") == "Title"}
