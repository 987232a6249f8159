"""From hits to an answer: a quotation that is there to the character, or that the articles do not say."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers import CITATIONS_MOST, answer
from qa.types import Article, Hit, Passage, Question, Sentence

TEXT = "Đảng bộ huyện Cao Lộc họp. Toàn huyện có 5.350 đảng viên. Ông Hòa chủ trì."
ARTICLE = Article(id="a.txt", path="bài/a.txt", title="Cao Lộc", text=TEXT, sha256="0" * 64)
SENTENCES = tuple(
    Sentence(TEXT.index(start), TEXT.index(end) + len(end))
    for start, end in (("Đảng", "họp."), ("Toàn", "viên."), ("Ông", "trì."))
)
VIETNAMESE = Question("Có bao nhiêu đảng viên?", "Có bao nhiêu đảng viên?", "vi")


def confidence(*hits: Hit, language: str = "vi") -> float:
    return answer(replace(VIETNAMESE, language=language), hits).confidence


def hit(score: float, sentence: int = 1, cosine: float = 0.9, coverage: float = 0.8) -> Hit:
    passage = Passage(ARTICLE, 0, len(TEXT), SENTENCES)
    return Hit(passage, SENTENCES[sentence], score, cosine, bm25=8.0, context=0.0, coverage=coverage)


def test_a_sure_answer_is_the_best_hit_s_sentence_word_for_word() -> None:
    found = answer(
        VIETNAMESE, [hit(1.0, cosine=0.95, coverage=1.0), hit(0.8, sentence=0), hit(0.75), hit(0.7), hit(0.7)]
    )
    assert found.answered
    assert found.text == "Toàn huyện có 5.350 đảng viên."
    assert found.question == VIETNAMESE


def test_citations_are_numbered_from_one_in_the_order_of_the_hits() -> None:
    found = answer(
        VIETNAMESE,
        [hit(1.0, cosine=0.95, coverage=1.0), hit(0.8, sentence=0), hit(0.75, sentence=2), hit(0.7), hit(0.7)],
    )
    assert [citation.number for citation in found.citations] == list(range(1, CITATIONS_MOST + 1))
    assert [citation.score for citation in found.citations] == [1.0, 0.8, 0.75]
    assert [citation.sentence for citation in found.citations] == [SENTENCES[1], SENTENCES[0], SENTENCES[2]]
    assert found.citations[0].sentence_text == found.text


def test_fewer_hits_are_fewer_citations() -> None:
    assert len(answer(VIETNAMESE, [hit(1.0, cosine=0.95, coverage=1.0)]).citations) == 1


def test_without_hits_nothing_is_said() -> None:
    found = answer(VIETNAMESE, [])
    assert (found.answered, found.text, found.confidence, found.citations) == (False, "", 0.0, ())


def test_an_unsure_answer_says_nothing_but_offers_the_nearest_passages() -> None:
    found = answer(VIETNAMESE, [hit(0.71, cosine=0.70, coverage=0.1), hit(0.705), hit(0.70)])
    assert not found.answered
    assert found.text == ""
    assert len(found.citations) == 3


def test_a_nearer_hit_makes_surer() -> None:
    rest = [hit(0.8), hit(0.8)]
    for language in ("vi", "vi-unaccented", "other"):
        assert confidence(hit(0.9, cosine=0.8), *rest, language=language) < confidence(
            hit(0.9, cosine=0.9), *rest, language=language
        )


def test_more_of_the_question_s_words_make_surer() -> None:
    rest = [hit(0.8), hit(0.8)]
    assert confidence(hit(0.9, coverage=0.2), *rest) < confidence(hit(0.9, coverage=0.9), *rest)


def test_being_ahead_of_the_others_makes_surer() -> None:
    for language in ("vi", "other"):
        near = confidence(hit(0.9), hit(0.89), hit(0.89), language=language)
        assert near < confidence(hit(0.9), hit(0.80), hit(0.79), language=language)


def test_a_surer_answer_is_never_refused_where_a_less_sure_one_is_given() -> None:
    for language in ("vi", "other"):
        question = replace(VIETNAMESE, language=language)
        found = [answer(question, [hit(0.9, cosine=i / 100), hit(0.85), hit(0.85)]) for i in range(40, 120)]
        found.sort(key=lambda one: one.confidence)
        assert [one.answered for one in found] == sorted(one.answered for one in found)
        assert {one.answered for one in found} == {False, True}


finite = st.floats(-2, 2)


@settings(max_examples=100)
@given(
    signals=st.lists(st.tuples(finite, finite, st.floats(0, 1), st.integers(0, 2)), min_size=1, max_size=12),
    language=st.sampled_from(["vi", "vi-unaccented", "other"]),
)
def test_any_hits_make_a_sound_answer(signals: list[tuple[float, float, float, int]], language: str) -> None:
    hits = [
        hit(score, sentence, cosine, coverage)
        for score, cosine, coverage, sentence in sorted(signals, key=lambda found: -found[0])
    ]
    found = answer(replace(VIETNAMESE, language=language), hits)
    assert 0 <= found.confidence <= 1
    assert found.text == (found.citations[0].sentence_text if found.answered else "")
    assert len(found.citations) == min(len(hits), CITATIONS_MOST)
    for citation in found.citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote
        assert citation.start <= citation.sentence.start < citation.sentence.end <= citation.end
