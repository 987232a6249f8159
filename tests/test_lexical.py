"""The lexical index: BM25 over syllables and pairs, in both spellings, and the corpus's own syllables."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.lexical import Field, LexicalIndex, PassageText
from qa.text import fold, tokens, with_pairs

WORDS = ("đảng", "bộ", "huyện", "cao", "lộc", "hòa", "5.350", "viên", "dang", "bo", "Internet")
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), min_size=1, max_size=12)


def filled(*texts: str, title: str = "") -> LexicalIndex:
    """Index texts as passages 1, 2, 3…, each of the article with the same number."""
    index = LexicalIndex()
    index.update([], [PassageText(i, i, title, text) for i, text in enumerate(texts, start=1)])
    return index


def terms(text: str, field: Field = "exact") -> list[str]:
    return with_pairs([token if field == "exact" else fold(token) for token in tokens(text)])


def ids(index: LexicalIndex, text: str, field: Field = "exact", k: int = 10) -> list[int]:
    found: list[int] = index.search(terms(text, field), field, k)[0].tolist()
    return found


def test_the_passage_with_the_words_is_found_first() -> None:
    index = filled("huyện Hải Lăng", "đảng bộ huyện Cao Lộc có 5.350 đảng viên", "đảng bộ tỉnh")
    assert ids(index, "đảng bộ huyện Cao Lộc")[0] == 2
    assert ids(index, "5350 đảng viên")[0] == 2
    assert ids(index, "không đâu có chữ này đâu xyz")[:1] == [2], "only 'có' stands anywhere"
    assert ids(index, "xyz") == []


def test_a_pair_of_syllables_counts_more_than_the_two_apart() -> None:
    index = filled("bộ đội họp với đảng ủy", "đảng bộ họp với quân đội")
    assert ids(index, "đảng bộ")[0] == 2


def test_the_folded_field_finds_without_diacritics_and_the_exact_one_does_not() -> None:
    index = filled("Đảng bộ huyện Cao Lộc", "dang dở")
    assert ids(index, "dang bo", "folded")[0] == 1
    assert ids(index, "dang bo", "exact") == [2]


def test_words_of_the_title_are_found_in_every_passage() -> None:
    index = filled("một", "hai", title="Nghị quyết")
    assert sorted(ids(index, "nghị quyết")) == [1, 2]


@pytest.mark.parametrize("typed", ["thủy hòa", "thuỷ hoà", "thu\u0309y ho\u0300a", "THUỶ HOÀ", "thuy\u0309 hoa\u0300"])
def test_spellings_of_one_word_score_the_same(typed: str) -> None:
    index = filled("thủy lợi Tuy Hòa", "thuỷ lợi Tuy Hoà", "thủy điện Hòa Bình và nước")
    reference = index.search(terms("thủy hòa"), "exact", 5)
    found = index.search(terms(typed), "exact", 5)
    assert found[0].tolist() == reference[0].tolist()
    assert found[1].tolist() == reference[1].tolist()
    assert sorted(found[0].tolist()) == [1, 2, 3]


def test_no_more_than_k_are_found_best_first() -> None:
    index = filled(*(f"đảng {'bộ ' * i}" for i in range(1, 9)))
    found, scores = index.search(terms("bộ"), "exact", 3)
    assert len(found) == 3
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)
    assert len(index.search(terms("bộ"), "exact", 100)[0]) == 8


@settings(max_examples=30)
@given(texts=TEXTS, asked=st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), without=st.sets(st.integers(0, 14)))
def test_some_left_out_the_others_are_found_with_their_scores(
    texts: list[str], asked: list[str], without: set[int]
) -> None:
    index, wanted = filled(*texts), terms(" ".join(asked))
    everywhere = dict(zip(*(part.tolist() for part in index.search(wanted, "exact", 100)), strict=True))
    found, scores = index.search(wanted, "exact", 100, without)
    expected = {passage: score for passage, score in everywhere.items() if passage not in without}
    assert dict(zip(found.tolist(), scores.tolist(), strict=True)) == pytest.approx(expected)
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_those_left_out_take_no_place_among_the_k_best() -> None:
    index = filled(*(f"đảng {'bộ ' * i}" for i in range(1, 9)))
    best = ids(index, "bộ", k=5)
    assert index.search(terms("bộ"), "exact", 3, best[:2])[0].tolist() == best[2:]
    assert index.search(terms("bộ"), "exact", 3, range(1, 9))[0].tolist() == []


def test_removing_an_article_removes_its_passages_and_only_them() -> None:
    index = LexicalIndex()
    index.update([], [PassageText(p, p // 2, "", f"đảng bộ số {p}") for p in range(10)])
    index.update([1, 3], [PassageText(20, 9, "", "đảng bộ mới")])
    assert sorted(index.passages()) == [0, 1, 4, 5, 8, 9, 20]
    assert len(index) == 7
    assert set(ids(index, "đảng bộ", k=50)) == {0, 1, 4, 5, 8, 9, 20}


@settings(max_examples=40)
@given(
    texts=TEXTS,
    asked=st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
    field=st.sampled_from(["exact", "folded"]),
)
def test_scores_of_chosen_passages_are_those_of_the_search(texts: list[str], asked: list[str], field: Field) -> None:
    index = filled(*texts)
    wanted = terms(" ".join(asked), field)
    found, scores = index.search(wanted, field, 100)
    everywhere = dict(zip(found.tolist(), scores.tolist(), strict=True))
    assert index.scores(wanted, field, range(1, len(texts) + 1)) == pytest.approx(everywhere)
    some = list(range(1, len(texts) + 1, 2))
    assert index.scores(wanted, field, some) == pytest.approx({i: everywhere[i] for i in some if i in everywhere})


def test_scores_of_no_passages_or_no_terms_are_none() -> None:
    index = filled("đảng bộ")
    assert index.scores(["đảng"], "exact", []) == {}
    assert index.scores([], "exact", [1]) == {}
    assert index.search([], "exact", 5)[0].tolist() == []


def test_idf_is_that_of_bm25() -> None:
    index = filled("a b", "a c", "a d", "e")
    assert index.frequency("a", "exact") == 3
    assert index.idf("a", "exact") == pytest.approx(math.log(1 + (4 - 3 + 0.5) / (3 + 0.5)))
    assert index.idf("e", "exact") == pytest.approx(math.log(1 + (4 - 1 + 0.5) / (1 + 0.5)))
    assert index.idf("z", "exact") > index.idf("e", "exact") > index.idf("a", "exact") > 0
    assert filled().idf("a", "exact") >= 0


def test_variants_are_the_corpus_s_own_most_frequent_first() -> None:
    index = filled("đảng bộ", "đảng ủy", "đang họp", "dâng cao")
    variants = index.variants("dang")
    assert [count for _, count in variants] == [2, 1, 1]
    assert variants[0][0] == tokens("đảng")[0]
    assert {syllable for syllable, _ in variants} == set(tokens("đảng đang dâng"))
    assert index.variants("khong") == ()
    assert index.variants("dan") == (), "whole syllables, not what begins with the letters"


def test_other_forms_are_found_as_if_they_stood_there_each_by_itself() -> None:
    index = LexicalIndex()
    also = (tuple(tokens("ủy ban nhân dân")), ("21", "11", "2026"))
    index.update([], [PassageText(1, 1, "", "UBND họp", also), PassageText(2, 2, "", "họp")])
    assert ids(index, "ủy ban nhân dân") == ids(index, "uy ban nhan dan", "folded") == ids(index, "21/11/2026") == [1]
    assert index.frequency("dân_21", "exact") == 0, "no pair across two of them"
    assert index.variants("dan") == (), "what does not stand in the text restores nothing"


def test_variants_follow_an_update() -> None:
    index = filled("đảng bộ")
    assert len(index.variants("dang")) == 1
    index.update([], [PassageText(2, 2, "", "đang họp")])
    assert len(index.variants("dang")) == 2


def test_an_index_in_a_folder_is_the_same_when_opened_again(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path)
    index.update([], [PassageText(i, i, "", f"đảng bộ số {i}") for i in range(5)])
    again = LexicalIndex(tmp_path)
    assert sorted(again.passages()) == list(range(5))
    found, scores = again.search(terms("đảng số 3"), "exact", 5)
    expected, expected_scores = index.search(terms("đảng số 3"), "exact", 5)
    assert (found.tolist(), scores.tolist()) == (expected.tolist(), expected_scores.tolist())


def test_an_open_index_stays_as_it_was_while_another_process_s_update_is_under_way(tmp_path: Path) -> None:
    LexicalIndex(tmp_path).update([], [PassageText(1, 1, "", "đảng bộ")])
    reader, writer = LexicalIndex(tmp_path), LexicalIndex(tmp_path)
    writer.update([1], [PassageText(2, 2, "", "đảng ủy")])
    assert list(reader.passages()) == [1]
    assert list(writer.passages()) == [2]
    assert list(LexicalIndex(tmp_path).passages()) == [2]


def test_a_damaged_folder_is_told(tmp_path: Path) -> None:
    LexicalIndex(tmp_path).update([], [PassageText(1, 1, "", "đảng bộ")])
    (tmp_path / "meta.json").write_text("garbage", encoding="utf-8")
    with pytest.raises(ValueError, match=r".+"):
        LexicalIndex(tmp_path)


def test_words_longer_than_any_word_and_odd_characters_are_indexed() -> None:
    index = filled("a" * 5000 + " đảng", "\u200b\ufeff", "🙂 bộ", "\x01\x02")
    assert ids(index, "đảng") == [1]
    assert ids(index, "bộ") == [3]
    assert ids(index, "a" * 5000) == [1]
