"""Question sets: what is read, what is refused and with which words."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import HoidapError
from qa.evaluation import LabelledQuestion, QuestionSetError, read_questions
from qa.evaluation.questions import question_from_record, question_record

GOOD = {"id": "a", "question": "Ai?", "article": "1.txt", "answers": ["Lan"], "answerable": True, "tags": ["who"]}


def written(tmp_path: Path, *lines: object) -> Path:
    path = tmp_path / "questions.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(texts) + "\n", "utf-8")
    return path


def test_a_line_becomes_a_question(tmp_path: Path) -> None:
    path = written(tmp_path, {**GOOD, "context": ["Còn ai?"]})
    expected = LabelledQuestion("a", "Ai?", "1.txt", ("Lan",), True, ("who",), ("Còn ai?",))
    assert read_questions(path) == [expected]


def test_blank_lines_a_byte_order_mark_and_windows_line_ends_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n\r\n  \n")
    assert [question.id for question in read_questions(path)] == ["a"]


def test_answers_tags_and_answerable_may_be_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": "a", "question": "Ai?", "article": "1.txt"})
    assert read_questions(path) == [LabelledQuestion("a", "Ai?", "1.txt")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"answer": ["x"]}, "unknown key 'answer'"),
        ({"id": " "}, "'id' must not be blank"),
        ({"id": 7}, "'id' must be a string, found 7"),
        ({"id": "a\x1b[31m"}, "must be printable"),
        ({"question": ""}, "'question' must not be blank"),
        ({"answers": "Lan"}, "'answers' must be a list of strings"),
        ({"answers": ["Lan", 3]}, "one of 'answers' must be a string, found 3"),
        ({"answers": ["\u200b"]}, "one of 'answers' must not be blank"),
        ({"answers": ["\ud800"]}, "surrogate"),
        ({"tags": [None]}, "one of 'tags' must be a string"),
        ({"answerable": "yes"}, "'answerable' must be true or false"),
        ({"article": None}, "an answerable question needs its 'article'"),
        ({"answerable": False}, "has no 'article'"),
        ({"answerable": False, "article": None}, "has no 'answers'"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps({**GOOD, **change}))
    with pytest.raises(QuestionSetError) as caught:
        read_questions(path)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{path}:1: ")
    assert said in problem


def test_every_malformed_line_is_told_in_one_line_with_its_number(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD, "{", "", '["a"]', {"id": "b"}, GOOD, "[" * 100_000)
    with pytest.raises(QuestionSetError) as caught:
        read_questions(path)
    problems = caught.value.problems
    assert [int(problem.split(":")[1]) for problem in problems] == [2, 4, 5, 6, 7]
    assert not any("\n" in problem for problem in problems)
    assert "taken by line 1" in problems[3]
    assert "lacks 'question'" in problems[2]


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(json.dumps(GOOD).encode() + b"\n{\xff}\n")
    with pytest.raises(QuestionSetError, match="not UTF-8 text: byte 0xff"):
        read_questions(path)


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_a_set_without_questions_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(content)
    with pytest.raises(HoidapError, match="holds no question"):
        read_questions(path)


def test_a_missing_set_and_a_folder_are_refused_in_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(HoidapError, match=r"^cannot read the question set [^\n]*$"):
            read_questions(path)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda text: text.strip().isprintable() and text.strip() != ""
)
NAME = st.text(st.characters(categories=["L", "N"]), min_size=1)


@given(NAME, TEXT, st.lists(TEXT), st.lists(NAME), st.lists(TEXT), st.booleans())
def test_what_is_written_is_read_back(
    name: str, text: str, answers: list[str], tags: list[str], context: list[str], answerable: bool
) -> None:
    made = LabelledQuestion(
        name,
        text,
        name if answerable else None,
        tuple(answers) if answerable else (),
        answerable,
        tuple(tags),
        tuple(context),
    )
    assert question_from_record(json.loads(json.dumps(question_record(made)))) == made
