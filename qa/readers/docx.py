"""Word documents.

lxml reads the parts that hold text. python-docx leaves out what stands in smart tags, content controls and tracked
insertions, has no footnotes, and gives up a whole document over a relation to a part that is missing, which Word
itself leaves behind (its issues 328 and 797).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO
from zipfile import ZipFile

from lxml import etree

from qa.readers.packages import Rows, local_name, named, open_package, parsed, part, spaced, texts_by_name
from qa.readers.values import Extracted, Unfit, Unreadable
from qa.readers.wording import article, converted

_KIND = "a Word document"
# Fonts whose letters stand in the places of others: .VnTime, VNI-Times. With an H at its end, small letters look large.
_LEGACY_FONT = re.compile(r"\.vn|vni[- ]", re.IGNORECASE)
_CAPITALS_FONT = re.compile(r"\.vn.*h", re.IGNORECASE)
_TITLE_STYLE = re.compile(r"title|heading 1", re.IGNORECASE)
_CONTENTS_STYLE = re.compile(r"toc \d|table of figures", re.IGNORECASE)
# Deleted text, the codes of fields, the second of two forms of a drawing, and formatting.
_SKIPPED = frozenset("del moveFrom instrText Fallback sectPr tblPr tblGrid trPr tcPr pPr rPr".split())
_BREAKS = {"br": "\n", "cr": "\n", "tab": " ", "ptab": " ", "noBreakHyphen": "-"}
_LONGEST_CHAIN = 20
_CHILDREN_MOST = 50


@dataclass(frozen=True, slots=True)
class _Styles:
    names: dict[str, str]
    fonts: dict[str, str]
    """With what a style has from the one that it is based on."""
    default: str = ""
    """The paragraph style where none is named."""


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Yield the text of a Word document, its footnotes and endnotes behind its body."""
    try:
        yield _read(file)
    except Unfit as error:
        yield Unreadable(str(error))


def _read(file: BinaryIO) -> Extracted:
    with open_package(file, _KIND) as package:
        names = set(package.namelist())
        outer = _related(package, "")
        main = outer.get("officeDocument", "word/document.xml")
        if main not in names:
            raise Unfit(f"not {_KIND}: it holds no {main}")
        inner = _related(package, main)
        others = [inner[kind] for kind in ("footnotes", "endnotes") if inner.get(kind) in names]
        trees = [parsed(part(package, name)) for name in (main, *others)]
        styles = _styles(parsed(part(package, inner["styles"]))) if inner.get("styles") in names else _Styles({}, {})
        core = outer.get("core-properties", "")
        found = texts_by_name(parsed(part(package, core)) if core in names else None)
    encoding = _convert_by_font(trees, styles)
    paragraphs, titled = _paragraphs(trees, styles)
    if encoding is None:
        paragraphs, encoding = converted(paragraphs)
    return article(paragraphs, encoding, found.get("title"), found.get("creator"), titled)


def _paragraphs(trees: Iterable[etree._Element], styles: _Styles) -> tuple[list[str], int | None]:
    """Give paragraphs and rows in their order, and which of them is the first with the style of a title."""
    texts: list[str] = []
    titled = None
    rows = Rows()
    open_paragraphs: list[list[str]] = []
    for tree in trees:
        walk = etree.iterwalk(tree, events=("start", "end"))
        for event, node in walk:
            name = local_name(node)
            if event == "start":
                if name in _SKIPPED:
                    walk.skip_subtree()
                elif name == "p":
                    open_paragraphs.append([])
                elif name in ("tr", "tc"):
                    rows.start()
                elif open_paragraphs and name == "t":
                    open_paragraphs[-1].append(spaced(node.text or ""))
                elif open_paragraphs and name in _BREAKS:
                    open_paragraphs[-1].append(_BREAKS[name])
            elif name == "p":
                paragraph = "".join(open_paragraphs.pop())
                style = styles.names.get(_style_of(node) or styles.default, "")
                if _CONTENTS_STYLE.fullmatch(style) or rows.add(paragraph):
                    continue
                if titled is None and _TITLE_STYLE.fullmatch(style) and paragraph.strip():
                    titled = len(texts)
                texts.append(paragraph)
            elif name == "tc":
                texts.extend(rows.end_cell())
            elif name == "tr":
                texts.extend(rows.end_row())
    return texts, titled


# --- fonts ------------------------------------------------------------------------------------------------


def _convert_by_font(trees: Iterable[etree._Element], styles: _Styles) -> str | None:
    """Put Unicode letters into the runs whose font is older than Unicode; give the name of the encoding they had."""
    old = [
        (node, font)
        for tree in trees
        for node in tree.iter()
        if local_name(node) == "t" and node.text and _LEGACY_FONT.match(font := _font_of(node, styles))
    ]
    texts, encoding = converted([node.text for node, _ in old])
    if encoding is not None:
        for (node, font), text in zip(old, texts, strict=True):
            node.text = text.upper() if _CAPITALS_FONT.fullmatch(font) else text
    return encoding


def _font_of(text: etree._Element, styles: _Styles) -> str:
    run = text.getparent()
    if run is None or local_name(run) != "r":
        return ""
    properties = _child(run, "rPr")
    if font := _named_font(properties):
        return font
    style = named(_child(properties, "rStyle"), "val")
    if style in styles.fonts:
        return styles.fonts[style]
    paragraph = next((node for node in run.iterancestors() if local_name(node) == "p"), None)
    return styles.fonts.get(_style_of(paragraph) or styles.default, "")


def _styles(tree: etree._Element) -> _Styles:
    names: dict[str, str] = {}
    own: dict[str, str] = {}
    based_on: dict[str, str] = {}
    default = ""
    for node in tree:
        if local_name(node) != "style" or not (style := named(node, "styleId")):
            continue
        names[style] = named(_child(node, "name"), "val") or ""
        own[style] = _named_font(_child(node, "rPr"))
        based_on[style] = named(_child(node, "basedOn"), "val") or ""
        if named(node, "type") == "paragraph" and named(node, "default") in ("1", "true", "on"):
            default = style
    general = _named_font(_child(_child(_child(tree, "docDefaults"), "rPrDefault"), "rPr"))
    fonts = {}
    for style in names:
        at = style
        for _ in range(_LONGEST_CHAIN):  # a chain may be made to have no end
            if own.get(at) or not based_on.get(at):
                break
            at = based_on[at]
        fonts[style] = own.get(at) or general
    return _Styles(names, fonts | {"": general}, default)


def _style_of(paragraph: etree._Element | None) -> str | None:
    return named(_child(_child(paragraph, "pPr"), "pStyle"), "val")


def _named_font(properties: etree._Element | None) -> str:
    fonts = _child(properties, "rFonts")
    return named(fonts, "ascii") or named(fonts, "hAnsi") or ""


def _child(node: etree._Element | None, name: str) -> etree._Element | None:
    # Properties stand first; to go through all the runs of a paragraph for each of them would take minutes.
    first = islice(node, _CHILDREN_MOST) if node is not None else ()
    return next((child for child in first if local_name(child) == name), None)


# --- parts ------------------------------------------------------------------------------------------------


def _related(package: ZipFile, source: str) -> dict[str, str]:
    """Give the parts that a part says belong to it, by kind; those that are out of the package are left out."""
    folder, name = posixpath.split(source)
    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    if relations not in package.namelist():
        return {}
    found: dict[str, str] = {}
    for node in parsed(part(package, relations)):
        kind, target = named(node, "Type"), named(node, "Target")
        if kind and target and named(node, "TargetMode") != "External":
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found.setdefault(kind.rpartition("/")[2], path)
    return found
