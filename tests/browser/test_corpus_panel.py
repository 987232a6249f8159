"""The panel of articles, in headless Chromium over a real index: dropped on, searched, taken from, limited to."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from corpora import PLACES, article_text, write_articles
from encoders import HashEncoder
from looks import LOOKS, visit

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect

from ui.page import build_chat  # first, since it keeps Gradio from phoning home

# isort: split

from qa import Assistant, list_articles, remove_articles, update_index
from ui.chat import serve_page
from ui.reading import Reading
from ui.served import Data
from ui.stocking import Stocking
from ui.uploads import Limits, Uploads, upload_routes

FILES = Path(__file__).parent.parent / "files"
HOSTILE = (
    "<img src=x onerror=\"document.title='hacked'\"> </button></li><script>document.title='hacked'</script> "
    "${document.title='hacked'} {{#if value}}{{/if}} ' \" &lt;i&gt;"
)
DROP = """([zone, files]) => {
  const data = new DataTransfer();
  for (const { name, content } of files) {
    const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
    data.items.add(new File([bytes], name));
  }
  for (const type of ['dragenter', 'dragover', 'drop'])
    zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
}"""


class Corpus:
    """A served page over an index of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.index = write_articles(folder / "bài", PLACES[:3]), folder / "index"
        self.encoder = HashEncoder()
        lines = [
            {"id": HOSTILE, "title": HOSTILE, "text": "Một câu lạ.", "source": HOSTILE, "published": "2021-04-13"},
            *(
                {
                    "id": f"tin {n}",
                    "title": f"Tin số {n}",
                    "text": f"Câu số {n}.",
                    "source": "LSO",
                    "published": "2020-01-02",
                }
                for n in range(60)
            ),
        ]
        table = folder / "tin.jsonl"
        table.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
        update_index([self.folder, table], self.index, encoder=self.encoder)
        self.uploads = Uploads(self.index, Limits(free_bytes=0))
        self.assistant = Assistant.open(self.index, encoder=self.encoder)
        self.stocking = Stocking(self.assistant, self.uploads)
        self.scopes: list[dict[str, Any]] = []
        self.address = self._serve()

    def _serve(self) -> str:
        ready, addresses = threading.Event(), list[str]()

        def on_ready(address: str) -> None:
            addresses.append(address)
            ready.set()

        def run() -> None:
            rooms = [self.stocking, Reading(self.assistant), self]
            page = lambda: build_chat(rooms, self.assistant.summary, examples=("Câu mẫu?",))  # noqa: E731
            serve_page(page, port=0, on_ready=on_ready, routes=upload_routes(self.uploads))

        threading.Thread(target=run, daemon=True).start()
        assert ready.wait(60), "the page did not start"
        return addresses[0]

    def functions(self) -> dict[str, Callable[[Data, str], dict[str, Any]]]:
        return {"ask": self.ask}

    def ask(self, data: Data, owner: str) -> dict[str, Any]:
        self.scopes.append(data["scope"])
        return {"error": "Đã nghe"}

    def ids(self) -> list[str]:
        return [article.id for article in list_articles(self.index)]


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    made = Corpus(tmp_path)
    yield made
    made.stocking.adding.wait(60)


@pytest.fixture
def panel(page: Page, corpus: Corpus) -> Locator:
    """The panel, opened by its button."""
    visit(page, corpus.address)
    return opened(page)


def opened(page: Page) -> Locator:
    panel = page.locator("#corpus")
    expect(panel.locator(".stocked").first).to_be_attached()
    page.get_by_role("button", name="Kho bài báo", exact=True).click()
    expect(panel).to_be_visible()
    return panel


def drop(panel: Locator, *files: tuple[str, bytes]) -> None:
    given = [{"name": name, "content": base64.b64encode(content).decode()} for name, content in files]
    panel.evaluate(f"(zone, files) => ({DROP})([zone, files])", given)


def files_of(panel: Locator) -> Locator:
    return panel.locator("#corpus-added > .file")


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_files_are_dropped_and_found(
    page: Page, panel: Locator, corpus: Corpus, take_screenshot: Callable[[str], None], check_access: Callable[[], None]
) -> None:
    check_access()
    take_screenshot("corpus")
    files = [(name, (FILES / name).read_bytes()) for name in ("report.pdf", "note.md", "locked.pdf")]
    drop(panel, *files, ("Tin mới ở Sa Đéc.txt", article_text("Sa Đéc").encode()), ("ảnh.png", b"\x89PNG"))
    expect(files_of(panel)).to_have_count(4)
    expect(panel.locator("#corpus-progress")).to_contain_text("Đã thêm 3 tệp, 1 tệp không thêm được.")
    expect(panel.locator("#corpus-progress")).to_contain_text("1 tệp không gửi được.")
    expect(panel.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    expect(panel.locator("#corpus-transfers .file")).to_contain_text("Hoidap không đọc được loại tệp này.")
    expect(files_of(panel).filter(has_text="locked.pdf")).to_contain_text("có mật khẩu")
    expect(files_of(panel).filter(has_text="Sa Đéc.txt")).to_contain_text("Đã thêm: 1 bài")
    expect(panel.locator("#corpus-stock")).to_contain_text("67 bài báo")
    check_access()
    take_screenshot("corpus-added")
    panel.get_by_role("button", name="Ẩn các tệp đã xong").click()
    expect(panel.locator("#corpus-adding")).to_be_hidden()
    panel.get_by_label("Tìm bài").fill("dai hoi dang bo sa dec")
    expect(panel.locator(".stocked")).to_have_count(1)
    expect(panel.locator(".stocked .path")).to_contain_text("Tin mới ở Sa Đéc.txt")
    assert "Tin mới ở Sa Đéc.txt" in corpus.ids()


def test_files_are_chosen_by_keyboard(page: Page, panel: Locator, corpus: Corpus, tmp_path: Path) -> None:
    expect(panel.get_by_label("Chọn tệp…")).to_be_focused()
    file = tmp_path / "Lấp Vò.txt"
    file.write_text(article_text("Lấp Vò"), encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([file])
    expect(files_of(panel)).to_contain_text("Đã thêm: 1 bài")
    assert file.name in corpus.ids()


def test_as_many_files_as_may_be_are_taken_at_a_time(page: Page, panel: Locator) -> None:
    page.route("**/upload?**", lambda route: None)  # the first one stays on its way
    drop(panel, *((f"{n}.txt", b"a") for n in range(203)))
    expect(panel.locator("#corpus-transfers li")).to_have_count(203)
    refused = panel.locator("#corpus-transfers .failed .name")
    expect(refused).to_have_text(["200.txt", "201.txt", "202.txt"])


def test_what_is_refused_takes_no_room_of_other_files(page: Page, panel: Locator) -> None:
    page.route("**/upload?**", lambda route: None)
    panel.locator(".corpus-body").evaluate("body => { body.dataset.batchBytes = 10; }")
    drop(panel, *((name, b"a" * 9) for name in ("a.exe", "b.txt", "c.txt")))
    expect(panel.locator("#corpus-transfers .failed .name")).to_have_text(["a.exe", "c.txt"])


def test_what_was_added_is_shown_after_a_reload(page: Page, panel: Locator) -> None:
    drop(panel, ("mới.txt", article_text("Sa Đéc").encode()))
    expect(files_of(panel)).to_contain_text("Đã thêm: 1 bài")
    page.reload()
    expect(files_of(opened(page))).to_contain_text("Đã thêm: 1 bài")


def test_a_lost_connection_is_told_and_the_file_sent_again(page: Page, panel: Locator, corpus: Corpus) -> None:
    page.evaluate("() => { window.realSend = XMLHttpRequest.prototype.send; }")
    page.evaluate("() => { XMLHttpRequest.prototype.send = function () { setTimeout(() => this.onerror()); }; }")
    drop(panel, ("mới.txt", article_text("Sa Đéc").encode()))
    row = panel.locator("#corpus-transfers .file")
    expect(row).to_contain_text("Mất kết nối khi đang gửi tệp.")
    page.evaluate("() => { XMLHttpRequest.prototype.send = window.realSend; }")
    panel.get_by_role("button", name="Gửi lại tệp mới.txt").click()
    expect(files_of(panel)).to_contain_text("Đã thêm: 1 bài")
    expect(row).to_have_count(0)


def test_an_article_is_deleted_and_brought_back_by_keyboard(page: Page, panel: Locator, corpus: Corpus) -> None:
    panel.get_by_label("Tìm bài").fill("Đại hội đảng bộ Đông Hà")
    expect(panel.locator(".stocked")).to_have_count(1)
    panel.get_by_role("button", name="Xóa bài “Đại hội đảng bộ Đông Hà").press("Enter")
    undo = panel.get_by_role("button", name="Hoàn tác: đưa bài “Đại hội đảng bộ Đông Hà")
    expect(undo).to_be_focused()
    expect(panel.locator("#corpus-said")).to_contain_text("Tệp gốc trên máy không bị xóa hay thay đổi.")
    expect(panel.locator("#corpus-count")).to_have_text("Không có bài nào phù hợp.")
    assert "01.txt" not in corpus.ids()
    assert (corpus.folder / "01.txt").exists()
    undo.press("Enter")
    expect(panel.locator("#corpus-said")).to_contain_text("trở lại kho")
    expect(panel.locator(".stocked")).to_have_count(1)
    assert "01.txt" in corpus.ids()
    panel.get_by_role("button", name="Ẩn thông báo này").press("Enter")
    expect(panel.locator("#corpus-said > div")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="Kho bài báo", exact=True)).to_be_focused()


def test_questions_are_limited_until_that_is_cleared(page: Page, panel: Locator) -> None:
    limit = panel.get_by_role("button", name="Chỉ hỏi trong phần đã chọn")
    limit.click()
    expect(panel.locator("#corpus-said")).to_contain_text("Hãy chọn ít nhất một bài")
    for title in ("Đại hội đảng bộ Cao Lộc", "Đại hội đảng bộ Hải Lăng"):
        panel.locator(".stocked").filter(has_text=title).get_by_role("checkbox").check()
    expect(panel.locator("#corpus-chosen")).to_have_text("Đã chọn 2 bài.")
    panel.get_by_label("Đăng từ ngày").fill("2021-04-01")
    expect(panel.locator("#corpus-count")).to_contain_text("Tìm thấy 1 bài")
    limit.click()
    chip = page.locator("#scope")
    expect(chip).to_contain_text("Chỉ tìm trong: 2 bài · từ 01/04/2021")
    expect(panel).to_be_hidden()
    expect(page.get_by_label("Câu hỏi", exact=True)).to_be_focused()
    page.reload()
    expect(chip).to_contain_text("Chỉ tìm trong: 2 bài · từ 01/04/2021")
    chip.get_by_role("button", name="Bỏ giới hạn").click()
    expect(chip).to_be_hidden()
    page.reload()
    expect(page.locator("#corpus .stocked").first).to_be_attached()
    expect(chip).to_be_hidden()


def test_a_question_carries_the_limit(page: Page, panel: Locator, corpus: Corpus) -> None:
    panel.get_by_label("Nguồn").select_option("LSO")
    panel.get_by_role("button", name="Chỉ hỏi trong phần đã chọn").click()
    page.get_by_label("Câu hỏi", exact=True).fill("Câu số mấy?")
    page.keyboard.press("Enter")
    expect(page.locator("#log")).to_contain_text("Đã nghe")
    assert [scope["sources"] for scope in corpus.scopes] == [["LSO"]]


def test_a_deleted_article_leaves_the_limit(page: Page, panel: Locator) -> None:
    row = panel.locator(".stocked").filter(has_text="Đại hội đảng bộ Cao Lộc")
    row.get_by_role("checkbox").check()
    panel.get_by_role("button", name="Chỉ hỏi trong phần đã chọn").click()
    expect(page.locator("#scope")).to_contain_text("1 bài")
    panel = opened(page)
    row.get_by_role("button", name="Xóa").click()
    expect(page.locator("#scope")).to_be_hidden()


def test_long_lists_grow_and_keep_their_place_when_others_change_the_corpus(
    page: Page, panel: Locator, corpus: Corpus
) -> None:
    expect(panel.locator(".stocked")).to_have_count(50)
    panel.get_by_role("button", name="Xem thêm").click()
    expect(panel.locator(".stocked")).to_have_count(64)
    expect(panel.locator(".stocked .open").nth(50)).to_be_focused()
    panel.locator(".stocked").nth(20).get_by_role("checkbox").check()
    panel.locator(".stocked .open").nth(55).focus()
    title = panel.locator(".stocked .open").nth(55).inner_text()
    top = panel.evaluate("(panel) => panel.scrollTop")
    update_index(write_articles(corpus.folder, PLACES[5:6]), corpus.index, encoder=corpus.encoder)
    remove_articles(["tin 59"], corpus.index)
    expect(panel.locator("#corpus-stock")).to_contain_text("64 bài báo", timeout=20_000)
    expect(panel.locator(".stocked").filter(has_text=f"đảng bộ {PLACES[5]}")).to_have_count(1)
    expect(panel.locator(".stocked").filter(has_text="Tin số 59")).to_have_count(0)
    assert page.evaluate("document.activeElement.textContent") == title
    expect(panel.locator(".stocked").nth(20).get_by_role("checkbox")).to_be_checked()
    assert abs(panel.evaluate("(panel) => panel.scrollTop") - top) < 2


def test_an_article_is_opened_in_the_reader(page: Page, panel: Locator) -> None:
    panel.get_by_role("button", name="Đại hội đảng bộ Cao Lộc").first.click()
    expect(page.locator("#reader")).to_be_visible()
    expect(page.locator("#reader")).to_contain_text("Theo ấn bản 1, đảng bộ Cao Lộc đặt mục tiêu")


def test_hostile_titles_sources_and_file_names_stay_text(page: Page, panel: Locator) -> None:
    panel.get_by_label("Tìm bài").fill("Một câu lạ")
    row = panel.locator(".stocked").filter(has_text="onerror")
    expect(row).to_have_count(1)
    expect(panel.locator(".stocked")).to_have_count(1)
    assert row.locator(".open").text_content() == HOSTILE
    assert row.get_attribute("data-article") == HOSTILE
    name = "<img src=x onerror=alert(1)> ${1} {{x}} ' tin.txt"
    drop(panel, (name, article_text("Sa Đéc").encode()), (f"{name}.png", b"x"))
    expect(files_of(panel).locator(".name")).to_contain_text("_img src=x onerror=alert(1)_ ${1} {{x}} ' tin.txt")
    expect(panel.locator("#corpus-transfers .name")).to_have_text(f"{name}.png")
    row.get_by_role("button", name="Xóa").click()
    expect(panel.locator("#corpus-said")).to_contain_text("onerror")
    panel.get_by_role("button", name="Hoàn tác").click()
    expect(row).to_have_count(1)
    assert panel.locator("img, script, i").count() == 0
    expect(page).to_have_title("Hoidap — Hỏi đáp trên tài liệu của bạn")
