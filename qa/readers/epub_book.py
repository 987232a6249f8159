"""What an EPUB book says of itself: its title, and its chapters in the order of reading."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote
from zipfile import ZipFile

from lxml import etree

from qa.readers.packages import local_name, named, parsed, part, spaced, texts_by_name
from qa.readers.values import Unfit
from qa.readers.wording import on_one_line

KIND = "an EPUB book"
LONGEST_TITLE = 300
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_CHAPTERS_MOST = 20_000
# Letters that only a reader's fonts are scrambled with: the text is not.
_FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_NOT_A_CHAPTER = re.compile(r"\b(?:cover|toc|titlepage|title-page|landmarks|lot|loi|page-list)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Book:
    """A book's title, author and chapters."""

    title: str | None
    author: str | None
    chapters: dict[str, str | None]
    """The paths of its documents, as they are read, and what the contents call them."""


def book_of(package: ZipFile) -> Book:
    """Read what a book says of itself; raises Unfit where it names no chapters, or they are locked."""
    names = set(package.namelist())
    if _CONTAINER not in names:
        raise Unfit(f"not {KIND}: it holds no {_CONTAINER}")
    roots = (node for node in parsed(part(package, _CONTAINER)).iter() if local_name(node) == "rootfile")
    path = next((path for node in roots if (path := named(node, "full-path"))), None)
    if path is None:
        raise Unfit(f"not {KIND}: it does not say where its contents are")
    root = parsed(part(package, path))
    folder = posixpath.dirname(path)
    items = {named(node, "id"): node for node in root.iter() if local_name(node) == "item"}
    left_out = {
        _inner(folder, named(node, "href"))
        for node in root.iter()
        if local_name(node) == "reference" and _NOT_A_CHAPTER.search(named(node, "type") or "")
    }
    contents = {_inner(folder, named(node, "href")): None for node in items.values() if _is_toc(node)}
    labels = _labels(package, names, contents)
    chapters: dict[str, str | None] = {}
    for reference in (node for node in root.iter() if local_name(node) == "itemref"):
        item = items.get(named(reference, "idref"))
        properties = (named(item, "properties") or "").split()
        chapter = _inner(folder, named(item, "href"))
        if chapter and "nav" not in properties and chapter not in left_out:
            chapters[chapter] = labels.get(chapter)
    if len(chapters) > _CHAPTERS_MOST:
        raise Unfit(f"it names {len(chapters)} chapters, the limit is {_CHAPTERS_MOST}")
    if not chapters:
        raise Unfit("empty: it names no chapters")
    _refuse_locked(package, names, chapters)
    found = texts_by_name(root)
    return Book(on_one_line(found.get("title") or ""), on_one_line(found.get("creator") or ""), chapters)


def _refuse_locked(package: ZipFile, names: set[str], chapters: dict[str, str | None]) -> None:
    if _ENCRYPTION not in names:
        return
    for node in parsed(part(package, _ENCRYPTION)):
        inner = list(node.iter())
        method = next((named(child, "Algorithm") for child in inner if local_name(child) == "EncryptionMethod"), None)
        locked = {unquote(named(child, "URI") or "") for child in inner if local_name(child) == "CipherReference"}
        if method not in _FONT_SCRAMBLING and not locked.isdisjoint(chapters):
            raise Unfit("locked by its seller (DRM)")


def _is_toc(item: etree._Element) -> bool:
    return named(item, "media-type") == "application/x-dtbncx+xml" or "nav" in (named(item, "properties") or "").split()


def _labels(package: ZipFile, names: set[str], paths: Iterable[str]) -> dict[str, str]:
    """Give what the contents call each document, by its path; the first name of several."""
    labels: dict[str, str] = {}
    for path in paths:
        try:
            page = parsed(part(package, path)) if path in names else None
        except Unfit:
            continue  # the chapters can be read without
        for node in page.iter() if page is not None else ():
            kind = local_name(node)
            if kind == "a":
                target, text = named(node, "href"), "".join(map(str, node.itertext()))
            elif kind == "navPoint":
                children = {local_name(child): child for child in node}
                target = named(children.get("content"), "src")
                label = children.get("navLabel")
                text = "" if label is None else "".join(map(str, label.itertext()))
            else:
                continue
            if target and (name := on_one_line(spaced(text))) and len(name) <= LONGEST_TITLE:
                labels.setdefault(_inner(posixpath.dirname(path), target), name)
    return labels


def _inner(folder: str, address: str | None) -> str:
    """Give the path in the package that an address stands for; empty where it leads out of it."""
    path = unquote((address or "").partition("#")[0])
    if not path or re.match(r"[a-zA-Z][\w+.-]*:|//", path):
        return ""
    return posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")
