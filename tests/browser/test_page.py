"""The page as a person sees it, in headless Chromium, cut off from every other host."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sample_answers import FakeAssistant, answer, article, citation, serve_in_background

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect, sync_playwright

from qa import Answer, Assistant

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH: run tests/browser/install.sh")

SCREENSHOTS = Path(__file__).parent / "screenshots"
LOCAL = {"127.0.0.1", "localhost"}
LOOKS = [
    pytest.param(((1280, 900), "light"), id="desk-light"),
    pytest.param(((1280, 900), "dark"), id="desk-dark"),
    pytest.param(((390, 844), "light"), id="phone-light"),
    pytest.param(((390, 844), "dark"), id="phone-dark"),
]

# Each would run, load or change the page if any layer took it for markup or for a template.
HOSTILE = (
    "<img src=x onerror=\"document.title='hacked'\"> <script>document.title='hacked'</script> <h1>to</h1> "
    "**đậm** $$x^2$$ [bấm](javascript:alert(1)) ${document.title='hacked'} {{#if value}}{{value}}{{/if}} "
    "&lt;i&gt; \\` ' \" </textarea></details>"
)
UNANSWERABLE = "Thủ đô của nước Pháp là thành phố nào?"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    quiet = ("gpu", "quic", "background-networking", "component-update", "sync")
    arguments = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails its test on an error of its own, or on a request to any other host."""
    (width, height), scheme = getattr(request, "param", ((1280, 900), "light"))
    context = browser.new_context(
        locale="vi-VN",
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    troubles: list[str] = []

    def guard(route: Route, asked: Request) -> None:
        if urlsplit(asked.url).hostname in LOCAL:
            route.continue_()
        else:
            troubles.append(f"request to {asked.url}")
            route.abort()

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            troubles.append(f"console: {message.text}")

    context.route(lambda url: not url.startswith(("data:", "blob:")), guard)
    opened = context.new_page()
    opened.on("console", listen)
    opened.on("pageerror", lambda error: troubles.append(f"page error: {error}"))
    opened.set_default_timeout(30_000)
    yield opened
    context.close()
    assert not troubles


@pytest.fixture(scope="module")
def seed_address(seed_index: Path) -> str:
    return serve_in_background(Assistant.open(seed_index))


@pytest.fixture(scope="module")
def hostile_address() -> str:
    source = article(f"Câu đầu. {HOSTILE} Câu cuối.", title=HOSTILE, source=HOSTILE, published=HOSTILE)

    def respond(question: str) -> Answer:
        return answer(citation(source, source.text, HOSTILE), notes=(HOSTILE,))

    return serve_in_background(FakeAssistant(respond))


def take_screenshot(page: Page, name: str, request: pytest.FixtureRequest) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{request.node.callspec.id}-{name}.png")


def ask(page: Page, question: str) -> None:
    box = page.get_by_label("Câu hỏi", exact=True)
    box.fill(question)
    box.press("Enter")


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_a_real_question_is_answered_from_the_seeds(
    page: Page, seed_address: str, request: pytest.FixtureRequest
) -> None:
    page.goto(seed_address)
    expect(page).to_have_title("Hoidap — Hỏi đáp trên tài liệu của bạn")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page.get_by_text("Hãy hỏi bằng tiếng Việt.")).to_be_visible()
    expect(page.locator("#examples button")).to_have_count(3)
    take_screenshot(page, "start", request)

    page.get_by_role("button", name="Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?").click()
    first = page.locator("#luot-1")
    expect(first.locator(".asked")).to_contain_text("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?")
    expect(first.locator("blockquote")).to_contain_text("5.350 đảng viên")
    expect(first.locator(".card mark").first).to_contain_text("5.350 đảng viên")
    expect(first.locator(".card .quote").first).to_be_visible()
    expect(first.locator(".card .title").first).to_contain_text("Cao Lộc")
    take_screenshot(page, "answered", request)

    first.locator(".cite").click()
    expect(first.locator(".card").first).to_be_focused()

    ask(page, UNANSWERABLE)
    second = page.locator("#luot-2")
    expect(second).to_contain_text("Các bài báo trong kho không có câu trả lời cho câu hỏi này.")
    expect(second).to_contain_text("Những đoạn gần nhất")
    expect(second.locator(".card .quote").first).to_be_visible()
    expect(second.locator("blockquote")).to_have_count(0)
    expect(page.get_by_label("Câu hỏi", exact=True)).to_be_in_viewport()
    take_screenshot(page, "unanswered", request)

    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0, "the page scrolls sideways"
    fonts = page.evaluate("[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)")
    assert {name.strip('"') for name in fonts} == {"Be Vietnam Pro"}


def test_hostile_text_is_shown_to_the_letter(page: Page, hostile_address: str) -> None:
    page.goto(hostile_address)
    ask(page, HOSTILE)
    turn = page.locator("#luot-1")
    expect(turn.locator("blockquote")).to_be_visible()
    # A second turn makes Gradio compare and patch what is on the page.
    ask(page, HOSTILE)
    expect(page.locator("#luot-2 blockquote")).to_be_visible()

    assert turn.locator(".asked").evaluate("e => e.lastChild.textContent") == HOSTILE
    for place in (".note", "mark", ".title"):
        assert turn.locator(place).text_content() == HOSTILE
    assert HOSTILE in (turn.locator("blockquote").text_content() or "")
    assert turn.locator(".meta").text_content() == f"{HOSTILE} · {HOSTILE}"
    assert page.locator("#conversation").locator("img, script, h1, i, b, strong, .katex, textarea").count() == 0
    assert page.locator("#conversation a:not(.cite)").count() == 0
    expect(page).to_have_title("Hoidap — Hỏi đáp trên tài liệu của bạn")
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "hostile.png", full_page=True)


def test_nothing_english_is_left_on_the_page(page: Page, hostile_address: str) -> None:
    page.goto(hostile_address)
    ask(page, "?")
    expect(page.locator("#luot-1")).to_contain_text("Bạn chưa viết câu hỏi.")
    words = page.locator("body").inner_text() + " ".join(
        page.evaluate(
            "[...document.querySelectorAll('body *')].flatMap("
            "e => ['aria-label', 'title', 'placeholder', 'alt'].map(name => e.getAttribute(name) ?? ''))"
        )
    )
    english = {"submit", "clear", "textbox", "loading", "processing", "gradio", "settings", "error", "api", "built"}
    assert not english & set(words.lower().split())


def test_a_follow_up_is_understood_and_leads_back_to_what_was_typed(page: Page, seed_address: str) -> None:
    page.goto(seed_address)
    ask(page, "dang bo KCCQ tinh co bao nhieu dang vien")
    expect(page.locator("#luot-1 .note").first).to_contain_text("Đã hiểu là: đảng bộ KCCQ tỉnh")
    expect(page.locator("#luot-1 blockquote")).to_contain_text("4.300 đảng viên")
    ask(page, "Còn huyện Cao Lộc thì sao?")
    expect(page.locator("#luot-2 .note").first).to_contain_text("Hiểu theo câu hỏi trước:")
    expect(page.locator("#luot-2 blockquote")).to_contain_text("5.350 đảng viên")
    page.locator("#luot-1").get_by_role("button", name="Tìm đúng như đã gõ").click()
    expect(page.locator("#luot-3 .asked")).to_contain_text('"dang bo KCCQ tinh co bao nhieu dang vien"')
    expect(page.locator("#luot-3 .note")).to_have_count(0)
