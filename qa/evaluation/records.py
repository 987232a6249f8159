"""An evaluation as JSON: what `hoidap eval --json` writes and `--compare` reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa.errors import HoidapError
from qa.evaluation.bootstrap import Estimate
from qa.evaluation.outcomes import outcome_from_record, outcome_record
from qa.evaluation.runs import Run
from qa.evaluation.variants import PLAIN


def run_record(run: Run) -> dict[str, Any]:
    """Turn a run into its JSON object: the plain run at the top, each variant in the same shape beside it."""
    variants = {name: _variant_record(run, name) for name in run.outcomes if name != PLAIN.name}
    return {"about": dict(run.about), **_variant_record(run, PLAIN.name), "variants": variants}


def run_json(run: Run) -> str:
    """Write a run as JSON text."""
    return json.dumps(run_record(run), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def read_run(path: Path) -> Run:
    """Read the run that a file holds; its metrics are computed again from the outcomes.

    Raises HoidapError where it cannot be read or is no run.
    """
    try:
        return run_from_record(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise HoidapError(f"cannot read the run {path}: {error.strerror or error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise HoidapError(
            f"{path} is not a run that `hoidap eval --json` wrote: {type(error).__name__} {error}"
        ) from error


def run_from_record(record: Mapping[str, Any]) -> Run:
    """Make a run of its JSON object. Raises KeyError, TypeError, ValueError or AttributeError where it is none."""
    variants = {PLAIN.name: record} | record["variants"]
    outcomes = {
        name: tuple(outcome_from_record(outcome) for outcome in variant["per_question"])
        for name, variant in variants.items()
    }
    ids = [outcome.question.id for outcome in outcomes[PLAIN.name]]
    for name, found in outcomes.items():
        if [outcome.question.id for outcome in found] != ids:
            raise ValueError(f"the variant {name!r} has other questions than the plain run")
    return Run(outcomes, dict(record["about"]))


def _variant_record(run: Run, variant: str) -> dict[str, Any]:
    outcomes = run.outcomes[variant]
    answerable = sum(outcome.question.answerable for outcome in outcomes)
    return {
        "questions": len(outcomes),
        "answerable": answerable,
        "unanswerable": len(outcomes) - answerable,
        "metrics": _estimates(run.metrics(variant)),
        "by_tag": {tag: _estimates(estimates) for tag, estimates in run.metrics_by_tag(variant).items()},
        "per_question": [outcome_record(outcome) for outcome in outcomes],
    }


def _estimates(estimates: Mapping[str, Estimate]) -> dict[str, dict[str, float | None]]:
    return {name: asdict(estimate) for name, estimate in estimates.items()}
