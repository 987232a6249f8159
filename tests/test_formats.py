"""From a file of any kind to an answer: the sentence quoted to the character, with title, date, source and page."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from encoders import NoNewPassages

from embeddings.encoder import LazyEncoder
from qa import Article, Assistant, IndexReport, UpdateOptions, update_index, verify
from qa.index import STORE_NAME
from qa.readers import SUFFIXES
from qa.store import Store
from ui import cli

FILES = Path(__file__).parent / "files"
NOT_READ = ("scan.pdf", "locked.pdf")


@dataclass(frozen=True)
class Case:
    """A file, a question whose answer stands in it, and what a person expects to see with the answer."""

    file: str
    question: str
    answer: str
    """Words of the sentence that is quoted."""
    title: str
    published: str | None = None
    source: str | None = None
    author: str | None = None
    url: str | None = None
    id: str | None = None
    """The file's name where it holds one article."""
    page: int | None = None
    encoding: str | None = None


_REPORT = "Xã Bình Trung tổng kết năm năm xây dựng nông thôn mới và công tác phát triển đảng viên"
_HANH = "Nguyễn Thị Hạnh"
_ON_PAGE_1 = "Nhân dân trong xã đã hiến bao nhiêu mét vuông đất?", "21.400 m²"
_ON_PAGE_2 = "Mỗi năm có khoảng bao nhiêu thanh niên đi làm ăn xa?", "120 thanh niên"
_ON_PAGE_3 = "Đến năm 2025 phấn đấu thu nhập bình quân đạt bao nhiêu triệu đồng?", "55 triệu đồng"
_BRIDGE = "Cầu Bản Lỉm dài bao nhiêu mét?", "120 mét"

CASES = (
    Case("report.pdf", *_ON_PAGE_1, _REPORT, author=_HANH, page=1),
    Case("report.pdf", *_ON_PAGE_2, _REPORT, author=_HANH, page=2),
    Case("report.pdf", *_ON_PAGE_3, _REPORT, author=_HANH, page=3),
    Case("report.docx", *_ON_PAGE_2, _REPORT, author=_HANH),
    Case("report.odt", *_ON_PAGE_3, _REPORT, author=_HANH),
    Case("report.rtf", *_ON_PAGE_1, _REPORT, author=_HANH),
    Case(
        "book.epub", "Ông Hoàng Văn Slầm chèo đò suốt bao nhiêu năm?", "ba mươi hai năm", "Chương một: Bến đò xưa",
        source="Ký ức bản làng bên sông Kỳ Cùng", author=_HANH, id="OEBPS/sections/section0002.xhtml",
    ),
    Case(
        "book.epub", "Chợ bị phá hủy hoàn toàn năm nào?", "Năm 1979", "Chương hai: Phiên chợ mồng bốn",
        source="Ký ức bản làng bên sông Kỳ Cùng", author=_HANH, id="OEBPS/sections/section0003.xhtml",
    ),
    Case(
        "page.html", *_BRIDGE, "Khởi công cầu Bản Lỉm bắc qua sông Kỳ Cùng", "2021-03-14", "Báo Xứ Lạng", "Hồng Vân",
        "https://xulang.example.vn/cau-ban-lim-123.html",
    ),
    Case(
        "page.htm", "Toàn huyện gieo cấy bao nhiêu ha lúa?", "1.240 ha", "Hội nghị tổng kết vụ xuân năm 2009",
        "2009-06-22", "Cổng thông tin điện tử huyện Bình Gia", encoding="windows-1258",
    ),
    Case(
        "note.md", "Trường tiểu học Nà Pản có bao nhiêu học sinh?", "86 học sinh", "Ghi chép ở bản Nà Pản",
        "2021-11-20", "Sổ tay của trường", "Lý Thị Mai, Nông Văn Bảy",
    ),
    Case(
        "articles.csv", "Khởi công cầu Bản Lỉm với vốn là bao nhiêu?", "45 tỷ đồng", "Khởi công cầu Bản Lỉm",
        "2021-03-14", "Báo Xứ Lạng", "Hồng Vân", "https://xulang.example.vn/cau-ban-lim", id="cau-ban-lim",
    ),
    Case(
        "articles.csv", "Chợ phiên Đồng Đăng họp lại với bao nhiêu gian hàng?", "300 gian hàng", "Chợ phiên họp lại",
        "2021-05-02", id="cho-phien",
    ),
    Case(
        "tin.txt", "Nhà máy nước Bản Ngà cấp nước cho bao nhiêu hộ?", "640 hộ", "Khánh thành nhà máy nước Bản Ngà",
        "2020-05-22", "LSO",
    ),
    Case(
        "tin.jsonl", "Đội bóng xã Thạch Đạn thắng với tỷ số nào?", "3-1", "Giải bóng đá thanh niên", "2021-04-13",
        "Đài huyện", "Vi Thị Lan", "https://dai.example.vn/bong-da", id="bong-da",
    ),
)  # fmt: skip
NAMES = tuple(dict.fromkeys(case.file for case in CASES))
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}-{case.answer}")
each_file = pytest.mark.parametrize("name", NAMES)


def written(folder: Path) -> Path:
    """Put a file of each kind into a folder: those of tests/files, a text and a file of lines."""
    folder.mkdir(parents=True)
    for path in FILES.iterdir():
        if path.name in NAMES:
            shutil.copy(path, folder)
    (folder / "tin.txt").write_text(
        "Khánh thành nhà máy nước Bản Ngà\n\n22/5/2020\n\nLSO-Sáng nay (22/5), huyện khánh thành nhà máy nước Bản Ngà. "
        "Nhà máy cấp nước cho 640 hộ ở ba thôn.\n\nMọi người đều vui.\n",
        encoding="utf-8",
    )
    record = {
        "id": "bong-da", "title": "Giải bóng đá thanh niên", "published": "13/4/2021", "source": "Đài huyện",
        "author": "Vi Thị Lan", "url": "https://dai.example.vn/bong-da",
        "text": "Giải có tám đội tham gia.\n\nĐội bóng xã Thạch Đạn thắng đội xã Yên Trạch với tỷ số 3-1.",
    }  # fmt: skip
    (folder / "tin.jsonl").write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder


class Indexed:
    """Each file by itself in an index of its own, made when it is first asked for; and all of them in an archive."""

    def __init__(self, folder: Path, encoder: LazyEncoder) -> None:
        self.folder, self.encoder = folder, encoder
        self.corpus = written(folder / "bài")
        self.of = lru_cache(maxsize=None)(self._index)

    def _index(self, name: str) -> tuple[Path, IndexReport]:
        index = self.folder / f"index {name}"
        return index, update_index(self._path(name), index, encoder=self.encoder)

    def _path(self, name: str) -> Path:
        path = self.corpus / name
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for member in sorted(self.corpus.iterdir()):
                    if member != path:
                        archive.write(member, f"kho/năm 2021/{member.name}")
        return path

    def assistant(self, name: str) -> Assistant:
        # Confidence is of corpora; over a single passage it is low, and not what is asked of here.
        return Assistant.open(self.of(name)[0], encoder=self.encoder, answer_from=0)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, bundled_encoder: LazyEncoder) -> Indexed:
    return Indexed(tmp_path_factory.mktemp("formats"), bundled_encoder)


def stored(index: Path) -> Iterator[Article]:
    store = Store.open(index / STORE_NAME)
    for _, article in store.articles(store.revision):
        yield article
    store.close()


def facts(article: Article) -> tuple[object, ...]:
    return article.title, article.published, article.source, article.author, article.url, article.encoding


def expected_facts(case: Case) -> tuple[object, ...]:
    return case.title, case.published, case.source, case.author, case.url, case.encoding


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_every_kind_of_file_is_asked_of() -> None:
    assert {Path(name).suffix for name in NAMES} | {".zip"} == set(SUFFIXES)
    assert {path.name for path in FILES.iterdir()} <= {*NAMES, *NOT_READ}


# --- a file by itself ------------------------------------------------------------------------------------


@each_case
def test_a_question_is_answered_from_the_file_with_a_quotation_to_the_character(indexed: Indexed, case: Case) -> None:
    answer = indexed.assistant(case.file).ask(case.question)
    citation = answer.citations[0]
    article = citation.article
    assert case.answer in answer.text
    assert answer.text == citation.sentence_text
    assert article.text[citation.start : citation.end] == citation.quote
    assert article.text[citation.sentence.start : citation.sentence.end] == answer.text
    assert article.id == (case.id or case.file)
    assert article.path == str(indexed.corpus / case.file)
    assert facts(article) == expected_facts(case)
    assert citation.page == case.page


@each_file
def test_what_is_quoted_stands_in_the_stored_article(indexed: Indexed, name: str) -> None:
    index, _ = indexed.of(name)
    texts = {article.id: article.text for article in stored(index)}
    hits = indexed.assistant(name).retrieve("Có bao nhiêu?", k=100)
    assert {hit.article.id for hit in hits} == set(texts)
    for hit in hits:
        assert texts[hit.article.id][hit.passage.start : hit.passage.end] == hit.quote
        assert "\n" not in hit.sentence_text, "paragraphs stand on lines of their own"
        assert not {"<", "\\", "\x00", "\ufffd"} & {*hit.quote}, "no markup"


@each_file
def test_an_index_of_the_file_is_sound_and_a_second_run_does_nothing(indexed: Indexed, name: str) -> None:
    index, report = indexed.of(name)
    assert verify(index).problems == ()
    assert verify(index).missing == ()
    assert report.articles == report.added == len({case.id for case in CASES if case.file == name})
    skipped = ["it lacks 'Nội dung'"] if name == "articles.csv" else []
    assert [item.reason for item in report.skipped] == skipped
    again = update_index(
        indexed.corpus / name, index, encoder=NoNewPassages(indexed.encoder.name, indexed.encoder.fingerprint)
    )
    assert (again.unchanged, again.added, again.changed) == (report.articles, 0, 0)


@each_case
def test_json_and_the_terminal_say_where_the_answer_is(
    indexed: Indexed, case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    index, _ = indexed.of(case.file)
    _, out, _ = said(capsys, "ask", case.question, "--index", index, "--json")
    first: dict[str, Any] = json.loads(out)["citations"][0]
    assert case.answer in first["sentence"]["text"]
    assert (first["article"], first["title"]) == (case.id or case.file, case.title)
    assert first["path"] == str(indexed.corpus / case.file)
    assert first.get("page") == case.page
    assert ("page" in first) == (case.page is not None)
    _, out, _ = said(capsys, "ask", case.question, "--index", index)
    heading, where, passage = out[out.index("[1] ") :].splitlines()[:3]
    assert case.title in heading
    assert (f" · {case.published}" in heading) == (case.published is not None)
    assert (f" · {case.source}" in heading) == (case.source is not None)
    span = f"{case.file}:{first['start']}-{first['end']}"
    assert where.endswith(span + ("" if case.page is None else f", page {case.page}"))
    assert case.answer in passage.partition("▶")[2].partition("◀")[0]


@pytest.mark.parametrize(("asked", "page"), [(_ON_PAGE_1, 1), (_ON_PAGE_2, 2), (_ON_PAGE_3, 3)])
def test_search_names_the_page_of_a_pdf(
    indexed: Indexed, asked: tuple[str, str], page: int, capsys: pytest.CaptureFixture[str]
) -> None:
    index, _ = indexed.of("report.pdf")
    _, out, _ = said(capsys, "search", asked[0], "--index", index, "--json")
    hits = json.loads(out)["hits"]
    assert [hit["page"] for hit in hits if asked[1] in hit["sentence"]["text"]] == [page]
    assert {hit["page"] for hit in hits} <= {1, 2, 3}
    _, out, _ = said(capsys, "search", asked[0], "-k", 1, "--index", index)
    assert f", page {page}\n" in out


def test_the_same_report_in_four_formats_is_one_story(indexed: Indexed, tmp_path: Path) -> None:
    files = [indexed.corpus / name for name in NAMES if name.startswith("report.")]
    report = update_index(files, tmp_path / "index", encoder=indexed.encoder)
    assert (report.articles, report.retold) == (4, 3)
    citation = Assistant.open(tmp_path / "index", encoder=indexed.encoder).ask(_ON_PAGE_2[0]).citations[0]
    assert {citation.article.id, *(twin.id for twin in citation.also_in)} == {path.name for path in files}


# --- all of them in an archive ----------------------------------------------------------------------------


@each_case
def test_an_answer_is_found_in_an_archive_of_all_of_them(indexed: Indexed, case: Case) -> None:
    answer = indexed.assistant("kho.zip").ask(case.question)
    citations = [
        citation
        for citation in answer.citations
        if case.answer in citation.sentence_text and citation.article.title == case.title
    ]
    assert citations, [citation.sentence_text for citation in answer.citations]
    articles = [citations[0].article, *citations[0].also_in]
    (article,) = [article for article in articles if article.id.startswith(f"kho/năm 2021/{case.file}")]
    assert facts(article) == expected_facts(case)
    assert article.path == str(indexed.corpus / "kho.zip")
    assert article.page(article.text.index(case.answer)) == case.page
    for citation in citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote


def test_an_archive_holds_what_its_files_hold(indexed: Indexed) -> None:
    index, report = indexed.of("kho.zip")
    by_file = [article for name in NAMES for article in stored(indexed.of(name)[0])]
    in_archive = list(stored(index))
    assert sorted(article.text for article in in_archive) == sorted(article.text for article in by_file)
    assert len({article.id for article in in_archive}) == len(in_archive)
    assert [item.reason for item in report.skipped] == ["it lacks 'Nội dung'"]
    assert "articles.csv" in str(report.skipped[0])
    assert verify(index).problems == ()


def test_a_file_taken_out_of_an_archive_can_be_pruned(indexed: Indexed, tmp_path: Path) -> None:
    for names in (("note.md", "tin.txt"), ("tin.txt",)):
        with zipfile.ZipFile(tmp_path / "kho.zip", "w") as archive:
            for name in names:
                archive.write(indexed.corpus / name, name)
        update_index(
            tmp_path / "kho.zip", tmp_path / "index", encoder=indexed.encoder, options=UpdateOptions(prune=True)
        )
    assert [article.title for article in stored(tmp_path / "index")] == ["Khánh thành nhà máy nước Bản Ngà"]


# --- what cannot be read -----------------------------------------------------------------------------------


def test_a_scan_is_told_and_not_passed_over_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(FILES / "scan.pdf", tmp_path)
    code, out, err = said(capsys, "index", tmp_path, "--index", tmp_path / "index")
    assert code == 1
    assert "0 added" in out
    assert "1 skipped" in out
    (line,) = [line for line in err.splitlines() if "skipped" in line]
    assert "scan.pdf" in line
    assert "OCR" in line
    assert verify(tmp_path / "index").problems == ()


@pytest.mark.parametrize("suffix", sorted(set(SUFFIXES) - {".txt", ".md", ".html", ".htm", ".csv"}))
def test_a_file_that_is_not_what_its_name_says_is_told_in_one_line(
    suffix: str, indexed: Indexed, tmp_path: Path
) -> None:
    (tmp_path / f"hỏng{suffix}").write_bytes(b"Not what its name says.\n" * 20)
    shutil.copy(indexed.corpus / "tin.txt", tmp_path)
    report = update_index(tmp_path, tmp_path / "index", encoder=indexed.encoder)
    assert report.added == 1, "the others are read"
    assert report.skipped
    assert {Path(item.path).name for item in report.skipped} == {f"hỏng{suffix}"}
    assert all(len(str(item).splitlines()) == 1 for item in report.skipped)
