"""Sentences a second by `SentenceEncoder`, beside `SentenceTransformer(folder).encode` with its defaults."""

from __future__ import annotations

import statistics

from bench_timing import seconds
from corpora import archive_article

from embeddings.encoder import SentenceEncoder
from embeddings.models import find_model
from qa.sentences import sentence_spans


def encoding(count: int) -> None:
    """Time both ways of encoding, alternately, three times."""
    from sentence_transformers import SentenceTransformer  # seconds, and memory that no other part needs

    model = find_model()
    ours, theirs = SentenceEncoder(model), SentenceTransformer(model.location, device="cpu")
    texts = _sentences(count)
    ours.encode_passages(texts[:32]), theirs.encode(texts[:32])
    ratios = []
    for _ in range(3):
        default = seconds(lambda: theirs.encode(texts, show_progress_bar=False))
        fast = seconds(lambda: ours.encode_passages(texts))
        ratios.append(default / fast)
        print(f"encoding {len(texts)} sentences: {len(texts) / fast:.0f}/s in {ours.precision}, "
              f"defaults {len(texts) / default:.0f}/s, ratio {default / fast:.2f}")  # fmt: skip
    print(f"encoding ratio, median of three: {statistics.median(ratios):.2f}")


def _sentences(count: int) -> list[str]:
    """Take the first sentences of an archive."""
    found: list[str] = []
    article = 0
    while len(found) < count:
        text = archive_article(article)["text"]
        found += [text[start:end] for start, end in sentence_spans(text, 0, len(text))]
        article += 1
    return found[:count]
