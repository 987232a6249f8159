"""The general list of syllables: shares of a whole, each syllable once."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import pytest

from qa.syllables import general_syllables, is_general
from qa.text import folded_token, is_syllable, tokens


def lines() -> list[list[str]]:
    return [line.split() for line in resources.files("qa").joinpath("syllables.txt").read_text("utf-8").splitlines()]


def test_every_line_is_a_syllable_and_its_score_the_commonest_first() -> None:
    assert all(len(line) == 2 for line in lines())
    scores = [float(score) for _, score in lines()]
    assert scores == sorted(scores, reverse=True)
    assert all(score < 0 for score in scores)


def test_no_syllable_stands_there_twice() -> None:
    syllables = [syllable for syllable, _ in lines()]
    assert len(syllables) == len(set(syllables)) > 2000


def test_every_syllable_is_one_token_that_could_be_vietnamese() -> None:
    for syllable, _ in lines():
        (token,) = tokens(syllable)
        assert is_syllable(folded_token(token)), syllable


def test_shares_add_up_to_one_and_stand_under_their_letters() -> None:
    shares = general_syllables()
    assert sum(share for same in shares.values() for share in same.values()) == pytest.approx(1.0)
    for letters, same in shares.items():
        assert same
        assert {folded_token(token) for token in same} == {letters}
        assert all(share > 0 for share in same.values())


@pytest.mark.parametrize(
    ("told", "syllables"),
    [
        (lambda general: general, "người nước không có hòa hoà ủy uỷ kỹ kĩ quý"),
        (lambda general: not general, "qwerty 2021 Microsoft ngừoi nguwowif"),
    ],
    ids=["common", "not common"],
)
def test_syllables_are_told_from_what_is_none(told: Callable[[bool], bool], syllables: str) -> None:
    for word in syllables.split():
        (token,) = tokens(word)
        assert told(is_general(token)), word
