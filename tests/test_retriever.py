"""Finding passages: scores that are the sum of their parts, spans that hold, and spellings that do not matter."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from corpora import PLACES, article_text, file_name, found, questions, write_articles, write_jsonl
from encoders import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from test_duplicates import STORY, WEEKLY

from qa import Assistant, Hit, UpdateOptions, remove_articles, update_index
from qa.retriever import WEIGHTS
from qa.text import spelling

ASKED = questions(PLACES)
Build = Callable[..., Assistant]


class AllAlike(HashEncoder):
    """Every text is as near as any other: only words, and the answer that is offered, tell them apart."""

    def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        return super()._vectors(["như nhau"] * len(texts))


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """Open an index of 36 articles, 144 passages: more than one side's candidates."""
    folder = tmp_path_factory.mktemp("retriever")
    return Assistant.build(write_articles(folder / "bài", PLACES), folder / "index", encoder=HashEncoder())


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Index texts, under titles where they are given."""

    def build(*texts: str, titles: tuple[str, ...] = (), encoder: HashEncoder | None = None) -> Assistant:
        records: list[dict[str, object]] = [
            {"id": f"{i}", "text": text, "title": titles[i] if titles else None} for i, text in enumerate(texts)
        ]
        corpus = write_jsonl(tmp_path / "bài.jsonl", records)
        return Assistant.build(corpus, tmp_path / "index", encoder=encoder or HashEncoder())

    return build


def ids(hits: list[Hit]) -> list[str]:
    return list(dict.fromkeys(hit.article.id for hit in hits))


# --- scores ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ASKED[:9])
def test_a_score_is_the_sum_of_its_weighted_parts(asked: str, assistant: Assistant) -> None:
    hits = assistant.retrieve(asked, k=30)
    assert len(hits) == 30
    weight = WEIGHTS[assistant.ask(asked).question.language]
    for hit in hits:
        of_meaning = hit.cosine + weight.passage * hit.passage_cosine + weight.context * hit.context
        of_words = weight.bm25 * hit.bm25 + weight.fit * hit.wording
        assert hit.score == pytest.approx(of_meaning + of_words, abs=1e-6)
        assert (hit.context == 0) == (weight.context == 0)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_the_parts_are_what_they_say(assistant: Assistant, encoder: HashEncoder) -> None:
    asked = "How many households of Hải Lăng take part?"
    weight = WEIGHTS["other"]
    (vector,) = encoder.encode_queries([spelling(asked)])
    for hit in assistant.retrieve(asked, k=10):
        text = hit.article.text
        of_passage = encoder.encode_passages([spelling(text[s.start : s.end]) for s in hit.passage.sentences])
        cosines = of_passage @ vector
        assert hit.cosine == pytest.approx(float(cosines.max()), abs=2e-3)
        mean = of_passage.mean(axis=0)
        assert hit.passage_cosine == pytest.approx(float(mean @ vector / np.linalg.norm(mean)), abs=2e-3)
        assert hit.offers is not None
        fit = (
            cosines[hit.passage.sentences.index(hit.sentence)]
            + weight.words * hit.sentence_coverage
            + weight.kind * hit.offers
        )
        assert hit.wording == pytest.approx(float(fit - cosines.max()), abs=2e-3)
        body = [s for s in text.split("\n\n")[1:] if s]
        sentences = [f"{s}." for paragraph in body for s in paragraph.strip().removesuffix(".").split(". ")]
        mean = encoder.encode_passages([spelling(s) for s in sentences]).mean(axis=0)
        assert hit.context == pytest.approx(float(mean @ vector / np.linalg.norm(mean)), abs=2e-3)


def test_bm25_counts_shared_words_and_nothing_else(build: Build) -> None:
    assistant = build("Đảng bộ huyện họp.", "Trồng rừng gỗ lớn.", "Đảng bộ.")
    by_id = {hit.article.id: hit for hit in assistant.retrieve("đảng bộ", k=3)}
    assert by_id["2"].bm25 > by_id["0"].bm25 > by_id["1"].bm25 == 0.0
    of_meaning = by_id["1"].cosine + WEIGHTS["vi"].passage * by_id["1"].passage_cosine
    assert by_id["1"].score == pytest.approx(of_meaning)


def test_coverage_is_the_share_of_the_question_s_rare_words(build: Build) -> None:
    assistant = build("Cao Lộc họp.", "Cao nguyên.", "Đồng bằng sông.", "Núi cao.")
    by_id = {hit.article.id: hit for hit in assistant.retrieve("Cao Lộc", k=4)}
    assert by_id["0"].coverage == pytest.approx(1.0)
    assert 0 < by_id["1"].coverage < 0.5, "cao is the commoner of the two"
    assert by_id["2"].coverage == 0.0


def test_the_highlight_s_words_are_some_of_the_passage_s(build: Build) -> None:
    assistant = build("Huyện Cao Lộc họp. Huyện Hải Lăng họp.", "Trồng rừng.", "Nuôi cá.", titles=("Báo Tết", "", ""))
    for asked, of_passage, of_sentence in (
        ("Cao Lộc", True, True),
        ("Cao Lộc, Hải Lăng", True, False),
        ("Cao Lộc, Tết", True, False),
        ("Cao Lộc, Đông Hà", False, False),
    ):
        hit = next(hit for hit in assistant.retrieve(asked, k=3) if hit.article.id == "0")
        assert (hit.coverage == pytest.approx(1.0)) == of_passage
        assert (hit.sentence_coverage == pytest.approx(1.0)) == of_sentence
        assert hit.sentence_coverage > 0


@pytest.mark.parametrize(
    ("asked", "names_kind"),
    [
        ("Có bao nhiêu hộ dân ở Cao Lộc tham gia?", True),
        ("bao nhieu ho dan o Cao Loc tham gia", True),
        ("How many households of Cao Lộc take part?", True),
        ("Ai viết bài về Cao Lộc?", True),
        ("Đảng bộ Cao Lộc đạt bao nhiêu phần trăm kế hoạch?", True),
        ("Đảng bộ Cao Lộc đặt mục tiêu gì?", False),
        ("What did Cao Lộc discuss?", False),
    ],
)
def test_shares_and_offers_are_within_their_ranges(asked: str, names_kind: bool, assistant: Assistant) -> None:
    for hit in assistant.retrieve(asked, k=60):
        assert 0 <= hit.sentence_coverage <= hit.coverage + 1e-9 <= 1 + 2e-9
        assert (hit.offers is not None) == names_kind
        assert hit.offers is None or 0 <= hit.offers <= 1


def test_among_fewer_passages_than_candidates_the_ranking_is_of_all_of_them(build: Build) -> None:
    assistant = build(*(article_text(place) for place in PLACES[:8]))
    passages = assistant.summary().passages
    hits = assistant.retrieve("Đảng bộ Hải Lăng đặt mục tiêu gì?", k=1000)
    assert len(hits) == len({(hit.article.id, hit.passage.start) for hit in hits}) == passages < 50


# --- how many --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ASKED[:3])
def test_k_is_honoured_and_fewer_are_the_first_of_more(asked: str, assistant: Assistant) -> None:
    ten = found(assistant, [asked], k=10)[0]
    assert found(assistant, [asked], k=60)[0][:10] == ten
    for k in (1, 2, 5, 10):
        assert found(assistant, [asked], k=k)[0] == ten[:k]
        assert len(ten[:k]) == k


def test_a_score_is_the_same_however_many_are_asked_for(assistant: Assistant) -> None:
    for asked in (*ASKED[:3], "bao nhieu ho dan o Cao Loc tham gia"):
        most = assistant.retrieve(asked, k=60)
        assert [hit.score for hit in most[:10]] == [hit.score for hit in assistant.retrieve(asked, k=10)]
        assert {hit.wording for hit in most[10:]} == {0.0}, "it counts among the first candidates alone"


@pytest.mark.parametrize("k", [0, -1])
def test_a_k_that_is_not_positive_is_an_error(k: int, assistant: Assistant) -> None:
    with pytest.raises(ValueError, match=f"k must be at least 1, found {k}"):
        assistant.retrieve("Đảng bộ", k=k)


def test_a_question_without_words_finds_nothing(assistant: Assistant) -> None:
    assert assistant.retrieve("?!") == []
    assert assistant.retrieve("") == []


def test_a_question_none_of_whose_words_occur_finds_the_nearest(assistant: Assistant) -> None:
    hits = assistant.retrieve("Ngân hàng", k=3)
    assert [hit.bm25 for hit in hits] == [0.0, 0.0, 0.0]


def test_an_empty_index_finds_nothing_and_answers_so(tmp_path: Path) -> None:
    (tmp_path / "trống.txt").write_text("\n", encoding="utf-8")
    assistant = Assistant.build(tmp_path / "trống.txt", tmp_path / "index", encoder=HashEncoder())
    for asked in ("Đảng bộ?", "dang bo", "Who?"):
        assert assistant.retrieve(asked) == []
        assert not assistant.ask(asked).answered
    assert assistant.summary().articles == 0


# --- finding ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES[::5])
def test_the_article_asked_for_is_found_first(place: str, assistant: Assistant) -> None:
    assert assistant.retrieve(f"Theo ấn bản 1, đảng bộ {place} đặt mục tiêu gì?")[0].article.id == file_name(place)


def test_words_of_the_title_count(build: Build) -> None:
    texts = ("Ông chủ trì hội nghị sáng nay.", "Ông chủ trì hội nghị chiều nay.", "Ông chủ trì hội nghị tối nay.")
    assistant = build(*texts, titles=("Báo Quảng Trị", "Báo Đồng Tháp", "Báo Ninh Bình"))
    hits = assistant.retrieve("Đồng Tháp: ai chủ trì hội nghị?", k=3)
    assert hits[0].article.title == "Báo Đồng Tháp"
    assert hits[0].bm25 > hits[1].bm25
    assert hits[0].coverage > hits[1].coverage


def test_a_question_without_diacritics_finds_what_one_with_them_finds(assistant: Assistant) -> None:
    for place, plain in (("Triệu Phong", "trieu phong"), ("Đình Lập", "dinh lap"), ("Hữu Lũng", "HUU LUNG")):
        accented = assistant.retrieve(f"Đảng bộ {place} đặt mục tiêu gì?")[0]
        unaccented = assistant.retrieve(f"dang bo {plain} dat muc tieu gi?")[0]
        assert accented.article.id == unaccented.article.id == file_name(place)


def test_of_passages_with_the_same_letters_the_one_that_was_meant_comes_first(build: Build) -> None:
    assistant = build("Nó đang bỏ huyền.", *["Đảng bộ huyện họp."] * 2, encoder=AllAlike())
    hits = assistant.retrieve("dang bo huyen", k=3)
    assert [hit.article.id for hit in hits] == ["1", "2", "0"]
    assert hits[1].bm25 > hits[2].bm25 > 0


def test_letters_without_diacritics_find_only_what_reads_so(build: Build) -> None:
    assistant = build("Đảng bộ huyện Cao Lộc.", "Trồng rừng gỗ lớn.", "Nuôi thủy sản.")
    hits = assistant.retrieve("cao loc", k=3)
    assert ids(hits)[0] == "0"
    assert [hit.bm25 > 0 for hit in hits] == [True, False, False]


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Đảng bộ Thủy Nguyên và Tuy Hòa", "Đảng bộ Thuỷ Nguyên và Tuy Hoà"),
        ("Đảng bộ Quý Hợp, Hướng Hóa, Hoa Lư", "Đảng bộ Quý Hợp, Hướng Hoá, Hoa Lư"),
        ("nuôi trồng thủy sản ở Đông Hà", "  nuôi trồng  thuỷ\u200b sản\nở Đông Hà "),
    ],
)
def test_tone_placement_normal_form_and_blanks_change_no_ranking(typed: str, same: str, assistant: Assistant) -> None:
    expected = found(assistant, [typed])
    assert found(assistant, [same]) == expected
    for form in ("NFD", "NFC", "NFKC"):
        assert found(assistant, [unicodedata.normalize(form, same)]) == expected


def test_an_article_in_another_spelling_is_found_as_well(build: Build) -> None:
    texts = ("Thành phố Tuy Hòa.", "Thành phố Tuy Hoà.", unicodedata.normalize("NFD", "Thành phố Tuy Hòa."))
    assistant = build(*texts, "Thành phố Đông Hà.")
    hits = assistant.retrieve("Tuy Hòa", k=4)
    assert len({(round(hit.score, 6), round(hit.bm25, 6)) for hit in hits[:3]}) == 1
    assert hits[3].article.id == "3"
    assert {hit.sentence_text for hit in hits[:3]} == set(texts)


def test_the_sentence_with_the_answer_is_highlighted(build: Build) -> None:
    assistant = build("Huyện ủy họp sáng nay. Đảng bộ Cao Lộc có 5.350 đảng viên. Ông Hòa chủ trì cuộc họp.")
    (hit,) = assistant.retrieve("Đảng bộ Cao Lộc có bao nhiêu đảng viên?")
    assert hit.sentence_text == "Đảng bộ Cao Lộc có 5.350 đảng viên."
    assert len(hit.passage.sentences) == 3


@pytest.mark.parametrize(
    ("asked", "beside", "offering"),
    [
        (
            "Đảng bộ Cao Lộc có bao nhiêu đảng viên?",
            "Đảng bộ Cao Lộc có nhiều đảng viên.",
            "Đảng bộ Cao Lộc có 5.350 đảng viên.",
        ),
        ("dang bo Cao Loc co bao nhieu dang vien", "Đảng bộ Cao Lộc có đảng viên.", "Đảng bộ Cao Lộc có 9 đảng viên."),
        ("How many are members in Cao Lộc?", "Cao Lộc có nhiều đảng viên.", "Cao Lộc có 5.350 đảng viên."),
        (
            "Đảng bộ Cao Lộc có bao nhiêu đảng viên?",
            "Ngày 22/5 Đảng bộ Cao Lộc có đảng viên mới.",
            "Đảng bộ Cao Lộc có 22 đảng viên mới.",
        ),
        ("Cao Lộc họp khi nào?", "Cao Lộc họp đông đủ.", "Cao Lộc họp ngày 22/5."),
        ("Cao Lộc đạt bao nhiêu phần trăm kế hoạch?", "Cao Lộc đạt 12 kế hoạch.", "Cao Lộc đạt 60,87% kế hoạch."),
        ("Ai chủ trì ở Cao Lộc?", "Chủ trì ở Cao Lộc là khó.", "Chủ trì ở Cao Lộc là Hoàng Văn Nghiệm."),
        ("Vì sao Cao Lộc hoãn họp?", "Cao Lộc hoãn họp hôm qua.", "Cao Lộc hoãn họp do mưa lũ."),
        ("Bài về Cao Lộc do ai viết?", "Huyện Cao Lộc đổi mới từng ngày.", "Trần Tuyền – Nguyễn Vinh"),
        ("Who wrote the article about Cao Lộc?", "Huyện Cao Lộc đổi mới từng ngày.", "Trần Tuyền – Nguyễn Vinh"),
    ],
)
def test_of_equally_near_sentences_the_one_that_offers_the_answer_is_highlighted(
    asked: str, beside: str, offering: str, build: Build
) -> None:
    assistant = build(f"{beside}\n{offering}\n{beside}", encoder=AllAlike())
    (hit,) = assistant.retrieve(asked)
    assert len(hit.passage.sentences) == 3
    assert hit.sentence_text == offering


def test_of_equally_near_passages_the_one_that_offers_the_answer_comes_first(build: Build) -> None:
    assistant = build("Cao Lộc có nhiều chi bộ.", "Cao Lộc có 283 chi bộ.", "Cao Lộc có đủ chi bộ.", encoder=AllAlike())
    first, *others = assistant.retrieve("Cao Lộc có bao nhiêu chi bộ?")
    assert first.article.id == "1"
    assert all(hit.score < first.score for hit in others)


def test_figures_are_no_help_where_the_question_does_not_ask_for_them(build: Build) -> None:
    assistant = build("Cao Lộc họp đông đủ. Cao Lộc họp ngày 22/5.", encoder=AllAlike())
    (hit,) = assistant.retrieve("Cao Lộc họp bàn việc gì?")
    assert hit.sentence_text == "Cao Lộc họp đông đủ."


def test_english_function_words_are_not_taken_for_vietnamese_syllables(build: Build) -> None:
    assistant = build("Tổ có thế mạnh, do in ấn ở an toàn khu.", "Huyện Cao Lộc họp.", "Trồng rừng.")
    for asked in (
        "When does the committee of Cao Lộc go to the congress?",
        "“The” committee of Cao Lộc discussed what, in which place, to whom?",
    ):
        by_id = {hit.article.id: hit for hit in assistant.retrieve(asked, k=3)}
        assert assistant.ask(asked).question.language == "other"
        assert (by_id["0"].bm25, by_id["0"].coverage) == (0.0, 0.0)
        assert by_id["1"].bm25 > 0


def test_the_same_letters_in_a_vietnamese_question_are_its_syllables(build: Build) -> None:
    assistant = build("Tổ có thế mạnh.", "Huyện Cao Lộc họp.", "Trồng rừng.")
    for asked in ("to co the manh", "Tổ có thế mạnh gì?"):
        by_id = {hit.article.id: hit for hit in assistant.retrieve(asked, k=3)}
        assert by_id["0"].bm25 > by_id["1"].bm25 == 0.0


def test_a_question_of_english_function_words_alone_finds_the_nearest(build: Build) -> None:
    assistant = build("Huyện Cao Lộc họp.", "Trồng rừng.")
    assert len(assistant.retrieve("What was it with which they would?", k=5)) == 2


# --- hidden articles -------------------------------------------------------------------------------------


def test_a_hidden_article_is_passed_over_and_nothing_else_changes(assistant: Assistant) -> None:
    asked = [f"Đảng bộ {place} đặt mục tiêu gì?" for place in PLACES[:6]]
    hidden = [file_name(place) for place in PLACES[:6]]
    with_it = list(assistant.ask_all(asked, k=20))
    without = list(assistant.ask_all(asked, k=10, hidden=hidden))
    for name, (_, hits), (answer, left) in zip(hidden, with_it, without, strict=True):
        assert name in ids(hits)
        meant = {(hit.passage.start, hit.article.id): (hit.cosine, hit.bm25, hit.sentence) for hit in hits}
        assert len(left) == 10
        for hit in left:
            place = hit.passage.start, hit.article.id
            assert meant.get(place, (hit.cosine, hit.bm25, hit.sentence)) == (hit.cosine, hit.bm25, hit.sentence)
        assert name not in ids(left)
        assert name not in {citation.article.id for citation in answer.citations}


def test_hiding_everything_but_one_article_still_finds_that(build: Build) -> None:
    assistant = build("Đảng bộ Cao Lộc.", "Đảng bộ Đông Hà.")
    ((answer, hits),) = assistant.ask_all(["Đảng bộ Cao Lộc"], hidden=["0"])
    assert ids(hits) == ["1"]
    assert [citation.article.id for citation in answer.citations] == ["1"]


def test_hiding_the_only_article_finds_nothing(build: Build) -> None:
    assistant = build("Đảng bộ Cao Lộc.")
    ((answer, hits),) = assistant.ask_all(["Đảng bộ Cao Lộc"], hidden=["0"])
    assert (hits, answer.answered, answer.citations) == ([], False, ())


def test_hiding_what_is_not_there_changes_nothing(assistant: Assistant) -> None:
    plain = list(assistant.ask_all(ASKED[:3]))
    assert list(assistant.ask_all(ASKED[:3], hidden=[None, "không có", None])) == plain


# --- the same story on several sites ---------------------------------------------------------------------

CAPTION = "Đại biểu tham dự hội nghị chụp ảnh lưu niệm bên công trình nhà văn hóa mới của thôn Mai Xá."
ONLY_FIRST = "Riêng xã Triệu Trạch đã vận động bà con góp được 920 ngày công để làm kè chắn cát."
QTO = {
    "id": "qto", "title": "Tổng kết năm năm xây dựng nông thôn mới", "source": "Báo Quảng Trị",
    "text": f"(QTO) - {STORY}\n\n{ONLY_FIRST}\n\nTin, ảnh: Hồng Hạnh",
}  # fmt: skip
TTXVN = {
    "id": "ttxvn", "title": "Quảng Trị: Nhìn lại chương trình nông thôn mới", "source": "TTXVN",
    "text": f"(TTXVN) - {STORY}\n\n{CAPTION}\n\nTheo TTXVN",
}  # fmt: skip
TOLD_BY_BOTH = "Toàn tỉnh Quảng Trị có bao nhiêu xã đạt chuẩn nông thôn mới?"


@pytest.fixture
def tell(tmp_path: Path) -> Build:
    """Index records beside an article about something else."""

    def tell(*records: dict[str, str], options: UpdateOptions = UpdateOptions()) -> Assistant:
        other: dict[str, object] = {"id": "khác", "text": article_text(PLACES[0])}
        corpus = write_jsonl(tmp_path / "bài.jsonl", [*map(dict, records), other])
        return Assistant.build(corpus, tmp_path / "index", encoder=HashEncoder(), options=options)

    return tell


def quoting(hits: list[Hit], words: str) -> list[Hit]:
    return [hit for hit in hits if words in hit.sentence_text]


@pytest.mark.parametrize("records", [(QTO, TTXVN), (TTXVN, QTO)], ids=["one first", "the other first"])
def test_a_story_that_two_sites_tell_is_found_once_with_the_other_site_named(
    tell: Build, records: tuple[dict[str, str], ...]
) -> None:
    assistant = tell(*records)
    found_once = quoting(assistant.retrieve(TOLD_BY_BOTH, k=20), "58 xã")
    assert len(found_once) == 1
    (hit,) = found_once
    assert {hit.article.id, *(twin.id for twin in hit.also_in)} == {"qto", "ttxvn"}
    assert len(hit.also_in) == 1
    assert hit.sentence_text in hit.also_in[0].text, "and it says so"
    assert hit.also_in[0].source in {"Báo Quảng Trị", "TTXVN"}
    answer = assistant.ask(TOLD_BY_BOTH)
    citations = [citation for citation in answer.citations if "58 xã" in citation.sentence_text]
    assert [citation.also_in for citation in citations] == [hit.also_in]


def test_what_only_one_copy_says_is_found_in_that_one_alone(tell: Build) -> None:
    assistant = tell(QTO, TTXVN)
    for asked, words, only in (
        ("Xã Triệu Trạch góp được bao nhiêu ngày công?", "920 ngày công", "qto"),
        ("Đại biểu chụp ảnh lưu niệm bên công trình nào?", "chụp ảnh lưu niệm", "ttxvn"),
    ):
        (hit,) = quoting(assistant.retrieve(asked, k=20), words)
        assert (hit.article.id, hit.also_in) == (only, ())


def test_other_articles_name_no_copies(tell: Build) -> None:
    hits = tell(QTO, TTXVN).retrieve(f"Đảng bộ {PLACES[0]} đặt mục tiêu gì?", k=20)
    assert hits[0].article.id == "khác"
    assert {hit.also_in for hit in hits if hit.article.id == "khác"} == {()}


def test_k_passages_are_k_different_ones(tell: Build) -> None:
    copies = [{**QTO, "id": f"{i}", "title": f"Bản {i}", "source": f"Báo {i}"} for i in range(6)]
    assistant = tell(*copies)
    for k in (1, 2, 3):
        hits = assistant.retrieve(TOLD_BY_BOTH, k=k)
        assert len(hits) == k
        assert len({hit.sentence_text for hit in hits}) == k
    assert len(hits[0].also_in) == 5


def test_removing_one_copy_leaves_the_other_to_be_found(tell: Build, tmp_path: Path) -> None:
    assistant = tell(QTO, TTXVN)
    for gone, left in (("qto", "ttxvn"), ("ttxvn", "qto")):
        remove_articles([gone], tmp_path / "index")
        (hit,) = quoting(assistant.retrieve(TOLD_BY_BOTH, k=20), "58 xã")
        assert (hit.article.id, hit.also_in) == (left, ())
        assistant = Assistant.build(tmp_path / "bài.jsonl", tmp_path / "index", encoder=HashEncoder())
        (hit,) = quoting(assistant.retrieve(TOLD_BY_BOTH, k=20), "58 xã")
        assert len(hit.also_in) == 1, "named itself, it is there again, and a copy again"


def test_hiding_an_article_hides_the_other_copies_of_its_story(tell: Build) -> None:
    assistant = tell(QTO, TTXVN)
    for hidden in ("qto", "ttxvn"):
        ((_, hits),) = assistant.ask_all([TOLD_BY_BOTH], k=20, hidden=[hidden])
        assert quoting(hits, "58 xã") == []


def test_a_copy_that_comes_to_say_something_else_is_a_copy_no_more(tell: Build) -> None:
    tell(QTO, TTXVN)
    assistant = tell(QTO, {**TTXVN, "text": TTXVN["text"].replace("58 xã", "61 xã")})
    hits = assistant.retrieve(TOLD_BY_BOTH, k=20)
    assert {(hit.article.id, hit.also_in) for hit in quoting(hits, " xã đạt chuẩn")} == {("qto", ()), ("ttxvn", ())}


def test_copies_are_copies_after_a_rebuild(tell: Build) -> None:
    tell(QTO, TTXVN)
    assistant = tell(QTO, TTXVN, options=UpdateOptions(rebuild=True))
    (hit,) = quoting(assistant.retrieve(TOLD_BY_BOTH, k=20), "58 xã")
    assert len(hit.also_in) == 1


def test_reports_from_one_template_with_other_numbers_are_both_found(tell: Build) -> None:
    weeks = {"tuần 1": (3, 9, 152, "ba", "Hải Lăng"), "tuần 2": (10, 16, 147, "hai", "Cam Lộ")}
    assistant = tell(*({"id": name, "title": f"An toàn giao thông, {name}", "text": WEEKLY.format(*facts)}
                       for name, facts in weeks.items()))  # fmt: skip
    hits = quoting(assistant.retrieve("Trong tuần lập biên bản bao nhiêu trường hợp vi phạm?", k=20), "lập biên bản")
    assert {(hit.article.id, hit.also_in) for hit in hits} == {("tuần 1", ()), ("tuần 2", ())}
    assert {hit.sentence_text.partition("lập biên bản ")[2] for hit in hits} == {
        "152 trường hợp vi phạm.",
        "147 trường hợp vi phạm.",
    }


# --- spans -----------------------------------------------------------------------------------------------

_PIECES = (
    "Đảng bộ huyện Cao Lộc có 5.350 đảng viên.", "Ai chủ trì?", "“Tốt!” – ông nói.", "TP. HCM", "🙂", "\u200b", "\r\n",
    "\n\n", "\n", "\t", " ", "e\u0302\u0301", "- gạch đầu dòng", "1. Mục", "…", "hết.Ngày", "x" * 1100, "từ " * 300,
    "党",
)  # fmt: skip
TEXTS = st.lists(
    st.one_of(
        st.lists(st.sampled_from(_PIECES), min_size=1, max_size=12).map(" ".join),
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=200),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25)
@given(
    texts=TEXTS, asked=st.sampled_from(["Đảng bộ Cao Lộc có bao nhiêu đảng viên?", "ai chu tri", "Who is it?", "党"])
)
def test_every_quotation_is_in_its_article_to_the_character(
    texts: list[str], asked: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("spans")
    records: list[dict[str, object]] = [{"id": f"{i}", "text": text} for i, text in enumerate(texts)]
    corpus = [write_jsonl(folder / "bài.jsonl", records)]
    for i, text in enumerate(texts):
        (folder / f"{i}.txt").write_bytes(text.encode("utf-8"))
        corpus.append(folder / f"{i}.txt")
    update_index(corpus, folder / "index", encoder=HashEncoder())
    assistant = Assistant.open(folder / "index", encoder=HashEncoder())
    for hit in assistant.retrieve(asked, k=100):
        expected = texts[int(hit.article.id.removesuffix(".txt"))]
        assert hit.article.text == expected
        assert expected[hit.passage.start : hit.passage.end] == hit.quote
        assert hit.passage.start <= hit.sentence.start < hit.sentence.end <= hit.passage.end
        assert hit.sentence in hit.passage.sentences
        assert hit.sentence_text.strip()
    answer = assistant.ask(asked)
    for citation in answer.citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote
        assert citation.start <= citation.sentence.start < citation.sentence.end <= citation.end
    assert not answer.text or answer.text == answer.citations[0].sentence_text
