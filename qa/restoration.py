"""Giving a question the diacritics that it was typed without: all of them, or those of some words.

A bigram model over the corpus's own syllables, smoothed by how common syllables are in general, and Viterbi over the
readings of each word. A word that nothing is known of stays as it was typed.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Callable, Iterator

from qa.function_words import ENGLISH
from qa.keystrokes import from_telex, from_vni
from qa.lexical import LexicalIndex
from qa.syllables import general_syllables, is_general
from qa.text import LETTERS, fold, folded_token, is_syllable, readable, spelling, tokens

# Letters beside digits are no word: "CO2", "5A".
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]+(?![^\W_])")
_TYPED_WORD = re.compile(r"[^\W_]+")
# Of the model, the share of the bigram; and how many passages more a syllable is taken to stand in.
_BIGRAM_SHARE = 0.97
_UNSEEN = 0.5
# What is known of syllables in general counts like so many passages of the corpus, each of about so many syllables.
_GENERAL_PASSAGES = 20.0
_PASSAGE_SYLLABLES = 100.0
# Of a word's occurrences in the corpus and in general, the share without marks below which it was mistyped without.
_UNMARKED_SHARE = 0.03
# Of the words in a question typed with Telex or VNI, at least so many are syllables only once they are read so; and of
# those that nothing is known of as they stand.
_KEYED_SHARE = 0.25
_KEYED_UNKNOWN_SHARE = 0.6
_KEYED_LEAST = 2
_TYPO_LEAST, _TYPO_MOST = 3, 9

# Articles state and do not ask: what questions are made of is rare in them, or reads as something else unmarked.
_ASKING = """
bao nhiêu; có bao nhiêu; là bao nhiêu; bao nhiêu người; bao nhiêu tiền; bao lâu; bao giờ; từ bao giờ; mấy người; có
mấy; là mấy; là ai; ai là; do ai; ai đã; của ai; với ai; những ai; ai được; ông ai; là gì; cái gì; làm gì; những gì;
gồm những; về việc gì; việc gì; điều gì; để làm gì; có gì; tên gì; tên là gì; ở đâu; từ đâu; đến đâu; tại đâu; nơi
nào; đâu là; khi nào; lúc nào; ngày nào; năm nào; tháng nào; hồi nào; thế nào; như thế nào; ra sao; làm sao; vì sao;
tại sao; sao lại; vì sao lại; thì sao; người nào; nước nào; tỉnh nào; huyện nào; đơn vị nào; cơ quan nào; nào được;
nào là; cái nào; thế bao; thế ai; thế còn; thế có; thế thì;
có phải; phải không; hay không; được không; có không; đã chưa; hay chưa; cho biết; hãy cho biết;
xin hỏi; cho hỏi; hỏi về; bị sao; mất bao lâu; đã có; có được
"""
_ASKING_PAIRS = frozenset(
    f"{first}_{second}" for phrase in _ASKING.split(";") for first, second in itertools.pairwise(tokens(phrase))
)
_ASKING_SYLLABLES: dict[str, set[str]] = {}
for _syllable in tokens(_ASKING):
    _ASKING_SYLLABLES.setdefault(fold(_syllable), set()).add(_syllable)
# How often what asks is taken to stand in a corpus: in this share of its passages, and in so many at least.
_ASKING_SHARE = 0.05
_ASKING_LEAST = 20.0


def from_keystrokes(text: str, lexical: LexicalIndex) -> str:
    """Read a question typed in Telex or VNI with no input method turned on; as it is where it was not."""
    words = [match[0] for match in _TYPED_WORD.finditer(text)]
    unknown = [word for word in words if word.isascii() and not word.isdigit() and not _is_known(word, lexical)]
    least = max(_KEYED_LEAST, _KEYED_SHARE * len(words), _KEYED_UNKNOWN_SHARE * len(unknown))
    best, keyed = text, math.ceil(least) - 1
    for read in (from_telex, from_vni):
        readings = {word: read(word) for word in unknown}
        told = {
            word
            for word, reading in readings.items()
            if reading != word and word.lower() not in ENGLISH and _is_known(reading, lexical)
        }
        count = sum(word in told for word in unknown)
        if count > keyed:
            # What the others are is plain by now, though the corpus may not know each.
            told |= {
                word for word, reading in readings.items() if reading != word and _is_marked_syllable(word, reading)
            }
            best, keyed = _replaced(text, told, read), count
    return best


def _is_marked_syllable(word: str, reading: str) -> bool:
    return word.lower() not in ENGLISH and not reading.isascii() and is_syllable(fold(reading.lower()))


def _replaced(text: str, told: set[str], read: Callable[[str], str]) -> str:
    return _TYPED_WORD.sub(lambda match: read(match[0]) if match[0] in told else match[0], text)


def _is_known(word: str, lexical: LexicalIndex) -> bool:
    found = tokens(word)
    return len(found) == 1 and (lexical.frequency(found[0], "exact") > 0 or is_general(found[0]))


def restore(text: str, lexical: LexicalIndex) -> str:
    """Put diacritics on the words of a question typed without any."""
    return _best_reading(text, lexical, lambda token, readings: readings)


def restore_some(text: str, lexical: LexicalIndex) -> str:
    """Put diacritics on those words of a question that miss them, where some words have theirs.

    A question is left alone where each of its unmarked words is one that also stands unmarked in the corpus or in
    general.
    """
    words = [match[0] for match in _WORD.finditer(text)]
    # Abbreviations in capitals are no syllables.
    unmarked = {word.lower() for word in words if word.isascii() and not (word.isupper() and len(word) > 1)}
    unmarked = {token for word in unmarked for token in tokens(word) if is_syllable(token)}
    doubtful = {token for token in unmarked if _unmarked_share(token, lexical) < _UNMARKED_SHARE}
    if not doubtful:
        return text
    # How likely it is that a mark was left out, as this very question shows it.
    left_out = min(0.9, len(doubtful) / len(unmarked))
    stays, goes = math.log(1 - left_out), math.log(left_out)

    def weighed(token: str, readings: dict[str, float]) -> dict[str, float]:
        if token not in unmarked:
            return {token: 0.0}
        return {reading: weight + (stays if reading == token else goes) for reading, weight in readings.items()}

    return _best_reading(text, lexical, weighed)


def _unmarked_share(token: str, lexical: LexicalIndex) -> float:
    readings = _frequencies(token, lexical)
    total = sum(readings.values())
    return readings.get(token, 0.0) / total if total else 1.0


def _frequencies(folded: str, lexical: LexicalIndex) -> dict[str, float]:
    """Give the syllables that letters without marks may stand for, with the passages that hold each, as estimated."""
    counts: dict[str, float] = dict(lexical.variants(folded))
    for syllable, share in general_syllables().get(folded, {}).items():
        expected = _GENERAL_PASSAGES * min(1.0, _PASSAGE_SYLLABLES * share)
        counts[syllable] = counts.get(syllable, 0.0) + expected
    for syllable in _ASKING_SYLLABLES.get(folded, ()):
        counts[syllable] = max(counts.get(syllable, 0.0), _asking(lexical))
    return counts


def _best_reading(
    text: str, lexical: LexicalIndex, weighed: Callable[[str, dict[str, float]], dict[str, float]]
) -> str:
    """Find the most probable reading of all words together (Viterbi), and write it as the text was.

    P(b|a) = l * n(ab) / (n(a) + u) + (1 - l) * P(b), n counting passages (Jelinek and Mercer, 1980). `weighed` is
    told the readings of a word, each with weight 0, and gives those allowed, with what is added to their log
    probabilities.
    """
    words = list(_WORD.finditer(text))
    total = len(lexical) + _GENERAL_PASSAGES
    paths: dict[str, tuple[float, list[str]]] = {"": (0.0, [])}
    for match in words:
        (token,) = tokens(match[0]) or [match[0].lower()]
        frequencies = _frequencies(folded_token(token), lexical) or {token: 0.0}
        allowed = weighed(token, dict.fromkeys(frequencies, 0.0)) or {token: 0.0}
        following: dict[str, tuple[float, list[str]]] = {}
        for reading, weight in allowed.items():
            unigram = (frequencies.get(reading, 0.0) + 0.5) / total
            score, path = max(
                (score + _transition(lexical, before, reading, unigram), path)
                for before, (score, path) in paths.items()
            )
            following[reading] = (score + weight, [*path, reading])
        paths = following
    _, best = max(paths.values())
    read = iter(best)
    return spelling(_WORD.sub(lambda match: _as_typed(next(read), match[0]), text))


def _as_typed(reading: str, typed: str) -> str:
    return typed if tokens(typed) == [reading] else _cased(readable(reading), typed)


def _transition(lexical: LexicalIndex, before: str, reading: str, unigram: float) -> float:
    if not before:
        return math.log(unigram)
    name = f"{before}_{reading}"
    pair: float = lexical.frequency(name, "exact")
    if name in _ASKING_PAIRS:
        pair = max(pair, _asking(lexical))
    seen = max(lexical.frequency(before, "exact"), pair)
    return math.log(_BIGRAM_SHARE * pair / (seen + _UNSEEN) + (1 - _BIGRAM_SHARE) * unigram)


def _asking(lexical: LexicalIndex) -> float:
    return max(_ASKING_LEAST, _ASKING_SHARE * len(lexical))


def _cased(reading: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return reading.upper()
    return unicodedata.normalize("NFC", reading[:1].upper() + reading[1:]) if like[:1].isupper() else reading


def correct(text: str, lexical: LexicalIndex) -> str:
    """Put right what is no syllable and one letter away from one that stands beside the same word in the corpus.

    Of several, the one whose pair with a neighbour is most frequent.
    """
    words = ["", *_WORD.findall(text), ""]
    put_right = [
        _put_right(word, tokens(before)[-1:], tokens(after)[:1], lexical)
        for before, word, after in zip(words, words[1:], words[2:], strict=False)
    ]
    read = iter(put_right)
    return _WORD.sub(lambda match: next(read), text)


def _put_right(word: str, before: list[str], after: list[str], lexical: LexicalIndex) -> str:
    if not _TYPO_LEAST <= len(word) <= _TYPO_MOST or word.isupper() or is_syllable(fold(word.lower())):
        return word
    if _is_known(word, lexical):
        return word
    best, most = word, 0
    for candidate in _one_edit_away(word.lower()):
        found = tokens(candidate)
        if len(found) != 1 or not lexical.frequency(found[0], "exact"):
            continue
        pairs = [f"{neighbour}_{found[0]}" for neighbour in before] + [f"{found[0]}_{neighbour}" for neighbour in after]
        count = max((lexical.frequency(pair, "exact") for pair in pairs), default=0)
        if count > most:
            best, most = _cased(candidate, word), count
    return best


def _one_edit_away(word: str) -> Iterator[str]:
    """Give the syllables one letter away: one changed, missing, too many, or two swapped (Damerau, CACM 7, 1964)."""
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        edits = [head + letter + tail for letter in LETTERS]
        if tail:
            edits += [head + tail[1:], *(head + letter + tail[1:] for letter in LETTERS)]
        if len(tail) > 1:
            edits.append(head + tail[1] + tail[0] + tail[2:])
        yield from (edit for edit in edits if is_syllable(fold(edit)))
