"""Near-duplicate articles: one story on two sites, under other titles, with another lead, caption or byline.

Two articles tell the same story where most of their shingles agree, as MinHash estimates, and where no number or name
differs between the same words. Reports made from one template differ in just those; their shingles agree as much as
those of edited copies do, so shingles alone would merge every weekly report with the one before.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa.text import CAPITALS, spelling, tokens

SAME_FROM = 0.55
"""The resemblance from which on two articles can be the same story. A footer of 60 % of their words makes less of two
articles; copies with sentences cut and added and the lead reworded keep more, 98 % of the long, 75 % of the short."""
TOKENS_LEAST = 30
"""A shorter text is no copy of any: captions and notices resemble each other by chance."""

_SHINGLE = 3
# Articles that resemble each other by 0.6 share a key with a chance of 99 %, by 0.5 of 87 %, by 0.2 of 5 %.
_BANDS, _ROWS = 32, 4
_SIZE = _BANDS * _ROWS
_FACTS_MOST = 512
# Names in a line of fewer words may be of a byline or a source, which differ from site to site.
_PROSE_LEAST = 10

_NUMBER_WORDS = frozenset(tokens("hai ba bốn năm sáu bảy tám chín mười mươi trăm nghìn ngàn triệu tỷ"))
# A click of Khoisan languages, which `tokens` takes for a word: it marks capitals that begin no sentence.
_NAME_MARK = "ǃ"
_NAME_START = re.compile(rf"(?:(?<=[\w,;)%] )|(?<=[(/-]))(?=[{CAPITALS}])")
# What tells numbers apart though it is no word.
_SIGN = re.compile(r"[%‰°+±×÷<>=$€£¥₫]|(?<![\w.,])-(?=\d)")

# Raised with any change to what is hashed, that of `tokens` included.
_VERSION = 1
_HEADER = struct.Struct("<BI")


def _hash(text: str) -> int:
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


_token_hash = lru_cache(maxsize=1 << 16)(_hash)
# From a hash: numpy's generators may draw other numbers in another version.
_FACTORS = np.array([_hash(f"factor {i}") | 1 for i in range(_SIZE)], np.uint64)
_TERMS = np.array([_hash(f"term {i}") for i in range(_SIZE)], np.uint64)
_HALF = np.uint64(32)


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """What is kept of an article's body to find its copies; about 1 KB."""

    minhash: NDArray[np.uint32]
    """Of length 128."""
    facts: NDArray[np.uint64]
    """The numbers and names, each as the hash of the words around it and its own, 32 bits each; sorted, at most 512."""
    token_count: int

    def to_bytes(self) -> bytes:
        """Give the signature as it is stored, the same on every machine."""
        header = _HEADER.pack(_VERSION, self.token_count)
        return header + self.minhash.astype("<u4").tobytes() + self.facts.astype("<u8").tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Signature:
        """Read what `to_bytes` gave. Raises ValueError where it is damaged or of another version."""
        facts_at = _HEADER.size + 4 * _SIZE
        if len(stored) < facts_at or (len(stored) - facts_at) % 8 or stored[0] != _VERSION:
            raise ValueError(f"not a signature of version {_VERSION}: {len(stored)} bytes")
        _, token_count = _HEADER.unpack_from(stored)
        minhash = np.frombuffer(stored, "<u4", _SIZE, _HEADER.size).astype(np.uint32)
        return cls(minhash, np.frombuffer(stored, "<u8", -1, facts_at).astype(np.uint64), token_count)


def describe(text: str) -> Signature:
    """Describe an article's body; its paragraphs stand on lines of their own."""
    words: list[str] = []
    facts: set[int] = set()
    for line in filter(str.strip, text.splitlines()):
        marked = tokens(_NAME_START.sub(f" {_NAME_MARK} ", spelling(line)))
        facts.update(_hash(around) >> 32 << 32 | _hash(fact) >> 32 for around, fact in _facts(marked))
        words.extend(word for word in marked if word != _NAME_MARK)
    # The smallest, not the first: of two long articles, the same ones are kept.
    return Signature(_minhash(words), np.array(sorted(facts)[:_FACTS_MOST], np.uint64), len(words))


def keys(signature: Signature) -> tuple[int, ...]:
    """Give the signed 64-bit keys of which two articles that resemble each other share at least one; none of a short
    text.
    """
    if signature.token_count < TOKENS_LEAST:
        return ()
    bands = signature.minhash.astype("<u4").reshape(_BANDS, _ROWS)
    return tuple(xxhash.xxh3_64_intdigest(band.tobytes(), seed=i) - 2**63 for i, band in enumerate(bands))


def resemblance(first: Signature, second: Signature) -> float:
    """Estimate what share of the shingles of either article both have (Jaccard), to about 0.04."""
    return float(np.mean(first.minhash == second.minhash))


def same_story(first: Signature, second: Signature) -> bool:
    """Tell whether two articles are one story, perhaps cut, added to or reworded, with the same numbers and names.

    It is not transitive: a story cut twice is a copy of the one in between.
    """
    return (
        min(first.token_count, second.token_count) >= TOKENS_LEAST
        and resemblance(first, second) >= SAME_FROM
        and _agree(first.facts, second.facts)
    )


def same_words(first: str, second: str) -> bool:
    """Tell whether two sentences say the same words, whatever their case, spelling of tones, punctuation and blanks.

    Signs that change a number count, as in 5 % and -5; what holds no word equals nothing.
    """
    words = _words(first)
    return bool(words) and words == _words(second)


def _words(sentence: str) -> list[str]:
    return tokens(_SIGN.sub(lambda sign: f" {unicodedata.name(sign[0])} ", spelling(sentence)))


def _minhash(words: Sequence[str]) -> NDArray[np.uint32]:
    # datasketch is as fast (0.4 ms an article) and its signatures as good, but importing it takes half a second.
    minhash = np.full(_SIZE, 2**32 - 1, np.uint32)
    hashes = np.fromiter(map(_token_hash, words), np.uint64, len(words))
    count = len(words) - _SHINGLE + 1
    if count < 1:
        return minhash
    shingles = hashes[:count]
    for i in range(1, _SHINGLE):
        shingles = (shingles ^ shingles >> _HALF) * _FACTORS[i] + hashes[i : i + count]
    shingles ^= shingles >> _HALF
    for i in range(_SIZE):
        minhash[i] = ((shingles * _FACTORS[i] + _TERMS[i]) >> _HALF).min()
    return minhash


def _facts(marked: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the two words on either side of each number or name of a line, and it; of the words, numbers and names are
    masked. What opens the line is left out: a dateline, or the number of an item.
    """
    runs: list[tuple[str, list[str]]] = []
    named = False
    for word in marked:
        if word == _NAME_MARK:
            named = True
            continue
        kind = "#" if word[0].isdigit() else "@" if named else "#" if word in _NUMBER_WORDS else ""
        named = False
        if kind and runs and runs[-1][0] == kind:
            runs[-1][1].append(word)
        else:
            runs.append((kind or word, [word] if kind else []))
    masks = ["", "", *(mask for mask, _ in runs), "", ""]
    prose = len(marked) - marked.count(_NAME_MARK) >= _PROSE_LEAST
    for i, (kind, fact) in enumerate(runs):
        if i > 0 and fact and (kind == "#" or prose):
            yield " ".join(masks[i : i + 5]), " ".join(fact)


def _agree(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Tell whether all words that both have facts between have one fact in common between them."""
    around_both = np.intersect1d(first >> _HALF, second >> _HALF)
    agreed = np.unique(np.intersect1d(first, second, assume_unique=True) >> _HALF)
    return len(around_both) == len(agreed)
