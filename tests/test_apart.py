"""The model in a process of its own: the same vectors, many askers, and what happens when the process goes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import apart
from embeddings.apart import EncoderApart
from embeddings.batching import TOGETHER_MOST
from embeddings.encoder import LazyEncoder
from embeddings.errors import EncoderError
from embeddings.models import Model, find_model

ROOT = Path(__file__).parent.parent
QUESTIONS = ["Đảng bộ có bao nhiêu đảng viên?", "Ai là trưởng đoàn?", "Họp khi nào?", "a", "Ở đâu? " * 40]


@pytest.fixture(scope="module")
def encoder() -> Iterator[EncoderApart]:
    made = EncoderApart(find_model())
    yield made
    made.close()


def test_vectors_are_those_of_the_model_in_this_process(encoder: EncoderApart, bundled_encoder: LazyEncoder) -> None:
    assert (encoder.dimension, encoder.prompts) == (bundled_encoder.dimension, bundled_encoder.prompts)
    assert (encoder.name, encoder.fingerprint) == (bundled_encoder.name, bundled_encoder.fingerprint)
    done: list[int] = []
    passages = [f"{text} {i}" for i in range(30) for text in QUESTIONS]
    for ours, theirs in (
        (encoder.encode_queries(QUESTIONS), bundled_encoder.encode_queries(QUESTIONS)),
        (encoder.encode_passages(passages, done.append), bundled_encoder.encode_passages(passages)),
    ):
        assert ours.shape == theirs.shape
        assert ours.dtype == np.float32
        assert (ours * theirs).sum(axis=1).min() > 0.999
    assert sum(done) == len(passages)


def test_everybody_who_asks_at_once_gets_their_own_answer(encoder: EncoderApart) -> None:
    questions = [f"Câu hỏi số {i} về chuyện {i * i}?" for i in range(60)]
    alone = np.vstack([encoder.encode_queries([question]) for question in questions])
    with ThreadPoolExecutor(12) as people:
        together = np.vstack(list(people.map(lambda question: encoder.encode_queries([question]), questions)))
    assert (alone * together).sum(axis=1).min() > 0.999


def test_questions_are_answered_while_passages_are_encoded(encoder: EncoderApart) -> None:
    ended: list[str] = []

    def index() -> None:
        encoder.encode_passages([f"Câu dài số {i}. " * 10 for i in range(500)])
        ended.append("passages")

    indexing = threading.Thread(target=index)
    indexing.start()
    time.sleep(0.2)
    encoder.encode_queries(["Hỏi?"])
    ended.append("question")
    indexing.join()
    assert ended == ["question", "passages"]


def test_a_process_that_went_is_said_and_replaced(encoder: EncoderApart) -> None:
    worker = encoder._worker
    assert worker is not None
    waiting = worker.ask("passages", ["Câu dài. " * 50] * 3000)
    worker.stop()
    with pytest.raises(EncoderError, match="process ended"):
        waiting.result(20)
    assert encoder.encode_queries(["Hỏi?"]).shape == (1, encoder.dimension)


def test_a_model_that_cannot_be_loaded_is_said_to_everyone(tmp_path: object) -> None:
    broken = EncoderApart(Model("hỏng", f"{tmp_path}/khong-co", "0" * 8))
    for _ in range(2):
        with pytest.raises(EncoderError) as raised:
            broken.encode_queries(["Hỏi?"])
        assert "\n" not in str(raised.value)
    broken.close()


class Unreadable:
    """Pickled without complaint, and not to be unpickled."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("không phải số",)


def answers_wrongly(pipe: Connection, model: Model) -> None:
    pipe.recv()
    pipe.send((10**6, "nobody asked"))
    pipe.send((0, Unreadable()))
    pipe.recv()


def test_what_cannot_be_read_ends_the_wait_and_not_only_the_listening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_serve", answers_wrongly)
    worker = apart._Worker(find_model())
    with pytest.raises(EncoderError, match="process ended"):
        worker.ask("questions", ["Hỏi?"]).result(60)
    assert worker.is_gone
    with pytest.raises(EncoderError, match="process ended"):
        worker.ask("questions", ["Hỏi?"]).result(60)
    worker._process.join(60)
    assert worker._process.exitcode is not None


def processes_of(session: int) -> list[str]:
    """Give the command lines of what runs in a session, but for what has ended and was not fetched by its parent."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "sess=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    return [row[2] for row in rows if row[0] == str(session) and not row[1].startswith("Z")]


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps")
@pytest.mark.parametrize("when", ["starting", "importing", "serving"])
def test_ctrl_c_ends_the_chat_and_its_model_without_a_traceback(seed_index: Path, tmp_path: Path, when: str) -> None:
    index = shutil.copytree(seed_index, tmp_path / "index")
    command = [sys.executable, "-m", "ui.cli", "chat", "--index", str(index), "--port", "0"]
    # Like a terminal's foreground group, in which Ctrl-C reaches every process.
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as chat:
        try:
            assert chat.stdout is not None
            if when == "serving":
                assert "Hoidap answers" in chat.stdout.readline()
            until = time.monotonic() + 60
            while not any("spawn_main" in line for line in processes_of(chat.pid)):
                assert chat.poll() is None
                assert time.monotonic() < until, processes_of(chat.pid)
                time.sleep(0.02)
            time.sleep(1 if when == "importing" else 0)
            os.killpg(chat.pid, signal.SIGINT)
            _, said = chat.communicate(timeout=60)
            # The resource tracker of multiprocessing sees a moment later that nobody is left.
            until = time.monotonic() + 20
            while processes_of(chat.pid) and time.monotonic() < until:
                time.sleep(0.1)
            assert processes_of(chat.pid) == []
        finally:
            if processes_of(chat.pid):
                os.killpg(chat.pid, signal.SIGKILL)
    assert [line for line in said.splitlines() if line and not line.startswith(("Loading the", "stopped"))] == []
    # Python itself ends by SIGINT after one in code that a C library ran.
    assert chat.returncode in (0, 130, -signal.SIGINT)


@given(st.lists(st.tuples(st.sampled_from(["questions", "passages", "facts"]), st.integers(0, 40)), min_size=1))
def test_questions_go_first_together_and_nobody_is_left_out(asked: list[tuple[str, int]]) -> None:
    waiting = [(number, what, ["x"] * count) for number, (what, count) in enumerate(asked)]
    order = []
    while waiting:
        now = apart._next(waiting)
        assert now
        if any(what == "questions" for _, what, _ in waiting):
            assert {what for _, what, _ in now} == {"questions"}
        assert len(now) == 1 or sum(len(texts) for _, _, texts in now) <= TOGETHER_MOST
        order += [number for number, _, _ in now]
        waiting = [one for one in waiting if one not in now]
    assert sorted(order) == list(range(len(asked)))
