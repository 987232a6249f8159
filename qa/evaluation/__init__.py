"""Evaluation: how well an index answers a set of questions, with intervals, and compared with an earlier run.

from qa.evaluation import evaluate, read_questions

run = evaluate(Assistant.open("index"), read_questions(Path("questions.jsonl")))
print(run.metrics("plain")["passage_hit@1"])
"""

from qa.evaluation.bootstrap import Estimate
from qa.evaluation.calibration import Calibration, Fit, calibrate, examples
from qa.evaluation.comparison import Comparison, compare
from qa.evaluation.metrics import METRICS
from qa.evaluation.outcomes import Outcome, Place
from qa.evaluation.questions import LabelledQuestion, QuestionSetError, read_questions
from qa.evaluation.records import read_run, run_json
from qa.evaluation.report import html_report
from qa.evaluation.runs import Run, evaluate
from qa.evaluation.sources import open_sources
from qa.evaluation.squad import corpus_lines, import_squad, question_lines
from qa.evaluation.tables import comparison_lines, run_lines
from qa.evaluation.variants import PLAIN, VARIANTS, Variant

__all__ = [
    "METRICS",
    "PLAIN",
    "VARIANTS",
    "Calibration",
    "Comparison",
    "Estimate",
    "Fit",
    "LabelledQuestion",
    "Outcome",
    "Place",
    "QuestionSetError",
    "Run",
    "Variant",
    "calibrate",
    "compare",
    "comparison_lines",
    "corpus_lines",
    "evaluate",
    "examples",
    "html_report",
    "import_squad",
    "open_sources",
    "question_lines",
    "read_questions",
    "read_run",
    "run_json",
    "run_lines",
]
