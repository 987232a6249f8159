"""Files into articles: the five seeds, what is refused and why, and what an article takes from its reader."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_readers_legacy import as_tcvn3

import qa.articles
from qa.articles import Document, content_sha256, file_sha256, read_file
from qa.corpus import Skipped
from qa.passages import split
from qa.readers.values import Extracted, Unreadable

SEEDS = Path(__file__).parent.parent / "seeds" / "articles"


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def documents(path: Path) -> list[Document]:
    found = list(read_file(path))
    assert not [skipped for skipped in found if isinstance(skipped, Skipped)]
    return [document for document in found if isinstance(document, Document)]


def body(document: Document) -> list[str]:
    return [document.article.text[start:end] for start, end in document.paragraphs]


def refused(path: Path) -> Skipped:
    """Give the one Skipped that is all a file yields, its reason fit to be printed on a line."""
    (skipped,) = read_file(path)
    assert isinstance(skipped, Skipped)
    assert_one_line(skipped)
    return skipped


def assert_one_line(skipped: Skipped) -> None:
    assert 0 < len(skipped.reason) < 300
    assert len(str(skipped).splitlines()) == 1
    assert skipped.path in str(skipped)
    assert skipped.reason in str(skipped)


# --- the seeds ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seed:
    """What a reader sees on one of the five pages."""

    file: str
    title: str
    source: str | None
    published: str | None
    first: str
    """How the body's first sentence begins."""
    last: str
    """How its last sentence ends."""
    sentences: tuple[str, ...]
    captions: tuple[str, ...]
    furniture: tuple[str, ...]


ALL_SEEDS = (
    Seed(
        file="000_a2cef3c2baf342ed.txt",
        title="Ban Thường vụ Tỉnh ủy Quảng Trị: Giám sát tổ chức đảng trực thuộc về xây dựng các chương trình, quy chế "
        "làm việc sau đại hội",
        source="QTO",
        published="2021-04-13",
        first="(QTO) - Thực hiện kế hoạch giám sát các tổ chức đảng trực thuộc Tỉnh ủy",
        last="Tập trung lãnh đạo tốt công tác bầu cử.",
        sentences=(
            "Từ đó, tạo sự thống nhất trong nhận thức và hành động trong cấp ủy, chính quyền, các tổ chức"
            " trong hệ thống chính trị.",
            "Hoàn thành xây dựng các chương trình, quy chế làm việc",
            "Xây dựng các phương án đảm bảo an toàn tuyệt đối cho cuộc bầu cử.",
            "Đây là nhiệm vụ ưu tiên hàng đầu.",
            "Tập trung lãnh đạo tốt công tác bầu cử.",
        ),
        captions=("Triển khai có hiệu quả chương trình hành động", "Trần Tuyền – Nguyễn Vinh"),
        furniture=(
            "Go top",
            "bình chọn",
            "Thống kê truy cập",
            "Người trực tuyến",
            "Khách",
            "Tổng lượt truy cập",
            "29621645",
        ),
    ),
    Seed(
        file="001_75822a0bf5c51fca.txt",
        title="Kiểm tra công tác chuẩn bị và tổ chức đại hội đảng bộ các cấp tại Đảng ủy Khối các cơ quan "
        "tỉnh, Huyện ủy Cao Lộc",
        source="LSO",
        published="2020-05-22",
        first="LSO-Sáng nay (22/5), đoàn kiểm tra của tỉnh",
        last="đảm bảo an ninh chính trị, an toàn xã hội trên địa bàn.",
        sentences=(
            "Theo báo cáo, Đảng bộ KCCQ tỉnh hiện có 69 tổ chức cơ sở đảng trực thuộc với hơn 4.300 đảng viên.",
            "Tính đến ngày 19/5/2020 đã có 42/69 chi, đảng bộ cơ sở tổ chức đại hội (tỷ lệ 60,87%), bầu "
            "184 đồng chí tham gia cấp ủy "
            "khóa mới.",
            "Theo báo cáo của Huyện ủy Cao Lộc, đảng bộ huyện hiện có 81 tổ chức cơ sở đảng trực thuộc, "
            "283 chi bộ dưới đảng bộ cơ "
            "sở với hơn 5.350 đảng viên.",
            "Toàn huyện có 28 cơ quan, đơn vị đăng ký 36 công trình chào mừng đại hội đảng các cấp.",
        ),
        captions=(
            "Đồng chí Hoàng Văn Nghiệm, Phó Bí thư Thường trực Tỉnh ủy phát biểu kết luận buổi kiểm tra "
            "tại Đảng ủy KCCQ tỉnh",
            "Đồng chí Hoàng Văn Nghiệm, Phó Bí thư Thường trực Tỉnh ủy phát biểu tại buổi kiểm tra tại "
            "Huyện ủy Cao Lộc",
            "NGỌC HIẾU – THU DIỄM",
        ),
        furniture=("Thứ ba", "02/03/2021"),
    ),
    Seed(
        file="002_5ca6c0546387eb70.txt",
        title="Đồng Tháp: Đảng ủy cơ sở tập trung xây dựng và triển khai thực hiện các nghị quyết, chương "
        "trình sát với thực tiễn",
        source=None,
        published=None,
        first="Tinh thần và trách nhiệm công việc của cán bộ, công chức",
        last="tăng cường công tác chất vấn tại các lần sinh hoạt đảng./..",
        sentences=(
            "Tinh thần và trách nhiệm công việc của cán bộ, công chức xã, phường, thị trấn trên địa bàn "
            "tỉnh Đồng Tháp ngày được nâng "
            "cao.",
            "Xác định rõ những nội dung quan trọng, then chốt để trao đổi, thảo luận, biểu quyết thông "
            "qua từng vấn đề.",
            "Nhất là những nơi thực hiện mô hình Bí thư đồng thời là Chủ tịch UBND xã, phường, thị trấn.",
            "Đẩy mạnh thực hiện chủ trương “Bí thư đảng ủy đồng thời là Chủ tịch UBND xã, phường, thị trấn”.",
        ),
        captions=("(Ảnh: Báo Đồng Tháp)",),
        furniture=("Phản hồi", "Các tin khác"),
    ),
    Seed(
        file="003_125a76c420aef1e8.txt",
        title="Tổng kết việc triển khai thực hiện Chương trình xây dựng hệ thống chính trị của tỉnh giai "
        "đoạn 2015-2020",
        source=None,
        published=None,
        first="Chiều 6/11, Ban Chỉ đạo thực hiện Chương trình",
        last="báo cáo Ban Thường vụ Tỉnh ủy theo đúng kế hoạch.",
        sentences=(
            "Đồng chí Trần Hồng Quảng, Phó Bí thư Thường trực Tỉnh ủy, Chủ tịch HĐND tỉnh, Trưởng Ban chỉ"
            " đạo tỉnh chủ trì hội nghị.",
            "Đồng chí Phó Bí thư Thường trực Tỉnh ủy phát biểu tại hội nghị.",
            "Chỉ đạo thực hiện nền nếp việc phân công cấp ủy viên từ tỉnh đến cơ sở định kỳ về dự sinh "
            "hoạt với chi bộ khu dân cư…",
            "Thực hiện tốt chức năng giám sát phản biện xã hội, tham gia góp ý xây dựng Đảng, xây dựng "
            "chính quyền vững mạnh…",
        ),
        captions=("Đồng chí Phó Bí thư Thường trực Tỉnh ủy phát biểu tại hội nghị.", "Đào Duy- Đức Lam"),
        furniture=(),
    ),
    Seed(
        file="004_d5afca647091623b.txt",
        title="Đảng uỷ Khối các cơ quan và doanh nghiệp tỉnh: Một năm nỗ lực, đổi mới",
        source=None,
        published="2022-01-20",
        first="Đảng uỷ Khối các cơ quan và doanh nghiệp tỉnh tập trung quyết liệt lãnh đạo",
        last="tổ chức đảng trong cơ quan, đơn vị, doanh nghiệp cấp tỉnh.",
        sentences=(
            "Triển khai ứng dụng phần mềm quản lý và điều hành văn bản (VNPT iOffice) trong toàn Đảng bộ "
            "Khối, giảm tối đa việc sử "
            "dụng văn bản giấy thông tin đến các chi, đảng bộ cơ sở.",
        ),
        captions=(
            "Hội nghị tổng kết năm 2021 của Đảng uỷ Khối các cơ quan và doanh nghiệp tỉnh",
            "Các đồng chí Thường trực Tỉnh ủy dự sinh hoạt chi bộ trực tuyến tại Đảng ủy Khối các cơ quan"
            " và doanh nghiệp tỉnh",
            "Bộ phận một cửa Cục Thuế tỉnh",
            "Chi bộ Ủy ban Mặt trận Tổ quốc tỉnh tổ chức sinh hoạt Chuyên đề “Tự soi, tự sửa”",
        ),
        furniture=("Thứ Năm, ngày", "Đã xem", "925", "CÁC TIN ĐÃ ĐĂNG", "Tổng số", "Trang: 1", "Xem tin theo ngày"),
    ),
)

each_seed = pytest.mark.parametrize("seed", ALL_SEEDS, ids=lambda seed: seed.file[:3])


def seed_document(seed: Seed) -> Document:
    (document,) = documents(SEEDS / seed.file)
    return document


@each_seed
def test_a_seed_has_its_title_source_and_date(seed: Seed) -> None:
    article = seed_document(seed).article
    assert (article.title, article.source, article.published) == (seed.title, seed.source, seed.published)
    assert article.id == seed.file


@each_seed
def test_the_original_of_a_seed_is_whole(seed: Seed) -> None:
    assert seed_document(seed).article.text.encode() == (SEEDS / seed.file).read_bytes()


@each_seed
def test_the_body_of_a_seed_is_whole_from_its_first_sentence_to_its_last(seed: Seed) -> None:
    document = seed_document(seed)
    original = on_one_line(document.article.text)
    written = original[original.index(seed.first) : original.index(seed.last) + len(seed.last)]
    kept = on_one_line(" ".join(body(document)))
    # A caption that repeats the title may stay or go.
    assert kept.replace(seed.title + " ", "").startswith(written.replace(seed.title + " ", ""))


@each_seed
def test_the_furniture_of_a_seed_is_left_out(seed: Seed) -> None:
    kept = " ".join(body(seed_document(seed)))
    assert all(line in (SEEDS / seed.file).read_text(encoding="utf-8") for line in seed.furniture)
    assert [line for line in seed.furniture if line in kept] == []


@each_seed
def test_sentences_and_captions_of_a_seed_are_not_glued(seed: Seed) -> None:
    document = seed_document(seed)
    text = document.article.text
    sentences = [
        on_one_line(text[s.start : s.end])
        for passage in split(document.article, document.paragraphs)
        for s in passage.sentences
    ]
    assert [sentence for sentence in seed.sentences if sentence not in sentences] == []
    for caption in seed.captions:
        assert [sentence for sentence in sentences if caption in sentence] in ([caption], [])


# --- text files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        "Nghị quyết xã".encode()[:-1],
        "café à la crème".encode("latin-1"),
        b"",
        b" \r\n\t\n",
        "\u00a0\n\u00a0\n".encode(),
        "\ufeff\u200b".encode(),
        "\u2003\n".encode(),
        b"%PDF-1.7\x00\x01\x02",
        b"\xff\xfe\xfa\x00" * 50,
    ],
    ids=[
        "cut",
        "Latin-1",
        "empty",
        "blank",
        "no-break",
        "zero-width",
        "em space",
        "NUL",
        "bytes",
    ],
)
def test_a_file_that_is_no_text_is_refused_in_one_line(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "bai.txt"
    path.write_bytes(raw)
    assert refused(path).line is None


@pytest.mark.parametrize("name", ["bai.txt", "bai.jsonl"])
def test_a_file_that_may_not_be_read_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / name
    path.write_text("Một câu.", encoding="utf-8")
    monkeypatch.setattr(Path, "read_bytes", forbidden)
    monkeypatch.setattr(Path, "open", forbidden)
    assert "ermission denied" in refused(path).reason


def test_a_file_too_large_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "bai.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000_000)
    assert "too large" in refused(path).reason


@pytest.mark.parametrize("name", ["thu-muc.txt", "thu-muc.jsonl"])
def test_a_folder_named_like_a_file_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir()
    refused(path)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "ong.txt"
    os.mkfifo(path)
    refused(path)


def test_a_file_that_vanished_is_refused_in_one_line(tmp_path: Path) -> None:
    refused(tmp_path / "bai.txt")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_line_ends_and_a_byte_order_mark_change_no_title_and_no_body(tmp_path: Path, newline: str, mark: str) -> None:
    path = tmp_path / "bai.txt"
    raw = (mark + newline.join(["Cầu mới", "", "Cầu dài 120 mét.", "", "Dân rất vui.", ""])).encode()
    path.write_bytes(raw)
    (document,) = documents(path)
    assert document.article.title == "Cầu mới"
    assert body(document) == ["Cầu dài 120 mét.", "Dân rất vui."]
    assert document.article.text.encode() == raw


# --- whatever its kind ---------------------------------------------------------------------------------------


def json_lines(folder: Path, *records: dict[str, object]) -> Path:
    path = folder / "bai.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_an_article_has_all_that_its_file_says_of_it(tmp_path: Path) -> None:
    record: dict[str, object] = {
        "id": "cau-moi",
        "title": "Cầu mới",
        "text": "Cầu dài 120 mét.\n\nDân rất vui.",
        "published": "2021-04-13",
        "source": "Báo Lạng Sơn",
        "url": "https://example.vn/cau-moi",
        "author": "Hồng Vân",
    }
    path = json_lines(tmp_path, record)
    (document,) = documents(path)
    assert {name: getattr(document.article, name) for name in record} == record
    assert (document.name, document.titled, document.article.path) == ("cau-moi", True, str(path))
    assert body(document) == ["Cầu dài 120 mét.", "Dân rất vui."]


def test_what_a_file_does_not_say_is_taken_from_the_text(tmp_path: Path) -> None:
    (document,) = documents(
        json_lines(tmp_path, {"text": "Cầu mới\n\n(LSO) - Hôm nay 13/4/2021, huyện khởi công cầu."})
    )
    article = document.article
    assert (article.id, article.title, article.source, article.published, article.url) == (
        "bai.jsonl", "Cầu mới", "LSO", "2021-04-13", None,
    )  # fmt: skip
    assert not document.titled


def test_what_a_file_says_counts_before_what_stands_in_the_text(tmp_path: Path) -> None:
    text = "Cầu mới\n\n(LSO) - Hôm nay 13/4/2021, huyện khởi công cầu.\n\nNguồn: Báo khác"
    given: dict[str, object] = {"title": "Khởi công", "source": "QTO", "published": "2020-01-02", "text": text}
    (document,) = documents(json_lines(tmp_path, given))
    article = document.article
    assert (article.title, article.source, article.published) == ("Khởi công", "QTO", "2020-01-02")
    assert body(document)[0] == "Cầu mới", "with a title given, the whole text is body"


def test_articles_without_an_id_have_different_ones_that_name_the_file(tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [
        {"text": "Một."},
        {"text": "Hai.", "id": ""},
        {"text": "Ba.", "id": None},
        {"text": "Bốn.", "id": "bon"},
    ]
    ids = [document.article.id for document in documents(json_lines(tmp_path, *lines))]
    assert len(set(ids)) == 4
    assert ids[0] == "bai.jsonl"
    assert all("bai.jsonl" in one for one in ids[:3])
    assert ids[3] == "bon"


def test_a_part_of_a_file_that_is_wrong_is_told_by_its_place_and_the_others_are_read(tmp_path: Path) -> None:
    first, wrong, blank, last = read_file(
        json_lines(tmp_path, {"text": "Một."}, {"text": 5}, {"id": "trống", "text": " \n\u00a0"}, {"text": "Hai."})
    )
    assert isinstance(first, Document)
    assert isinstance(last, Document)
    assert isinstance(wrong, Skipped)
    assert isinstance(blank, Skipped)
    assert str(wrong) == f"{tmp_path / 'bai.jsonl'}:2: 'text' must be a string, found int"
    assert str(blank) == f"{tmp_path / 'bai.jsonl'}: trống:3: empty: its text holds no visible character"


def test_whatever_changes_in_an_article_changes_its_hash(tmp_path: Path) -> None:
    record: dict[str, object] = {
        "id": "a",
        "title": "Cầu",
        "text": "Một.",
        "source": "LSO",
        "published": "2021-04-13",
        "url": "https://example.vn",
        "author": "Hồng Vân",
    }
    changed = [record | {name: "2021-04-14"} for name in record if name != "id"]
    hashes = [document.article.sha256 for document in documents(json_lines(tmp_path, record, *changed, record))]
    assert len(set(hashes)) == 7
    assert hashes[0] == hashes[-1]


def test_an_encoding_that_is_not_unicode_is_told_and_the_text_is_unicode(tmp_path: Path) -> None:
    text = (SEEDS / ALL_SEEDS[3].file).read_text(encoding="utf-8").translate(str.maketrans("“”–…", '""-.'))
    path = tmp_path / "cu.txt"
    path.write_bytes(as_tcvn3(text))
    (document,) = documents(path)
    assert document.article.encoding == "TCVN3 (ABC)"
    assert "chủ trì hội nghị" in document.article.text
    assert document.article.title.casefold() == ALL_SEEDS[3].title.casefold()
    (plain,) = documents(SEEDS / ALL_SEEDS[3].file)
    assert plain.article.encoding is None


def stub(monkeypatch: pytest.MonkeyPatch, *items: Extracted | Unreadable) -> None:
    """Have every text file read as these items."""
    monkeypatch.setattr(qa.articles, "reader_for", lambda suffix: lambda file: iter(items))


def test_pages_that_a_reader_found_are_the_article_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, Extracted("Trang một.\n\nTrang hai.\n\nTrang ba.", title="Báo cáo", pages=(0, 12, 24)))
    path = tmp_path / "a.txt"
    path.write_text("x")
    (document,) = documents(path)
    article = document.article
    found = {word: article.page(article.text.index(word)) for word in ("Trang một", "một", "Trang hai", "Trang ba")}
    assert found == {"Trang một": 1, "một": 1, "Trang hai": 2, "Trang ba": 3}
    stub(monkeypatch, Extracted(article.text, title="Báo cáo", pages=(0, 12)))
    (other,) = documents(path)
    assert other.article.page(article.text.index("Trang ba")) == 2
    assert content_sha256(replace(other.article, path="a.pdf")) != content_sha256(replace(article, path="a.pdf"))


def test_an_article_without_pages_is_on_none(tmp_path: Path) -> None:
    (document,) = documents(SEEDS / ALL_SEEDS[0].file)
    assert document.article.pages == ()
    assert document.article.page(0) is None


@pytest.mark.parametrize("half", ["\ud800", "\udfff", "\ud83d \ude00", "\ude00\ud83d"])  # noqa: PT014
def test_halves_of_surrogate_pairs_become_a_sign_that_can_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: str
) -> None:
    given = f"Một {half}."
    stub(monkeypatch, Extracted(given, name=given, title=given, author=given, source=given, url=given))
    path = tmp_path / "a.txt"
    path.write_text("x")
    (document,) = documents(path)
    article = document.article
    for value in (article.text, article.id, article.title, article.author, article.source, article.url):
        assert value is not None
        assert value.encode()
        assert len(value) == len(given), "spans and pages stay where they are"
        assert set(value) - set(given) == {"\ufffd"}


@given(text=st.text(st.characters(codec=None), min_size=1, max_size=60), title=st.none() | st.just("Bài"))
def test_whatever_a_reader_finds_is_an_article_or_a_reason(text: str, title: str | None) -> None:
    with tempfile.NamedTemporaryFile(suffix=".txt") as file, pytest.MonkeyPatch.context() as patch:
        stub(patch, Extracted(text, title=title))
        (item,) = read_file(Path(file.name))
    if isinstance(item, Skipped):
        assert_one_line(item)
    else:
        assert item.article.text.encode()
        assert all(item.article.text[start:end].strip() for start, end in item.paragraphs)


def test_a_reader_that_fails_to_read_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(file: object) -> Iterator[Extracted]:
        yield Extracted("Một câu.")
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(qa.articles, "reader_for", lambda suffix: failing)
    path = tmp_path / "a.txt"
    path.write_text("x")
    document, skipped = read_file(path)
    assert isinstance(document, Document)
    assert isinstance(skipped, Skipped)
    assert skipped.reason == "cannot be read: Input/output error"


def test_a_hash_tells_files_apart_by_their_bytes_alone(tmp_path: Path) -> None:
    for name, content in (("a", b"x"), ("b", b"x"), ("c", b"y")):
        (tmp_path / name).write_bytes(content)
    hashes = [file_sha256(tmp_path / name) for name in "abc"]
    assert hashes[0] == hashes[1] != hashes[2]
    assert file_sha256(tmp_path / "d") is None
    assert file_sha256(tmp_path) is None


def test_a_pile_of_combining_marks_is_refused_and_not_put_in_order(tmp_path: Path) -> None:
    path = tmp_path / "bai.txt"
    path.write_text("a" + "\u0301\u0323" * 1_000_000, encoding="utf-8")
    assert "combining marks" in refused(path).reason
    path.write_text("a" + "\u0301\u0323" * 50, encoding="utf-8")
    assert documents(path)


def test_of_a_table_with_millions_of_bad_lines_the_first_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    path = tmp_path / "bai.jsonl"
    path.write_text("x\n" * 5000 + '{"text": "Một câu."}\n', encoding="utf-8")
    *told, document, rest = read_file(path)
    assert len(told) == 1000
    assert isinstance(document, Document)
    assert str(rest) == f"{path}: 4,000 more of its articles could not be read"
