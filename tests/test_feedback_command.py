"""`hoidap feedback`: what people thought of answers, as a list, and as a question set that `hoidap eval` reads."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from corpora import PLACES, article_text, file_name, write_articles
from encoders import HashEncoder
from sample_conversations import record

from qa import Article, Assistant, Conversations, remove_articles, update_index
from qa.conversation_file import CONVERSATIONS_NAME
from qa.evaluation import evaluate, read_questions
from ui import cli

PLACE = PLACES[0]
TEXT = article_text(PLACE)
SENTENCES = [line for line in TEXT.split("\n") if line.startswith("Theo ấn bản")]
SENTENCE = SENTENCES[0].split(". ")[0] + "."
NUMBER = next(word for word in SENTENCE.split() if word.isdecimal() and int(word) >= 100)


@pytest.fixture
def kept(index: Path) -> Conversations:
    return Conversations.open(index)


def cited(place: str = PLACE) -> Article:
    return Article(file_name(place), file_name(place), place, article_text(place), "0" * 64)


def rate(kept: Conversations, question: str, rating: str, right: str | None = None, **facts: object) -> str:
    """Keep a question whose answer cites the first place's first sentence, and rate it."""
    scope = facts.pop("scope", {})
    said = record(cited(), SENTENCE, **facts)  # type: ignore[arg-type]
    name = kept.start("", question)
    kept.add_turn("", name, question, said, scope)  # type: ignore[arg-type]
    kept.rate("", name, 1, rating, right)  # type: ignore[arg-type]
    return name


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main(["feedback", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def questions(capsys: pytest.CaptureFixture[str], index: Path, out: Path) -> list[dict[str, object]]:
    code, _, err = run(capsys, "--index", index, "--questions", out)
    assert (code, err) == (0, "")
    read_questions(out)
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


def left_out(capsys: pytest.CaptureFixture[str], index: Path) -> list[str | None]:
    code, out, _ = run(capsys, "--index", index, "--json")
    assert code == 0
    return [item["left_out"] for item in json.loads(out)["feedback"]]


def test_right_answers_become_questions(
    kept: Conversations, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(kept, "Câu một?", "up")
    rate(kept, "Câu hai?", "up", short=NUMBER)
    first, second = questions(capsys, index, tmp_path / "out.jsonl")
    assert (first["question"], first["article"], first["answers"]) == ("Câu một?", "00.txt", [SENTENCE])
    assert (second["answers"], second["answerable"]) == ([NUMBER], True)
    assert second["tags"] == ["feedback", "right"]


def test_a_refusal_that_was_right_is_a_question_without_an_answer(
    kept: Conversations, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(kept, "Thủ đô nước Pháp?", "up", answered=False)
    (question,) = questions(capsys, index, tmp_path / "out.jsonl")
    assert (question["article"], question["answers"], question["answerable"]) == (None, [], False)


def test_a_corrected_answer_is_looked_for_where_it_was_cited_first_and_then_everywhere(
    kept: Conversations, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(kept, "Câu một?", "down", SENTENCES[1].split(". ")[0])
    rate(kept, "Câu hai?", "down", f"đảng bộ {PLACES[1].upper()}")  # caseless, as `hoidap eval` compares
    both = questions(capsys, index, tmp_path / "out.jsonl")
    assert [(question["article"], question["answers"]) for question in both] == [
        ("00.txt", [SENTENCES[1].split(". ")[0]]),
        ("01.txt", [f"đảng bộ {PLACES[1].upper()}"]),
    ]


def test_what_cannot_be_judged_is_left_out_counted_and_said(
    kept: Conversations, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(kept, "Một?", "down")
    rate(kept, "Hai?", "down", "không bài nào viết thế")
    rate(kept, "Ba?", "up", scope={"articles": ["00.txt"]})
    rate(kept, "Bốn?", "up", article="mất.txt")
    rate(kept, "Năm?", "up")
    code, out, _ = run(capsys, "--index", index)
    assert code == 0
    assert "5 questions rated: 3 right, 2 wrong; 1 can be judged" in out
    assert out.count("left out: 1") == 4
    assert out.count("[left out: ") == 4
    assert len(questions(capsys, index, tmp_path / "out.jsonl")) == 1


def test_a_right_answer_that_several_articles_hold_is_nobodys(
    kept: Conversations, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(kept, "Một?", "down", "cao hơn cùng kỳ năm trước", article="mất.txt")
    assert left_out(capsys, index) == ["the right answer stands in several articles, none of them cited"]


def test_an_article_that_changed_or_went_since_is_left_out(
    kept: Conversations, corpus: Path, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(kept, "Một?", "up")
    assert left_out(capsys, index) == [None]
    write_articles(corpus, [PLACE], edition=2)
    update_index(corpus, index, encoder=HashEncoder())
    assert left_out(capsys, index) == ["the cited article is gone, or no longer says this"]
    remove_articles(["00.txt"], index)
    assert left_out(capsys, index) == ["the cited article is gone, or no longer says this"]


def test_of_one_question_the_last_rating_counts(
    kept: Conversations, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(kept, "Đảng bộ Cao Lộc đặt mục tiêu gì?", "down", NUMBER)
    rate(kept, "  đảng bộ  CAO LỘC đặt mục tiêu gì?", "up")
    (question,) = questions(capsys, index, tmp_path / "out.jsonl")
    assert question["answers"] == [SENTENCE]


def test_a_question_that_leans_on_others_takes_them_along(
    kept: Conversations, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = kept.start("", "Chuyện")
    first = "Đảng bộ Cao Lộc đặt mục tiêu trồng rừng gỗ lớn cho bao nhiêu hộ dân?"
    for question in (first, "Còn Đông Hà thì sao?", "Đảng bộ Hải Lăng có đặt mục tiêu giảm nghèo bền vững không?"):
        number = kept.add_turn("", name, question, record(cited(), SENTENCE))
        kept.rate("", name, number, "up")
    asked = questions(capsys, index, tmp_path / "out.jsonl")
    assert [question.get("context") for question in asked] == [None, [first], None]


def test_the_set_can_be_evaluated(
    kept: Conversations, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(kept, "Đảng bộ Cao Lộc đặt mục tiêu gì với bao nhiêu hộ dân?", "up", short=NUMBER)
    rate(kept, "Thủ đô nước Pháp?", "up", answered=False)
    out = tmp_path / "out.jsonl"
    questions(capsys, index, out)
    run = evaluate(Assistant.open(index, encoder=HashEncoder()), read_questions(out))
    assert len(run.plain) == 2


def test_ids_stay_the_same_from_one_time_to_the_next(
    kept: Conversations, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(kept, "Một?", "up")
    before = questions(capsys, index, tmp_path / "out.jsonl")
    rate(kept, "Hai?", "up")
    assert questions(capsys, index, tmp_path / "out.jsonl")[0] == before[0]


def test_a_question_too_long_to_list_is_whole_in_the_set(
    kept: Conversations, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "rất dài " * 1000 + "?"
    name = kept.start("", long)
    kept.add_turn("", name, long, record(cited(), SENTENCE) | {"question": long})
    kept.rate("", name, 1, "up")
    assert questions(capsys, index, tmp_path / "out.jsonl")[0]["question"] == long


def test_records_of_another_version_are_left_out_and_harmless(
    kept: Conversations, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = kept.start("", "Chuyện")
    strange: list[dict[str, object]] = [
        {"answered": True},
        {"answered": True, "citations": 5},
        {"answered": True, "citations": [{"article": "00.txt"}, 7]},
    ]
    for number, said in enumerate(strange, start=1):
        kept.add_turn("", name, f"Đảng bộ Hải Lăng có đặt mục tiêu giảm nghèo số {number} không?", said)
        kept.rate("", name, number, "up")
    assert left_out(capsys, index) == ["rated right, but it cites nothing"] * 3


def test_nothing_rated_yet_is_said(index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nobody has rated" in run(capsys, "--index", index)[1]
    assert not (index / CONVERSATIONS_NAME).exists()
    code, out, err = run(capsys, "--index", index, "--questions", tmp_path / "out.jsonl")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize("place", ["không/có/out.jsonl", "."])
def test_a_place_that_cannot_be_written_is_one_line(
    kept: Conversations, index: Path, tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(kept, "Một?", "up")
    code, out, err = run(capsys, "--index", index, "--questions", tmp_path / place)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "cannot write" in err


def test_an_older_set_is_replaced_whole_or_not_at_all(
    kept: Conversations,
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rate(kept, "Một?", "up")
    out = tmp_path / "out.jsonl"
    out.write_text("cũ", encoding="utf-8")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    code, _, err = run(capsys, "--index", index, "--questions", out)
    assert (code, err) == (2, f"hoidap: cannot write {out}: No space left on device\n")
    assert out.read_text("utf-8") == "cũ"
    assert not list(tmp_path.glob("*.part"))


def test_no_index_and_damaged_conversations_are_one_line(
    kept: Conversations, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.close()
    (index / CONVERSATIONS_NAME).write_bytes(b"not a database")
    for folder in (index, tmp_path / "không có"):
        code, out, err = run(capsys, "--index", folder)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("hoidap: ")
