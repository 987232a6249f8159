"""Vietnamese spelling, syllables, and text without its diacritics."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.text import fold, has_diacritics, is_syllable, readable, spelling, tokens, with_pairs

COMMON_SYLLABLES = """
à ạ ấy ý ở ổ ủy ước ướt uống yến yếu ai anh em ông bà cô chú gì gìn giờ già giá giữa giặc giếng giết giới giỏi
giảng giấy quý quỹ quả quà quạ quờ quầy quốc quyết quỳnh quýt quét quanh qua nghĩa nghìn nghịch nghệ ngoài ngoại
ngoéo người ngành đảng đường được đã để đời đĩa điều điện đồng đại đỏ độ hòa hóa hòn họa hoạch hoàn hoàng huyện
huỳnh hội hè hòe tòa toàn toán thuế thủy thúy thùy thuở thuộc tuyển tuổi tuần tùy của cửa chìa chuyện chuyến chủ
mùa múa mía mỹ rượu rồi rõ nước nói xòe xóa xoẹt xã xuất lòe lũy lụy lịch khỏe khóa khoảng khoái khoét khuỷu khuya
khuyến kìa kỷ kiểm suýt bướm bệnh bầu bộ phường phố trường trị tỉnh tía thị thôn việc viện vừa vụ sẽ sửa súng góa
góp gốc nhuệ nhiệm nhà duyệt doãn cướp kế
""".split()

ENGLISH = "computer school street technology world government birthday english president flower black weather".split()

# Letters with and without marks, marks on their own, and what pages leave behind.
vietnamese = st.text(
    st.sampled_from(
        "aeiouyqghnt AOUYQàáảãạèẻỳýỷỹỵÀÁỶăâêôơưđĐ0159.,/\n\t\u0300\u0301\u0309\u0323\u00a0\u200b\ufeff\u00ad"
    )
)
any_text = st.one_of(vietnamese, st.text())
lightly = settings(max_examples=100, deadline=None)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("hoà", "hòa"),
        ("hòa", "hòa"),
        ("HOÀ BÌNH", "HÒA BÌNH"),
        ("Hoà", "Hòa"),
        ("uỷ ban", "ủy ban"),
        ("Uỷ", "Ủy"),
        ("UỶ", "ỦY"),
        ("thuý", "thúy"),
        ("luỹ tuỳ luỵ", "lũy tùy lụy"),
        ("khoẻ xoá loè", "khỏe xóa lòe"),
        ("nước Mỹ, hoà-bình, (khoá).", "nước Mỹ, hòa-bình, (khóa)."),
    ],
)
def test_the_tone_of_an_open_syllable_moves_to_its_first_vowel(typed: str, written: str) -> None:
    assert spelling(typed) == written


@pytest.mark.parametrize(
    "word", ["quý", "QUÝ", "Quỳ", "quỹ", "hoàn", "ngoài", "toán", "huỳnh", "suýt", "khuỷu", "quà", "Đảng"]
)
def test_other_syllables_keep_their_tone_where_it_is(word: str) -> None:
    assert spelling(word) == word


@pytest.mark.parametrize("mark", ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"])
def test_invisible_characters_vanish(mark: str) -> None:
    assert spelling(f"{mark}Đả{mark}ng bộ{mark}") == "Đảng bộ"
    assert tokens(f"{mark}Đả{mark}ng bộ{mark}") == tokens("Đảng bộ")


def test_blanks_of_every_kind_become_single_spaces() -> None:
    assert spelling(" \u00a0Đảng\u00a0\t bộ\r\n\u2003huyện\u2028") == "Đảng bộ huyện"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("kĩ sư", "kỹ sư"),
        ("kỹ sư", "kỹ sư"),
        ("bác sỹ", "bác sĩ"),
        ("nước Mĩ", "nước Mỹ"),
        ("LÍ DO", "LÝ DO"),
        ("tỉ lệ, thế kỉ, hi vọng", "tỷ lệ, thế kỷ, hy vọng"),
        ("Quí, qui định", "Quý, quy định"),
        ("“Đảng bộ”", '"Đảng bộ"'),
        ("«Đảng bộ» ‘họp’", "\"Đảng bộ\" 'họp'"),
        ("2015–2020 — xong", "2015-2020 - xong"),
        ("Ｃａｏ Ｌôc，５．３５０？", "Cao Lôc,5.350?"),
    ],
)
def test_letters_and_signs_that_are_in_use_side_by_side_are_written_one_way(typed: str, written: str) -> None:
    assert spelling(typed) == written


@pytest.mark.parametrize(
    "text", ["khi nào", "đi thi", "chị Mai", "ý kiến", "y tế", "thị xã, nghị sĩ", "suy nghĩ", "Tây Ninh", "ti-vi wifi"]
)
def test_i_and_y_that_are_not_in_use_side_by_side_stay(text: str) -> None:
    assert spelling(text) in (text, text.replace("ti-", "ty-"))


# Each word and sign as the press has it, and as others have it.
_IN_USE = {
    "hòa": "hoà", "Khỏe": "Khoẻ", "ỦY": "UỶ", "kỹ": "kĩ", "SĨ": "SỸ", "Quý": "Quí", "lý": "lí", "tỷ": "tỉ",
    "Mỹ,": "Mĩ,", "-": "—", '"': "”", "'": "’", "đảng": "đảng", "bộ": "bộ", "2021": "2021", "5.350": "5.350",
}  # fmt: skip


def _full_width(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


_DISGUISES: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: "\u200b".join(text),
    lambda text: f"\ufeff {text.replace(' ', chr(0xA0))}\n",
    _full_width,
)


@lightly
@given(st.lists(st.tuples(st.sampled_from(sorted(_IN_USE)), st.booleans())), st.sampled_from(_DISGUISES))
def test_however_a_text_is_typed_it_has_one_spelling_and_the_same_tokens(
    words: list[tuple[str, bool]], disguise: Callable[[str], str]
) -> None:
    # Apart, so that two figures in a row are not one number.
    plain = " ; ".join(word for word, _ in words)
    typed = disguise(" ; ".join(_IN_USE[word] if other else word for word, other in words))
    assert spelling(typed) == spelling(plain) == plain
    assert tokens(typed) == tokens(plain)


@lightly
@given(any_text)
@example("o\u1ea1\u0300")
@example("hoà\u0301 uỷ")
def test_spelling_twice_is_spelling_once(text: str) -> None:
    assert spelling(spelling(text)) == spelling(text)


@lightly
@given(any_text)
def test_composed_and_decomposed_text_read_the_same(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert spelling(composed) == spelling(decomposed)
    assert tokens(composed) == tokens(decomposed)
    assert fold(composed) == fold(decomposed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hòa", "hoà"),
        ("ủy ban", "uỷ ban"),
        ("thúy", "thuý"),
        ("quý", "qúy"),
        ("khỏe", "khoẻ"),
        ("Tỉnh Ủy", "tỉnh uỷ"),
        ("HÒA BÌNH", "hoà bình"),
        ("5.350", "5350"),
        ("1.000.000 đồng", "1000000 đồng"),
        ("ĐẢNG ỦY", "đảng ủy"),
        ("“Đảng bộ”, (huyện)!", "đảng bộ huyện"),
        ("kĩ sư", "kỹ sư"),
        ("bác sĩ", "bác sỹ"),
        ("Quí", "quý"),
        ("5 350", "5350"),
        ("5\u00a0350 đảng viên", "5.350 đảng viên"),
        ("1 000 000 đồng", "1.000.000 đồng"),
        ("60,87%", "60.87%"),
        ("５．３５０", "5350"),
    ],
)
def test_the_same_words_give_the_same_tokens(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)
    assert tokens(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("đảng", "đang"),
        ("má", "mà"),
        ("đa", "da"),
        ("hòa", "họa"),
        ("5.350", "5.35"),
        ("60,87", "6087"),
        ("5.350", "5351"),
        ("5 350", "5 và 350"),
        ("5 35", "535"),
        ("60,87", "60 và 87"),
    ],
)
def test_different_words_give_different_tokens(one: str, other: str) -> None:
    assert tokens(one) != tokens(other)


@pytest.mark.parametrize(
    "written", ["13/4/2021", "13/04/2021", "13-04-2021", "13.4.2021", "13–4–2021", "13 tháng 4 năm 2021", "13/4 , 2021"]
)
def test_a_date_is_its_figures_however_it_is_written(written: str) -> None:
    assert tokens(written) == ["13", "4", "2021"]
    assert tokens(f"Ngày {written}.") == [*tokens("ngày"), "13", "4", "2021"]
    assert tokens(f"(ngày {written})") == [*tokens("ngày"), "13", "4", "2021"]


@pytest.mark.parametrize("written", ["tháng 4/2021", "tháng 04-2021", "tháng 4 năm 2021"])
def test_a_month_is_its_figures_however_it_is_written(written: str) -> None:
    assert tokens(written) == [*tokens("tháng"), "4", "2021"]


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("1.2.3.4", ["1,2,3,4"]),
        ("năm 2021 500 người", ["2021", "500"]),
        ("tháng 4 năm 2021 500 người", ["4", "2021", "500"]),
        ("từ 2015-2020", ["2015", "2020"]),
        ("0,5", ["0,5"]),
        ("42/69 chi bộ", ["42", "69"]),
        ("số 05-CT/TW", ["05"]),
        ("5 350 900 12", ["5350900", "12"]),
    ],
)
def test_figures_that_are_no_date_stay_as_they_are(text: str, figures: list[str]) -> None:
    assert [token for token in tokens(text) if token[0].isdigit()] == figures


@pytest.mark.parametrize(("one", "other"), [("3.5%", "3,5%"), ("8.12 điểm", "8,12 điểm"), ("Điều 5.2", "Điều 5,2")])
def test_a_small_figure_with_a_decimal_point_is_no_date(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


def test_an_amount_after_a_date_is_its_own_figure() -> None:
    assert [token for token in tokens("ngày 13/4 500 người") if token[0].isdigit()] == ["13", "4", "500"]


@pytest.mark.parametrize("text", ["", "  \n", "…—?!", "“”", "\u200b", "😀"])
def test_text_without_words_has_no_tokens(text: str) -> None:
    assert tokens(text) == []


@lightly
@given(any_text)
def test_tokens_never_hold_whitespace_and_are_never_empty(text: str) -> None:
    for token in tokens(text):
        assert token
        assert not any(character.isspace() for character in token)


def test_tokens_stand_in_the_order_of_the_text() -> None:
    assert [readable(token) for token in tokens("Hơn 5.350 xe BA GÁC")] == ["hơn", "5350", "xe", "ba", "gác"]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("đảng", "dang"),
        ("Đảng bộ huyện Cao Lộc", "Dang bo huyen Cao Loc"),
        ("ĐƯỜNG", "DUONG"),
        ("ngưỡng cửa", "nguong cua"),
        ("plain text 5.350", "plain text 5.350"),
        ("", ""),
    ],
)
def test_fold_drops_every_diacritic(text: str, bare: str) -> None:
    assert fold(text) == bare


def test_a_folded_token_is_the_word_as_typed_without_marks() -> None:
    folded = [fold(token) for token in tokens(" ".join(COMMON_SYLLABLES))]
    assert [spelling(token) for token in folded] == [spelling(fold(word)) for word in COMMON_SYLLABLES]
    assert "".join(folded).isascii()


def test_pairs_of_neighbours_follow_the_syllables() -> None:
    assert with_pairs(["đảng", "bộ", "huyện"]) == ["đảng", "bộ", "huyện", "đảng_bộ", "bộ_huyện"]
    assert with_pairs(["đảng"]) == ["đảng"]
    assert with_pairs([]) == []


def test_tokens_read_back_as_the_words() -> None:
    assert [spelling(readable(token)) for token in tokens(" ".join(COMMON_SYLLABLES))] == COMMON_SYLLABLES


@pytest.mark.parametrize("word", ["computer", "2021", "covid", "hd"])
def test_what_carries_no_tone_reads_back_unchanged(word: str) -> None:
    assert readable(word) == word


def test_a_vietnamese_syllable_is_one() -> None:
    assert [word for word in COMMON_SYLLABLES if not is_syllable(fold(word))] == []


@pytest.mark.parametrize("word", [*ENGLISH, "", "2021", "bcd"])
def test_an_english_word_is_no_vietnamese_syllable(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize("text", ["đảng", "ủy", "cô", "đi", "bộ", "giữa"])
def test_a_marked_word_has_diacritics(text: str) -> None:
    assert has_diacritics(text)
    assert all(has_diacritics(token) for token in tokens(text))


@pytest.mark.parametrize("text", ["dang", "2021", "", "“”", "—"])
def test_a_bare_word_has_no_diacritics(text: str) -> None:
    assert not has_diacritics(text)
