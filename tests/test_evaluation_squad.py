"""SQuAD files: what becomes of them, the same ids for translations, and what is refused."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from encoders import HashEncoder

from qa import Assistant, HoidapError
from qa.evaluation import corpus_lines, evaluate, import_squad, question_lines, read_questions

HANOI = "Hà Nội là thủ đô của Việt Nam.\nThành phố nằm bên sông Hồng."
SQUAD: dict[str, Any] = {
    "version": "v2.0",
    "data": [
        {
            "title": "Hà_Nội",
            "paragraphs": [
                {
                    "context": HANOI,
                    "qas": [
                        {
                            "id": "q1",
                            "question": "Thủ đô của Việt Nam?",
                            "answers": [{"text": "Hà Nội", "answer_start": 0}] * 2,
                        },
                        {
                            "id": "q2",
                            "question": "Ai xây?",
                            "is_impossible": True,
                            "answers": [],
                            "plausible_answers": [],
                        },
                    ],
                },
                {"context": "Hồ Gươm ở giữa thành phố.", "qas": []},
            ],
        },
        {
            "title": "Huế",
            "paragraphs": [
                {
                    "context": "Huế bên sông Hương.",
                    "qas": [
                        {
                            "id": 3,
                            "question": "Sông nào?",
                            "is_impossible": False,
                            "answers": [{"text": "sông Hương", "answer_start": 8}],
                        }
                    ],
                }
            ],
        },
    ],
}


def written(tmp_path: Path, document: object) -> Path:
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return path


def test_a_paragraph_becomes_an_article_and_a_question_a_line(tmp_path: Path) -> None:
    imported = import_squad(written(tmp_path, SQUAD))
    assert imported.articles[0] == {"id": "ha-noi-1", "title": "Hà Nội", "text": HANOI}
    assert [article["id"] for article in imported.articles] == ["ha-noi-1", "ha-noi-2", "hue-1"]
    first, impossible, last = imported.questions
    assert (first.id, first.article, first.answers, first.answerable) == ("q1", "ha-noi-1", ("Hà Nội",), True)
    assert (impossible.article, impossible.answers, impossible.answerable) == (None, (), False)
    assert (last.id, last.article) == ("3", "hue-1")
    assert imported.unmatched == ()


def test_both_files_are_read_by_the_index_and_by_evaluation(tmp_path: Path) -> None:
    imported = import_squad(written(tmp_path, SQUAD))
    (tmp_path / "bài.jsonl").write_text(corpus_lines(imported), "utf-8")
    (tmp_path / "câu.jsonl").write_text(question_lines(imported), "utf-8")
    questions = read_questions(tmp_path / "câu.jsonl")
    assert questions == list(imported.questions)
    assistant = Assistant.build(tmp_path / "bài.jsonl", tmp_path / "index", encoder=HashEncoder())
    assert assistant.summary().articles == 3
    metrics = evaluate(assistant, questions).metrics("plain")
    assert metrics["passage_hit@5"].value == 1


def test_translations_under_the_same_titles_have_the_same_ids(tmp_path: Path) -> None:
    english = copy.deepcopy(SQUAD)
    english["data"][0]["paragraphs"][0]["context"] = "Hanoi is the capital."
    first = import_squad(written(tmp_path, SQUAD))
    second = import_squad(written(tmp_path, english), articles_only=True)
    assert [article["id"] for article in first.articles] == [article["id"] for article in second.articles]
    assert [q.article for q in first.questions] == [q.article for q in second.questions]
    assert all(q.answers == () for q in second.questions)
    assert second.unmatched == ()


def test_titles_can_be_left_out_without_losing_the_first_line(tmp_path: Path) -> None:
    imported = import_squad(written(tmp_path, SQUAD), titles=False)
    (tmp_path / "bài.jsonl").write_text(corpus_lines(imported), "utf-8")
    assistant = Assistant.build(tmp_path / "bài.jsonl", tmp_path / "index", encoder=HashEncoder())
    (hit,) = [hit for hit in assistant.retrieve("thủ đô", 3) if hit.article.id == "ha-noi-1"]
    assert hit.quote.startswith("Hà Nội là thủ đô")
    assert "Hà" not in hit.article.title


def test_pages_of_one_title_go_on_counting(tmp_path: Path) -> None:
    twice = {"data": [SQUAD["data"][0], {**SQUAD["data"][1], "title": "Hà Nội"}]}
    assert [article["id"] for article in import_squad(written(tmp_path, twice)).articles] == [
        "ha-noi-1",
        "ha-noi-2",
        "ha-noi-3",
    ]


def test_pages_without_a_title_are_numbered(tmp_path: Path) -> None:
    untitled = {"data": [{"paragraphs": SQUAD["data"][1]["paragraphs"]}, {"title": "漢字", "paragraphs": []}]}
    assert [article["id"] for article in import_squad(written(tmp_path, untitled)).articles] == ["article-1"]


def test_answers_that_do_not_stand_in_their_paragraph_are_told(tmp_path: Path) -> None:
    document = copy.deepcopy(SQUAD)
    document["data"][1]["paragraphs"][0]["qas"][0]["answers"] = [{"text": "sông Hư", "answer_start": 8}]
    assert import_squad(written(tmp_path, document)).unmatched == ("3",)


def spoiled(change: str) -> object:
    document = copy.deepcopy(SQUAD)
    page = document["data"][1]
    match change:
        case "no data":
            del document["data"]
        case "a list":
            return []
        case "no context":
            del page["paragraphs"][0]["context"]
        case "no answer":
            page["paragraphs"][0]["qas"][0]["answers"] = []
        case "a number":
            page["paragraphs"][0]["qas"][0]["question"] = 7
        case "an id twice":
            page["paragraphs"][0]["qas"][0]["id"] = "q1"
        case "no question":
            document["data"] = []
    return document


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("no data", "the file lacks 'data'"),
        ("a list", "the file lacks 'data'"),
        ("no context", r"data\[1\].paragraphs\[0\] lacks 'context'"),
        ("no answer", r"data\[1\].paragraphs\[0\].qas\[0\] has no answer"),
        ("a number", r"qas\[0\].question is int"),
        ("an id twice", "two questions have the id 'q1'"),
        ("no question", "it has no question"),
    ],
)
def test_what_is_not_squad_is_refused_with_its_place(tmp_path: Path, change: str, said: str) -> None:
    with pytest.raises(HoidapError, match=f"is not SQuAD 1.1 or 2.0: .*{said}"):
        import_squad(written(tmp_path, spoiled(change)))


def test_a_file_that_is_no_json_or_missing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"\xff{")
    with pytest.raises(HoidapError, match="is not SQuAD"):
        import_squad(tmp_path / "x.json")
    with pytest.raises(HoidapError, match="cannot read"):
        import_squad(tmp_path / "none.json")
