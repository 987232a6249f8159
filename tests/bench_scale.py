"""What an index costs by its size: indexing, opening, asking and adding, and how exact FAISS is."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench_processes import Step, run
from bench_tables import percentile, print_table, readable
from corpora import archive, archive_question

SCALE = (1_000, 5_000, 20_000, 80_000)
ENCODED_MOST = 5_000
"""Articles; larger archives take hours to encode and get faked vectors."""


def scale(sizes: Sequence[int], questions: int) -> None:
    """Print what archives of these sizes cost."""
    columns = [_cost(size, questions) for size in sizes]
    print(f"\nby articles in the index; faked vectors above {ENCODED_MOST:,} articles: no time for encoding")
    print_table([[name, *(column[name] for column in columns)] for name in columns[0]])


def folder_bytes(folder: Path) -> int:
    """Give the size of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _cost(size: int, questions: int) -> dict[str, str]:
    encoder = "model" if size <= ENCODED_MOST else "faked"
    print(f"{size:,} articles", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        index = str(Path(folder, "index"))
        asked = list(dict.fromkeys(archive_question(i * size // questions).question for i in range(questions)))
        corpus, more = archive(Path(folder, "archive.jsonl"), size), archive(Path(folder, "more.jsonl"), 1, first=size)
        measure = partial(run, "bench_hoidap", articles=size, folder=index, encoder=encoder)
        made = measure(function="index", corpus=str(corpus), question=asked[0])
        disk = folder_bytes(Path(index))
        with Step("bench_hoidap", "ask", folder=index, encoder=encoder) as asking:
            told = {**asking.answer(), **asking.send(asked)}
        near = measure(function="nearest", questions=asked[:100])
        added = measure(function="add", corpus=str(corpus), more=str(more))
    return {
        "articles": f"{size:,}",
        "passages": f"{made['passages']:,}",
        "sentences": f"{made['pieces']:,}",
        "vectors": "encoded" if encoder == "model" else "faked",
        "indexing, s": readable(made["seconds"]),
        "indexing, articles a second": readable(size / made["seconds"]),
        "indexing, peak memory, MB": readable(made["peak"] / 1e6),
        "index on disk, MB": readable(disk / 1e6),
        "opening, without the model, s": readable(told["opened"]),
        "asking, peak memory, MB": readable(told["peak"] / 1e6),
        "retrieval beyond encoding, median ms": readable(percentile(told["beyond_ms"], 50)),
        "retrieval beyond encoding, p95 ms": readable(percentile(told["beyond_ms"], 95)),
        "adding one article, s": readable(added["adding"]),
        "a run that finds nothing new, s": readable(added["unchanged"]),
        "FAISS recall@10 against exact search": f"{near['recall']:.3f}",
    }
