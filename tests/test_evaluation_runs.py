"""A whole evaluation over a small index: what is judged right, hidden, missing and unreachable."""

from dataclasses import replace
from pathlib import Path

import pytest
from corpora import write_jsonl
from encoders import HashEncoder
from sample_runs import Stumbling, values
from test_duplicates import STORY

from qa import Article, Assistant, Hit, HoidapError, Passage, Sentence
from qa.evaluation import VARIANTS, LabelledQuestion, evaluate, runs
from qa.evaluation.asking import BATCH

FILLER = "Hội nghị đã nghe báo cáo và thảo luận về nhiều nội dung quan trọng trong năm qua. " * 16


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("runs")
    articles = {
        "lan": f"Bà Lan trồng hoa hồng ở Sa Đéc.\n\n{FILLER}\n\nBà Lan bán được 5.350 chậu cúc mâm xôi.",
        "minh": f"Ông Minh nuôi cá tra ở Hồng Ngự.\n\n{FILLER}\n\nÔng Minh xuất khẩu sang Nhật Bản.",
        "hoa": "Lễ hội hoa xuân mở ngày 13/4/2021 ở Đà Lạt.",
    }
    lines = [{"id": name, "title": f"Bài về {name}", "text": text} for name, text in articles.items()]
    return Assistant.build(write_jsonl(folder / "bài.jsonl", lines), folder / "index", encoder=HashEncoder())


ROSES = LabelledQuestion("roses", "Bà Lan trồng hoa hồng ở đâu?", "lan", ("Sa Đéc",), tags=("where",))
POTS = LabelledQuestion("pots", "Bà Lan bán được bao nhiêu chậu cúc mâm xôi?", "lan", ("5.350",))
FISH = LabelledQuestion("fish", "Ông Minh nuôi cá tra ở đâu?", "minh", ("hồng ngự", "tỉnh khác"))
ARTICLE = LabelledQuestion("article", "Lễ hội hoa xuân mở ngày nào?", "hoa")
NOWHERE = LabelledQuestion("nowhere", "Giá vàng hôm nay bao nhiêu?", None, (), False)
SET = [ROSES, POTS, FISH, ARTICLE, NOWHERE]


def test_a_run_finds_what_stands_in_the_articles(assistant: Assistant) -> None:
    run = evaluate(assistant, SET)
    found = values(run.metrics("plain"))
    assert found["article_recall@1"] == found["passage_hit@1"] == found["answer_hit"] == 1
    assert list(run.outcomes) == ["plain"]
    assert [outcome.question for outcome in run.plain] == SET
    assert (run.about["k"], run.about["absent_articles"]) == (10, [])


def test_an_outcome_tells_where_the_answer_is_and_what_was_given(assistant: Assistant) -> None:
    pots = evaluate(assistant, SET).plain[1]
    assert (pots.article_rank, pots.passage_rank) == (1, 1)
    assert pots.given is not None
    assert pots.expected is not None
    assert (pots.given.article, pots.given.start, pots.given.end) == ("lan", pots.expected.start, pots.expected.end)
    assert pots.expected.start > 0  # the second passage: the first says nothing of pots


def test_a_question_without_answers_has_no_passage_scores(assistant: Assistant) -> None:
    outcome = evaluate(assistant, SET).plain[3]
    assert outcome.scores["article_recall@1"] == 1
    assert not {"passage_hit@1", "passage_ndcg@10", "answer_hit"} & set(outcome.scores)
    assert outcome.passage_rank is None
    assert outcome.expected is None


def test_an_answer_in_another_article_does_not_count(assistant: Assistant) -> None:
    wrong = LabelledQuestion("wrong", ROSES.question, "minh", ("Sa Đéc",))
    (outcome,) = evaluate(assistant, [wrong]).plain
    assert outcome.scores["passage_hit@5"] == outcome.scores["answer_hit"] == outcome.scores["article_recall@1"] == 0
    assert outcome.scores["article_recall@10"] == 1
    assert outcome.expected is None


# --- the same story on two sites -------------------------------------------------------------------------

VILLAGES = "Toàn tỉnh Quảng Trị có bao nhiêu xã đạt chuẩn nông thôn mới?"


@pytest.fixture(scope="module")
def told_twice(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """Index a story as two sites have it, the second with a paragraph before it, beside one that says else."""
    folder = tmp_path_factory.mktemp("twice")
    lead = "Tin từ Văn phòng Ủy ban nhân dân tỉnh cho biết hội nghị diễn ra trong một ngày, dưới sự chủ trì của ông."
    lines = [
        {"id": "qto", "title": "Tổng kết nông thôn mới", "text": f"(QTO) - {STORY}"},
        {"id": "ttxvn", "title": "Năm năm nhìn lại", "text": f"{lead}\n\n(TTXVN) - {STORY}\n\nTheo TTXVN"},
        {
            "id": "khác",
            "title": "Xã chuẩn",
            "text": "Toàn tỉnh Lạng Sơn có 58 xã đạt chuẩn nông thôn mới, theo báo cáo.",
        },
    ]
    return Assistant.build(write_jsonl(folder / "bài.jsonl", lines), folder / "index", encoder=HashEncoder())


@pytest.mark.parametrize("article", ["qto", "ttxvn"])
def test_an_answer_found_in_another_copy_of_its_article_counts(told_twice: Assistant, article: str) -> None:
    asked = LabelledQuestion("xã", VILLAGES, article, ("58 xã",))
    (outcome,) = evaluate(told_twice, [asked]).plain
    (answer, hits), *_ = told_twice.ask_all([VILLAGES], k=10)
    first = next(hit for hit in hits if hit.article.id != "khác" and "58 xã" in hit.quote)
    rank = hits.index(first) + 1
    assert {first.article.id, first.also_in[0].id} == {"qto", "ttxvn"}
    assert outcome.passage_rank == rank
    assert outcome.expected is not None
    assert outcome.expected.article == article
    assert outcome.scores["article_recall@10"] == outcome.scores["passage_hit@5"] == 1
    given = answer.citations[0]
    assert outcome.scores["answer_hit"] == float(given.article.id != "khác" and "58 xã" in given.sentence_text)


def test_the_same_words_in_an_article_that_is_no_copy_do_not_count(told_twice: Assistant) -> None:
    (outcome,) = evaluate(told_twice, [LabelledQuestion("xã", VILLAGES, "khác", ("58 xã",))]).plain
    (_, hits), *_ = told_twice.ask_all([VILLAGES], k=10)
    assert outcome.passage_rank == next(i for i, hit in enumerate(hits, 1) if hit.article.id == "khác")


def hit_in(name: str, text: str, *twins: str) -> Hit:
    source = Article(name, name, name, text, "")
    passage = Passage(source, 0, len(text), (Sentence(0, len(text)),))
    others = tuple(replace(source, id=twin) for twin in twins)
    return Hit(passage, passage.sentences[0], 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, None, also_in=others)


def test_a_hit_counts_as_the_right_passage_only_where_that_holds_its_highlight() -> None:
    text = "Mở đầu.\n\nTỉnh có 58 xã đạt chuẩn.\n\nTỉnh có 58 xã, ông nói."
    right = Article("đúng", "đúng", "đúng", text, "")
    passages = [
        Passage(right, start, start + len(quote), (Sentence(start, start + len(quote)),))
        for quote in ("Tỉnh có 58 xã đạt chuẩn.", "Tỉnh có 58 xã, ông nói.")
        for start in [text.index(quote)]
    ]
    asked = LabelledQuestion("xã", "?", "đúng", ("58 xã",))
    for hit, expected in (
        (hit_in("chép", "Tỉnh có 58 xã đạt chuẩn.", "đúng"), ("đúng", passages[0].start)),
        (hit_in("chép", "Tỉnh có 58 xã, ông nói.", "khác", "đúng"), ("đúng", passages[1].start)),
        (hit_in("chép", "Tỉnh có 58 xã đạt chuẩn.", "khác"), ("chép", 0)),
        (hit_in("chép", "Tỉnh có 58 xã đạt chuẩn."), ("chép", 0)),
        (hit_in("chép", "Câu mà bản kia không có ở đây.", "đúng"), ("chép", 0)),
        (hit_in("đúng", "Tỉnh có 58 xã đạt chuẩn."), ("đúng", 0)),
    ):
        assert runs._passage(hit, asked, passages) == expected
        assert runs._tells(hit, "đúng") == (hit.article.id == "đúng" or "đúng" in {twin.id for twin in hit.also_in})


# --- variants, failures, other corpora -------------------------------------------------------------------


def test_variants_run_in_the_same_pass_and_progress_counts_them(assistant: Assistant) -> None:
    done: list[int] = []
    run = evaluate(assistant, SET, variants=VARIANTS.values(), progress=done.append)
    assert list(run.outcomes) == ["plain", *VARIANTS]
    assert sum(done) == (1 + len(VARIANTS)) * len(SET)
    assert next(outcome.question.question for outcome in run.outcomes["unaccented"]) == "Ba Lan trong hoa hong o dau?"
    # Spelled another way, it is the same question.
    assert values(run.metrics("nfd"))["passage_ndcg@10"] == values(run.metrics("plain"))["passage_ndcg@10"]


def test_a_removed_article_is_not_given_and_every_question_counts_as_unanswerable(assistant: Assistant) -> None:
    run = evaluate(assistant, SET, variants=[VARIANTS["removed"]])
    removed = run.outcomes["removed"]
    assert not any(outcome.question.answerable for outcome in removed)
    for outcome in removed[:4]:
        assert outcome.given is None or outcome.given.article != outcome.question.article
    found = values(run.metrics("removed"))
    assert found["passage_hit@1"] is None
    assert found["refusal_auroc"] is not None


def test_many_questions_are_asked_in_batches(assistant: Assistant) -> None:
    many = [LabelledQuestion(str(i), ROSES.question, "lan", ("Sa Đéc",)) for i in range(2 * BATCH + 3)]
    done: list[int] = []
    run = evaluate(assistant, many, progress=done.append)
    assert done == [BATCH, BATCH, 3]
    assert values(run.metrics("plain"))["passage_hit@1"] == 1


def test_a_question_that_fails_counts_as_zero_and_is_named(assistant: Assistant) -> None:
    run = evaluate(Stumbling(assistant, "cá tra"), SET)
    assert [outcome.error for outcome in run.plain] == [None, None, "RuntimeError: vấp", None, None]
    found = values(run.metrics("plain"))
    assert found["article_recall@1"] == found["article_ndcg@10"] == 0.75
    assert found["passage_hit@5"] == found["answer_hit"] == pytest.approx(2 / 3)


def test_articles_that_the_index_lacks_are_told(assistant: Assistant) -> None:
    run = evaluate(assistant, [*SET, LabelledQuestion("gone", "Ai?", "mất", ("Lan",))])
    assert run.about["absent_articles"] == ["mất"]
    assert set(run.plain[-1].scores.values()) == {0.0}


def test_a_set_over_other_articles_is_refused_before_a_question_is_asked(assistant: Assistant) -> None:
    stumbling = Stumbling(assistant, "?")
    with pytest.raises(
        HoidapError, match=r"^the index has none of the articles .*'mất'.* it has 'lan', 'minh', 'hoa'$"
    ):
        evaluate(stumbling, [LabelledQuestion("gone", "Ai?", "mất")])
    assert stumbling.asked == []


def test_too_small_a_k_is_refused(assistant: Assistant) -> None:
    with pytest.raises(ValueError, match="at least 10"):
        evaluate(assistant, SET, k=9)


def test_a_run_is_the_same_each_time_but_for_its_latency(assistant: Assistant, tmp_path: Path) -> None:
    first, second = evaluate(assistant, SET), evaluate(assistant, SET)
    for before, after in zip(first.plain, second.plain, strict=True):
        assert (before.scores, before.confidence, before.given) == (after.scores, after.confidence, after.given)
