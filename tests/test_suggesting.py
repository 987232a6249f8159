"""Questions offered before anything is asked: that the articles answer them, where they come from, and when none."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from corpora import archive_article, write_jsonl
from encoders import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import Assistant, suggestions
from qa.answer_kinds import expected_answer

TOWNS = ("Đông Hà", "Cao Lộc", "Hải Lăng", "Sa Đéc", "Tam Điệp", "Tuy Hòa", "Bắc Sơn", "Lai Vung")


def article(number: int, *sentences: str, published: str | None = None, title: str = "") -> dict[str, object]:
    """Write an article of a corpus."""
    text = " ".join(sentences)
    return {"id": f"{number}", "title": title or f"Bài số {number}", "text": text, "published": published}


def town(i: int, published: str | None = None) -> dict[str, object]:
    """Write an article about a town, with a number, a date, a place and a person in it."""
    name = TOWNS[i]
    return article(
        i,
        f"Thành phố {name} có {i + 3} phường nội thành.",
        f"Bảo tàng {name} được khánh thành vào năm {1960 + i}.",
        f"Lễ hội {name} được tổ chức tại Quảng trường Hòa Bình.",
        f"Nhà thờ {name} do kiến trúc sư Ngô Viết Thụ thiết kế.",
        published=published,
    )


def built(folder: Path, *records: dict[str, object]) -> Assistant:
    corpus = write_jsonl(folder / "bài.jsonl", records)
    # Vectors that only count words are less sure than a model's.
    Assistant.build(corpus, folder / "index", encoder=HashEncoder(dimension=256))
    return Assistant.open(folder / "index", encoder=HashEncoder(dimension=256), answer_from=0.0)


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return built(tmp_path_factory.mktemp("towns"), *(town(i) for i in range(len(TOWNS))))


def test_each_question_is_answered_with_confidence_and_says_nothing_about_how_it_was_read(towns: Assistant) -> None:
    offered = suggestions(towns)

    assert len(offered) == 4
    for question in offered:
        answer = towns.ask(question)
        assert answer.answered
        assert answer.confidence >= 0.6
        assert answer.question.notes == ()


def test_they_are_spread_over_articles(towns: Assistant) -> None:
    offered = suggestions(towns, 4)

    assert len({towns.ask(question).citations[0].article.id for question in offered}) == 4


def test_no_sentence_is_asked_about_twice(tmp_path: Path) -> None:
    assistant = built(tmp_path, article(0, "Thành phố Đông Hà có 9 phường, 43.000 hộ và 95.000 dân."), town(1))

    offered = suggestions(assistant, 20)

    found = [assistant.ask(question).citations[0].sentence_text for question in offered]
    assert len(set(found)) == len(found)


def test_the_same_seed_offers_the_same_and_others_offer_others(towns: Assistant) -> None:
    assert suggestions(towns, seed=3) == suggestions(towns, seed=3)
    assert len({tuple(suggestions(towns, seed=seed)) for seed in range(5)}) > 1


def test_a_question_that_finds_another_sentence_is_not_offered(tmp_path: Path) -> None:
    twice = "Thành phố Đông Hà có {} phường nội thành."
    assistant = built(tmp_path, article(0, twice.format(9)), article(1, twice.format(7), "Hai nơi cùng tên."))

    assert suggestions(assistant) == []


def test_what_is_not_sure_enough_is_not_offered(towns: Assistant, tmp_path: Path) -> None:
    unsure = Assistant.open(towns.folder, encoder=towns.encoder, answer_from=1.0)

    assert suggestions(unsure) == []


def test_an_office_is_asked_about_with_its_province_as_the_article_names_it(tmp_path: Path) -> None:
    told = "Dự hội nghị có Trưởng Ban Tuyên giáo Tỉnh ủy Hồ Đại Nam, Trưởng Ban Nội chính Tỉnh ủy Ly Kiều Vân."
    one = built(tmp_path / "one", article(0, told, title="Tỉnh ủy Quảng Trị: hội nghị giám sát"))
    two = built(tmp_path / "two", article(0, told, title="Tỉnh ủy Quảng Trị và Tỉnh ủy Lạng Sơn họp"))

    assert set(suggestions(one)) <= {
        "Ai là Trưởng Ban Tuyên giáo Tỉnh ủy Quảng Trị?",
        "Ai là Trưởng Ban Nội chính Tỉnh ủy Quảng Trị?",
    }
    assert suggestions(two) == []


@pytest.mark.parametrize(
    "records",
    [
        [article(0, "The district had 5,350 party members in 2020. It was founded in 1930 by John Smith.")],
        [article(0, "Tin vắn")],
        [article(0, "STT | Tên xã | Số hộ\n1 | Tân Thành | 350\n2 | Yên Trạch | 410")],
        [article(0, "Họ đã đến đây. Ông có 5 người con. Điều này xảy ra vào năm 1990.")],
    ],
    ids=["English", "one line", "a table", "nobody named"],
)
def test_a_corpus_that_offers_nothing_gives_none(tmp_path: Path, records: list[dict[str, object]]) -> None:
    assert suggestions(built(tmp_path, *records)) == []


@pytest.mark.parametrize("count", [0, -1])
def test_none_asked_for_none_given(towns: Assistant, count: int) -> None:
    assert suggestions(towns, count) == []


def test_at_most_twenty_are_asked_together(towns: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    ask_all = towns.ask_all

    def counted(questions: list[str], **given: object) -> object:
        batches.append(len(questions))
        return ask_all(questions, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(towns, "ask_all", counted)
    suggestions(towns, 4)

    assert len(batches) == 1
    assert batches[0] <= 20


def test_the_newest_articles_are_always_among_those_looked_at(tmp_path: Path) -> None:
    old = [archive_article(i) | {"published": "2015-01-01", "text": "Không có gì để hỏi ở đây."} for i in range(230)]
    assistant = built(tmp_path, *old, town(0, published="2021-05-01"))

    assert all("Đông Hà" in question for question in suggestions(assistant))
    assert suggestions(assistant)


@settings(max_examples=5)
@given(st.integers(0, 1000))
def test_an_archive_of_any_seed_never_fails(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("archive")
    assistant = built(folder, *(archive_article(i, seed) for i in random.Random(seed).sample(range(1000), 8)))

    offered = suggestions(assistant, seed=seed)

    assert len(set(offered)) == len(offered) <= 4


def test_the_seeds_offer_four_that_the_bundled_model_answers(seed_index: Path, bundled_encoder: HashEncoder) -> None:
    assistant = Assistant.open(seed_index, encoder=bundled_encoder)

    offered = suggestions(assistant)

    assert len(offered) == 4
    assert all(assistant.ask(question).answered for question in offered)
    assert len({assistant.ask(question).citations[0].article.id for question in offered}) == 3
    assert len({expected_answer(question) for question in offered}) >= 2
