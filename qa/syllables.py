"""Vietnamese syllables with how common each is in general, for what a small corpus does not know.

`qa/syllables.txt` is written by `tests/list_syllables.py` from the bundled model's vocabulary: syllables with their
log probabilities among the words of a hundred languages.
"""

from __future__ import annotations

import math
from functools import cache
from importlib import resources

from qa.text import folded_token, tokens


@cache
def general_syllables() -> dict[str, dict[str, float]]:
    """Give, by letters without marks, the syllables with their shares of all listed: tokens, adding up to 1."""
    shares: dict[str, dict[str, float]] = {}
    lines = resources.files("qa").joinpath("syllables.txt").read_text("utf-8").splitlines()
    probabilities = [(syllable, math.exp(float(score))) for syllable, score in map(str.split, lines)]
    total = sum(probability for _, probability in probabilities)
    for syllable, probability in probabilities:
        (token,) = tokens(syllable)
        same = shares.setdefault(folded_token(token), {})
        same[token] = same.get(token, 0.0) + probability / total
    return shares


def is_general(token: str) -> bool:
    """Tell whether a token is a syllable that is common in general."""
    return token in general_syllables().get(folded_token(token), ())
