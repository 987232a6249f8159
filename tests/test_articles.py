"""Files into articles: the five seeds, what is refused and why, JSON lines, and which files a corpus holds."""

from __future__ import annotations

import json
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pytest

from qa.articles import Document, Skipped, corpus_files, read_file
from qa.errors import CorpusError
from qa.passages import split

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
        "Đảng bộ huyện".encode("utf-16"),
        "Đảng bộ huyện".encode("utf-16-le"),
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
        "UTF-16",
        "UTF-16 without mark",
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


# --- JSON lines ---------------------------------------------------------------------------------------------


def json_lines(folder: Path, *lines: object, end: bytes = b"\n") -> Path:
    """Write lines, each as the bytes given or as the JSON of the object given."""
    path = folder / "bai.jsonl"
    path.write_bytes(b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + end for line in lines))
    return path


def test_a_line_gives_all_that_it_says(tmp_path: Path) -> None:
    record = {
        "id": "cau-moi",
        "title": "Cầu mới",
        "text": "Cầu dài 120 mét.\n\nDân rất vui.",
        "published": "2021-04-13",
        "source": "Báo Lạng Sơn",
        "url": "https://example.vn/cau-moi",
    }
    (document,) = documents(json_lines(tmp_path, record))
    article = document.article
    assert {name: getattr(article, name) for name in record} == record
    assert body(document) == ["Cầu dài 120 mét.", "Dân rất vui."]


def test_a_line_with_a_text_alone_takes_the_rest_from_it(tmp_path: Path) -> None:
    (document,) = documents(
        json_lines(tmp_path, {"text": "Cầu mới\n\n(LSO) - Hôm nay 13/4/2021, huyện khởi công cầu."})
    )
    article = document.article
    assert (article.id, article.title, article.source, article.published, article.url) == (
        "bai.jsonl", "Cầu mới", "LSO", "2021-04-13", None,
    )  # fmt: skip


def test_lines_without_an_id_have_different_ids_that_name_the_file(tmp_path: Path) -> None:
    lines: list[object] = [
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


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_field_is_a_field_left_out(tmp_path: Path, empty: str | None) -> None:
    record = {"title": "Cầu mới", "text": "Dân rất vui.", "published": empty, "source": empty, "url": empty}
    (document,) = documents(json_lines(tmp_path, record))
    assert (document.article.published, document.article.source, document.article.url) == (None, None, None)


def test_a_blank_title_is_a_title_left_out(tmp_path: Path) -> None:
    (document,) = documents(json_lines(tmp_path, {"title": "  ", "text": "Cầu mới\n\nDân rất vui."}))
    assert document.article.title == "Cầu mới"


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("2021-04-13", "2021-04-13"),
        (" 2021-04-13 ", "2021-04-13"),
        ("2021-04-13T10:30:00+07:00", "2021-04-13"),
        ("2021-04-13 10:30", "2021-04-13"),
        ("13/4/2021", "2021-04-13"),
        ("13/04/2021", "2021-04-13"),
        ("13-4-2021", "2021-04-13"),
        ("13.4.2021", "2021-04-13"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_the_day_of_publication_is_written_one_way(tmp_path: Path, written: str, published: str) -> None:
    (document,) = documents(json_lines(tmp_path, {"text": "Dân rất vui.", "published": written}))
    assert document.article.published == published


MALFORMED: dict[str, object] = {
    "Latin-1": b'{"text": "h\xe0"}',
    "cut within a character": b'{"text": "D\xc3',
    "cut": b'{"text": "thi',
    "no JSON": "Không phải JSON".encode(),
    "single quotes": b"{'text': 'x'}",
    "two objects": b'{"text": "x"} {"text": "y"}',
    "too deep": b"[" * 100_000,
    "a list": ["Một."],
    "a string": "Một.",
    "a number": 5,
    "null": None,
    "an empty object": {},
    "no text": {"title": "Cầu mới"},
    "text null": {"text": None},
    "text empty": {"text": ""},
    "text blank": {"text": " \n\u00a0"},
    "text a number": {"text": 5},
    "text a list": {"text": ["Một.", "Hai."]},
    "id a number": {"text": "Một.", "id": 7},
    "title a list": {"text": "Một.", "title": ["Cầu"]},
    "source an object": {"text": "Một.", "source": {"name": "LSO"}},
    "url a number": {"text": "Một.", "url": 5},
    "published a number": {"text": "Một.", "published": 20210413},
    "published a word": {"text": "Một.", "published": "hôm qua"},
    "published no such day": {"text": "Một.", "published": "2021-02-30"},
    "published no such day in figures": {"text": "Một.", "published": "31/2/2021"},
    "published endless": {"text": "Một.", "published": "x" * 100_000},
    "half a pair in the text": {"text": "Một \ud800."},
    "half a pair in the title": {"text": "Một.", "title": "\udfff"},
    "half a pair in the id": {"text": "Một.", "id": "\ud83d"},
    "half a pair in bytes": b'{"text": "M\xed\xa0\x80"}',
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_line_is_skipped_by_its_number_and_the_others_are_read(tmp_path: Path, what: str) -> None:
    good: dict[str, object] = {"text": "Dân rất vui."}
    before, skipped, after = read_file(json_lines(tmp_path, good, MALFORMED[what], good))
    assert isinstance(before, Document)
    assert isinstance(after, Document)
    assert isinstance(skipped, Skipped)
    assert skipped.line == 2
    assert_one_line(skipped)
    assert ":2: " in str(skipped)


def test_a_whole_surrogate_pair_is_a_character(tmp_path: Path) -> None:
    (document,) = documents(json_lines(tmp_path, b'{"text": "Vui \\ud83d\\ude00."}'))
    assert document.article.text == "Vui 😀."


@pytest.mark.parametrize("most", [100, 101, 1000])
@pytest.mark.parametrize("last", [False, True], ids=["in the middle", "at the end"])
def test_an_overlong_line_is_skipped_and_the_next_ones_keep_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, last: bool
) -> None:
    monkeypatch.setattr("qa.articles.ARTICLE_BYTES_MOST", most)
    lines: list[object] = [{"text": "Một."}, {"text": "x" * 5_000}, {"text": "Hai."}, b"no JSON"]
    if last:
        lines = [lines[0], lines[2], lines[3], lines[1]]
    found = list(read_file(json_lines(tmp_path, *lines)))
    assert [item.article.text for item in found if isinstance(item, Document)] == ["Một.", "Hai."]
    skipped = {item.line: item.reason for item in found if isinstance(item, Skipped)}
    assert set(skipped) == ({3, 4} if last else {2, 4})
    assert "too large" in skipped[4 if last else 2]


@pytest.mark.parametrize(
    "end", [b"\n", b"\r\n", b"\n\n", b"\n \t\r\n"], ids=["LF", "CRLF", "blank lines", "lines of blanks"]
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_line_ends_blank_lines_and_a_byte_order_mark_are_no_errors(tmp_path: Path, end: bytes, mark: bytes) -> None:
    path = json_lines(tmp_path, {"text": "Một."}, {"text": "Hai."}, end=end)
    path.write_bytes(mark + path.read_bytes())
    assert [document.article.text for document in documents(path)] == ["Một.", "Hai."]


def test_the_last_line_may_lack_its_end(tmp_path: Path) -> None:
    path = json_lines(tmp_path, {"text": "Một."}, {"text": "Hai."})
    path.write_bytes(path.read_bytes().rstrip())
    assert [document.article.text for document in documents(path)] == ["Một.", "Hai."]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b" \r\n"])
def test_a_file_without_lines_is_refused_in_one_line(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "bai.jsonl"
    path.write_bytes(raw)
    assert refused(path).line is None


def test_whatever_changes_in_a_line_changes_its_hash(tmp_path: Path) -> None:
    record = {
        "id": "a",
        "title": "Cầu",
        "text": "Một.",
        "source": "LSO",
        "published": "2021-04-13",
        "url": "https://example.vn",
    }
    changed = [record | {name: "2021-04-14"} for name in record if name != "id"]
    hashes = [document.article.sha256 for document in documents(json_lines(tmp_path, record, *changed, record))]
    assert len(set(hashes)) == 6
    assert hashes[0] == hashes[-1]


# --- which files --------------------------------------------------------------------------------------------


def write(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Một câu.", encoding="utf-8")


def test_a_folder_gives_its_articles_at_any_depth_and_nothing_else(tmp_path: Path) -> None:
    wanted = [tmp_path / name for name in ("b.txt", "a/z.jsonl", "a/b/c.TXT", "c.txt")]
    write(
        *wanted,
        *(tmp_path / name for name in (".an.txt", "a/._z.jsonl", "anh.jpg", "txt", "a/ghi-chu.md", "b.txt.bak")),
    )
    files, skipped = corpus_files([tmp_path])
    assert sorted(files) == sorted(wanted)
    assert skipped == []


def test_the_files_of_a_folder_are_sorted(tmp_path: Path) -> None:
    names = [f"{i * 7 % 30:02}.txt" for i in range(30)]
    write(*(tmp_path / name for name in names))
    files, _ = corpus_files([tmp_path])
    assert [path.name for path in files] == sorted(names)


def test_the_files_of_nested_folders_are_sorted(tmp_path: Path) -> None:
    write(*(tmp_path / name for name in ("d.txt", "a/z.txt", "c/a.txt", "c/b/a.txt", "b.txt")))
    files, _ = corpus_files([tmp_path])
    assert files == sorted(files)


def test_a_file_named_twice_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "tin/a.txt", tmp_path / "tin/b.txt")
    monkeypatch.chdir(tmp_path)
    files, _ = corpus_files([tmp_path / "tin/b.txt", Path("tin"), Path("tin/../tin/a.txt"), tmp_path / "tin"])
    assert sorted(files) == [tmp_path / "tin/a.txt", tmp_path / "tin/b.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "tin tức hôm nay.txt",
        unicodedata.normalize("NFC", "Đảng ủy.txt"),
        unicodedata.normalize("NFD", "Đảng ủy.txt"),
        "50% (mới) [1] #2 & 'ba'.txt",
        "😀.txt",
        "-rf.txt",
        "a.b.c.TXT",
    ],
)
def test_odd_file_names_are_read(tmp_path: Path, name: str) -> None:
    write(tmp_path / "thư mục" / name)
    files, _ = corpus_files([tmp_path])
    assert [path.name for path in files] == [name]
    (document,) = documents(files[0])
    assert document.article.id == name


def test_names_that_differ_in_composition_alone_are_two_files(tmp_path: Path) -> None:
    names = {unicodedata.normalize(form, "ủy.txt") for form in ("NFC", "NFD")}
    write(*(tmp_path / name for name in names))
    if len(os.listdir(tmp_path)) == 1:
        pytest.skip("this file system does not tell them apart")
    files, _ = corpus_files([tmp_path])
    assert {document.article.id for path in files for document in documents(path)} == names


def wrong_corpus(*paths: Path) -> str:
    with pytest.raises(CorpusError) as raised:
        corpus_files(paths)
    message = str(raised.value)
    assert len(message.splitlines()) == 1
    return message


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    assert str(tmp_path / "khong-co") in wrong_corpus(tmp_path, tmp_path / "khong-co")


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "con/ghi-chu.md")
    assert str(tmp_path) in wrong_corpus(tmp_path)


def test_an_unknown_kind_of_file_is_named_with_the_kinds_that_are_known(tmp_path: Path) -> None:
    write(tmp_path / "bai.docx")
    message = wrong_corpus(tmp_path / "bai.docx")
    assert str(tmp_path / "bai.docx") in message
    assert ".txt" in message
    assert ".jsonl" in message


def test_no_path_at_all_is_an_error() -> None:
    assert wrong_corpus()
