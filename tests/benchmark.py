"""Speed, as ratios between two things timed in one run: `make bench`. It prints; it asserts nothing.

Encoding: sentences a second by `SentenceEncoder`, beside `SentenceTransformer(folder).encode` with its defaults, on the
same sentences. Retrieval: what finding passages costs beyond encoding the question, over an index of the size asked
for, whose articles are the seeds with their sentences and numbers shuffled and whose vectors are random unit vectors
(finding costs the same whatever they mean).
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from embeddings.encoder import SentenceEncoder
from embeddings.models import find_model
from qa import update_index
from qa.evaluation import VARIANTS
from qa.pages import read_page
from qa.questions import understand
from qa.retriever import retrieve
from qa.sentences import sentence_spans
from qa.snapshot import Snapshot
from qa.text import tokens, with_pairs

SEEDS = Path(__file__).parent.parent / "seeds" / "articles"
QUESTIONS = [
    "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?",
    "Ai là trưởng đoàn giám sát số 1?",
    "Phần mềm nào được dùng để quản lý văn bản?",
    "Đảng ủy cơ sở ở Đồng Tháp họp định kỳ thế nào?",
    "phan mem nao duoc dung de quan ly van ban",
    "How many party members does Cao Loc have?",
]


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "parts", nargs="*", default=["encoding", "retrieval"], help="encoding, retrieval (default: both)"
    )
    parser.add_argument("--sentences", type=int, default=600, help="how many to encode (default 600)")
    parser.add_argument("--passages", type=int, default=10_000, help="how many to retrieve from (default 10,000)")
    options = parser.parse_args()
    if "encoding" in options.parts:
        encoding(options.sentences)
    if "retrieval" in options.parts:
        retrieval(options.passages)


def sentences() -> list[str]:
    """List the seeds' sentences."""
    found = []
    for path in sorted(SEEDS.iterdir()):
        text = path.read_bytes().decode()
        for start, end in read_page(text).paragraphs:
            found += [" ".join(text[a:b].split()) for a, b in sentence_spans(text, start, end)]
    return found


def encoding(count: int) -> None:
    """Time both ways of encoding, alternately, three times."""
    from sentence_transformers import SentenceTransformer

    model = find_model()
    ours, theirs = SentenceEncoder(model), SentenceTransformer(model.location, device="cpu")
    texts = [text for text in varied(sentences(), count, random.Random(1)) if text]
    ours.encode_passages(texts[:32]), theirs.encode(texts[:32])
    ratios = []
    for _ in range(3):
        default = seconds(lambda: theirs.encode(texts, show_progress_bar=False))
        fast = seconds(lambda: ours.encode_passages(texts))
        ratios.append(default / fast)
        print(f"encoding {len(texts)} sentences: {len(texts) / fast:.0f}/s in {ours.precision}, "
              f"defaults {len(texts) / default:.0f}/s, ratio {default / fast:.2f}")  # fmt: skip
    print(f"encoding ratio, median of three: {statistics.median(ratios):.2f}")


def varied(texts: Sequence[str], count: int, random_: random.Random) -> list[str]:
    """Repeat sentences with other numbers and their clauses in another order."""
    varied_texts = []
    for i in range(count):
        clauses = texts[i % len(texts)].split(", ")
        random_.shuffle(clauses)
        varied_texts.append(
            re.sub(r"\d+", lambda match: str(random_.randrange(10 ** len(match.group()))), ", ".join(clauses))
        )
    return varied_texts


class RandomEncoder:
    """Random unit vectors of the real model's length."""

    name, fingerprint, dimension = "random", "random", 384
    prompts = {"query": "", "document": ""}  # noqa: RUF012

    def __init__(self) -> None:
        self._random = np.random.default_rng(1)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Return random unit vectors."""
        vectors = self._random.standard_normal((len(texts), 384), dtype=np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return random unit vectors."""
        return self.encode_passages(texts)


def retrieval(passages: int) -> None:
    """Build an index of about that many passages and time understanding and finding."""
    texts, random_ = sentences(), random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        corpus, index = Path(folder, "corpus"), Path(folder, "index")
        corpus.mkdir()
        clauses = [clause.strip(" .") for text in texts for clause in re.split("[,;] ", text)]

        def paragraph() -> str:
            spoken = varied([", ".join(random_.sample(clauses, 3)) for _ in range(5)], 5, random_)
            return " ".join(f"{text[:1].upper()}{text[1:]}." for text in spoken)

        for number in range(passages // 5):
            body = "\n\n".join(paragraph() for _ in range(5))
            Path(corpus, f"{number:06}.txt").write_text(f"Bài số {number}\n\n{body}\n", encoding="utf-8")
        encoder = RandomEncoder()
        report = update_index(corpus, index, encoder=encoder)
        snapshot = Snapshot.open(index)
        assert snapshot is not None
        milliseconds = []
        for question in QUESTIONS * 30:
            vector = encoder.encode_queries([question])[0]
            milliseconds.append(1000 * seconds(partial(find, question, vector, snapshot)))
        median, p95 = np.percentile(milliseconds, [50, 95])
        print(f"retrieval over {report.passages} passages, {report.sentences} sentences, beyond encoding the question:")
        print(f"median {median:.1f} ms, p95 {p95:.1f} ms")
        asked = [variant.rewrite(question) for question in QUESTIONS for variant in VARIANTS.values()]
        milliseconds = [
            1000 * seconds(partial(understand, question, snapshot.lexical)) for _ in range(10) for question in asked
        ]
        median, p95 = np.percentile(milliseconds, [50, 95])
        pairs = {
            pair for path in corpus.iterdir() for pair in with_pairs(tokens(path.read_text("utf-8"))) if "_" in pair
        }
        print(
            f"understanding, {len(VARIANTS)} ways of typing, {len(pairs):,} pairs: "
            f"median {median:.2f} ms, p95 {p95:.2f} ms"
        )


def find(question: str, vector: np.ndarray, snapshot: Snapshot) -> None:
    """Do all that a question takes but encode it."""
    retrieve(understand(question, snapshot.lexical), vector, snapshot, 10)


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
