"""The panel's functions over a real index: what is listed, added, taken out and put back."""

from __future__ import annotations

import json
import shutil
import threading
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from corpora import PLACES, article_text, write_articles
from encoders import HashEncoder, NoNewPassages
from filelock import FileLock

import qa
import ui.adding
from qa import Assistant, CorpusError, IndexBusy, list_articles, put_back, take_out, update_index, verify
from qa.index import LOCK_NAME
from ui.adding import BUSY, INTERRUPTED, Adding
from ui.served import Refused, served
from ui.stocking import Stocking
from ui.uploads import Limits, Uploads

FILES = Path(__file__).parent / "files"
LIMITS = Limits(free_bytes=0)


class Desk:
    """The panel's functions, called as the script calls them."""

    def __init__(self, index: Path, encoder: HashEncoder, **settings: Any) -> None:
        self.index, self.uploads = index, Uploads(index, LIMITS)
        self.stocking = Stocking(Assistant.open(index, encoder=encoder), self.uploads, **settings)

    def __call__(self, name: str, **data: Any) -> dict[str, Any]:
        reply = served(name, self.stocking.functions()[name])(data, None)  # type: ignore[arg-type]
        json.dumps(reply)
        return reply

    def receive(self, name: str, content: bytes) -> str:
        with self.uploads.arriving(name, len(content)) as arriving:
            arriving.take(content)
            return arriving.finish().name

    def add(self, *files: tuple[str, bytes]) -> dict[str, str]:
        """Add files; give what became of each, as its state and the page's words for it."""
        self("add", files=[self.receive(*file) for file in files])
        assert self.stocking.adding.wait(60)
        return {file["name"]: file["state"] for file in self("progress")["files"]}

    def ids(self) -> list[str]:
        return [article.id for article in list_articles(self.index)]


@pytest.fixture
def desk(index: Path, encoder: HashEncoder) -> Desk:
    return Desk(index, encoder)


def text(place: str, edition: int = 1) -> bytes:
    return article_text(place, edition).encode()


# --- what is there ------------------------------------------------------------


def test_the_list_shows_what_the_index_holds(desk: Desk) -> None:
    listed = desk("list_stock")
    assert (listed["total"], listed["shown"], listed["more"], listed["count"]) == (3, 3, False, "3 bài.")
    assert listed["html"].count('<li class="stocked"') == 3
    stock = desk("stock")
    assert (stock["articles"], stock["revision"]) == (3, 1)
    assert "3 bài báo" in stock["html"]


def test_the_list_is_searched_by_what_articles_say_and_by_source_and_date(tmp_path: Path, encoder: HashEncoder) -> None:
    lines = [
        {"id": "một", "title": "Tin một", "text": "Mưa lớn ở Cao Lộc.", "published": "2021-04-13", "source": "LSO"},
        {"id": "hai", "title": "Tin hai", "text": "Nắng ở Đông Hà.", "published": "2021-05-01", "source": "LSO online"},
        {"id": "ba", "title": "Tin ba", "text": "Gió ở Hải Lăng."},
    ]
    corpus = tmp_path / "tin.jsonl"
    corpus.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    update_index(corpus, tmp_path / "index", encoder=encoder)
    desk = Desk(tmp_path / "index", encoder)

    def found(**filters: str) -> list[str]:
        html = desk("list_stock", **filters)["html"]
        return [name for name in ("một", "hai", "ba") if f'data-article="{name}"' in html]

    assert found(text="mua lon") == ["một"]
    assert found(text="tin.jsonl") == ["một", "hai", "ba"]
    assert found(source="LSO") == ["một"], "one source is not another that begins alike"
    assert found(since="2021-04-14") == ["hai"]
    assert found(since="2021-04-13", until="2021-04-13") == ["một"]
    assert desk("list_stock", text="lụt")["count"] == "Không có bài nào phù hợp."
    assert '<option value="LSO">' in desk("stock")["sources"]


def test_long_lists_come_in_pages_that_make_the_whole(tmp_path: Path, encoder: HashEncoder) -> None:
    lines = [json.dumps({"id": f"bài {n}", "title": f"Tin {n}", "text": "Một câu."}) for n in range(120)]
    (tmp_path / "tin.jsonl").write_text("\n".join(lines), encoding="utf-8")
    update_index(tmp_path / "tin.jsonl", tmp_path / "index", encoder=encoder)
    desk = Desk(tmp_path / "index", encoder)
    shown, pages = 0, []
    while True:
        page = desk("list_stock", offset=shown)
        pages.append(page["html"])
        shown = page["shown"]
        if not page["more"]:
            break
    assert (len(pages), shown) == (3, 120)
    assert "".join(pages) == desk("list_stock", limit=120)["html"]


def test_what_another_process_changes_is_seen(desk: Desk, corpus: Path, encoder: HashEncoder) -> None:
    before = desk("stock")
    assert desk("stock") == before
    update_index(write_articles(corpus, PLACES[3:5]), desk.index, encoder=encoder)
    after = desk("stock")
    assert (after["articles"], after["mark"] != before["mark"]) == (5, True)
    assert desk("list_stock")["total"] == 5


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("list_stock", {"text": 1}),
        ("list_stock", {"text": "a" * 501}),
        ("list_stock", {"since": "hôm qua"}),
        ("list_stock", {"since": "2021-05-01", "until": "2021-04-01"}),
        ("list_stock", {"limit": 10**9}),
        ("list_stock", {"offset": -1}),
        ("add", {}),
        ("add", {"files": "a.txt"}),
        ("add", {"files": [1]}),
        ("add", {"files": ["không có.txt"]}),
        ("add", {"files": ["../hoidap.sqlite"]}),
        ("add", {"files": ["a.txt"] * 201}),
        ("remove_article", {}),
        ("remove_article", {"article": ["00.txt"]}),
        ("remove_article", {"article": "không có"}),
        ("return_article", {"undo": "đoán"}),
        ("return_article", {"undo": None}),
    ],
)
def test_wrong_requests_get_one_line_in_vietnamese(desk: Desk, name: str, data: dict[str, Any]) -> None:
    reply = desk(name, **data)
    assert set(reply) == {"error"}
    assert "\n" not in reply["error"]
    assert len(desk.ids()) == 3


# --- adding ------------------------------------------------------------


def test_files_of_every_kind_are_added_and_can_be_asked(desk: Desk) -> None:
    states = desk.add(*((file.name, file.read_bytes()) for file in sorted(FILES.iterdir())))
    refused = {"locked.pdf", "scan.pdf"}
    assert {name for name, state in states.items() if state == "refused"} == refused
    assert {state for name, state in states.items() if name not in refused} == {"done"}
    assert not refused & set(desk.uploads.names()), "what was refused is not kept"
    told = desk("progress")
    assert (told["running"], told["done"], told["settled"]) == (False, 1.0, True)
    assert "có mật khẩu hoặc bị khóa" in told["html"]
    assert "nhận dạng chữ (OCR)" in unescape(told["html"])
    assert verify(desk.index).problems == ()
    added = [article for article in list_articles(desk.index) if Path(article.path).parent == desk.uploads.folder]
    assert {Path(article.path).name for article in added} == set(desk.uploads.names())


def test_a_new_article_answers_at_once(index: Path, encoder: HashEncoder) -> None:
    desk, assistant = Desk(index, encoder), Assistant.open(index, encoder=encoder)
    desk.add(("tin mới.txt", "Tin mới\n\nXã Yên Trạch vừa khánh thành cây cầu Bản Ngà dài 75 m.\n".encode()))
    hit = assistant.retrieve("Cầu Bản Ngà dài bao nhiêu?", 1)[0]
    assert hit.article.id == "tin mới.txt"


def test_what_is_there_already_is_not_added_again(desk: Desk) -> None:
    assert desk.add(("mới.txt", text("Sa Đéc"))) == {"mới.txt": "done"}
    assert desk.add(("mới.txt", text("Sa Đéc"))) == {"mới.txt": "there"}
    # The same bytes under another name, of an earlier upload and of the folder that was indexed by hand.
    assert desk.add(("khác.txt", text("Sa Đéc")))["khác.txt"] == "there"
    assert desk.add(("bài cũ.txt", text("Cao Lộc")))["bài cũ.txt"] == "there"
    assert desk.uploads.names() == ["mới.txt"]
    assert len(desk.ids()) == 4


def test_what_of_a_file_cannot_be_read_is_said_beside_what_can(desk: Desk, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "kho.zip", "w") as archive:
        archive.writestr("bài.txt", text("Sa Đéc"))
        archive.writestr("hỏng.docx", b"PK\x03\x04 broken")
    assert desk.add(("kho.zip", (tmp_path / "kho.zip").read_bytes())) == {"kho.zip": "done"}
    html = desk("progress")["html"]
    assert "1 bài" in html
    assert "Phần không đọc được (1)" in html
    assert "hỏng.docx: tệp bị hỏng hoặc không đúng định dạng" in html


def test_asking_goes_on_while_files_are_added(index: Path) -> None:
    entered, goes_on = threading.Event(), threading.Event()

    class Slow(HashEncoder):
        def encode_passages(self, texts: Any, progress: Any = None) -> Any:
            entered.set()
            assert goes_on.wait(60)
            return super().encode_passages(texts, progress)

    desk = Desk(index, Slow())
    desk("add", files=[desk.receive("mới.txt", text("Sa Đéc"))])
    assert entered.wait(60)
    told = desk("progress")
    assert (told["running"], told["files"][0]["state"] in ("reading", "indexing")) == (True, True)
    assert Assistant.open(index, encoder=HashEncoder()).retrieve("Đảng bộ Cao Lộc", 1)
    # What comes meanwhile is the next run's.
    desk("add", files=[desk.receive("nữa.txt", text("Hồng Ngự"))])
    assert desk("progress")["files"][1]["state"] == "waiting"
    goes_on.set()
    assert desk.stocking.adding.wait(60)
    assert [file["state"] for file in desk("progress")["files"]] == ["done", "done"]


def test_while_another_process_writes_files_wait_for_somebody_to_try_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise IndexBusy("another process is writing")

    with monkeypatch.context() as patched:
        patched.setattr(ui.adding, "update_index", busy)
        assert desk.add(("mới.txt", text("Sa Đéc"))) == {"mới.txt": "stopped"}
    told = desk("progress")
    assert (told["stopped"], BUSY.partition("“")[0] in told["html"]) == (True, True)
    assert desk.uploads.names() == ["mới.txt"]
    desk("retry_adding")
    assert desk.stocking.adding.wait(60)
    assert desk("progress")["files"] == [{"name": "mới.txt", "state": "done"}]
    assert desk("clear_added")["files"] == []


@pytest.mark.parametrize(
    "failure", [qa.IndexUnusable("no room"), OSError(28, "No space left on device"), RuntimeError("a defect")]
)
def test_whatever_fails_leaves_the_file_to_be_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(ui.adding, "update_index", fail)
        assert desk.add(("mới.txt", text("Sa Đéc"))) == {"mới.txt": "stopped"}
    assert desk.uploads.names() == ["mới.txt"]
    desk("retry_adding")
    assert desk.stocking.adding.wait(60)
    assert "mới.txt" in desk.ids()


def test_what_a_server_that_ended_left_is_shown_and_finished(desk: Desk, encoder: HashEncoder) -> None:
    desk.add(("xong.txt", text("Hồng Ngự")), ("xóa.txt", text("Tam Nông")))
    desk("remove_article", article="xóa.txt")
    desk.receive("dở.txt", text("Sa Đéc"))
    again = Adding(desk.index, encoder, Uploads(desk.index, LIMITS))
    assert [(arrival.name, arrival.state, arrival.said) for arrival in again.arrivals()] == [
        ("dở.txt", "stopped", INTERRUPTED)
    ]
    again.try_again()
    assert again.wait(60)
    assert [arrival.state for arrival in again.arrivals()] == ["done"]


def test_a_file_that_goes_before_its_turn_is_said_to_be_gone(desk: Desk) -> None:
    name = desk.receive("mới.txt", text("Sa Đéc"))
    with FileLock(desk.index / LOCK_NAME):
        desk("add", files=[name])
        (desk.uploads.folder / name).unlink()
    assert desk.stocking.adding.wait(60)
    assert desk("progress")["files"][0]["state"] == "refused"


def test_a_file_that_goes_during_a_run_does_not_stop_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def update(paths: Any, *given: Any, **options: Any) -> Any:
        (desk.uploads.folder / "đi.txt").unlink(missing_ok=True)
        return update_index(paths, *given, **options)

    monkeypatch.setattr(ui.adding, "update_index", update)
    states = desk.add(("đi.txt", text("Hồng Ngự")), ("mới.txt", text("Sa Đéc")))
    assert states == {"đi.txt": "refused", "mới.txt": "done"}


def test_what_went_while_it_was_stopped_makes_room_for_others(index: Path, encoder: HashEncoder) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise IndexBusy("another process is writing")

    desk = Desk(index, encoder)
    desk.uploads.limits = Limits(batch_files=1, free_bytes=0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ui.adding, "update_index", busy)
        assert desk.add(("mới.txt", text("Sa Đéc"))) == {"mới.txt": "stopped"}
    (desk.uploads.folder / "mới.txt").unlink()
    desk("retry_adding")
    assert desk("progress")["files"] == [{"name": "mới.txt", "state": "refused"}]
    assert desk.add(("nữa.txt", text("Hồng Ngự")))["nữa.txt"] == "done"


def test_what_went_before_it_was_indexed_makes_room_for_others(index: Path, encoder: HashEncoder) -> None:
    desk = Desk(index, encoder)
    desk.uploads.limits = Limits(batch_files=1, free_bytes=0)
    name = desk.receive("mới.txt", text("Sa Đéc"))
    (desk.uploads.folder / name).unlink()
    assert "error" in desk("add", files=[name])
    assert desk.add(("nữa.txt", text("Hồng Ngự")))["nữa.txt"] == "done"


# --- taking out and putting back ------------------------------------------------------------


def whole(index: Path, name: str) -> dict[str, Any]:
    """Give all that the index says of an article: its entry, and the spans of what is found in it."""
    assistant = Assistant.open(index, encoder=HashEncoder())
    (entry,) = [article for article in list_articles(index) if article.id == name]
    hits = [hit for hit in assistant.retrieve("Đảng bộ Đông Hà đặt mục tiêu gì?", 50) if hit.article.id == name]
    spans = sorted((hit.passage.start, hit.passage.end, hit.quote, hit.sentence, round(hit.score, 5)) for hit in hits)
    return {"entry": entry, "spans": spans, "article": hits[0].article}


@pytest.mark.parametrize("file", ["there", "gone", "changed"])
def test_undo_brings_back_exactly_that_article(desk: Desk, corpus: Path, file: str) -> None:
    before, (name, *_) = whole(desk.index, "01.txt"), ["01.txt"]
    reply = desk("remove_article", article=name)
    assert name not in desk.ids()
    assert "Tệp gốc trên máy không bị xóa hay thay đổi." in reply["html"]
    assert (corpus / name).exists()
    if file == "gone":
        (corpus / name).unlink()
    if file == "changed":
        (corpus / name).write_text("Bài khác", encoding="utf-8")
    assert desk("return_article", undo=reply["undo"])["article"] == name
    assert whole(desk.index, name) == before
    assert "error" in desk("return_article", undo=reply["undo"]), "it is back, and cannot come back twice"


def test_several_removals_can_be_undone_in_any_order_after_other_writes(desk: Desk, encoder: HashEncoder) -> None:
    before = {name: whole(desk.index, name)["article"] for name in desk.ids()}
    tokens = [desk("remove_article", article=name)["undo"] for name in before]
    assert desk.ids() == []
    desk.add(("mới.txt", text("Sa Đéc")))  # purges what was removed from the store
    for token in (tokens[1], tokens[0], tokens[2]):
        assert "error" not in desk("return_article", undo=token)
    assert {name: whole(desk.index, name)["article"] for name in before} == before
    assert verify(desk.index).problems == ()


def test_an_article_that_was_put_back_stays_with_its_file(desk: Desk, corpus: Path) -> None:
    reply = desk("remove_article", article="01.txt")
    desk("return_article", undo=reply["undo"])
    report = update_index(corpus, desk.index, encoder=NoNewPassages())
    assert (report.unchanged, report.added, report.removed) == (3, 0, 0)


def test_an_article_whose_file_was_indexed_again_meanwhile_is_left_as_it_is(
    desk: Desk, corpus: Path, encoder: HashEncoder
) -> None:
    reply = desk("remove_article", article="01.txt")
    update_index(corpus / "01.txt", desk.index, encoder=encoder)
    assert "error" not in desk("return_article", undo=reply["undo"])
    assert sorted(desk.ids()) == ["00.txt", "01.txt", "02.txt"]


def test_another_article_in_its_place_is_not_overwritten(desk: Desk, corpus: Path, encoder: HashEncoder) -> None:
    reply = desk("remove_article", article="01.txt")
    (corpus / "01.txt").write_bytes(text("Đông Hà", edition=2))
    update_index(corpus / "01.txt", desk.index, encoder=encoder)
    assert "không hoàn tác được" in desk("return_article", undo=reply["undo"])["error"]


def test_undo_says_when_the_index_was_rebuilt_by_another_model(desk: Desk, corpus: Path) -> None:
    reply = desk("remove_article", article="01.txt")
    other = HashEncoder(fingerprint="hash:2")
    update_index(corpus, desk.index, encoder=other, options=qa.UpdateOptions(rebuild=True))
    assert "không hoàn tác được" in desk("return_article", undo=reply["undo"])["error"]


def test_undo_ends_after_a_while(index: Path, encoder: HashEncoder) -> None:
    desk = Desk(index, encoder, undo_seconds=0.0)
    reply = desk("remove_article", article="01.txt")
    assert "Đã quá lâu" in desk("return_article", undo=reply["undo"])["error"]


def test_copies_of_a_story_stay_one_story_when_one_comes_back(desk: Desk, corpus: Path, encoder: HashEncoder) -> None:
    shutil.copy(corpus / "01.txt", corpus / "chép.txt")
    update_index(corpus, desk.index, encoder=encoder)
    assert {article.id: article.also_in for article in list_articles(desk.index)}["01.txt"] == ("chép.txt",)
    reply = desk("remove_article", article="01.txt")
    desk("return_article", undo=reply["undo"])
    assert {article.id: article.also_in for article in list_articles(desk.index)}["01.txt"] == ("chép.txt",)


def test_taking_out_is_all_or_none(index: Path) -> None:
    with pytest.raises(CorpusError):
        take_out(["01.txt", "không có"], index)
    assert len(list(list_articles(index))) == 3
    removed = take_out(["00.txt", "01.txt"], index)
    assert put_back(removed, index) == ["00.txt", "01.txt"]
    assert put_back(removed, index) == ["00.txt", "01.txt"]


def test_while_another_process_writes_a_removal_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any) -> None:
        raise IndexBusy("another process is writing")

    monkeypatch.setattr("ui.stocking.take_out", busy)
    assert "Kho đang được cập nhật" in desk("remove_article", article="01.txt")["error"]


def test_a_refusal_reaches_the_page(desk: Desk) -> None:
    call: Callable[..., Any] = desk.stocking.remove_article
    with pytest.raises(Refused):
        call({"article": "không có"}, "")
