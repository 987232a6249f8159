"""Passages and their sentences: every visible character of the body, once, in order, quoted to the character."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.pages import read_page
from qa.passages import split
from qa.types import Article, Passage

SENTENCE = "Cây cầu mới bắc qua sông Kỳ Cùng sẽ xong trước Tết này, theo lời của ông chủ tịch xã đó."
HEADING = "Tiến độ của công trình"


def article(text: str) -> Article:
    return Article(id="bai.txt", path="bai.txt", title="", text=text, sha256="")


def passages(text: str) -> list[Passage]:
    """Split a text that is all body."""
    return list(split(article(text), read_page(text, "Tiêu đề").paragraphs))


def visible(text: str) -> str:
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


def sentence_texts(found: Sequence[Passage]) -> list[str]:
    return [passage.article.text[s.start : s.end] for passage in found for s in passage.sentences]


# --- lengths ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        " ".join([SENTENCE] * 100),
        "\n\n".join([SENTENCE] * 100),
        "\n\n".join([f"{SENTENCE} {SENTENCE} {SENTENCE}"] * 33),
    ],
    ids=["one long paragraph", "short paragraphs", "middling paragraphs"],
)
def test_a_passage_has_about_600_characters(text: str) -> None:
    lengths = [len(passage.quote) for passage in passages(text)]
    assert max(lengths) <= 750
    assert 450 <= sum(lengths) / len(lengths) <= 720


def test_a_short_article_is_one_passage() -> None:
    text = f"{SENTENCE} {SENTENCE}\n\n{SENTENCE}"
    assert [passage.quote for passage in passages(text)] == [text]


def test_paragraphs_that_fill_a_passage_each_are_not_mixed() -> None:
    paragraphs = [" ".join([word] * 120) + "." for word in ("Một", "Hai", "Ba")]
    assert [passage.quote for passage in passages("\n\n".join(paragraphs))] == paragraphs


def test_a_long_paragraph_is_cut_at_sentence_ends_into_about_equal_shares() -> None:
    found = passages(" ".join([SENTENCE] * 10))
    lengths = [len(passage.quote) for passage in found]
    assert all(passage.quote.startswith("Cây cầu") and passage.quote.endswith("xã đó.") for passage in found)
    assert max(lengths) - min(lengths) <= len(SENTENCE) + 1


# --- headings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "follows",
    [
        SENTENCE,
        " ".join([SENTENCE] * 7),
        " ".join([SENTENCE] * 20),
        "Ông nói " + "rất lâu và " * 60 + "hết.",
        "Ông nói " + "rất lâu và " * 85 + "hết.",
    ],
    ids=["a sentence", "a passage", "a long paragraph", "a long sentence", "a very long sentence"],
)
@pytest.mark.parametrize("before", ["", SENTENCE, " ".join([SENTENCE] * 6)], ids=["nothing", "a sentence", "a passage"])
def test_a_heading_goes_with_what_follows(before: str, follows: str) -> None:
    assert_goes_with_what_follows("\n\n".join(filter(None, [before, HEADING, follows])))


@pytest.mark.parametrize(
    "gap", ["\n", "\r\n\r\n", "\n\u00a0\n", "\n\u200b\n"], ids=["LF", "CRLF", "no-break", "zero-width"]
)
def test_a_heading_goes_with_what_follows_across_a_line_that_only_looks_filled(gap: str) -> None:
    assert_goes_with_what_follows(gap.join([" ".join([SENTENCE] * 6), HEADING, " ".join([SENTENCE] * 4)]))


def assert_goes_with_what_follows(text: str) -> None:
    (passage,) = (passage for passage in passages(text) if HEADING in passage.quote)
    assert not passage.quote.endswith(HEADING)


def test_headings_above_one_another_stay_together_in_order() -> None:
    text = "\n\n".join([" ".join([SENTENCE] * 6), "Phần hai", HEADING, " ".join([SENTENCE] * 4)])
    assert passages(text)[1].quote.startswith("Phần hai\n\nTiến độ của công trình\n\nCây cầu")


# --- what is quoted -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("heading", ["Phản hồi", "20/05/2021 10:30", HEADING])
def test_a_passage_never_quotes_a_line_that_the_body_leaves_out(heading: str) -> None:
    text = f"{SENTENCE}\n\n{heading}\n\nXem video ở đây\n\n{SENTENCE}"
    first, left_out, second = text.index(SENTENCE), text.index("Xem"), text.rindex(SENTENCE)
    body = [(first, first + len(SENTENCE)), (second, second + len(SENTENCE))]
    found = list(split(article(text), body))
    assert sentence_texts(found) == [SENTENCE, SENTENCE]
    assert not any(passage.start <= left_out < passage.end for passage in found)


def test_the_title_repeated_within_an_article_is_not_quoted() -> None:
    text = f"Cầu mới khởi công\n\n{SENTENCE}\n\nCầu mới khởi công\n\n{SENTENCE}"
    found = list(split(article(text), read_page(text).paragraphs))
    assert sentence_texts(found) == [SENTENCE, SENTENCE]
    assert not any("khởi công" in passage.quote for passage in found)


def test_repeated_sentences_are_each_quoted_at_their_own_place() -> None:
    text = " ".join([SENTENCE] * 30)
    starts = [s.start for passage in passages(text) for s in passage.sentences]
    assert starts == [i * (len(SENTENCE) + 1) for i in range(30)]


@pytest.mark.parametrize(
    "overlong",
    [
        "Ông kể: " + "làm ruộng; " * 300 + "hết.",
        "Ông kể: " + "làm ruộng, " * 300 + "hết.",
        "Ông kể " + "làm ruộng và " * 300 + "hết.",
        "x" * 5000,
        "ạ" * 1001,
        "😀" * 3000,
        "một" + " " * 5000 + "hai",
    ],
    ids=["semicolons", "commas", "blanks", "one word", "just over", "emoji", "long blank"],
)
def test_an_overlong_sentence_is_cut_and_loses_nothing(overlong: str) -> None:
    found = passages(f"{SENTENCE}\n\n{overlong}\n\n{SENTENCE}")
    pieces = sentence_texts(found)
    assert visible("".join(pieces)) == visible(SENTENCE + overlong + SENTENCE)
    assert max(map(len, pieces)) <= 1000
    assert all(visible(piece) for piece in pieces)


def test_an_overlong_sentence_is_cut_between_words() -> None:
    pieces = sentence_texts(passages("Ông kể " + "làm ruộng và " * 300 + "hết."))
    assert {word for piece in pieces for word in piece.split()} == {"Ông", "kể", "làm", "ruộng", "và", "hết."}


@pytest.mark.parametrize("unit", ["x", "A. ", "Đề mục\n\n", "a\n", ", ", "“", "…"])
def test_large_texts_are_split_whole(unit: str) -> None:
    text = unit * 50_000
    assert visible("".join(sentence_texts(passages(text)))) == visible(text)


# --- any text at all ----------------------------------------------------------------------------------------

FRAGMENTS = [
    *"Một câu.| Hai câu. |Đề mục|bình luận|Bình luận|Phản hồi|Ngày 13/4/2021|TP. |5.350|PGS.TS. ".split("|"),
    *'. |…|?!|“|”|"|(|)|, |; |- |1. |😀|👨\u200d👩\u200d👧|a\u0323\u0302|\u0301'.split("|"),
    *"\n|\n\n|\r\n|\r\n\r\n|\u2028|\u2029|\u00a0|\u2003|\u200b|\ufeff| |\t".split("|"),
    *(SENTENCE, f"{SENTENCE} " * 8, "rất dài và " * 120, "x" * 1200),
]
any_text = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"])),
)


@settings(max_examples=100, deadline=None)
@given(any_text, st.sampled_from([None, "Tiêu đề"]))
def test_passages_quote_the_whole_body_once_and_in_order(text: str, title: str | None) -> None:
    paragraphs = read_page(text, title).paragraphs
    found = list(split(article(text), paragraphs))
    body = "".join(text[start:end] for start, end in paragraphs)
    assert visible("".join(sentence_texts(found))) == visible(body)
    at = 0
    for passage in found:
        assert passage.quote == text[passage.start : passage.end]
        assert passage.start == passage.sentences[0].start
        assert passage.end == passage.sentences[-1].end
        for sentence in passage.sentences:
            quoted = text[sentence.start : sentence.end]
            assert at <= sentence.start < sentence.end <= passage.end
            assert quoted == quoted.strip()
            assert visible(quoted)
            assert len(quoted) <= 1000
            at = sentence.end


@settings(max_examples=100, deadline=None)
@given(any_text, st.data())
def test_passages_never_hold_what_the_body_leaves_out(text: str, data: st.DataObject) -> None:
    paragraphs = read_page(text, "Tiêu đề").paragraphs
    kept = [paragraph for paragraph in paragraphs if data.draw(st.booleans())]
    found = list(split(article(text), kept))
    assert visible("".join(p.quote for p in found)) == visible("".join(text[start:end] for start, end in kept))
