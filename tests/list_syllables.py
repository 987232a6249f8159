"""Write `qa/syllables.txt` anew: Vietnamese syllables by how common they are, from the bundled model's vocabulary.

The vocabulary of multilingual-e5 (MIT; it is that of XLM-R, Conneau et al., ACL 2020) was learnt from web text in a
hundred languages, and scores each piece by how probable it is. Kept are whole words whose letters could be a Vietnamese
syllable. Where no letter is Vietnamese alone ("não", "la"), other languages have their part in the score: it is capped.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

from embeddings.models import find_model
from qa.text import LETTERS, fold, is_syllable

OUT = Path(__file__).parent.parent / "qa" / "syllables.txt"
SHARED_MOST = -12.0
_OWN_MARKS = frozenset("\u0309\u0323\u031b")
_STOPPED = ("c", "ch", "p", "t")
_STOPPED_TONES = frozenset("\u0301\u0323")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


def main() -> None:
    """Read the vocabulary, write the list."""
    vocabulary = json.loads((Path(find_model().location) / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    scores = {
        piece[1:]: score if is_only_vietnamese(piece[1:]) else min(score, SHARED_MOST)
        for piece, score in vocabulary
        if piece.startswith("\u2581") and is_vietnamese(piece[1:])
    }
    ranked = sorted(scores, key=lambda syllable: -scores[syllable])
    OUT.write_text("".join(f"{syllable} {scores[syllable]:.2f}\n" for syllable in ranked), "utf-8")
    print(f"{len(ranked)} syllables to {OUT.name}")


def is_only_vietnamese(word: str) -> bool:
    """Tell whether a word begins as few others do, or has a letter with horn, hook or dot below, or two marks."""
    if len(word) > 3 and word.startswith(("kh", "ng", "nh", "tr")):
        return True
    decomposed = [unicodedata.normalize("NFD", letter)[1:] for letter in word]
    return any(len(marks) > 1 or _OWN_MARKS.intersection(marks) for marks in decomposed)


def is_vietnamese(word: str) -> bool:
    """Tell whether a word could be a Vietnamese syllable."""
    if not word or not set(LETTERS).issuperset(word) or not is_syllable(fold(word)):
        return False
    if "oo" in word and not word.endswith(("oong", "ooc")):
        return False
    tones = [mark for mark in unicodedata.normalize("NFD", word) if mark in _TONES]
    if len(tones) > 1:
        return False
    # A syllable that ends in a stop has one of two tones.
    return word.isascii() or not fold(word).endswith(_STOPPED) or bool(_STOPPED_TONES.intersection(tones))


if __name__ == "__main__":
    main()
