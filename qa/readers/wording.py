"""The words of a document: paragraphs into an article's text, and which title and author to believe."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from qa.readers import legacy
from qa.readers.values import TEXT_MOST, Extracted, Unfit, too_large
from qa.text import BLANKS

_BLANKS_IN_LINE = re.compile(r"[^\S\n]+")
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
_PLAIN: dict[int, str | None] = {
    **_LIGATURES,
    **dict.fromkeys([*range(0x09), *range(0x0E, 0x20), 0x7F, 0xAD, 0x200B, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF]),
    **dict.fromkeys([0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n"),
    0x2010: "-",
    0x2011: "-",
    0xF0B7: "•",  # of the font Symbol, in which Word's lists have it
    0xF02D: "-",
}
_UNPLAIN = re.compile(f"[{re.escape(''.join(map(chr, _PLAIN)))}]")
_LINE_ENDS = re.compile(r" *\n[ \n]*")

_OFFICE_NAMES = re.compile(
    r"microsoft\s|untitled|word document|powerpoint|document ?\d*$|tài liệu ?\d*$"
    r"|[\w -]*\.(?:docx?|pdf|odt|rtf|xlsx?|pptx?|tmp|indd)\b"
    r"|cộng h(?:òa|oà) xã hội chủ nghĩa việt nam|đảng cộng sản việt nam$|độc lập\W+tự do",
    re.IGNORECASE,
)
_NOT_A_PERSON = re.compile(
    r"\b(?:users?|admin|administrator|microsoft|windows|office|computer|pc|laptop|unknown|author|owner|python-docx|"
    r"máy tính|người dùng)\b|[@\d_/\\]|www\.|\.(?:com|vn|net|org)\b",
    re.IGNORECASE,
)


def article(
    paragraphs: list[str],
    encoding: str | None,
    title: str | None,
    author: str | None,
    titled: int | None = None,
) -> Extracted:
    """Make paragraphs an article; raises Unfit where they come to nothing or too much.

    `encoding` is what their letters had before they were converted, `title` and `author` are what the document's
    properties say, and `titled` is the number of the paragraph that has the style of a title.
    """
    text = whole(paragraphs)
    styled = None if titled is None else on_one_line(paragraphs[titled])
    return Extracted(
        text,
        title=plausible_title(title, text) or styled,
        author=plausible_author(author, encoding),
        encoding=encoding,
    )


def converted(pieces: list[str]) -> tuple[list[str], str | None]:
    """Give the pieces of a document in Unicode letters, and the name of the encoding that they had, if another."""
    text, encoding = legacy.convert("\f".join(piece.replace("\f", "\n") for piece in pieces))
    return text.split("\f") if pieces else [], encoding


def tidy(text: str) -> str:
    """Give text in NFC with single blanks, without outer blanks, blank lines and characters that show nothing."""
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    if _UNPLAIN.search(text):  # faster than to look up every letter
        text = text.translate(_PLAIN)
    text = _BLANKS_IN_LINE.sub(" ", unicodedata.normalize("NFC", text))
    return _LINE_ENDS.sub("\n", text).strip(BLANKS)


def on_one_line(text: str) -> str | None:
    """Give tidy text on one line; None where nothing is left."""
    return tidy(text).replace("\n", " ") or None


def whole(paragraphs: Iterable[str]) -> str:
    """Give tidy paragraphs with a blank line between any two; raises Unfit where nothing or too much is left."""
    text = "\n\n".join(filter(None, map(tidy, paragraphs)))
    size = len(text.encode("utf-8"))
    if size > TEXT_MOST:
        raise Unfit(too_large(size))
    if not text:
        raise Unfit("empty: it holds no text")
    return text


def plausible_title(title: str | None, text: str) -> str | None:
    """Give a title from a document's properties where its text begins with it, not what a program put there."""
    title = on_one_line(title or "") or ""
    if not len(title.split()) >= 3 or len(title) > 300 or _OFFICE_NAMES.match(title):
        return None
    return title if _letters(title) in _letters(text[:3000]) else None


def plausible_author(author: str | None, encoding: str | None = None) -> str | None:
    """Give the author from a document's properties where it can be a name, not that of an account or a computer."""
    author = on_one_line(legacy.convert_as(author, encoding) if author and encoding else author or "") or ""
    if not len(author.split()) >= 2 or len(author) > 100 or _NOT_A_PERSON.search(author):
        return None
    return author


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
