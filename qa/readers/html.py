"""Web pages: the article, in the words and the order in which the page shows it, and what the page says of itself."""

from __future__ import annotations

import codecs
import contextlib
import re
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

from qa.readers import encodings, html_body, html_facts, html_tree, legacy
from qa.readers.values import TEXT_MOST, Extracted, Unfit, Unreadable, rewind, too_large

_DATA_ADDRESS = re.compile(rb"data:[\w/+.;=-]{0,80},[\w+/=%-]{200,}")
_DECLARED = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w:.-]+)|<\?xml[^>]{0,200}?encoding=[\"']([\w:.-]+)", re.I
)
# Python's names of what a page may mean; of its other codecs, some are no character sets, and one takes hours.
# Latin-1 and windows-1252 are what pages declare that say nothing.
_CHARACTER_SET = re.compile(
    r"(?!iso8859-1$|cp1252$)(?:cp\d|iso8859-|koi8-|mac-|tis-|gb|big5|euc_|shift_jis|iso2022_|hz$|johab$|ptcp|kz)"
)


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Read the article of a page; where none is told from the rest, all that the page shows."""
    try:
        rewind(file)
        data = _DATA_ADDRESS.sub(b"", file.read())  # pictures within the page; it shows none of their letters
        if len(data) > TEXT_MOST:
            raise Unfit(too_large(len(data)))
        source, encoding = _decoded(data)
    except (Unfit, encodings.Undecodable) as error:
        yield Unreadable(str(error))
        return
    tree = html_tree.parse(source)
    blocks = [] if tree is None else list(html_tree.visible_blocks(tree))
    if tree is None or not blocks:
        yield Unreadable("empty: it holds no visible text")
        return
    located = html_body.located(tree) if len(data) <= html_body.LOCATE_MOST else []
    article = html_body.article(blocks, located)
    facts = html_facts.Facts(tree)
    site = facts.site()
    title = html_facts.headline(facts, blocks, site)
    published = facts.published() or html_facts.stated_day(blocks, article, title)
    article = html_body.below_title(article, title)
    # Letters of old fonts may be written as entities of Latin-1: only the text shows them.
    fields = [title or "", facts.author(site) or "", site or "", "\n\n".join(block.text for block in article)]
    converted, label = legacy.convert("\n".join(fields))
    title, author, site, text = converted.split("\n", 3)
    yield Extracted(
        text=text,
        title=title or None,
        author=author or None,
        source=site or None,
        published=published,
        url=facts.url(),
        encoding=encoding or label,
    )


def _decoded(data: bytes) -> tuple[str, str | None]:
    """Decode a page: as its bytes prove, then as it declares, where that is no default that says nothing.

    Raises Undecodable.
    """
    label, codec = _declared(data)
    decoded = refusal = None
    try:
        decoded = encodings.decode(data)
    except encodings.Undecodable as error:
        refusal = error
    # Few western words are weak evidence beside what a page says.
    if decoded is not None and decoded.encoding != encodings.WINDOWS_1252:
        return decoded.text, decoded.encoding
    if _CHARACTER_SET.match(codec):
        with contextlib.suppress(UnicodeDecodeError):
            return unicodedata.normalize("NFC", data.decode(codec)), label
    if decoded is not None:
        return decoded.text, decoded.encoding
    assert refusal is not None
    # A description cut in the middle of a letter is common, and no reason to lose the page.
    text = data.decode("utf-8", "replace")
    if codec != "utf-8" or b"\0" in data or not 0 < text.count("\ufffd") <= 3 + len(data) // 20_000:
        raise refusal
    return text, "UTF-8 with broken letters"


def _declared(data: bytes) -> tuple[str, str]:
    """Give the character set that a page declares, as it does and as Python calls it; both may be empty."""
    found = _DECLARED.search(data, 0, 4096)
    label = (found[1] or found[2]).decode("ascii").lower() if found else ""
    try:
        codec = codecs.lookup(label).name if label else ""
    except LookupError:
        codec = ""
    return (legacy.WINDOWS_1258 if codec == "cp1258" else label), codec
