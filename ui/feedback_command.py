"""`hoidap feedback`: what people thought of the answers in the chat, as a list and as a question set.

Like `ui.cli`, it imports only argparse; the command loads what it needs itself.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.arguments import add_index
from ui.terminal import counted, flat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa import Feedback


def add_parser(subparsers: Any) -> None:
    """Add `feedback` to what `add_subparsers` returned; `options.run(options)` gives the exit code."""
    parser = subparsers.add_parser(
        "feedback",
        help="list what people thought of the answers in the chat, or make a question set of it",
        description="List what people thought of the answers in the chat; with --questions, write what can be judged "
        "as a question set for `hoidap eval`. Of a question rated several times, the last time counts.",
    )
    add_index(parser)
    parser.add_argument("--questions", type=Path, metavar="OUT.jsonl", help="write the question set")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run_feedback)


def run_feedback(options: argparse.Namespace) -> int:
    """Print what was rated, and write the question set. Raises HoidapError where either cannot be done."""
    from qa import Conversations, read_feedback

    conversations = Conversations(options.index, write=False)
    try:
        ratings = list(conversations.ratings()) if conversations.exist() else []
    finally:
        conversations.close()
    feedback = read_feedback(ratings, options.index)
    if options.questions is not None:
        _write(options.questions, feedback)
    if options.json:
        print(json.dumps(_as_json(feedback), ensure_ascii=False, indent=2))
    else:
        if options.questions is None:
            for item in feedback:
                print(_item_line(item))
        print(_counts_line(feedback))
        for reason, count in Counter(item.left_out for item in feedback if item.left_out).most_common():
            print(f"left out: {count}, {reason}")
        if options.questions is not None:
            command = f"hoidap eval {shlex.quote(str(options.questions))} --index {shlex.quote(str(options.index))}"
            print(f"Written to {options.questions}; try it with: {command}")
    return 0


def _write(path: Path, feedback: Sequence[Feedback]) -> None:
    """Write the question set, whole or not at all."""
    from qa import HoidapError
    from qa.evaluation.questions import question_record

    questions = [item.question for item in feedback if item.question is not None]
    if not questions:
        raise HoidapError("there is no feedback that makes a question to be judged; nothing was written")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise HoidapError(f"cannot write {path}: expected a file in a folder that exists")
    lines = "".join(json.dumps(question_record(question), ensure_ascii=False) + "\n" for question in questions)
    # Through a file beside it, so that what was there is not lost where there is no room; a pipe has nothing to lose.
    to = path if path.exists() and not path.is_file() else path.with_name(path.name + ".part")
    try:
        to.write_text(lines, "utf-8")
        if to != path:
            os.replace(to, path)
    except OSError as error:
        if to != path:
            to.unlink(missing_ok=True)
        raise HoidapError(f"cannot write {path}: {error.strerror or error}") from error


def _as_json(feedback: Sequence[Feedback]) -> dict[str, Any]:
    return {
        "right": sum(item.rated.turn.rating == "up" for item in feedback),
        "wrong": sum(item.rated.turn.rating == "down" for item in feedback),
        "questions": sum(item.question is not None for item in feedback),
        "feedback": [
            {
                "question": item.rated.turn.question,
                "rating": item.rated.turn.rating,
                "right_answer": item.rated.turn.right_answer,
                "rated": item.rated.rated,
                "answer": item.rated.turn.record.get("answer"),
                "id": item.question.id if item.question else None,
                "article": item.question.article if item.question else None,
                "answers": list(item.question.answers) if item.question else [],
                "left_out": item.left_out,
            }
            for item in feedback
        ],
    }


def _item_line(item: Feedback) -> str:
    turn = item.rated.turn
    said = f" (right: {flat(turn.right_answer)})" if turn.right_answer else ""
    why = f"  [left out: {item.left_out}]" if item.left_out else ""
    return f"{item.rated.rated[:10]}  {'right' if turn.rating == 'up' else 'wrong'}  {flat(turn.question)}{said}{why}"


def _counts_line(feedback: Sequence[Feedback]) -> str:
    if not feedback:
        return "nobody has rated an answer yet; the chat asks for it below each one"
    counts = _as_json(feedback)
    return (
        f"{counted(len(feedback), 'question')} rated: {counts['right']} right, {counts['wrong']} wrong; "
        f"{counts['questions']} can be judged"
    )
