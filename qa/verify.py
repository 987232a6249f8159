"""Checking an index: that every citation equals its source, and that the derived indexes agree with the store."""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from qa import derived
from qa.articles import CorpusReader, content_sha256, file_sha256
from qa.confidence import CONFIDENCE_NAME, load_confidence
from qa.corpus import Skipped
from qa.errors import IndexUnusable
from qa.files import may_write
from qa.index import LOCK_NAME, STORE_NAME
from qa.store import Store
from qa.types import Article, Passage

_WRITER_SECONDS = 10.0


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
    again = f"mv {folder} {folder}.damaged && hoidap index PATH --index {folder}"
    restore = f"hoidap restore FILE --replace --index {folder}; or, without a backup: {again}"
    rebuild = f"hoidap index --rebuild --index {folder}"
    with contextlib.closing(Store.open(folder / STORE_NAME)) as store, store.reading():
        problems = [Problem(f"the store: {problem}", restore) for problem in store.problems()]
        missing: list[str] = []
        revision, model, counts = 0, "", (0, 0, 0)
        try:
            revision, model = store.revision, store.built.model
            if not problems:
                for row, article in store.articles(revision):
                    if content_sha256(article) != article.sha256:
                        what = f"{article.id}: the stored text is not the one that was indexed"
                        problems.append(Problem(what, _anew(article, folder)))
                    else:
                        problems += [Problem(what, rebuild) for what in _span_problems(store, row, article)]
                problems += _source_problems(store, folder, missing)
                problems += _derived_problems(folder, store) and _derived_problems_at_rest(folder)
                problems += _confidence_problems(folder, store.built.fingerprint)
            counts = store.counts(revision)
        except IndexUnusable as error:
            problems.append(Problem(str(error), rebuild))
    return Verification(*counts, revision, model, tuple(problems), tuple(missing))


def _anew(article: Article, folder: Path) -> str:
    """Give the commands that take an article out and read it again."""
    index = f"--index {shlex.quote(str(folder))}"
    return f"hoidap remove {shlex.quote(article.id)} {index} && hoidap index {shlex.quote(article.path)} {index}"


def damage(folder: Path) -> str | None:
    """Say what is damaged in a store, where anything is; derived indexes and source files are not looked at."""
    try:
        with contextlib.closing(Store.open(folder / STORE_NAME)) as store, store.reading():
            found = store.problems()
            for row, article in store.articles(store.revision) if not found else ():
                found += _span_problems(store, row, article)
    except (IndexUnusable, sqlite3.Error, ValueError, TypeError, OverflowError) as error:
        return str(error)
    return found[0] if found else None


def _span_problems(store: Store, row: int, article: Article) -> list[str]:
    """Check an article's text, passages and sentences against each other."""
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


def _source_problems(store: Store, folder: Path, missing: list[str]) -> list[Problem]:
    """Compare the articles with the files that they came from; a file of the same bytes is not read again."""
    by_path: dict[str, list[Article]] = {}
    for _, article in store.facts(store.revision):
        by_path.setdefault(article.path, []).append(article)
    files, found = store.read_files(), []
    with CorpusReader() as reader:
        for name, articles in by_path.items():
            path = Path(name)
            digest = file_sha256(path)
            if digest is None:
                missing.append(name)
            elif digest != files.get(name, ("", 0))[0]:
                said = {item.article.sha256 for item in reader.read(path) if not isinstance(item, Skipped)}
                mend = f"hoidap index {path} --index {folder}"
                found += [
                    Problem(f"{name} has changed since {article.id} was indexed", mend)
                    for article in articles
                    if article.sha256 not in said
                ]
    return found


def _confidence_problems(folder: Path, fingerprint: str) -> list[Problem]:
    try:
        load_confidence(folder, fingerprint)
    except IndexUnusable as error:
        return [Problem(str(error), f"rm {folder / CONFIDENCE_NAME}")]
    return []


def _derived_problems_at_rest(folder: Path) -> list[Problem]:
    """Look again where something is wrong: a writer may just be between publishing a revision and indexing it."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(Timeout, OSError):  # a folder that may not be written has no writer
            stack.enter_context(FileLock(folder / LOCK_NAME, timeout=_WRITER_SECONDS))
        return _derived_problems(folder, stack.enter_context(contextlib.closing(Store.open(folder / STORE_NAME))))


def _derived_problems(folder: Path, store: Store) -> list[Problem]:
    """Check that both derived indexes are whole, current, and hold what the store holds."""
    mend = f"rm -r {folder}/lexical {folder}/vectors.faiss; the next command makes them again, without encoding"
    if store.revision == 0:
        return []
    found = derived.complaints(folder, store)
    if not found:
        loaded = derived.load(folder, store)
        if loaded is None and not may_write(folder / "lexical"):
            return []  # tantivy opens no folder that it may not lock; the seals hold, and asking works from memory
        if loaded is None:
            found.append("the derived indexes cannot be opened")
        else:
            found += derived.differences(loaded, store, store.layout(loaded.revision))
    return [Problem(what, mend) for what in found]
