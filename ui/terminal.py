"""What the command line prints for people: one place for colours, and for text that must not act on a terminal."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections import Counter
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa import Answer, Check, Citation, Hit, IndexReport, ListedArticle, Sentence, Verification

_NO_DATE = " " * len("2021-04-13")
_TITLE_LEAST = 24
"""Columns for a title, also after an id that takes most of a line."""
_RESET, _BOLD, _DIM, _MARK = "\033[0m", "\033[1m", "\033[2m", "\033[1;4;33m"


def has_colours() -> bool:
    """Tell whether standard output is a terminal that wants colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def line_columns() -> int | None:
    """Give the columns of the terminal that standard output is; None where it is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def shown(text: str) -> str:
    """Replace characters that a terminal would obey."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def flat(text: str, keep_start: bool = False, keep_end: bool = False) -> str:
    """Put text on one line, as `shown`; a blank at its start or end is kept as one where that is wanted."""
    line = shown(" ".join(text.split()))
    start = " " if keep_start and text[:1].isspace() else ""
    end = " " if keep_end and line and text[-1:].isspace() else ""
    return f"{start}{line}{end}"


def columns_of(text: str) -> int:
    """Count the columns that a line takes on a terminal."""
    return sum(map(_columns, text))


def cut(text: str, columns: int) -> str:
    """Cut a line to so many columns of a terminal, an ellipsis the last of them; give one that fits as it is."""
    if columns_of(text) <= columns:
        return text
    end = next(end for end, taken in enumerate(accumulate(map(_columns, text))) if taken >= columns)
    return f"{text[:end].rstrip()}…"


def _columns(character: str) -> int:
    # Marks stand on the letter before them; Chinese, Japanese and Korean characters take two columns.
    return 0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")


def counted(count: int, what: str) -> str:
    """Write a number of things, one or more."""
    return f"{count} {what}{'s' * (count != 1)}"


def answer_lines(answer: Answer, colours: bool) -> list[str]:
    """Lay out an answer with its passages, or the nearest passages where there is none."""
    lines = [_dim(note, colours) for note in answer.question.notes]
    if answer.answered:
        lines += [_bold(f"“{flat(answer.text)}” [1]", colours), _dim(f"confidence {answer.confidence:.2f}", colours)]
    elif answer.citations:
        lines += [
            _bold("The articles do not answer this.", colours)
            + f" Nearest passages (confidence {answer.confidence:.2f}):"
        ]
    else:
        lines += [_bold("The articles do not answer this.", colours)]
    for citation in answer.citations:
        lines += ["", *_place_lines(f"[{citation.number}]", citation, citation.start, citation.sentence, colours)]
    return lines


def hit_lines(hits: list[Hit], colours: bool) -> list[str]:
    """Lay out hits, best first, with the parts of their scores."""
    lines: list[str] = []
    for number, hit in enumerate(hits, start=1):
        parts = f"cosine {hit.cosine:.3f}, BM25 {hit.bm25:.1f}, words {hit.coverage:.0%}"
        lines += ["", *_place_lines(f"{number}.", hit, hit.passage.start, hit.sentence, colours)]
        lines += [_dim(f"    score {hit.score:.3f} ({parts})", colours)]
    return lines[1:] or ["Nothing found."]


def _place_lines(number: str, place: Citation | Hit, start: int, sentence: Sentence, colours: bool) -> list[str]:
    article, quote = place.article, place.quote
    date = f" · {article.published}" if article.published else ""
    source = f" · {flat(article.source)}" if article.source else ""
    begin, end = sentence.start - start, sentence.end - start
    opening, closing = (_MARK, _RESET) if colours else ("▶", "◀")
    before, after = flat(quote[:begin], keep_end=True), flat(quote[end:], keep_start=True)
    marked = f"{before}{opening}{flat(quote[begin:end])}{closing}{after}"
    page = f", page {place.page}" if place.page is not None else ""
    where = f"{_near(article.path)}:{start}-{start + len(quote)}{page}"
    also = ", ".join(
        flat(other.source if other.source not in (None, article.source) else other.id) for other in place.also_in
    )
    return [
        f"{number} {_bold(flat(article.title), colours)}{date}{source}",
        _dim(f"    {flat(where)}", colours),
        f"    {marked}",
        *([_dim(f"    also in {also}", colours)] if also else []),
    ]


def report_lines(report: IndexReport, folder: Path) -> list[str]:
    """Say what an update did and what the index now holds."""
    counts = f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, {report.removed} removed"
    lines = [f"Articles: {counts}, {len(report.skipped)} skipped"]
    if report.converted:
        found = Counter(converted.encoding for converted in report.converted)
        lines.append(f"Not in Unicode, and converted: {', '.join(f'{n} from {name}' for name, n in found.items())}")
    if report.retold:
        lines.append(f"{report.retold} tell a story that another article tells: results show one, and where it also is")
    if report.sentences_encoded:
        rate = report.sentences_encoded / max(report.encoding_seconds, 1e-9)
        lines.append(
            f"Encoded {report.sentences_encoded} sentences in {report.encoding_seconds:.1f} s ({rate:.0f} a second)"
        )
    holds = f"{report.articles} articles, {report.passages} passages, {report.sentences} sentences"
    return [*lines, f"The index {folder} holds {holds} (revision {report.revision})"]


def verification_lines(verification: Verification, folder: Path) -> list[str]:
    """Say what was checked and what is wrong, each with what mends it."""
    found = verification
    lines = [f"{problem.what}\n    mend: {problem.mend}" for problem in found.problems]
    if found.missing:
        lines.append(f"{len(found.missing)} source files are not there to compare with, {found.missing[0]} first")
    what = (
        f"{found.articles} articles, {found.passages} passages, {found.sentences} sentences, revision {found.revision}"
    )
    verdict = f"{len(found.problems)} problems" if found.problems else "every citation equals its source"
    return [*lines, f"The index {folder}: {what}; {verdict}"]


def article_line(article: ListedArticle, columns: int | None) -> str:
    """Lay out an article on one line: date, id, title, source, and where its story is told too.

    What follows the id is cut to the columns there are; the id is always whole, for `hoidap remove`.
    """
    source = f" · {article.source}" if article.source else ""
    also = f" (also in {', '.join(article.also_in)})" if article.also_in else ""
    start, rest = f"{(article.published or '')[:10] or _NO_DATE}  {flat(article.id)}  ", article.title + source + also
    return start + (flat(rest) if columns is None else cut(flat(rest), max(_TITLE_LEAST, columns - columns_of(start))))


def stays_out_line(removed: int, there: int, files: int) -> str:
    """Say what becomes of removed articles whose files, so many, are still there; not all that were removed need be."""
    file, are, those_say = ("file", "is", "that says") if files == 1 else ("files", "are", "those say")
    they_stay, them = ("it stays", "it") if there == 1 else ("they stay", "them")
    their_file = (
        f"{'Its' if removed == 1 else 'Their'} {file}" if there == removed else f"The {file} of {there} of them"
    )
    return f"{their_file} {are} still there; {they_stay} out for as long as {those_say} the same. To bring {them} back:"


def check_lines(check: Check) -> list[str]:
    """Lay out a check for a person: what was found, and the command that mends it."""
    mended = [f"    mend: {shown(check.mend)}"] if check.mend else []
    return [f"{check.status:7}  {check.name}: {flat(check.what)}", *mended]


def _near(path: str) -> str:
    """Write a path from here where it lies below here."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def _bold(text: str, colours: bool) -> str:
    return f"{_BOLD}{text}{_RESET}" if colours else text


def _dim(text: str, colours: bool) -> str:
    return f"{_DIM}{text}{_RESET}" if colours else text
