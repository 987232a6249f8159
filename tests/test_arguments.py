"""Types of command line arguments: what they read, and one line that names what they do not."""

import argparse
from collections.abc import Callable
from datetime import date

import pytest

from ui.arguments import day, positive, probability, share


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("12", 12), ("007", 7)])
def test_a_whole_number_is_read(text: str, number: int) -> None:
    assert positive(text) == number


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "1e3", "", " 1", "²", "một"])
def test_what_is_no_whole_number_from_one_is_named(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        positive(text)
    assert str(caught.value) == f"must be a whole number from 1, found {text!r}"


@pytest.mark.parametrize(("text", "number"), [("0", 0.0), ("1", 1.0), ("0.25", 0.25), ("1e-3", 0.001)])
def test_a_probability_may_be_0_or_1(text: str, number: float) -> None:
    assert probability(text) == number


@pytest.mark.parametrize(("text", "number"), [("0.9", 0.9), ("1e-9", 1e-9), ("0.999", 0.999)])
def test_a_share_lies_between_0_and_1(text: str, number: float) -> None:
    assert share(text) == number


@pytest.mark.parametrize("text", ["-0.1", "1.1", "2", "nan", "inf", "-inf", "x", "", "0,5", "50 %"])
@pytest.mark.parametrize("read", [probability, share])
def test_what_is_no_number_from_0_to_1_is_named(read: Callable[[str], float], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must be a number") as caught:
        read(text)
    assert str(caught.value).endswith(f"found {text!r}")


@pytest.mark.parametrize("text", ["0", "1", "0.0", "1.0"])
def test_nothing_and_all_are_no_share(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"must be a number between 0 and 1, found"):
        share(text)


@pytest.mark.parametrize("text", ["2021-04-13", "2021-4-13", "13/4/2021", "13/04/2021", "13-4-2021", "13-04-2021"])
def test_a_day_is_read_as_iso_or_the_vietnamese_way(text: str) -> None:
    assert day(text) == date(2021, 4, 13)


def test_the_day_comes_before_the_month() -> None:
    assert day("5/4/2021") == date(2021, 4, 5)


@pytest.mark.parametrize(
    "text",
    ["", "hôm qua", "2021", "2021-04", "4/2021", "31/4/2021", "29/2/2021", "4/13/2021", "2021-13-04", "0/0/0000"],
)
def test_what_is_no_day_is_named(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        day(text)
    assert str(caught.value) == f"must be a day such as 2021-04-13 or 13/4/2021, found {text!r}"
