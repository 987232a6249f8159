"""Asking in batches: what fails is named and alone, and time is shared out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from corpora import PLACES, write_articles
from encoders import HashEncoder
from sample_runs import Stumbling

from qa import Assistant, HoidapError
from qa.evaluation import LabelledQuestion
from qa.evaluation.asking import ask_batch


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("asking")
    return Assistant.build(write_articles(folder / "bài", PLACES[:6]), folder / "index", encoder=HashEncoder())


def asked(*places: str) -> list[LabelledQuestion]:
    return [LabelledQuestion(place, f"Đảng bộ {place} đặt mục tiêu gì?", "00.txt") for place in places]


def test_replies_come_in_order_with_their_hits_and_time(assistant: Assistant) -> None:
    replies = ask_batch(assistant, asked(*PLACES[:3]), 12, [None] * 3)
    assert [reply.hits[0].article.id for reply in replies] == ["00.txt", "01.txt", "02.txt"]
    assert [len(reply.hits) for reply in replies] == [12] * 3
    assert all(reply.latency_ms is not None and reply.latency_ms > 0 for reply in replies)
    assert all(reply.answer is not None and reply.error is None for reply in replies)


def test_the_time_of_all_replies_together_is_the_time_that_asking_took(assistant: Assistant) -> None:
    class Slow(Stumbling):
        def ask_all(self, *arguments: object, **named: object) -> Iterator[object]:  # type: ignore[override]
            import time

            time.sleep(0.4)
            yield from super().ask_all(*arguments, **named)  # type: ignore[arg-type, misc]

    replies = ask_batch(Slow(assistant, "không có"), asked(*PLACES[:4]), 10, [None] * 4)
    latencies = [reply.latency_ms or 0 for reply in replies]
    # What came before the first answer is every question's, not the first one's alone.
    assert max(latencies) < 300
    assert sum(latencies) > 400


def test_a_question_that_breaks_is_named_and_the_others_are_answered(assistant: Assistant) -> None:
    stumbling = Stumbling(assistant, PLACES[1])
    replies = ask_batch(stumbling, asked(*PLACES[:4]), 10, [None] * 4)
    assert [reply.error for reply in replies] == [None, "RuntimeError: vấp", None, None]
    assert replies[1].answer is None
    assert replies[1].hits == ()
    assert replies[1].latency_ms is None
    assert [reply.hits[0].article.id for reply in (replies[0], *replies[2:])] == ["00.txt", "02.txt", "03.txt"]


def test_a_batch_that_breaks_before_its_first_answer_is_asked_one_by_one(assistant: Assistant) -> None:
    class Encoding(Stumbling):
        def ask_all(self, questions, *, k, hidden, histories):  # type: ignore[no-untyped-def]
            if any(self._word in question for question in questions):
                raise ValueError(self._word)
            return super().ask_all(questions, k=k, hidden=hidden, histories=histories)

    replies = ask_batch(Encoding(assistant, PLACES[2]), asked(*PLACES[:4]), 10, [None] * 4)
    assert [reply.error for reply in replies] == [None, None, f"ValueError: {PLACES[2]}", None]


def test_what_a_person_has_to_mend_is_not_one_question_s_failure(assistant: Assistant) -> None:
    with pytest.raises(HoidapError):
        ask_batch(Stumbling(assistant, PLACES[0], HoidapError), asked(PLACES[0]), 10, [None])


def test_an_error_without_a_message_is_still_named(assistant: Assistant) -> None:
    stumbling = Stumbling(assistant, PLACES[0], lambda text: MemoryError())
    assert ask_batch(stumbling, asked(PLACES[0]), 10, [None])[0].error == "MemoryError"


def test_a_hidden_article_is_not_found(assistant: Assistant) -> None:
    (reply,) = ask_batch(assistant, asked(PLACES[0]), 20, ["00.txt"])
    assert "00.txt" not in {hit.article.id for hit in reply.hits}


def test_a_question_is_asked_after_those_before_it(assistant: Assistant) -> None:
    after = replace(asked(PLACES[3])[0], question="Thế còn ở đó thì sao?", context=(f"Đảng bộ {PLACES[3]} làm gì?",))
    alone, leaning = ask_batch(assistant, [replace(after, context=()), after], 10, [None] * 2)
    assert leaning.answer is not None
    assert PLACES[3] in leaning.answer.question.searched
    assert "03.txt" in [hit.article.id for hit in leaning.hits]
    assert alone.answer is not None
    assert PLACES[3] not in alone.answer.question.searched


def test_nothing_asked_is_nothing_answered(assistant: Assistant, tmp_path: Path) -> None:
    assert ask_batch(assistant, [], 10, []) == []
