"""Turn answers into HTML in which nothing that an article or a person wrote can become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa import Answer, Article, Citation

NOT_ANSWERED = "Các bài báo trong kho không có câu trả lời cho câu hỏi này."
NOTHING_NEAR = "Kho chưa có đoạn văn nào để tìm câu trả lời."
NO_QUESTION = "Bạn chưa viết câu hỏi. Hãy viết câu hỏi vào ô bên dưới rồi bấm “Hỏi”."
FAILED = (
    "Hoidap chưa trả lời được câu hỏi này vì gặp sự cố. Bạn hãy thử hỏi lại; nếu vẫn không được, "
    "hãy xem thông báo ở cửa sổ đang chạy Hoidap."
)
LITERALLY = "Tìm đúng như đã gõ"
SEARCHING = "Đang tìm trong các bài báo…"

LONGEST_SHOWN_QUESTION = 2000

# The first five signs are markup to HTML. The others are so to Markdown, LaTeX or a template engine: Gradio's HTML
# component applies none of these to a value, and as character references they would stay text even if it did.
_REFERENCES = {ord(sign): f"&#{ord(sign)};" for sign in "<>&\"'" + "$*_`~[](){}|\\#@^"}


def escape(text: str) -> str:
    """Return HTML, fit for content and for quoted attributes, that shows `text` to the letter."""
    # Half a surrogate pair can be typed into the API but not sent back: one would fail the whole reply.
    return text.encode("utf-8", "replace").decode("utf-8").translate(_REFERENCES)


def shown_date(published: str) -> str:
    """Write an ISO date the Vietnamese way; leave anything else as it stands."""
    try:
        return date.fromisoformat(published).strftime("%d/%m/%Y")
    except ValueError:
        return published


def confidence_word(confidence: float) -> str:
    """Say in a word how sure an answer is."""
    if confidence >= 0.75:
        return "cao"
    return "vừa" if confidence >= 0.5 else "thấp"


def marked_quote(citation: Citation) -> str:
    """Return the passage with its best sentence in `<mark>`."""
    quote = citation.quote
    start = min(max(citation.sentence.start - citation.start, 0), len(quote))
    end = min(max(citation.sentence.end - citation.start, start), len(quote))
    before, sentence, after = (_paragraphs(part) for part in (quote[:start], quote[start:end], quote[end:]))
    return f"{before}<mark>{sentence}</mark>{after}" if sentence else before + after


def answer_html(answer: Answer, turn: int) -> str:
    """Return the reply to a question: the quoted sentence or the plain statement, then the passages."""
    notes = _notes_html(answer)
    if answer.answered:
        link = _link(answer.citations[0], turn) if answer.citations else ""
        said = (
            f'<blockquote class="answer">“{escape(_one_line(answer.text))}” {link}</blockquote>'
            f'<p class="confidence">Độ tin cậy: {confidence_word(answer.confidence)}</p>'
        )
        heading = "Trích từ"
    else:
        said = notice_html(NOT_ANSWERED if answer.citations else NOTHING_NEAR)
        heading = "Những đoạn gần nhất"
    if not answer.citations:
        return notes + said
    cards = "".join(_card(citation, turn, opened=place == 0) for place, citation in enumerate(answer.citations))
    return f'{notes}{said}<h3>{heading}</h3><ol class="passages">{cards}</ol>'


def _notes_html(answer: Answer) -> str:
    """Return what was done to the question, with the way back to the question as it was typed."""
    question = answer.question
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in question.notes)
    typed = _one_line(question.typed).replace('"', "")
    was_read_otherwise = any(note.startswith(("Đã hiểu là", "Hiểu theo")) for note in question.notes)
    if not was_read_otherwise or not typed or len(typed) > LONGEST_SHOWN_QUESTION:
        return notes
    button = f'<button type="button" class="literal" data-question="{escape(typed)}">{LITERALLY}</button>'
    return f'{notes}<p class="note">{button}</p>'


def notice_html(text: str) -> str:
    """Return a plain statement from Hoidap itself."""
    return f'<p class="notice">{escape(text)}</p>'


def turn_html(question: str, reply: str, turn: int) -> str:
    """Return a question, shown to the letter, with `reply`, which is HTML made here."""
    asked = question.strip()
    if len(asked) > LONGEST_SHOWN_QUESTION:
        asked = asked[:LONGEST_SHOWN_QUESTION] + "…"
    bubble = f'<p class="asked"><span class="unseen">Bạn hỏi: </span>{escape(asked)}</p>' if asked else ""
    return f'<article class="turn" id="luot-{turn}">{bubble}<div class="reply">{reply}</div></article>'


def log_html(turns: Iterable[str]) -> str:
    """Return the whole conversation, oldest first, as a region that screen readers announce."""
    return f'<div class="log" role="log" aria-label="Các câu hỏi và trả lời">{"".join(turns)}</div>'


def introduction_html(articles: int, passages: int, *, examples: bool) -> str:
    """Return what the page is, what it searches, and a line that leads to the example questions."""
    if passages:
        stock = f"Trong kho có {_count(articles)} bài báo, chia thành {_count(passages)} đoạn."
    else:
        stock = "Kho chưa có bài báo nào."
    return (
        '<header class="introduction"><h1>Hoidap</h1>'
        "<p>Hãy hỏi bằng tiếng Việt. Hoidap tìm trong các bài báo của bạn, trích nguyên văn câu trả lời và chỉ rõ "
        "câu ấy nằm ở đâu để bạn kiểm tra. Khi các bài báo không có câu trả lời, Hoidap nói thẳng là không có.</p>"
        f'<p class="stock">{stock}</p>{"<p>Chẳng hạn:</p>" if examples else ""}</header>'
    )


def _card(citation: Citation, turn: int, *, opened: bool) -> str:
    article = citation.article
    facts = [
        shown_date(article.published) if article.published else "",
        article.source or "",
        f"trang {citation.page}" if citation.page is not None else "",
    ]
    meta = " · ".join(escape(fact) for fact in facts if fact)
    title = escape(_one_line(article.title) or article.id)
    return (
        f'<li class="card" id="{_anchor(citation, turn)}" tabindex="-1"><details{" open" if opened else ""}>'
        f'<summary><span class="number">[{citation.number}]</span> <span class="title">{title}</span>'
        + (f' <span class="meta">{meta}</span>' if meta else "")
        + f'</summary><p class="quote">{marked_quote(citation)}</p>'
        f'<p class="place">{escape(article.path)}, ký tự {citation.start}–{citation.end}{_web_link(article.url)}</p>'
        f"{_also_in_html(citation)}</details></li>"
    )


def _also_in_html(citation: Citation) -> str:
    """Return where else the same story stands, where it does."""
    if not citation.also_in:
        return ""
    places = "; ".join(
        escape(_one_line(_copy_name(other, citation.article))) + _web_link(other.url) for other in citation.also_in
    )
    return f'<p class="place">Cũng có trong: {places}</p>'


def _copy_name(copy: Article, of: Article) -> str:
    """Name a copy of a story by what tells it from the other: who published it, its title, or its id."""
    title = copy.title if copy.title != of.title else ""
    source = copy.source if copy.source != of.source else ""
    return " · ".join(filter(None, (source, title))) or copy.id


def _web_link(url: str | None) -> str:
    # Anything but a web address (javascript:, data:, file:) is not offered for a click.
    if not url or not url.startswith(("http://", "https://")):
        return ""
    return f' · <a href="{escape(url)}" target="_blank" rel="noopener noreferrer">Bài gốc</a>'


def _link(citation: Citation, turn: int) -> str:
    number = citation.number
    return f'<a class="cite" href="#{_anchor(citation, turn)}" aria-label="Đoạn trích số {number}">[{number}]</a>'


def _anchor(citation: Citation, turn: int) -> str:
    return f"luot-{turn}-doan-{citation.number}"


def _paragraphs(text: str) -> str:
    """Escape `text`; the line breaks stay (CSS shows them), runs of blank lines become one."""
    return escape(re.sub(r"[^\S\n]*\n\s*\n", "\n\n", text))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _count(number: int) -> str:
    return f"{number:,}".replace(",", ".")
