"""Question sets: what is asked of an index, and what answers it; JSON lines, one question a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import HoidapError

_KEYS = ("id", "question", "article", "answers", "answerable", "tags", "context")


class QuestionSetError(HoidapError):
    """A question set with malformed lines: `problems` has one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question with what is known of its answer."""

    id: str
    question: str
    article: str | None
    """The id of the article that answers; None where none does."""
    answers: tuple[str, ...] = ()
    """Strings any of which answers; where there are none, only the article is judged."""
    answerable: bool = True
    tags: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    """The conversation's earlier questions, oldest first."""


def read_questions(path: Path) -> list[LabelledQuestion]:
    """Read a question set.

    Raises QuestionSetError with every malformed line; HoidapError where the file cannot be read or has no question.
    """
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise HoidapError(f"cannot read the question set {path}: {error.strerror or error}") from error
    questions: list[LabelledQuestion] = []
    problems: list[str] = []
    line_of: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = _read_line(line)
            if question.id in line_of:
                raise ValueError(f"the id {question.id!r} is taken by line {line_of[question.id]}")
        except ValueError as error:
            problems.append(f"{path}:{number}: {error}")
            continue
        line_of[question.id] = number
        questions.append(question)
    if problems:
        raise QuestionSetError(problems)
    if not questions:
        raise HoidapError(f"{path} holds no question; expected one JSON object a line, with {', '.join(_KEYS[:-1])}")
    return questions


def question_record(question: LabelledQuestion) -> dict[str, Any]:
    """Turn a question into its line's JSON object."""
    record: dict[str, Any] = {
        "id": question.id,
        "question": question.question,
        "article": question.article,
        "answers": list(question.answers),
        "answerable": question.answerable,
        "tags": list(question.tags),
    }
    return {**record, "context": list(question.context)} if question.context else record


def question_from_record(record: Mapping[str, Any]) -> LabelledQuestion:
    """Make a question of the fields of its JSON object, already known to be of the right types."""
    return LabelledQuestion(
        id=record["id"],
        question=record["question"],
        article=record["article"],
        answers=tuple(record["answers"]),
        answerable=record["answerable"],
        tags=tuple(record["tags"]),
        context=tuple(record.get("context", ())),
    )


def _read_line(line: bytes) -> LabelledQuestion:
    """Read one line. Raises ValueError saying everything that is wrong with it."""
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 text: byte 0x{line[error.start]:02x} at {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a line of JSON: {str(error).splitlines()[0]}") from error
    if not isinstance(record, dict):
        raise ValueError(f"expected a JSON object, found {type(record).__name__}")
    filled: dict[str, Any] = {"article": None, "answers": [], "answerable": True, "tags": [], "context": []} | record
    if found := "; ".join(_problems(filled)):
        raise ValueError(found)
    return question_from_record(filled)


def _problems(record: dict[str, Any]) -> Iterator[str]:
    """Tell what is wrong with a question's fields."""
    if unknown := sorted(set(record) - set(_KEYS)):
        yield f"unknown key {', '.join(map(repr, unknown))}; known are {', '.join(_KEYS)}"
    for key in ("id", "question"):
        if key not in record:
            yield f"it lacks {key!r}"
        elif problem := _text_problem(record[key]):
            yield f"{key!r} {problem}"
    for name in (record.get("id"), *(record["tags"] if isinstance(record["tags"], list) else ())):
        if isinstance(name, str) and not name.isprintable():
            yield f"ids and tags must be printable, found {name!r}"
    for key in ("answers", "tags", "context"):
        if not isinstance(record[key], list):
            yield f"{key!r} must be a list of strings, found {json.dumps(record[key])[:40]}"
        elif problem := next(filter(None, map(_text_problem, record[key])), ""):
            yield f"one of {key!r} {problem}"
    article, answerable = record["article"], record["answerable"]
    if article is not None and (problem := _text_problem(article)):
        yield f"'article' {problem}"
    if not isinstance(answerable, bool):
        yield f"'answerable' must be true or false, found {json.dumps(answerable)[:40]}"
    elif answerable and article is None:
        yield "an answerable question needs its 'article'"
    elif not answerable and article is not None:
        yield "a question that is not answerable has no 'article': expected null"
    elif not answerable and record["answers"]:
        yield "a question that is not answerable has no 'answers': expected []"


def _text_problem(value: object) -> str:
    """Tell what keeps a value from being text to ask or to match; empty where nothing does."""
    if not isinstance(value, str):
        return f"must be a string, found {json.dumps(value)[:40]}"
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "holds half of a surrogate pair, which is no character"
    if not any(character.isprintable() and not character.isspace() for character in value):
        return "must not be blank"
    return ""
