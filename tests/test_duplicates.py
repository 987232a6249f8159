"""The same story on two sites, and reports that only look the same."""

from __future__ import annotations

import random
import re
import unicodedata
from pathlib import Path

import pytest
from corpora import PLACES, article_text
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.duplicates import SAME_FROM, Signature, describe, keys, resemblance, same_story, same_words
from qa.pages import read_page
from qa.text import tokens


def unwrapped(text: str) -> str:
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


STORY = unwrapped("""Sáng 13/4/2021, tại thành phố Đông Hà, Ủy ban nhân dân tỉnh Quảng Trị tổ chức hội nghị tổng kết 5
năm xây dựng nông thôn mới, với sự tham dự của ông Nguyễn Đăng Quang, Chủ tịch Hội đồng nhân dân tỉnh.

Theo báo cáo tại hội nghị, đến nay toàn tỉnh có 58 xã đạt chuẩn nông thôn mới, thu nhập bình quân của người dân ở khu
vực nông thôn đạt 36,5 triệu đồng một năm, tỷ lệ hộ nghèo giảm còn 7,1 %. Tổng nguồn vốn huy động được là 5.350 tỷ
đồng, trong đó nhân dân đóng góp hơn 420 tỷ đồng và hiến hàng nghìn mét vuông đất để mở đường, xây nhà văn hóa.

Phát biểu tại hội nghị, ông Nguyễn Đăng Quang đề nghị các địa phương tiếp tục rà soát các tiêu chí còn thấp, huy động
mọi nguồn lực, lồng ghép các chương trình, và chú trọng đào tạo nghề cho lao động trẻ. Các huyện Hải Lăng, Triệu Phong
cần sớm hoàn thành hồ sơ để trình cấp trên công nhận trong quý III.

Cũng trong dịp này, nhiều tập thể và cá nhân có thành tích xuất sắc đã được khen thưởng vì những đóng góp của mình cho
phong trào chung sức xây dựng quê hương, làm cho đường làng, ngõ xóm ngày càng khang trang và sạch đẹp hơn trước.""")

WEEKLY = unwrapped("""Trong tuần từ ngày {} đến ngày {} tháng 5, lực lượng chức năng của tỉnh đã phối hợp với các đơn
vị tổ chức tuần tra, kiểm soát trên các tuyến quốc lộ, tỉnh lộ và đường liên xã theo kế hoạch đã được phê duyệt, lập
biên bản {} trường hợp vi phạm. Trên địa bàn tỉnh xảy ra {} vụ tai nạn giao thông, nhiều nhất ở huyện {}. Nguyên nhân
chủ yếu là do người điều khiển phương tiện không làm chủ tốc độ, đi không đúng phần đường và thiếu chú ý quan sát khi
tham gia giao thông. Trong thời gian tới, các đội, trạm tiếp tục tăng cường tuần tra, xử lý nghiêm các hành vi vi
phạm, đẩy mạnh tuyên truyền đến từng thôn, khu phố, cơ quan và trường học, vận động nhân dân tự giác chấp hành.""")
THIS_WEEK = WEEKLY.format(3, 9, 152, "ba", "Hải Lăng")

SEEDS = sorted((Path(__file__).parent.parent / "seeds" / "articles").glob("*.txt"))
lightly = settings(max_examples=100, deadline=None)
any_text = st.text(st.one_of(st.sampled_from("aàăđĐÀN 159.,%-\n\u0301\u200bǃ\ud800"), st.characters()))
signatures = st.lists(st.sampled_from([*STORY.split(), "\n\n"]), max_size=80).map(
    lambda words: describe(" ".join(words))
)


def same(first: str, second: str) -> bool:
    """Ask as an index does: by a key in common, then of the two."""
    a, b = describe(first), describe(second)
    told = same_story(a, b)
    assert told == same_story(b, a)
    return told and bool({*keys(a)} & {*keys(b)})


def body(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return "\n\n".join(text[start:end] for start, end in read_page(text).paragraphs)


@pytest.mark.parametrize(
    "copy",
    [
        STORY,
        "(TTXVN) - " + STORY + "\n\nNguồn: Báo Quảng Trị",
        STORY + "\n\nẢnh: Trần Văn Nam\n\nĐại biểu tham dự hội nghị chụp ảnh lưu niệm cùng các tập thể.",
        STORY.replace("hóa", "hoá").replace("tỷ", "tỉ").replace("Ủy", "Uỷ"),
        STORY.replace("13/4/2021", "13 tháng 4 năm 2021").replace("5.350", "5 350").replace("7,1 %", "7,1%"),
        STORY.replace("tổ chức hội nghị tổng kết", "đã mở hội nghị nhìn lại").replace("chú trọng", "quan tâm"),
        STORY.replace(" Các huyện Hải Lăng, Triệu Phong cần sớm hoàn thành hồ sơ để trình cấp trên công nhận", "…"),
        STORY.rpartition("\n\n")[0],
        STORY.upper().lower(),
        unicodedata.normalize("NFD", STORY),
        STORY.replace(" ", "\u00a0"),
    ],
    ids=[
        "itself", "dateline and source", "caption", "tones", "figures", "reworded", "sentence cut", "paragraph cut",
        "lower case", "nfd", "blanks",
    ],
)  # fmt: skip
def test_a_copy_is_the_same_story(copy: str) -> None:
    assert same(STORY, copy)


def test_datelines_bylines_and_sources_may_differ() -> None:
    first = "(QTO) - " + STORY + "\n\nTin, ảnh: Hồng Hạnh\n\nNguồn: Báo Quảng Trị"
    assert same(first, "(TTXVN) - " + STORY + "\n\nTin, ảnh: Trần Văn Nam\n\nNguồn: Báo Nhân Dân")


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_an_article_with_other_words_here_and_there_is_the_same_story(path: Path) -> None:
    text, chance = body(path), random.Random(path.name)
    words = text.split(" ")
    plain = [i for i, word in enumerate(words) if word.isalpha() and word.islower()]
    for i in chance.sample(plain, len(plain) // 50):
        words[i] = "thêm"
    assert same(text, "(TTXVN) - " + " ".join(words) + "\n\nTheo TTXVN")


def test_other_articles_are_other_stories() -> None:
    texts = [STORY, THIS_WEEK, *map(body, SEEDS)]
    assert not [
        (a[:40], b[:40]) for i, a in enumerate(texts) for b in texts[:i] if resemblance(describe(a), describe(b)) > 0.1
    ]


@pytest.mark.parametrize(
    "other",
    [
        WEEKLY.format(10, 16, 147, "hai", "Cam Lộ"),
        WEEKLY.format(10, 16, 152, "ba", "Hải Lăng"),
        WEEKLY.format(3, 9, 153, "ba", "Hải Lăng"),
        WEEKLY.format(3, 9, 152, "tám", "Hải Lăng"),
        WEEKLY.format(3, 9, 152, "ba", "Cam Lộ"),
    ],
    ids=["everything", "week", "number", "number in words", "place"],
)
def test_a_report_from_the_same_template_is_another_story(other: str) -> None:
    assert resemblance(describe(THIS_WEEK), describe(other)) > SAME_FROM
    assert not same(THIS_WEEK, other)


def test_press_releases_of_other_places_and_editions_are_other_stories() -> None:
    releases = [describe(article_text(place, edition)) for place in PLACES[:8] for edition in (1, 2)]
    assert not [1 for i, a in enumerate(releases) for b in releases[:i] if same_story(a, b)]


def test_of_a_long_report_two_editions_are_told_apart_and_a_copy_is_found() -> None:
    chance = random.Random(1)
    syllables = sorted({word for word in tokens(STORY) if word.isalpha()})
    lines = [" ".join(chance.choices(syllables, k=12)) + " là {} " + chance.choice(syllables) for _ in range(1500)]
    text = "\n\n".join(lines)
    report = text.format(*range(100, 1600))
    assert len(describe(report).to_bytes()) < 5000
    assert not same(report, text.format(*range(101, 1601)))
    assert same(report, "\n\n".join(report.split("\n\n")[100:-200]))


def test_texts_that_share_only_a_footer_are_other_stories() -> None:
    footer = "\n\n" + STORY.split("\n\n")[1] + "\n\n"
    assert not same(STORY.split("\n\n")[2] + footer, STORY.split("\n\n")[3] + footer)


@pytest.mark.parametrize("text", ["", "\n", "Ảnh: TTXVN", "Chụp ảnh lưu niệm tại hội nghị. " * 4])
def test_a_text_of_a_few_words_has_no_keys_and_is_no_copy(text: str) -> None:
    assert keys(describe(text)) == ()
    assert not same_story(describe(text), describe(text))


def test_keys_and_signatures_stored_once_are_good_for_ever() -> None:
    signature = describe(STORY)
    assert signature.minhash[:3].tolist() == [5509721, 59565567, 3416435]
    assert signature.facts[:2].tolist() == [533263295047566620, 1540401642923448619]
    assert keys(signature)[:2] == (-8566366668653431383, -7479236468573138231)


def test_keys_fit_a_column_of_integers_and_differ_from_band_to_band() -> None:
    found = keys(describe(STORY))
    assert len({*found}) == len(found) == 32
    assert all(-(2**63) <= key < 2**63 for key in found)
    assert min(found) < 0 < max(found)


def test_resemblance_is_near_the_share_of_shingles_in_common() -> None:
    cut = " ".join(STORY.split()[:180])
    a, b = ({*zip(words, words[1:], words[2:], strict=False)} for words in (tokens(STORY), tokens(cut)))
    estimate = resemblance(describe(STORY), describe(cut))
    assert estimate == pytest.approx(len(a & b) / len(a | b), abs=0.12)


@lightly
@given(signatures)
def test_a_signature_is_read_back_as_it_was_stored(signature: Signature) -> None:
    stored = signature.to_bytes()
    again = Signature.from_bytes(stored)
    assert again.to_bytes() == stored
    assert keys(again) == keys(signature)
    assert resemblance(again, signature) == 1
    assert same_story(again, signature) == (signature.token_count >= 30)


@pytest.mark.parametrize("change", [lambda b: b"", lambda b: b[:-1], lambda b: b[:100], lambda b: b"\x63" + b[1:]])
def test_a_damaged_signature_is_refused(change: object) -> None:
    with pytest.raises(ValueError, match="not a signature of version 1"):
        Signature.from_bytes(change(describe(STORY).to_bytes()))  # type: ignore[operator]


@lightly
@given(any_text, any_text)
def test_any_text_can_be_described_and_compared(first: str, second: str) -> None:
    a, b = describe(first), describe(second)
    assert 0 <= resemblance(a, b) == resemblance(b, a) <= 1
    assert same_story(a, b) == same_story(b, a)
    assert len(keys(a)) in (0, 32)
    assert same_words(first, second) == same_words(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Tỉnh có 58 xã đạt chuẩn.", "tỉnh có 58 xã đạt chuẩn"),
        ("“Ủy ban” đã hòa giải; xong!", '"UỶ BAN" đã hoà giải, xong.'),
        ("Thu  nhập\u00a0đạt\n36,5 triệu", "Thu nhập đạt 36.5 triệu…"),
        ("Tổng là 5.350 tỷ", "– Tổng là 5 350 tỉ"),
        ("Giảm còn 7,1 %.", "(Giảm còn 7,1%)"),
        ("ngày 13/4/2021", "ngày 13 tháng 4 năm 2021"),
        ("nhiệm kỳ 2020-2025", "nhiệm kỳ 2020 – 2025"),
    ],
)
def test_sentences_that_are_written_another_way_say_the_same_words(first: str, second: str) -> None:
    assert same_words(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Tỉnh có 58 xã đạt chuẩn.", "Tỉnh có 59 xã đạt chuẩn."),
        ("Tỉnh có 58 xã đạt chuẩn.", "Tỉnh chỉ có 58 xã đạt chuẩn."),
        ("Bầu ông Hòa", "Bầu ông Hóa"),
        ("tăng 5%", "tăng 5"),
        ("xuống -5 độ", "xuống 5 độ"),
        ("giá 5$", "giá 5€"),
        ("là 1,5", "là 15"),
        ("Đảng bộ họp", "họp Đảng bộ"),
        ("", ""),
        ("***", "***"),
    ],
)
def test_sentences_that_say_something_else_do_not(first: str, second: str) -> None:
    assert not same_words(first, second)


@lightly
@given(st.lists(st.sampled_from(STORY.split()), min_size=1), st.sampled_from(["  ", "\n", "\u00a0", " \u200b"]))
def test_case_blanks_and_unicode_forms_make_no_difference(words: list[str], blank: str) -> None:
    said = bool(tokens(" ".join(words)))
    assert same_words(" ".join(words), unicodedata.normalize("NFD", blank.join(words).upper())) == said
