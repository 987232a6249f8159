"""Types of command line arguments: what is no such thing is told in one line."""

from __future__ import annotations

import argparse
from datetime import date, datetime


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
