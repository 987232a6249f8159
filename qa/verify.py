"""Checking an index: that every citation equals its source, and that the derived indexes agree with the store."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa import derived
from qa.articles import Skipped, content_sha256, read_file
from qa.confidence import CONFIDENCE_NAME, load_confidence
from qa.errors import IndexUnusable
from qa.index import STORE_NAME
from qa.store import Store
from qa.types import Article, Passage


@dataclass(frozen=True, slots=True)
class Problem:
    """What was found, and the command that mends it."""

    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked, and what is wrong with it."""

    articles: int
    passages: int
    sentences: int
    revision: int
    model: str
    problems: tuple[Problem, ...]
    missing: tuple[str, ...]
    """Source files that are not there to compare with; their articles are whole in the index."""


def verify(folder: Path) -> Verification:
    """Check an index without its model. Raises IndexUnusable where there is none that can be opened."""
    rebuild = f"hoidap index --rebuild --index {folder}"
    with contextlib.closing(Store.open(folder / STORE_NAME)) as store, store.reading():
        problems = [Problem(f"the store: {problem}", rebuild) for problem in store.problems()]
        missing: list[str] = []
        revision, model, counts = 0, "", (0, 0, 0)
        try:
            revision, model = store.revision, store.built.model
            if not problems:
                for row, article in store.articles(revision):
                    problems += [Problem(what, rebuild) for what in _span_problems(store, row, article)]
                    problems += _source_problems(article, folder, missing)
                problems += _derived_problems(folder, store)
                problems += _confidence_problems(folder, store.built.fingerprint)
            counts = store.counts(revision)
        except IndexUnusable as error:
            problems.append(Problem(str(error), rebuild))
    return Verification(*counts, revision, model, tuple(problems), tuple(missing))


def _span_problems(store: Store, row: int, article: Article) -> list[str]:
    """Check an article's text, passages and sentences against each other."""
    if content_sha256(article) != article.sha256:
        return [f"{article.id}: the stored text is not the one that was indexed"]
    at, count = 0, 0
    for passage_id, _, _ in store.passage_spans(row):
        passage = store.passage(passage_id, article)
        if passage is None or not _is_sound(passage, at):
            return [f"{article.id}: passage {passage_id} is not a place in its text"]
        at, count = passage.end, count + len(passage.sentences)
    if len(store.vectors(row)) != count:
        return [f"{article.id}: {count} sentences have {len(store.vectors(row))} vectors"]
    return []


def _is_sound(passage: Passage, at: int) -> bool:
    """Tell whether passage and sentences lie in order within the text, and none is blank."""
    text, sentences = passage.article.text, passage.sentences
    if not at <= passage.start < passage.end <= len(text) or not sentences:
        return False
    if (sentences[0].start, sentences[-1].end) != (passage.start, passage.end):
        return False
    for sentence in sentences:
        if not at <= sentence.start < sentence.end or not text[sentence.start : sentence.end].strip():
            return False
        at = sentence.end
    return True


def _source_problems(article: Article, folder: Path, missing: list[str]) -> list[Problem]:
    """Compare an article with the file that it came from."""
    path = Path(article.path)
    try:
        path.open("rb").close()
    except OSError:
        missing.append(article.path)
        return []
    found: Sequence[object] = list(read_file(path))
    same = any(not isinstance(item, Skipped) and item.article.sha256 == article.sha256 for item in found)  # type: ignore[attr-defined]
    mend = f"hoidap index {path} --index {folder}"
    return [] if same else [Problem(f"{article.path} has changed since {article.id} was indexed", mend)]


def _confidence_problems(folder: Path, fingerprint: str) -> list[Problem]:
    try:
        load_confidence(folder, fingerprint)
    except IndexUnusable as error:
        return [Problem(str(error), f"rm {folder / CONFIDENCE_NAME}")]
    return []


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _derived_problems(folder: Path, store: Store) -> list[Problem]:
    """Check that both derived indexes are whole, current, and hold what the store holds."""
    mend = f"rm -r {folder}/lexical {folder}/vectors.faiss; the next command makes them again, without encoding"
    if store.revision == 0:
        return []
    found = []
    for name, revision in zip(("lexical/", "vectors.faiss"), derived.sealed_revisions(folder, store), strict=True):
        if revision is None:
            found.append(f"{name} is missing or damaged")
        elif revision != store.revision:
            found.append(f"{name} reflects revision {revision}, the store is at {store.revision}")
    if not found:
        loaded = derived.load(folder, store)
        if loaded is None and not _may_write(folder / "lexical"):
            return []  # tantivy opens no folder that it may not lock; the seals hold, and asking works from memory
        if loaded is None:
            found.append("the derived indexes cannot be opened")
        else:
            found += derived.differences(loaded, store, store.layout(loaded.revision))
    return [Problem(what, mend) for what in found]
