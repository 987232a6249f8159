"""Questions that wait together are encoded together, and nobody gets another's answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from encoders import HashEncoder

from embeddings.batching import TOGETHER_MOST, Turns
from embeddings.encoder import LazyEncoder


class Model:
    """Encodes as `HashEncoder` does, notes what it was given at once, and can be held up."""

    def __init__(self) -> None:
        self.encoder, self.rounds = HashEncoder(), list[list[str]]()
        self.goes_on, self.is_at_work = threading.Event(), threading.Event()
        self.users = 0

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.users += 1
        assert self.users == 1, "two threads in one model"
        self.rounds.append(list(texts))
        self.is_at_work.set()
        assert self.goes_on.wait(20)
        if "hỏng" in texts:
            self.users -= 1
            raise ValueError("hỏng")
        vectors = self.encoder.encode_queries(texts)
        self.users -= 1
        return vectors


@pytest.fixture
def model() -> Model:
    return Model()


def expected(*texts: str) -> np.ndarray:
    return HashEncoder().encode_queries(texts)


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(2000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def test_a_lone_question_is_encoded_at_once(model: Model) -> None:
    model.goes_on.set()
    turns = Turns(model)
    assert np.array_equal(turns.questions(["một", "hai"]), expected("một", "hai"))
    assert turns.questions([]).shape == (0, 48)
    assert model.rounds == [["một", "hai"], []]


def test_questions_that_wait_go_together_and_each_gets_its_own(model: Model) -> None:
    turns, texts = Turns(model), [f"câu hỏi {i}" for i in range(9)]
    with ThreadPoolExecutor(10) as people:
        first = people.submit(turns.questions, ["câu đầu"])
        assert model.is_at_work.wait(20)
        rest = [people.submit(turns.questions, [text, text + " nữa"]) for text in texts]
        wait_until(lambda: len(turns._waiting) == 9)
        model.goes_on.set()
        assert np.array_equal(first.result(20), expected("câu đầu"))
        for text, done in zip(texts, rest, strict=True):
            assert np.array_equal(done.result(20), expected(text, text + " nữa"))
    assert [len(texts) for texts in model.rounds] == [1, 18]


def test_too_many_to_go_together_take_more_rounds(model: Model) -> None:
    turns = Turns(model)
    with ThreadPoolExecutor(60) as people:
        first = people.submit(turns.questions, ["câu đầu"])
        assert model.is_at_work.wait(20)
        rest = [people.submit(turns.questions, [f"câu {i}"]) for i in range(50)]
        wait_until(lambda: len(turns._waiting) == 50)
        model.goes_on.set()
        assert first.result(20).shape == (1, 48)
        for i, done in enumerate(rest):
            assert np.array_equal(done.result(20), expected(f"câu {i}"))
    assert [len(texts) for texts in model.rounds] == [1, TOGETHER_MOST, 50 - TOGETHER_MOST]


def test_one_call_of_many_questions_is_not_divided(model: Model) -> None:
    model.goes_on.set()
    assert len(Turns(model).questions(["câu"] * 100)) == 100
    assert [len(texts) for texts in model.rounds] == [100]


def test_a_question_that_cannot_be_encoded_fails_alone(model: Model) -> None:
    turns = Turns(model)
    with ThreadPoolExecutor(4) as people:
        first = people.submit(turns.questions, ["câu đầu"])
        assert model.is_at_work.wait(20)
        good, bad = people.submit(turns.questions, ["lành"]), people.submit(turns.questions, ["hỏng"])
        wait_until(lambda: len(turns._waiting) == 2)
        model.goes_on.set()
        assert first.result(20).shape == (1, 48)
        assert np.array_equal(good.result(20), expected("lành"))
        with pytest.raises(ValueError, match="hỏng"):
            bad.result(20)
    assert np.array_equal(turns.questions(["sau đó"]), expected("sau đó"))


def test_a_question_goes_before_the_passages_that_wait(model: Model) -> None:
    turns, order = Turns(model), list[str]()

    def passages() -> None:
        with turns.passages():
            order.append(f"passages after {len(model.rounds)} rounds")

    with ThreadPoolExecutor(3) as people:
        first = people.submit(turns.questions, ["câu đầu"])
        assert model.is_at_work.wait(20)
        indexing = people.submit(passages)
        second = people.submit(turns.questions, ["câu sau"])
        wait_until(lambda: len(turns._waiting) == 1)
        model.goes_on.set()
        for done in (first, second, indexing):
            done.result(20)
    assert order == ["passages after 2 rounds"]


def test_a_question_waits_for_one_batch_of_passages_only(model: Model) -> None:
    model.goes_on.set()
    turns, inside, go_on = Turns(model), threading.Event(), threading.Event()
    seen = list[int]()

    def index() -> None:
        for _ in range(3):
            with turns.passages():
                seen.append(len(model.rounds))
                inside.set()
                assert go_on.wait(20)

    with ThreadPoolExecutor(2) as people:
        indexing = people.submit(index)
        assert inside.wait(20)
        asked = people.submit(turns.questions, ["câu hỏi"])
        wait_until(lambda: len(turns._waiting) == 1)
        go_on.set()
        assert np.array_equal(asked.result(20), expected("câu hỏi"))
        indexing.result(20)
    assert seen == [0, 1, 1]


def test_an_interrupted_thread_leaves_the_others_to_go_on() -> None:
    at_work, goes_on = threading.Event(), threading.Event()
    rounds = list[int]()

    def encode(texts: Sequence[str]) -> np.ndarray:
        rounds.append(len(texts))
        if len(rounds) == 1:
            at_work.set()
            assert goes_on.wait(20)
            raise KeyboardInterrupt
        return HashEncoder().encode_queries(texts)

    turns = Turns(encode)
    with ThreadPoolExecutor(2) as people:
        first = people.submit(turns.questions, ["câu đầu"])
        assert at_work.wait(20)
        second = people.submit(turns.questions, ["câu sau"])
        wait_until(lambda: len(turns._waiting) == 1)
        goes_on.set()
        with pytest.raises(KeyboardInterrupt):
            first.result(20)
        assert np.array_equal(second.result(20), expected("câu sau"))


def test_many_threads_asking_at_random_all_get_their_own(model: Model) -> None:
    model.goes_on.set()
    turns = Turns(model)

    def ask(i: int) -> bool:
        texts = [f"câu {i} phần {part}" for part in range(i % 4)]
        return np.array_equal(turns.questions(texts), expected(*texts))

    with ThreadPoolExecutor(16) as people:
        assert all(people.map(ask, range(400)))


def test_the_model_gives_together_what_it_gives_alone(bundled_encoder: LazyEncoder) -> None:
    texts = ["Ai là trưởng đoàn giám sát số 1?", "Khi nào?", "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"] * 3
    texts += [f"Xã thứ {i} có bao nhiêu hộ nghèo trong năm {2000 + i}?" for i in range(8)]
    alone = np.array([bundled_encoder.encode_queries([text])[0] for text in texts])
    with ThreadPoolExecutor(len(texts)) as people:
        together = np.array(list(people.map(lambda text: bundled_encoder.encode_queries([text])[0], texts)))
    assert (alone * together).sum(axis=1).min() > 0.9998
    # Every question is nearest to itself, by far more than what padding changes.
    assert np.abs(alone @ alone.T - together @ together.T).max() < 0.003
