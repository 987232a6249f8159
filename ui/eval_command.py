"""`hoidap eval` and `hoidap import squad`: measuring an index on a question set, and making one of SQuAD.

Like `ui.cli`, it imports only argparse; a command loads what it needs itself.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.arguments import add_answer_from, add_index, add_model

if TYPE_CHECKING:
    from qa.evaluation import Comparison, LabelledQuestion, Run, Variant

_K = 10
_NAMED_MOST = 10


def add_parsers(subparsers: Any) -> None:
    """Add `eval` and `import` to what `add_subparsers` returned; `options.run(options)` gives the exit code."""
    _add_eval(subparsers)
    _add_import(subparsers)


def _add_eval(subparsers: Any) -> None:
    what = "measure how well an index answers a set of questions"
    parser = subparsers.add_parser("eval", help=what, description=what[0].upper() + what[1:] + ".")
    parser.add_argument("questions", type=Path, metavar="QUESTIONS", help="the question set, .jsonl")
    add_index(parser)
    add_model(parser)
    add_answer_from(parser)
    parser.add_argument(
        "-k", "--k", type=_k, default=_K, metavar="N", help=f"passages retrieved a question (default and least {_K})"
    )
    parser.add_argument(
        "--variant",
        action="append",
        default=[],
        dest="variants",
        metavar="NAME",
        help="also ask every question otherwise: unaccented, half-unaccented, nfd, tones, i-y, signs, lower-case, "
        "telex, vni, typo; or with its own article removed; repeatable",
    )
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write everything, down to each question")
    parser.add_argument("--report", type=Path, metavar="OUT.html", help="write a page with charts and every failure")
    parser.add_argument("--compare", type=Path, metavar="RUN.json", help="compare with a run that --json wrote")
    parser.add_argument(
        "--fail-if-worse",
        action="append",
        default=[],
        metavar="METRIC",
        help="with --compare: exit with 1 where METRIC, or VARIANT:METRIC, is worse by more than chance; repeatable",
    )
    parser.set_defaults(run=run_eval)


def _add_import(subparsers: Any) -> None:
    what = "make a corpus and a question set of another format"
    parser = subparsers.add_parser("import", help=what, description=what[0].upper() + what[1:] + ".")
    squad = parser.add_subparsers(required=True, metavar="FORMAT").add_parser(
        "squad",
        help="SQuAD 1.1 or 2.0 JSON",
        description="Turn SQuAD JSON into a corpus, each paragraph an article, and a question set.",
    )
    squad.add_argument("file", type=Path, metavar="FILE")
    squad.add_argument("--corpus", type=Path, required=True, metavar="OUT.jsonl")
    squad.add_argument("--questions", type=Path, required=True, metavar="OUT.jsonl")
    squad.add_argument(
        "--no-titles",
        action="store_true",
        help="leave the pages' titles out of the articles: XQuAD has them in English for every language",
    )
    squad.add_argument(
        "--articles-only",
        action="store_true",
        help="leave the answers out of the questions: for asking them of another language's articles",
    )
    squad.set_defaults(run=run_import_squad)


def run_eval(options: argparse.Namespace) -> int:
    """Evaluate; return 2 where a line of the set is malformed, 1 where a metric that must not be is worse.

    Raises HoidapError for whatever else a person can mend, before a question is asked wherever it can be known.
    """
    from qa import Assistant
    from qa.evaluation import (
        QuestionSetError,
        compare,
        comparison_lines,
        html_report,
        open_sources,
        read_questions,
        read_run,
        run_json,
        run_lines,
    )

    try:
        questions = read_questions(options.questions)
    except QuestionSetError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 2
    variants = _variants(options.variants)
    earlier = None if options.compare is None else read_run(options.compare)
    guarded = [_guarded(name, variants, earlier) for name in options.fail_if_worse]
    for out in (options.json, options.report):
        _check_writable(out)
    assistant = Assistant.open(options.index, model=options.model, answer_from=options.answer_from)
    run = _evaluate(assistant, questions, variants, options)
    if options.json is not None:
        _write(options.json, run_json(run))
    comparisons = {} if earlier is None else compare(earlier, run)
    if options.report is not None:
        with open_sources(options.index) as sources:
            _write(options.report, html_report(run, comparisons, sources.article))
    _print_lines([_heading(run), ""])
    _print_lines(run_lines(run))
    _print_lines(comparison_lines(comparisons))
    _print_lines(_remarks(run), sys.stderr)
    return _verdict(guarded, comparisons)


def run_import_squad(options: argparse.Namespace) -> int:
    """Turn a SQuAD file into a corpus and a question set. Raises HoidapError where it cannot be."""
    from qa.evaluation import corpus_lines, import_squad, question_lines

    imported = import_squad(options.file, titles=not options.no_titles, articles_only=options.articles_only)
    _write(options.corpus, corpus_lines(imported))
    _write(options.questions, question_lines(imported))
    print(f"{len(imported.articles)} articles to {options.corpus}")
    print(f"{len(imported.questions)} questions to {options.questions}")
    if imported.unmatched:
        what = "questions have no answer that stands in their paragraph as whole words"
        print(f"{len(imported.unmatched)} {what}: {_named(imported.unmatched)}", file=sys.stderr)
    return 0


def _k(text: str) -> int:
    if not text.isdecimal() or int(text) < _K:
        raise argparse.ArgumentTypeError(f"must be a whole number from {_K}, since the metrics look at {_K} ranks")
    return int(text)


def _variants(names: Sequence[str]) -> list[Variant]:
    from qa import HoidapError
    from qa.evaluation import VARIANTS

    for name in names:
        if name not in VARIANTS:
            known = "; ".join(f"{variant.name}, {variant.description}" for variant in VARIANTS.values())
            raise HoidapError(f"there is no variant {name!r}; known are: {known}")
    return [VARIANTS[name] for name in dict.fromkeys(names)]


def _guarded(name: str, variants: Sequence[Variant], earlier: Run | None) -> tuple[str, str]:
    """Read what must not get worse, as variant and metric."""
    from qa import HoidapError
    from qa.evaluation import METRICS, PLAIN

    variant, _, metric = name.rpartition(":")
    variant = variant or PLAIN.name
    if earlier is None:
        raise HoidapError("--fail-if-worse needs a run to compare with: --compare RUN.json")
    if metric not in METRICS:
        raise HoidapError(f"--fail-if-worse: there is no metric {metric!r}; known are {', '.join(METRICS)}")
    if variant not in {PLAIN.name, *(asked.name for asked in variants)}:
        raise HoidapError(f"--fail-if-worse {name}: that variant is not asked; add --variant {variant}")
    if variant not in earlier.outcomes or earlier.metrics(variant)[metric].value is None:
        raise HoidapError(f"--fail-if-worse {name}: the run to compare with has no such figure")
    return variant, metric


def _check_writable(path: Path | None) -> None:
    """Find out before a run of minutes, not behind it."""
    from qa import HoidapError

    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise HoidapError(f"cannot write {path}: expected a file in a folder that exists")


def _evaluate(
    assistant: Any, questions: Sequence[LabelledQuestion], variants: Sequence[Variant], options: argparse.Namespace
) -> Run:
    from tqdm import tqdm

    from qa.evaluation import evaluate

    summary = assistant.summary()
    about = {
        "question_set": str(options.questions),
        "index": str(options.index),
        "model": summary.model,
        "articles": summary.articles,
        "passages": summary.passages,
        "confidence": assistant.confidence.fitted_on,
    }
    assistant.warm_up()
    total = len(questions) * (1 + len(variants))
    with tqdm(total=total, desc="Asking", unit="question", file=sys.stderr, leave=False) as bar:
        return evaluate(
            assistant, questions, variants=variants, k=options.k, about=about, progress=lambda done: bar.update(done)
        )


def _heading(run: Run) -> str:
    answerable = sum(outcome.question.answerable for outcome in run.plain)
    about = run.about
    return (
        f"{len(run.plain)} questions, {answerable} answerable; {about['articles']} articles, "
        f"{about['passages']} passages; {about['model']}; k = {about['k']}; 95 % intervals"
    )


def _remarks(run: Run) -> Iterator[str]:
    """Name the questions that failed to run, and those that nothing in the index can answer."""
    for variant, outcomes in run.outcomes.items():
        for outcome in outcomes:
            if outcome.error is not None:
                yield f"failed to run, counted as zero: {outcome.question.id} ({variant}): {outcome.error}"
    absent = set(run.about["absent_articles"])
    lacking = [outcome.question.id for outcome in run.plain if outcome.question.article in absent]
    if lacking:
        yield f"{len(lacking)} questions count as zero, since the index lacks their article: {_named(lacking)}"
    split = [
        outcome.question.id
        for outcome in run.plain
        if outcome.question.answers and outcome.expected is None and outcome.question.article not in absent
    ]
    if split:
        what = "questions count as zero for passages, since no single one holds an accepted answer"
        yield f"{len(split)} {what}: {_named(split)}"


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED_MOST} more" if len(ids) > _NAMED_MOST else ""
    return ", ".join(ids[:_NAMED_MOST]) + more


def _write(path: Path, text: str) -> None:
    from qa import HoidapError

    # Through a file beside it, so that what was there is not lost where there is no room; a pipe has nothing to lose.
    to = path if path.exists() and not path.is_file() else path.with_name(path.name + ".part")
    try:
        to.write_text(text, "utf-8")
        if to != path:
            os.replace(to, path)
    except OSError as error:
        if to != path:
            to.unlink(missing_ok=True)
        raise HoidapError(f"cannot write {path}: {error.strerror or error}") from error


def _verdict(guarded: Sequence[tuple[str, str]], comparisons: dict[str, Comparison]) -> int:
    """Say which of the guarded metrics are worse."""
    worse = [(variant, metric) for variant, metric in guarded if comparisons[variant].changes[metric].is_worse]
    for variant, metric in worse:
        change = comparisons[variant].changes[metric]
        print(f"worse: {variant}:{metric}, {change.old} before, {change.new} now", file=sys.stderr)
    return 1 if worse else 0


def _print_lines(lines: Iterable[str], file: Any = None) -> None:
    for line in lines:
        print(line, file=file or sys.stdout)
