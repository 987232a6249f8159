"""What the command line prints for people: one place for colours, and for text that must not act on a terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from qa import Answer, Citation, Hit, IndexReport, Sentence, Verification

_RESET, _BOLD, _DIM, _MARK = "\033[0m", "\033[1m", "\033[2m", "\033[1;4;33m"


def has_colours() -> bool:
    """Tell whether standard output is a terminal that wants colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def answer_lines(answer: Answer, colours: bool) -> list[str]:
    """Lay out an answer with its passages, or the nearest passages where there is none."""
    lines = [_dim(note, colours) for note in answer.question.notes]
    if answer.answered:
        lines += [_bold(f"“{_flat(answer.text)}” [1]", colours), _dim(f"confidence {answer.confidence:.2f}", colours)]
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
    source = f" · {_flat(article.source)}" if article.source else ""
    begin, end = sentence.start - start, sentence.end - start
    opening, closing = (_MARK, _RESET) if colours else ("▶", "◀")
    before, after = _flat(quote[:begin], keep_end=True), _flat(quote[end:], keep_start=True)
    marked = f"{before}{opening}{_flat(quote[begin:end])}{closing}{after}"
    where = f"{_near(article.path)}:{start}-{start + len(quote)}"
    return [
        f"{number} {_bold(_flat(article.title), colours)}{date}{source}",
        _dim(f"    {_flat(where)}", colours),
        f"    {marked}",
    ]


def report_lines(report: IndexReport, folder: Path) -> list[str]:
    """Say what an update did and what the index now holds."""
    counts = f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, {report.removed} removed"
    lines = [f"Articles: {counts}, {len(report.skipped)} skipped"]
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


def _near(path: str) -> str:
    """Write a path from here where it lies below here."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def _flat(text: str, keep_start: bool = False, keep_end: bool = False) -> str:
    """Put text on one line, without characters that a terminal would obey."""
    flat = " ".join("".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text).split())
    start = " " if keep_start and text[:1].isspace() else ""
    end = " " if keep_end and flat and text[-1:].isspace() else ""
    return f"{start}{flat}{end}"


def _bold(text: str, colours: bool) -> str:
    return f"{_BOLD}{text}{_RESET}" if colours else text


def _dim(text: str, colours: bool) -> str:
    return f"{_DIM}{text}{_RESET}" if colours else text
