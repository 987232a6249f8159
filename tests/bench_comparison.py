"""Hoidap beside LangChain's splitter and FAISS vector store, with the same model, over the same articles, by turns.

Indexing and opening, round by round, in a process of its own each. Retrieval as a program meets it that goes on
running: one process a side, the index open and warmed up, `assistant.retrieve(question)` beside
`store.similarity_search(question, k=5)`, each question once, as Hoidap remembers what it has encoded.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from bench_processes import Step, StepFailed, run
from bench_scale import folder_bytes
from bench_tables import percentile, print_table, readable
from corpora import archive, archive_question

from embeddings.models import E5_PROMPTS, find_model
from qa.evaluation import LabelledQuestion, corpus_lines, import_squad
from qa.evaluation.bootstrap import estimate
from qa.evaluation.formulas import mean
from qa.evaluation.matching import holds

QUESTIONS_A_TURN = 20
"""A turn is less than a second: what else the machine does meets both sides alike."""

Results = dict[str, list[dict[str, Any]]]
"""What was measured of each side, one a round."""


@dataclass(frozen=True, slots=True)
class Side:
    """A module that indexes and asks, and what both its functions are given."""

    module: str
    given: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table, and how its figure is had of what was measured."""

    name: str
    figure: Callable[[dict[str, Any]], float]
    larger_is_better: bool = False


_INDEXING = (
    Row("indexing, articles a second", lambda one: one["articles"] / one["seconds"], larger_is_better=True),
    Row("indexing, sentences a second", lambda one: one["sentences"] / one["seconds"], larger_is_better=True),
    Row("indexing, peak memory, MB", lambda one: one["peak"] / 1e6),
    Row("index on disk, MB", lambda one: one["disk"] / 1e6),
    Row("opening, without the model, s", lambda one: one["opened"]),
    Row("start to first answer, with the model, s", lambda one: one["answered"]),
)
_ASKING = (
    Row("retrieval, median ms", lambda one: percentile(one["ms"], 50)),
    Row("retrieval, p95 ms", lambda one: percentile(one["ms"], 95)),
    Row("  beyond encoding, median ms", lambda one: percentile(one["beyond_ms"], 50)),
    Row("  beyond encoding, p95 ms", lambda one: percentile(one["beyond_ms"], 95)),
    Row("asking, peak memory, MB", lambda one: one["peak"] / 1e6),
    Row("first passage holds the answer", lambda one: statistics.mean(one["hits"]), larger_is_better=True),
)


def comparison(articles: int, rounds: int, questions: int) -> None:
    """Index, open and ask the same archive with both sides; print medians, and the median of the rounds' ratios."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = archive(Path(folder, "archive.jsonl"), articles)
        asked = list(dict.fromkeys(archive_question(i * articles // questions) for i in range(questions)))
        indexed = _indexed(Path(folder), corpus, articles, asked[0].question, rounds)
        answered = _answered(Path(folder), asked)
    for side, (one,) in answered.items():
        if one["encoded"] != len(asked):
            raise StepFailed(f"{side} answered {len(asked) - one['encoded']} questions without encoding them")
    print(f"\n{articles:,} articles, {rounds} rounds, {len(asked):,} questions; ratios above 1 are in Hoidap's favour")
    print("encoded: " + ", ".join(f"{found[0]['pieces']:,} by {side}" for side, found in indexed.items()))
    print_table([["", *indexed, "ratio"], *_lines(indexed, _INDEXING), *_lines(answered, _ASKING)])


def hits(xquad: Path) -> None:
    """Print how often the first passage of each side is from the right article and holds an accepted answer."""
    imported = import_squad(xquad)
    asked = [question for question in imported.questions if question.answers]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "xquad.jsonl")
        corpus.write_text(corpus_lines(imported), encoding="utf-8")
        _indexed(Path(folder), corpus, len(imported.articles), asked[0].question, rounds=1)
        answered = _answered(Path(folder), asked)
    found = {side: np.array(one["hits"], float) for side, (one,) in answered.items()}
    figures = {side: partial(mean, values=scores) for side, scores in found.items()}
    figures["difference"] = partial(mean, values=found["Hoidap"] - found["LangChain"])
    print(f"\npassage_hit@1 on {xquad.name}, {len(asked):,} questions, 95 % intervals")
    for name, figure in estimate(figures, len(asked)).items():
        print(f"{name:<12}{figure.value:8.3f} [{figure.low:.3f}, {figure.high:.3f}]")


def _sides() -> dict[str, Side]:
    return {
        "Hoidap": Side("bench_hoidap", {"encoder": "model"}),
        "LangChain": Side("langchain_pipeline", {"model": find_model().location, "prompts": E5_PROMPTS}),
    }


def _turns(count: int) -> Iterator[tuple[int, str, Side]]:
    """Yield both sides so many times, each first in every other round."""
    sides = list(_sides().items())
    for number in range(count):
        for name, side in sides if number % 2 == 0 else reversed(sides):
            yield number, name, side


def _indexed(folder: Path, corpus: Path, articles: int, question: str, rounds: int) -> Results:
    """Index and open with both sides, round by round; those of the last round stay in the folder."""
    results: Results = {name: [] for name in _sides()}
    for number, name, side in _turns(rounds):
        index = folder / name
        shutil.rmtree(index, ignore_errors=True)
        made = run(side.module, "index", articles, corpus=str(corpus), folder=str(index), question=question,
                   **side.given)  # fmt: skip
        told = run(side.module, "ask", folder=str(index), **side.given)
        print(f"round {number + 1} of {rounds}, {name}: indexed in {made['seconds']:.0f} s", file=sys.stderr)
        results[name].append({**told, **made, "disk": folder_bytes(index)})
    for found in results.values():
        for one, ours in zip(found, results["Hoidap"], strict=True):
            one["sentences"] = ours["pieces"]
    return results


def _answered(folder: Path, asked: Sequence[LabelledQuestion]) -> Results:
    """Ask both sides' indexes every question once, some at a time; give one result a side."""
    results: dict[str, dict[str, Any]] = {}
    with contextlib.ExitStack() as running:
        steps = {
            name: running.enter_context(Step(side.module, "ask", folder=str(folder / name), **side.given))
            for name, side in _sides().items()
        }
        for name, step in steps.items():
            step.answer()
            results[name] = {"ms": [], "beyond_ms": [], "encoded": 0, "found": []}
        starts = range(0, len(asked), QUESTIONS_A_TURN)
        for number, name, _ in _turns(len(starts)):
            questions = [one.question for one in asked[starts[number] :][:QUESTIONS_A_TURN]]
            told = steps[name].send(questions)
            for key in results[name].keys() - {"peak"}:
                results[name][key] += told[key]
            results[name]["peak"] = told["peak"]
    for one in results.values():
        one["hits"] = [
            article == question.article and holds(text, question.answers)
            for question, (article, text) in zip(asked, one["found"], strict=True)
        ]
    return {name: [one] for name, one in results.items()}


def _lines(results: Results, rows: Sequence[Row]) -> list[list[str]]:
    lines = []
    for row in rows:
        ours, theirs = ([row.figure(one) for one in results[side]] for side in ("Hoidap", "LangChain"))
        over, under = (ours, theirs) if row.larger_is_better else (theirs, ours)
        ratios = [one / other if other else math.inf for one, other in zip(over, under, strict=True)]
        lines.append([row.name, *(readable(statistics.median(side)) for side in (ours, theirs))])
        lines[-1].append(f"{statistics.median(ratios):.2f}")
    return lines
