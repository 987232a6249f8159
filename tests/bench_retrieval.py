"""What finding passages costs beyond encoding the question, and what understanding a question costs.

Over an archive of the size asked for with faked vectors: finding costs the same whatever they mean.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from bench_tables import spread
from bench_timing import QUESTIONS, seconds
from corpora import archive
from encoders import DriftedEncoder

from qa import update_index
from qa.evaluation import VARIANTS
from qa.questions import understand
from qa.retriever import retrieve
from qa.snapshot import Snapshot

_PASSAGES_AN_ARTICLE = 4.25


def retrieval(passages: int) -> None:
    """Build an index of about that many passages and time understanding and finding."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = archive(Path(folder, "archive.jsonl"), max(1, round(passages / _PASSAGES_AN_ARTICLE)))
        encoder = DriftedEncoder()
        report = update_index(corpus, Path(folder, "index"), encoder=encoder)
        snapshot = Snapshot.open(Path(folder, "index"))
        assert snapshot is not None

        def find(question: str, vector: np.ndarray) -> None:
            retrieve(understand(question, snapshot.lexical), vector, snapshot, 10)

        found = [
            1000 * seconds(partial(find, question, encoder.encode_queries([question])[0]))
            for question in QUESTIONS * 30
        ]
        asked = [variant.rewrite(question) for question in QUESTIONS for variant in VARIANTS.values()]
        understood = [
            1000 * seconds(partial(understand, question, snapshot.lexical)) for _ in range(10) for question in asked
        ]
    print(f"retrieval over {report.passages:,} passages, {report.sentences:,} sentences, beyond encoding the question: "
          f"{spread(found)}")  # fmt: skip
    print(f"understanding, {len(VARIANTS)} ways of typing: {spread(understood)}")
