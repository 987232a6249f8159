"""Command line arguments that several commands take, and types that tell in one line what is no such thing."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from pathlib import Path


def add_index(parser: argparse.ArgumentParser) -> None:
    """Add --index."""
    parser.add_argument("--index", type=Path, default=Path("index"), metavar="DIR", help="the index (default index/)")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add --model."""
    parser.add_argument(
        "--model", metavar="NAME_OR_FOLDER", help="a sentence-transformers model (default: the index's own)"
    )


def add_answer_from(parser: argparse.ArgumentParser) -> None:
    """Add --answer-from."""
    parser.add_argument(
        "--answer-from",
        type=probability,
        metavar="P",
        help="the confidence from which on to answer, 0 to 1 (default: what `hoidap calibrate` chose, or came with)",
    )


def add_exclude(parser: argparse.ArgumentParser) -> None:
    """Add --exclude."""
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="files and folders to pass over, such as '*.csv' or 'drafts' or '2019/*'; repeatable",
    )


def positive(text: str) -> int:
    """Read a whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, found {text!r}")
    return int(text)


def probability(text: str) -> float:
    """Read a number from 0 to 1, both included."""
    number = _number(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1, found {text!r}")
    return number


def share(text: str) -> float:
    """Read a number between 0 and 1, neither included."""
    number = _number(text)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"must be a number between 0 and 1, found {text!r}")
    return number


def day(text: str) -> date:
    """Read a day, as 2021-04-13 or the Vietnamese way: 13/4/2021."""
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"must be a day such as 2021-04-13 or 13/4/2021, found {text!r}")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
