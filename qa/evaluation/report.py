"""The report of an evaluation: one HTML page that needs no other file and no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from qa.evaluation import charts
from qa.evaluation.bootstrap import Estimate
from qa.evaluation.comparison import Change, Comparison, Moved
from qa.evaluation.failures import Articles, failures_html, kind_of
from qa.evaluation.metrics import METRICS, Columns, columns
from qa.evaluation.plots import Plot, legend
from qa.evaluation.runs import Run
from qa.evaluation.tables import figure, signed_interval
from qa.evaluation.variants import PLAIN, VARIANTS

_TILES = ("article_recall@1", "passage_hit@1", "passage_hit@5", "answer_hit", "answered_rate", "refusal_auroc")
_TAG_PANELS = ("article_recall@1", "passage_hit@1", "answer_hit", "answered_rate")
_MARKED = '<p class="note">Marked: <mark>accepted answers</mark>, <span class="sentence">the sentence given</span>.</p>'
_THRESHOLD = '<ul class="legend"><li class="threshold"><i></i>the threshold in use</li></ul>'


def html_report(run: Run, comparisons: Mapping[str, Comparison], articles: Articles) -> str:
    """Write the page; `articles` reads the index's articles by id, for the failed questions."""
    style = Path(__file__).with_name("report.css").read_text("utf-8")
    body = "".join([*_head(run), *_table(run), *_charts(run), *_comparisons(comparisons), *_failures(run, articles)])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Hoidap evaluation</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style}</style></head><body>{body}</body></html>\n"
    )


def _head(run: Run) -> Iterator[str]:
    answerable = sum(outcome.question.answerable for outcome in run.plain)
    facts = [f"{len(run.plain)} questions, {answerable} answerable"]
    facts += [f"{name.replace('_', ' ')} {value}" for name, value in run.about.items() if value not in ([], None)]
    yield f'<h1>Hoidap evaluation</h1><p class="about">{escape(" · ".join(facts))}</p><div class="tiles">'
    measured = run.metrics(PLAIN.name)
    for name in _TILES:
        at, label = measured[name], name
        removed = next((v for v in run.outcomes if run.reference(v) is not None), None)
        if at.value is None and removed is not None:
            at, label = run.metrics(removed)[name], f"{name}, {removed}"
        if at.value is not None:
            yield f"<div><small>{escape(label)}</small><b>{figure(at.value)}</b><small>{_bounds(at)}</small></div>"
    yield "</div>"


def _table(run: Run) -> Iterator[str]:
    measured = {variant: run.metrics(variant) for variant in run.outcomes}
    rows = [[_cell(estimates[name]) for estimates in measured.values()] for name in METRICS]
    described = "; ".join(f"{v}: {VARIANTS[v].description}" for v in run.outcomes if v in VARIANTS)
    yield f"<h2>Metrics</h2>{_html_table(['', *measured], zip(METRICS, rows, strict=True))}"
    yield f'<p class="note">In brackets, 95 % bootstrap intervals over questions. {escape(described)}</p>'


def _cell(at: Estimate) -> str:
    return "–" if at.value is None else f"{figure(at.value)} <small>[{_bounds(at)}]</small>"


def _bounds(at: Estimate) -> str:
    return f"{figure(at.low)}, {figure(at.high)}"


def _html_table(heads: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(
        f"<tr><th>{escape(name)}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for name, cells in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _charts(run: Run) -> Iterator[str]:
    judged = next((v for v in run.outcomes if run.reference(v) is not None), PLAIN.name)
    table = _columns(run, judged)
    pooled = "" if judged == PLAIN.name else f" The plain questions and the {judged} ones together."
    ece = run.metrics(judged)["confidence_ece"].value
    yield '<h2>Charts</h2><div class="charts">'
    recall = charts.recall_at_k(run)
    about = "The right article among the first k articles, the right passage among the first k passages."
    yield _figure("Recall at k", about, recall, legend(recall.series) if recall else "")
    about = f"Answers in 10 bins of confidence, with 95 % intervals; expected calibration error {figure(ece)}.{pooled}"
    yield _figure("Reliability of confidence", about, charts.reliability(table))
    about = f"Correct answers among those given, if only the most confident were given.{pooled}"
    yield _figure("What refusing buys", about, charts.precision_by_coverage(table), _THRESHOLD)
    about = f"Answered although nothing answers, against answered where something does.{pooled}"
    yield _figure("What refusing costs", about, charts.false_answers(table), _THRESHOLD)
    yield "</div>"
    rows = [
        charts.TagRow(
            tag, sum(tag in outcome.question.tags for outcome in run.plain), [estimates[name] for name in _TAG_PANELS]
        )
        for tag, estimates in run.metrics_by_tag(PLAIN.name).items()
    ]
    if rows:
        caption = "<figcaption><h3>By tag</h3>With 95 % intervals; how many questions, in brackets.</figcaption>"
        yield f'<figure class="wide">{caption}{charts.by_tag(_TAG_PANELS, rows)}</figure>'


def _figure(title: str, about: str, plot: Plot | None, below: str = "") -> str:
    if plot is None:
        return ""
    return f"<figure><figcaption><h3>{escape(title)}</h3>{escape(about)}</figcaption>{plot.svg()}{below}</figure>"


def _columns(run: Run, variant: str) -> Columns:
    return columns(run.outcomes[variant], run.reference(variant))


def _comparisons(comparisons: Mapping[str, Comparison]) -> Iterator[str]:
    for comparison in comparisons.values():
        left_out = f"; {comparison.left_out} in one run only, or changed, left out" if comparison.left_out else ""
        yield f"<h2>Compared with the earlier run: {escape(comparison.variant)}</h2>"
        rows = [(change.metric, _change_cells(change)) for change in comparison.defined]
        yield _html_table(["", "before", "now", "difference", "better", "worse"], rows)
        yield f'<p class="note">{comparison.questions} questions{left_out}. Paired bootstrap over questions.</p>'
        for direction, moved in (
            ("better", [pair for pair in comparison.moved if pair.change > 0]),
            ("worse", [pair for pair in reversed(comparison.moved) if pair.change < 0]),
        ):
            if moved:
                summary = f"<summary>Served {direction} <b>{len(moved)}</b></summary>"
                yield f"<details>{summary}<table>{''.join(map(_moved_row, moved))}</table></details>"


def _change_cells(change: Change) -> list[str]:
    css = "worse" if change.is_worse else "better" if change.is_better else ""
    difference = f'<span class="{css}">{signed_interval(change.difference)}</span>'
    return [figure(change.old), figure(change.new), difference, str(change.better or ""), str(change.worse or "")]


def _moved_row(pair: Moved) -> str:
    question = pair.new.question
    return (
        f'<tr><td>{pair.change:+.2f}</td><td class="text"><code>{escape(question.id)}</code></td>'
        f'<td class="text" lang="vi">{escape(question.question)}</td></tr>'
    )


def _failures(run: Run, articles: Articles) -> Iterator[str]:
    """Show the plain run's failures, and those of each variant that the plain run does not have."""
    for variant, outcomes in run.outcomes.items():
        beside = zip(outcomes, run.plain, strict=True)
        shown = list(outcomes) if variant == PLAIN.name else [o for o, plain in beside if kind_of(o) != kind_of(plain)]
        count = sum(kind_of(outcome) is not None for outcome in shown)
        which = "" if variant == PLAIN.name else f", {variant}, where the plain question fares otherwise"
        yield f"<h2>Failed questions{escape(which)}: {count}</h2>"
        if variant == PLAIN.name:
            yield _MARKED
        yield failures_html(shown, articles)
