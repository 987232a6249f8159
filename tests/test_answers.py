"""From hits to an answer: a quotation that is there to the character, or that the articles do not say."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers import CITATIONS_MOST, answer
from qa.confidence import shipped
from qa.types import Article, Hit, Passage, Question, Sentence

TEXT = "Đảng bộ huyện Cao Lộc họp. Toàn huyện có 5.350 đảng viên. Ông Hòa chủ trì."
ARTICLE = Article(id="a.txt", path="bài/a.txt", title="Cao Lộc", text=TEXT, sha256="0" * 64)
OTHER = replace(ARTICLE, id="b.txt", path="bài/b.txt")
SENTENCES = tuple(
    Sentence(TEXT.index(start), TEXT.index(end) + len(end))
    for start, end in (("Đảng", "họp."), ("Toàn", "viên."), ("Ông", "trì."))
)
VIETNAMESE = Question("Có bao nhiêu đảng viên?", "Có bao nhiêu đảng viên?", "vi")


def confidence(*hits: Hit, language: str = "vi") -> float:
    return answer(replace(VIETNAMESE, language=language), hits).confidence


def hit(
    score: float,
    sentence: int = 1,
    cosine: float = 0.9,
    coverage: float = 0.8,
    offers: float | None = None,
    article: Article = ARTICLE,
) -> Hit:
    return Hit(
        passage=Passage(article, 0, len(TEXT), SENTENCES),
        sentence=SENTENCES[sentence],
        score=score,
        cosine=cosine,
        passage_cosine=0.8,
        context=0.0,
        bm25=8.0,
        wording=0.1,
        coverage=coverage,
        sentence_coverage=coverage,
        offers=offers,
    )


def rival(score: float, sentence: int = 1) -> Hit:
    """Make a hit from another article."""
    return hit(score, sentence, article=OTHER)


def test_a_sure_answer_is_the_best_hit_s_sentence_word_for_word() -> None:
    found = answer(
        VIETNAMESE, [hit(1.0, cosine=0.95, coverage=1.0), rival(0.8, sentence=0), rival(0.75), hit(0.7), rival(0.7)]
    )
    assert found.answered
    assert found.text == "Toàn huyện có 5.350 đảng viên."
    assert found.question == VIETNAMESE


def test_citations_are_numbered_from_one_in_the_order_of_the_hits() -> None:
    found = answer(
        VIETNAMESE,
        [hit(1.0, cosine=0.95, coverage=1.0), rival(0.8, sentence=0), hit(0.75, sentence=2), rival(0.7), hit(0.7)],
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
    found = answer(VIETNAMESE, [hit(0.71, cosine=0.70, coverage=0.1), rival(0.705), rival(0.70)])
    assert not found.answered
    assert found.text == ""
    assert len(found.citations) == 3


def test_a_nearer_hit_makes_surer() -> None:
    rest = [rival(0.8), rival(0.8)]
    for language in ("vi", "vi-unaccented", "other"):
        assert confidence(hit(0.9, cosine=0.8), *rest, language=language) < confidence(
            hit(0.9, cosine=0.9), *rest, language=language
        )


def test_more_of_the_question_s_words_make_surer() -> None:
    rest = [rival(0.8), rival(0.8)]
    assert confidence(hit(0.9, coverage=0.2), *rest) < confidence(hit(0.9, coverage=0.9), *rest)


def test_being_ahead_of_the_others_makes_surer() -> None:
    for language in ("vi", "other"):
        near = confidence(hit(0.9), rival(0.89), rival(0.89), language=language)
        assert near < confidence(hit(0.9), rival(0.80), rival(0.79), language=language)


def test_passages_of_the_same_article_do_not_make_less_sure() -> None:
    assert confidence(hit(0.9), hit(0.89), rival(0.8)) == confidence(hit(0.9), rival(0.8))


def test_an_answer_of_another_kind_than_was_asked_for_makes_less_sure() -> None:
    assert confidence(hit(0.9, offers=0.0), rival(0.85)) < confidence(hit(0.9, offers=1.0), rival(0.85))


def test_no_signal_counts_the_wrong_way_in_any_language() -> None:
    for language in ("vi", "other"):
        least = confidence(hit(0.9, cosine=0.8, coverage=0.2, offers=0.0), rival(0.85), language=language)
        for better in (
            hit(0.9, cosine=0.9, coverage=0.2, offers=0.0),
            hit(0.9, cosine=0.8, coverage=0.9, offers=0.0),
            hit(0.9, cosine=0.8, coverage=0.2, offers=1.0),
            hit(1.0, cosine=0.8, coverage=0.2, offers=0.0),
        ):
            assert confidence(better, rival(0.85), language=language) >= least


def test_the_threshold_in_use_decides_and_not_the_shipped_one() -> None:
    hits = [hit(0.9), rival(0.85)]
    sure = answer(VIETNAMESE, hits).confidence
    assert answer(VIETNAMESE, hits, shipped().answering_from(sure)).answered
    assert not answer(VIETNAMESE, hits, shipped().answering_from(sure + 0.001)).answered


def test_a_surer_answer_is_never_refused_where_a_less_sure_one_is_given() -> None:
    for language in ("vi", "other"):
        question = replace(VIETNAMESE, language=language)
        found = [answer(question, [hit(0.9, cosine=i / 100), rival(0.85), rival(0.85)]) for i in range(40, 120)]
        found.sort(key=lambda one: one.confidence)
        assert [one.answered for one in found] == sorted(one.answered for one in found)
        assert {one.answered for one in found} == {False, True}


FINITE = st.floats(-2, 2)
OFFERS = st.none() | st.floats(0, 1)


@settings(max_examples=100)
@given(
    hits=st.lists(
        st.builds(hit, FINITE, st.integers(0, 2), FINITE, st.floats(0, 1), OFFERS, st.sampled_from([ARTICLE, OTHER])),
        min_size=1,
        max_size=12,
    ),
    language=st.sampled_from(["vi", "vi-unaccented", "other"]),
)
def test_any_hits_make_a_sound_answer(hits: list[Hit], language: str) -> None:
    hits.sort(key=lambda found: -found.score)
    found = answer(replace(VIETNAMESE, language=language), hits)
    assert 0 <= found.confidence <= 1
    assert found.text == (found.citations[0].sentence_text if found.answered else "")
    assert len(found.citations) == min(len(hits), CITATIONS_MOST)
    for citation in found.citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote
        assert citation.start <= citation.sentence.start < citation.sentence.end <= citation.end
