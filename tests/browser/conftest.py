"""Headless Chromium, cut off from every other host, at a desk's and a phone's size, in light and dark."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# A busy machine is no fault of the page.
expect.set_options(timeout=20_000)
SCREENSHOTS = Path(__file__).parent / "screenshots"
LOCAL = {"127.0.0.1", "localhost"}
NOWHERE_ELSE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
DESK, PHONE = (1280, 900), (390, 844)

# Every movement of what stands on the page, those after a click too.
_WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) window.shifts.push({
    value: shift.value, moved: shift.sources.map(({ node }) => node?.id || node?.className || node?.nodeName) });
}).observe({ type: 'layout-shift', buffered: true });
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: while Playwright runs, nothing else may have an event loop in this thread."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on PATH: run tests/browser/install.sh")
    quiet = ("gpu", "quic", "background-networking", "component-update", "sync")
    arguments = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet), NOWHERE_ELSE]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[dict[tuple[tuple[int, int], str], BrowserContext]]:
    """A context for each look, kept for a module, so that Gradio's own files are loaded once and not for every test."""
    opened: dict[tuple[tuple[int, int], str], BrowserContext] = {}
    yield opened
    for context in opened.values():
        context.close()


@pytest.fixture
def page(
    browser: Browser,
    contexts: dict[tuple[tuple[int, int], str], BrowserContext],
    request: pytest.FixtureRequest,
) -> Iterator[Page]:
    """A page that fails its test on an error of its own, or on a request to any other host.

    Its parameter is ((width, height), "light" or "dark").
    """
    look = size, scheme = getattr(request, "param", (DESK, "light"))
    if look not in contexts:
        contexts[look] = browser.new_context(
            locale="vi-VN",
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
            color_scheme="dark" if scheme == "dark" else "light",
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts[look].add_init_script(_WATCH_SHIFTS)
    troubles: list[str] = []

    # Watched, not intercepted: Playwright does without the browser's cache where it intercepts.
    def watch(asked: Request) -> None:
        if not asked.url.startswith(("data:", "blob:")) and urlsplit(asked.url).hostname not in LOCAL:
            troubles.append(f"request to {asked.url}")

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            troubles.append(f"console: {message.text}")

    opened = contexts[look].new_page()
    opened.on("request", watch)
    opened.on("console", listen)
    opened.on("pageerror", lambda error: troubles.append(f"page error: {error}"))
    opened.set_default_timeout(30_000)
    yield opened
    if opened.url.startswith("http"):
        opened.evaluate("localStorage.clear()")
    opened.close()
    assert not troubles


@pytest.fixture
def take_screenshot(page: Page, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Write what stands on the page to where a person can look, named after the look."""

    def take(name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        look = getattr(request.node, "callspec", None)
        page.screenshot(path=SCREENSHOTS / f"{look.id + '-' if look else ''}{name}.png")

    return take


@pytest.fixture
def check_access(page: Page) -> Callable[[], None]:
    """Fail on whatever axe-core finds, its best practices included, and on a page that scrolls sideways."""

    def check() -> None:
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0

    return check
