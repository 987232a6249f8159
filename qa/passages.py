"""Articles into passages, and passages into the sentences that are encoded."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from qa.pages import Span
from qa.sentences import sentence_spans
from qa.text import BLANKS
from qa.types import Article, Passage, Sentence


@dataclass(frozen=True, slots=True)
class SplitterSettings:
    """How long passages and sentences get, in characters; stored with an index, whose vectors depend on it."""

    version: int = 2
    """Raised when what is cut or encoded of a text changes."""
    passage: int = 600
    passage_most: int = 720
    """A paragraph up to this long is one passage; what is longer is cut into equal shares at sentence ends."""
    sentence_most: int = 1000
    """A longer sentence is cut at a semicolon, comma or blank: the encoder reads about 1,700 characters."""

    def as_dict(self) -> dict[str, int]:
        """Give the settings as they are stored."""
        return asdict(self)


_SHORT = 120
_ENDS_SENTENCE = re.compile(r"[.!?…:;,][\"”’'»)\]]*$")

Paragraph = list[Span]


def split(
    article: Article, paragraphs: Iterable[Span], settings: SplitterSettings = SplitterSettings()
) -> Iterator[Passage]:
    """Yield the passages of an article's body, in order; every visible character is in exactly one sentence."""
    text = article.text
    for spans in _packed(text, [_sentences(text, paragraph, settings) for paragraph in paragraphs], settings):
        sentences = tuple(Sentence(start, end) for start, end in spans)
        yield Passage(article, sentences[0].start, sentences[-1].end, sentences)


def _sentences(text: str, paragraph: Span, settings: SplitterSettings) -> Paragraph:
    return [
        piece
        for start, end in sentence_spans(text, *paragraph)
        for piece in (
            _pieces(text, start, end, settings.sentence_most)
            if end - start > settings.sentence_most
            else [(start, end)]
        )
    ]


def _pieces(text: str, start: int, end: int, most: int) -> Iterator[Span]:
    """Cut an overlong sentence at semicolons, else commas, else blanks, else anywhere.

    The splitter's own start indices are not used (they can be wrong where text repeats): with separators kept,
    nothing stripped and no overlap its pieces follow one another, so that their lengths give the spans.
    """
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=most, chunk_overlap=0, separators=["; ", ", ", " ", ""], keep_separator="end", strip_whitespace=False
    )
    pieces = splitter.split_text(text[start:end])
    if "".join(pieces) != text[start:end]:
        pieces = [text[i : min(i + most, end)] for i in range(start, end, most)]
    for piece in pieces:
        blank = len(piece) - len(piece.lstrip())
        if piece.strip():
            yield start + blank, start + len(piece.rstrip())
        start += len(piece)


def _packed(text: str, paragraphs: Iterable[Paragraph], settings: SplitterSettings) -> Iterator[list[Span]]:
    """Fill passages with whole paragraphs where they fit, a heading always with what it heads."""
    passage: list[Span] = []
    for paragraph in filter(None, paragraphs):
        if passage and _fit_together(text, passage, paragraph, settings):
            passage.extend(paragraph)
            continue
        # Three levels of headings at most: a page of nothing else is text.
        headings: list[Span] = []
        while passage and len(headings) < 3 and _is_heading(text, passage[-1]):
            if not _is_adjacent(text, passage[-1], (headings or paragraph)[0]):
                break
            headings.insert(0, passage.pop())
        if passage:
            yield passage
        *whole, passage = _shares(text, [*headings, *paragraph], settings)
        yield from whole
    if passage:
        yield passage


def _fit_together(text: str, passage: list[Span], paragraph: Paragraph, settings: SplitterSettings) -> bool:
    """Tell whether a paragraph goes into a passage; a short line (a caption, a byline) stretches it a little."""
    short = min(_length(passage), _length(paragraph)) <= _SHORT
    most = settings.passage_most if short else settings.passage
    return _length(passage) + _length(paragraph) <= most and _is_adjacent(text, passage[-1], paragraph[0])


def _is_adjacent(text: str, before: Span, after: Span) -> bool:
    """Tell whether only blanks stand between: a passage must not quote a line that the body leaves out."""
    return not text[before[1] : after[0]].strip(BLANKS)


def _shares(text: str, sentences: list[Span], settings: SplitterSettings) -> list[list[Span]]:
    """Cut a paragraph that is too long into runs of sentences of about equal length."""
    share = _length(sentences) / math.ceil(_length(sentences) / settings.passage_most)
    runs: list[list[Span]] = [[]]
    before = 0
    for start, end in sentences:
        if runs[-1] and not _is_heading(text, runs[-1][-1]) and before + (end - start) / 2 > share * len(runs):
            runs.append([])
        runs[-1].append((start, end))
        before += end - start
    return runs


def _length(spans: list[Span]) -> int:
    return sum(end - start for start, end in spans)


def _is_heading(text: str, span: Span) -> bool:
    """Tell a line without a sentence's end: it belongs to what follows."""
    return span[1] - span[0] <= _SHORT and not _ENDS_SENTENCE.search(text[slice(*span)])
