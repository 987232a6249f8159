"""The frame of the page: its panels and the question box, empty, as the browser first sees them."""

from __future__ import annotations

from collections.abc import Sequence

from ui.render import count, escape

TITLE = "Hoidap — Hỏi đáp trên tài liệu của bạn"


def introduction_html(articles: int, passages: int, examples: Sequence[str]) -> str:
    """Return what the page is, in two sentences, what it searches, and questions to begin with."""
    stock = stock_html(articles, passages) + ("" if passages else " Hãy bấm “Kho bài báo” để thêm tệp.")
    return (
        '<section id="start" aria-label="Giới thiệu"><h2>Hỏi tài liệu của bạn</h2>'
        "<p>Hãy viết câu hỏi bằng tiếng Việt: Hoidap tìm trong các bài báo của bạn, trích nguyên văn câu trả lời và mở "
        "bài ngay tại chỗ ấy để bạn kiểm tra. Khi các bài báo không có câu trả lời, Hoidap nói thẳng là không tìm thấy."
        "</p>"
        f'<p class="stock" id="stock">{stock}</p>'
        f'<div id="suggestions" role="group" aria-label="Câu hỏi gợi ý">{suggestions_html(examples)}</div></section>'
    )


def stock_html(articles: int, passages: int) -> str:
    """Return how much there is."""
    if not articles:
        return "Kho chưa có bài báo nào."
    return f"Trong kho có {count(articles)} bài báo, chia thành {count(passages)} đoạn."


def suggestions_html(questions: Sequence[str]) -> str:
    """Return questions to be asked by a click."""
    return "".join(f'<button type="button" class="suggestion">{escape(question)}</button>' for question in questions)


def shell_html(introduction: str, longest_question: int, *, has_names: bool) -> str:
    """Return the whole page, to stand in Gradio's main part, around `introduction`, which is HTML made here.

    With `has_names`, people give their names and passwords, and may leave.
    """
    leave = '<form method="post" action="/logout"><button type="submit" class="quiet">Đăng xuất</button></form>'
    return (
        '<div id="hoidap">'
        '<nav id="conversations" class="panel" aria-label="Cuộc trò chuyện" tabindex="-1" hidden></nav>'
        '<section id="conversation" aria-label="Hỏi đáp">'
        '<header class="top"><h1>Hoidap</h1>'
        f"{_panel_button('conversations', 'Cuộc trò chuyện')}{_panel_button('corpus', 'Kho bài báo')}"
        f"{leave if has_names else ''}</header>"
        f'<div id="scroll">{introduction}<div id="log" role="log" aria-label="Các câu hỏi và trả lời"></div></div>'
        '<form id="composer" aria-label="Đặt câu hỏi"><div id="scope" hidden></div>'
        '<div class="line"><label class="unseen" for="question">Câu hỏi</label>'
        f'<textarea id="question" rows="1" maxlength="{longest_question}" placeholder="Viết câu hỏi của bạn…" '
        'autocomplete="off" enterkeyhint="send"></textarea>'
        '<button type="submit" class="main" id="send">Hỏi</button>'
        '<button type="button" id="stop" hidden>Dừng</button></div>'
        '<p class="status" role="status" id="said"></p></form></section>'
        '<section id="reader" class="panel" aria-label="Bài báo" tabindex="-1" hidden></section>'
        '<section id="corpus" class="panel" aria-label="Kho bài báo" tabindex="-1" hidden></section>'
        "</div>"
    )


def _panel_button(name: str, words: str) -> str:
    return f'<button type="button" data-panel="{name}" aria-controls="{name}" aria-expanded="false">{words}</button>'
