"""The sizes and colours that the page is looked at in, and the ways into it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

LOOKS = [
    pytest.param(((1280, 900), "light"), id="desk-light"),
    pytest.param(((1280, 900), "dark"), id="desk-dark"),
    pytest.param(((390, 844), "light"), id="phone-light"),
    pytest.param(((390, 844), "dark"), id="phone-dark"),
]


def visit(page: Page, address: str) -> None:
    """Open the page and wait until its script has started."""
    page.goto(address)
    page.locator("#hoidap[data-ready]").wait_for()


def ask(page: Page, question: str) -> None:
    """Type a question and send it."""
    box = page.get_by_label("Câu hỏi", exact=True)
    box.fill(question)
    box.press("Enter")
