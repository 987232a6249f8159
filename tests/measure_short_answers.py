"""Measure the marks of `qa.short_answers`: `python tests/measure_short_answers.py xquad.vi.json xquad.en.json`.

XQuAD's pages are dealt alternately into a half by which the rules were written and a half by which they are judged.
A mark is exact when it equals an accepted answer but for the question's own words, units, "about" and "more than", and
right when it is exact, or holds an answer or is held by one with a token F1 of 0.5 or more. First the sentence that
holds the answer is given; then it is the one that Hoidap quotes. Intervals are over questions, 95 %.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from qa import Assistant, Question
from qa.answer_kinds import Kind, expected_answer
from qa.evaluation import LabelledQuestion, corpus_lines, import_squad, read_questions
from qa.evaluation.bootstrap import Statistic, estimate
from qa.evaluation.matching import holds
from qa.sentences import sentence_spans
from qa.short_answers import short_answer
from qa.text import fold, spelling, tokens

_KINDS = (Kind.PERCENTAGE, Kind.TIME)
_LEAST_F1 = 0.5
_PAID_NO_HEED = frozenset(
    tokens("hơn gần khoảng xấp xỉ chừng ít nhất vào các những một ngày tháng năm lần người tuổi đồng phần trăm")
)
_SEEDS = Path(__file__).parent.parent / "seeds"


@dataclass(frozen=True, slots=True)
class Marked:
    """A question whose kind could be marked, and what came of it."""

    kind: Kind
    is_marked: bool
    in_right_sentence: bool = False
    exact: bool = False
    right: bool = False


def judge(question: Question, sentence: str, answers: Sequence[str]) -> Marked | None:
    """Mark a sentence and compare; None where the question asks for a kind that is never marked."""
    expected = expected_answer(question.asking or question.searched)
    if expected is None or expected.kind not in _KINDS:
        return None
    span = short_answer(question, sentence)
    if span is None:
        return Marked(expected.kind, is_marked=False)
    mark, asked = tokens(sentence[slice(*span)]), frozenset(tokens(question.searched))
    accepted = [tokens(answer) for answer in answers]
    exact = any(_bare(mark, asked) == _bare(answer, asked) for answer in accepted)
    right = exact or any(_overlaps(mark, answer) for answer in accepted)
    return Marked(expected.kind, True, holds(sentence, answers), exact, right)


def _bare(words: list[str], asked: frozenset[str]) -> list[str]:
    return [word for word in words if word not in _PAID_NO_HEED and word not in asked] or words


def _overlaps(first: list[str], second: list[str]) -> bool:
    short, long = sorted((first, second), key=len)
    same = sum((Counter(first) & Counter(second)).values())
    is_held = any(long[i : i + len(short)] == short for i in range(len(long) - len(short) + 1))
    return is_held and 2 * same >= _LEAST_F1 * (len(first) + len(second))


def given_sentence(path: Path) -> dict[str, Marked]:
    """Judge every question on the sentence in which XQuAD's answer begins."""
    found = {}
    for paragraph in (paragraph for page in json.loads(path.read_bytes())["data"] for paragraph in page["paragraphs"]):
        text = paragraph["context"]
        sentences = list(sentence_spans(text, 0, len(text)))
        for entry in paragraph["qas"]:
            asked = Question(entry["question"], spelling(entry["question"]), "vi")
            at = entry["answers"][0]["answer_start"]
            sentence = next(text[start:end] for start, end in sentences if start <= at < end)
            if marked := judge(asked, sentence, [answer["text"] for answer in entry["answers"]]):
                found[entry["id"]] = marked
    return found


def end_to_end(assistant: Assistant, questions: Sequence[LabelledQuestion]) -> dict[str, Marked]:
    """Judge every question on the sentence that is quoted; a refusal, and a question without answers, on none."""
    asked = assistant.ask_all(
        [question.question for question in questions], histories=[question.context for question in questions]
    )
    found = {}
    for question, (answer, _) in zip(questions, asked, strict=True):
        if question.answers and (marked := judge(answer.question, answer.text, question.answers)):
            found[question.id] = marked
    return found


def table(title: str, marked: Iterable[Marked]) -> list[str]:
    """Give a table's lines: a kind a line."""
    of_all = list(marked)
    lines = [f"\n{title}", "kind        questions  marked  of those on the right sentence: exact, right  of all: right"]
    for kind in _KINDS:
        rows = [row for row in of_all if row.kind is kind]
        on_right = [row for row in rows if row.is_marked and row.in_right_sentence]
        if rows:
            lines.append(
                f"{kind.value:<12}{len(rows):>9}  {sum(row.is_marked for row in rows):>6}  {len(on_right):>4}: "
                f"{_share([row.exact for row in on_right])}, {_share([row.right for row in on_right])}"
                f"  {_share([row.right for row in rows if row.is_marked])}"
            )
    return lines


def _share(hits: Sequence[bool]) -> str:
    statistic: Statistic = lambda weights: weights @ np.array(hits, dtype=float) / weights.sum(axis=1)  # noqa: E731
    found = estimate({"share": statistic}, len(hits))["share"]
    return "-" if found.value is None else f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vietnamese", type=Path, help="xquad.vi.json")
    parser.add_argument("english", type=Path, help="xquad.en.json")
    options = parser.parse_args()
    imported = import_squad(options.vietnamese)
    questions = list(imported.questions)
    answers = {question.id: question.answers for question in questions}
    pages = list(dict.fromkeys(_page(question) for question in questions))
    judging = {question.id for question in questions if pages.index(_page(question)) % 2}
    variants = {
        "Vietnamese": questions,
        "without diacritics": [replace(question, question=fold(question.question)) for question in questions],
        "English": [
            replace(question, answers=answers[question.id]) for question in import_squad(options.english).questions
        ],
    }
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "xquad.jsonl")
        corpus.write_text(corpus_lines(imported), "utf-8")
        assistant = Assistant.build(corpus, Path(folder, "xquad"))
        runs = {"sentence given": given_sentence(options.vietnamese)}
        runs |= {f"end to end, {name}": end_to_end(assistant, asked) for name, asked in variants.items()}
        seeds = Assistant.build(_SEEDS / "articles", Path(folder, "seeds"))
        of_seeds = end_to_end(seeds, read_questions(_SEEDS / "questions.jsonl"))
    for name, marked in runs.items():
        for half, is_judging in (("half the rules were written by", False), ("half they are judged by", True)):
            print(
                "\n".join(table(f"{name}: {half}", [marked[key] for key in marked if (key in judging) is is_judging]))
            )
    print("\n".join(table("end to end, seeds/questions.jsonl", of_seeds.values())))


def _page(question: LabelledQuestion) -> str:
    return (question.article or "").rpartition("-")[0]


if __name__ == "__main__":
    main()
