"""`hoidap calibrate`: fitting confidence to an index's own questions.

Like `ui.cli`, it imports only argparse; the command loads what it needs itself.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.arguments import add_index, add_model, share

if TYPE_CHECKING:
    from qa.evaluation import Calibration, Estimate, Fit

_KEEP = 0.9


def add_parser(subparsers: Any) -> None:
    """Add `calibrate` to what `add_subparsers` returned; `options.run(options)` gives the exit code."""
    parser = subparsers.add_parser(
        "calibrate",
        help="fit confidence, and when to refuse, to questions whose answers are known",
        description="Fit confidence, and when to refuse, to questions whose answers are known. Each is asked with and "
        "without diacritics, with its article and with that hidden; the figures shown are cross-validated. The fit is "
        "stored beside the index and used from then on.",
    )
    parser.add_argument("questions", type=Path, metavar="QUESTIONS", help="the question set, .jsonl")
    add_index(parser)
    add_model(parser)
    parser.add_argument(
        "--keep",
        type=share,
        default=_KEEP,
        metavar="SHARE",
        help=f"of the right answers, the share to give rather than refuse (default {_KEEP}): more of them means more "
        "wrong ones as well",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the fit without storing it")
    parser.set_defaults(run=run_calibrate)


def run_calibrate(options: argparse.Namespace) -> int:
    """Fit, show and store; return 2 where a line of the set is malformed.

    Raises HoidapError for whatever else a person can mend.
    """
    from tqdm import tqdm

    from qa import Assistant, HoidapError
    from qa.confidence import CONFIDENCE_NAME, save_confidence
    from qa.evaluation import QuestionSetError, calibrate, examples, read_questions

    try:
        questions = read_questions(options.questions)
    except QuestionSetError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 2
    # Not by what was fitted before: that may be damaged, and calibrating twice must give the same.
    assistant = Assistant.open(options.index, model=options.model, fitted=False)
    path = options.index / CONFIDENCE_NAME
    if not options.dry_run and not os.access(options.index, os.W_OK):
        raise HoidapError(f"cannot write {path}: no permission; --dry-run shows the fit without storing it")
    assistant.warm_up()
    with tqdm(total=len(questions), desc="Asking", unit="question", file=sys.stderr, leave=False) as bar:
        found = examples(assistant, questions, progress=lambda done: bar.update(done))
    calibration = calibrate(found, f"{options.questions.name}, {len(questions)} questions", options.keep)
    print("\n".join(calibration_lines(calibration)))
    if not options.dry_run:
        try:
            save_confidence(path, calibration.confidence, assistant.encoder.fingerprint, calibration.report())
        except OSError as error:
            raise HoidapError(f"cannot write {path}: {error.strerror or error}") from error
        print(f"Stored in {path}; delete it to go back to the shipped model.")
    return 0


def calibration_lines(calibration: Calibration) -> Iterator[str]:
    """Write a calibration for a person to read."""
    names = {"vietnamese": "Questions in Vietnamese", "other": "Questions in another language"}
    for group, name in names.items():
        if group in calibration.fits:
            yield from _fit_lines(name, calibration.fits[group])
        else:
            yield f"{name}: too few to fit; the shipped model stays."
        yield ""


def _fit_lines(name: str, fit: Fit) -> Iterator[str]:
    yield f"{name}: {fit.questions}, answered rightly {fit.right} times, not {fit.wrong} times; cross-validated"
    yield f"  AUROC of refusing          {_figure(fit.auroc)}"
    yield f"  expected calibration error {_figure(fit.calibration_error)}"
    yield (
        f"  answered from confidence {fit.model.answered_from:.2f} on: {fit.kept:.1%} of the right answers are given, "
        f"{fit.refused:.1%} of the others refused"
    )
    yield "  confidence   answers   mean   right"
    for bin_ in fit.reliability:
        yield (
            f"  {bin_.low:.1f} to {bin_.high:.1f}  {bin_.answers:>8}   {bin_.confidence:.2f}    {bin_.right:.2f}  "
            + "#" * round(20 * bin_.right)
        )


def _figure(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
