"""`hoidap eval` and `hoidap import squad`: measuring an index on a question set, and making one of SQuAD."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa import DEFAULT_INDEX, Assistant, HoidapError

if TYPE_CHECKING:
    from qa.evaluation import Comparison, LabelledQuestion, Run

_K = 10
_NAMED_MOST = 10


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `eval` and `import` to the command line; `args.run(args)` runs them and returns the exit code."""
    _add_eval(subparsers)
    _add_import(subparsers)


def _add_eval(subparsers: argparse._SubParsersAction[Any]) -> None:
    from qa.evaluation.variants import VARIANTS

    parser = subparsers.add_parser(
        "eval",
        help="measure how well an index answers a set of questions",
        description="Ask every question of a set and report retrieval, answers and refusing, with 95 %% intervals.",
        epilog="variants: " + "; ".join(f"{variant.name}: {variant.description}" for variant in VARIANTS.values()),
    )
    parser.add_argument("questions", type=Path, metavar="QUESTIONS", help="the question set, .jsonl")
    parser.add_argument("--index", type=Path, default=Path(DEFAULT_INDEX), metavar="DIR", help="default: %(default)s")
    parser.add_argument("-k", "--k", type=_k, default=_K, metavar="N", help=f"passages retrieved a question, from {_K}")
    parser.add_argument(
        "--variant",
        action="append",
        default=[],
        choices=tuple(VARIANTS),
        dest="variants",
        help="also ask the questions like this (may be repeated)",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything, per question, as JSON")
    parser.add_argument("--report", type=Path, metavar="OUT.html", help="write a page with charts and every failure")
    parser.add_argument("--compare", type=Path, metavar="RUN.json", help="compare with a run that --json wrote")
    parser.add_argument(
        "--fail-if-worse",
        action="append",
        default=[],
        metavar="METRIC",
        help="with --compare: exit with 1 where METRIC, or VARIANT:METRIC, is worse by more than chance"
        " (may be repeated)",
    )
    parser.set_defaults(run=run_eval)


def _add_import(subparsers: argparse._SubParsersAction[Any]) -> None:
    formats = subparsers.add_parser("import", help="make a corpus and a question set of another format")
    squad = formats.add_subparsers(required=True, metavar="FORMAT").add_parser(
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


def run_eval(args: argparse.Namespace) -> int:
    """Evaluate; return 2 where a line of the set is malformed, 1 where a metric that must not be is worse."""
    from qa.evaluation import QuestionSetError, compare, read_questions, read_run
    from qa.evaluation.tables import comparison_lines, run_lines

    try:
        questions = read_questions(args.questions)
    except QuestionSetError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 2
    earlier = None if args.compare is None else read_run(args.compare)
    guarded = [_guarded(name, args, earlier) for name in args.fail_if_worse]
    for out in (args.json, args.report):
        _check_writable(out)
    assistant = Assistant.open(args.index)
    run = _evaluate(assistant, questions, args)
    _print_lines([_heading(run), ""], run_lines(run))
    comparisons = {} if earlier is None else compare(earlier, run)
    if earlier is not None and not any(comparison.questions for comparison in comparisons.values()):
        raise HoidapError(f"{args.compare} has none of these questions: nothing to compare with")
    _print_lines(comparison_lines(comparisons))
    _name_failures(run)
    _write_outputs(run, comparisons, args)
    return _verdict(guarded, comparisons)


def run_import_squad(args: argparse.Namespace) -> int:
    """Turn a SQuAD file into a corpus and a question set."""
    from qa.evaluation.squad import corpus_lines, import_squad, question_lines

    imported = import_squad(args.file, titles=not args.no_titles, articles_only=args.articles_only)
    _write(args.corpus, corpus_lines(imported))
    _write(args.questions, question_lines(imported))
    print(f"{len(imported.articles)} articles to {args.corpus}, {len(imported.questions)} questions to {args.questions}")
    if imported.unmatched:
        print(
            f"{len(imported.unmatched)} questions have no answer that stands in their paragraph as whole words: "
            + _named(imported.unmatched),
            file=sys.stderr,
        )
    return 0


def _k(text: str) -> int:
    if not text.isdecimal() or int(text) < _K:
        raise argparse.ArgumentTypeError(f"must be a whole number from {_K}, since the metrics look at {_K} ranks")
    return int(text)


def _guarded(name: str, args: argparse.Namespace, earlier: Run | None) -> tuple[str, str]:
    """Read what must not get worse, as variant and metric, before any question is asked."""
    from qa.evaluation import METRICS, PLAIN

    variant, _, metric = name.rpartition(":")
    variant = variant or PLAIN.name
    if earlier is None:
        raise HoidapError("--fail-if-worse needs a run to compare with: --compare RUN.json")
    if metric not in METRICS:
        raise HoidapError(f"--fail-if-worse: there is no metric {metric!r}; known are {', '.join(METRICS)}")
    if variant not in (PLAIN.name, *args.variants):
        raise HoidapError(f"--fail-if-worse {name}: the variant is not run; add --variant {variant}")
    if variant not in earlier.outcomes or earlier.metrics(variant)[metric].value is None:
        raise HoidapError(f"--fail-if-worse {name}: {args.compare} has no figure to compare with")
    return variant, metric


def _check_writable(path: Path | None) -> None:
    """Find out before a run of minutes, not behind it."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise HoidapError(f"cannot write {path}: expected a file in a folder that exists")


def _evaluate(assistant: Assistant, questions: Sequence[LabelledQuestion], args: argparse.Namespace) -> Run:
    from tqdm import tqdm

    from qa.evaluation import VARIANTS, evaluate

    variants = [VARIANTS[name] for name in dict.fromkeys(args.variants)]
    summary = assistant.summary()
    about = {
        "question_set": str(args.questions),
        "index": str(args.index),
        "model": summary.model,
        "articles": summary.articles,
        "passages": summary.passages,
    }
    assistant.warm_up()
    total = len(questions) * (1 + len(variants))
    with tqdm(total=total, desc="Asking", unit=" questions", file=sys.stderr, leave=False) as bar:
        return evaluate(assistant, questions, variants=variants, k=args.k, about=about, progress=_advance(bar))


def _advance(bar: Any) -> Callable[[int], None]:
    return lambda done: bar.update(done)


def _heading(run: Run) -> str:
    answerable = sum(outcome.question.answerable for outcome in run.plain)
    about = run.about
    return (
        f"{len(run.plain)} questions, {answerable} answerable; {about['articles']} articles, {about['passages']} passages; "
        f"{about['model']}; k = {about['k']}; 95 % intervals"
    )


def _name_failures(run: Run) -> None:
    """Name the questions that failed to run, and those that no passage can answer."""
    for variant, outcomes in run.outcomes.items():
        failed = [outcome for outcome in outcomes if outcome.error is not None]
        for outcome in failed:
            print(f"failed to run, counted as zero ({variant}): {outcome.question.id}: {outcome.error}", file=sys.stderr)
    for problem, ids in _unreachable(run):
        print(f"{len(ids)} questions count as zero, since {problem}: {_named(ids)}", file=sys.stderr)


def _unreachable(run: Run) -> Iterator[tuple[str, list[str]]]:
    absent = set(run.about.get("absent_articles", ()))
    if absent:
        yield "the index lacks their article", [o.question.id for o in run.plain if o.question.article in absent]
    split = [
        outcome.question.id
        for outcome in run.plain
        if outcome.question.answers and outcome.expected is None and outcome.question.article not in absent
    ]
    if split:
        yield "no single passage holds an accepted answer", split


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED_MOST} more" if len(ids) > _NAMED_MOST else ""
    return ", ".join(ids[:_NAMED_MOST]) + more


def _write_outputs(run: Run, comparisons: dict[str, Comparison], args: argparse.Namespace) -> None:
    from qa.evaluation import run_json
    from qa.evaluation.report import html_report
    from qa.evaluation.sources import open_sources

    if args.json is not None:
        _write(args.json, run_json(run))
    if args.report is not None:
        with open_sources(args.index) as sources:
            _write(args.report, html_report(run, comparisons, sources.article))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise HoidapError(f"cannot write {path}: {error.strerror or error}") from error


def _verdict(guarded: Sequence[tuple[str, str]], comparisons: dict[str, Comparison]) -> int:
    """Say which of the guarded metrics are worse."""
    code = 0
    for variant, metric in guarded:
        change = comparisons[variant].changes[metric]
        if change.is_worse:
            print(f"worse: {variant}:{metric} {change.old} before, {change.new} now", file=sys.stderr)
            code = 1
    return code


def _print_lines(*parts: Sequence[str] | Iterator[str]) -> None:
    for part in parts:
        for line in part:
            print(line)
