"""A question and its answer as the page shows them: quotation, citations, how sure it is and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from qa import LONGEST_RIGHT_ANSWER, QUESTION_CHARACTERS_MOST, Turn
from ui.records import Record
from ui.render import count, escape, facts, marked, notice_html, one_line, reference, title_of, web_link
from ui.render_confidence import confidence_html, why_html

NOT_ANSWERED = "Các bài báo trong kho không có câu trả lời cho câu hỏi này."
NOT_ANSWERED_IN_SCOPE = "Phần kho mà bạn chọn không có câu trả lời cho câu hỏi này."
NOTHING_NEAR = "Kho chưa có đoạn văn nào để tìm câu trả lời."
NOTHING_NEAR_IN_SCOPE = "Phần kho mà bạn chọn không có đoạn văn nào để tìm câu trả lời."
NOT_FOUND = "Không tìm thấy trong tài liệu"
NOT_KEPT = "Câu trả lời này chưa lưu được trên máy: hãy xem thông báo ở cửa sổ đang chạy Hoidap."
LITERALLY = "Tìm đúng như đã gõ"


def turn_html(
    question: str,
    record: Record,
    number: int,
    *,
    rating: str | None = None,
    is_limited: bool = False,
    is_kept: bool = True,
) -> str:
    """Return a question, shown to the letter, with its answer, as the conversation's `number`-th turn.

    `rating` is "up" or "down" where it was given one, `is_limited` whether a part of the corpus was asked; what is not
    kept can be neither rated nor edited.
    """
    asked = shown_question(question)
    edit = '<button type="button" class="quiet edit">Sửa<span class="unseen"> câu hỏi này</span></button>'
    tools = (
        f"{edit if is_kept else ''}"
        '<button type="button" class="quiet link">Sao chép liên kết'
        '<span class="unseen"> tới câu hỏi này</span></button>'
    )
    return (
        f'<article class="turn" id="luot-{number}" data-number="{number}" data-question="{escape(asked)}" '
        f'aria-label="Câu hỏi {number}"><div class="asked"><p class="question"><span class="unseen">Bạn hỏi: </span>'
        f'<bdi>{escape(asked)}</bdi></p><p class="tools">{tools}</p></div>'
        f'<div class="reply">{"" if is_kept else notice_html(NOT_KEPT)}'
        f"{answer_html(record, number, is_limited=is_limited)}{_rating_html(rating) if is_kept else ''}</div></article>"
    )


def kept_turn_html(turn: Turn) -> str:
    """Return a turn of a kept conversation as it was answered then."""
    return turn_html(turn.question, dict(turn.record), turn.number, rating=turn.rating, is_limited=bool(turn.scope))


def answer_html(record: Record, turn: int, *, is_limited: bool = False) -> str:
    """Return the reply to a question: the quoted sentence or the plain statement, then the passages."""
    citations = record["citations"]
    if record["answered"] and citations:
        said = _quotation_html(record) + confidence_html(record)
        heading = "Trích từ"
    else:
        said = _not_found_html(record, is_limited=is_limited)
        heading = "Những đoạn gần nhất"
    if not citations:
        return _notes_html(record) + said
    cards = "".join(
        _card(citation, turn, record, opened=place == 0 and record["answered"])
        for place, citation in enumerate(citations)
    )
    return f'{_notes_html(record)}{said}<h2>{heading}</h2><ol class="passages">{cards}</ol>'


def shown_question(question: str) -> str:
    """Give a question as it is shown: without the blanks around it, the end of a very long one left out."""
    asked = question.strip()
    return asked[:QUESTION_CHARACTERS_MOST] + "…" if len(asked) > QUESTION_CHARACTERS_MOST else asked


def _quotation_html(record: Record) -> str:
    first, *others = record["citations"]
    sentence, short = first["sentence"], record.get("short")
    marks = [(short["start"] - sentence["start"], short["end"] - sentence["start"], "short")] if short else []
    links = "".join(f" {_cite(citation)}" for citation in others)
    more = f'<p class="more">Đọc thêm:{links}</p>' if others else ""
    return (
        f'<blockquote class="answer"><p>“<bdi>{one_line(marked(sentence["text"], marks))}</bdi>” '
        f"{_cite(first)}</p></blockquote>"
        f'<p class="actions">{_copy_button(first)}</p>{more}'
    )


def _not_found_html(record: Record, *, is_limited: bool) -> str:
    if record["citations"]:
        said = NOT_ANSWERED_IN_SCOPE if is_limited else NOT_ANSWERED
    else:
        said = NOTHING_NEAR_IN_SCOPE if is_limited else NOTHING_NEAR
    return f'<section class="not-found"><h2>{NOT_FOUND}</h2><p>{said}</p>{why_html(record)}</section>'


def _notes_html(record: Record) -> str:
    """Return what was done to the question, with the way back to the question as it was typed."""
    notes = "".join(f'<p class="note"><bdi>{escape(note)}</bdi></p>' for note in record["notes"])
    typed = one_line(record["question"]).replace('"', "")
    was_read_otherwise = any(note.startswith(("Đã hiểu là", "Hiểu theo")) for note in record["notes"])
    if not was_read_otherwise or not typed or len(typed) > QUESTION_CHARACTERS_MOST:
        return notes
    button = f'<button type="button" class="quiet literal" data-question="{escape(typed)}">{LITERALLY}</button>'
    return f'{notes}<p class="note">{button}</p>'


def _card(citation: Mapping[str, Any], turn: int, record: Record, *, opened: bool) -> str:
    sentence, start = citation["sentence"], citation["start"]
    marks = [(sentence["start"] - start, sentence["end"] - start, "sentence")]
    if record.get("short") and opened:
        marks.append((record["short"]["start"] - start, record["short"]["end"] - start, "short"))
    meta = " · ".join(escape(fact) for fact in facts(citation))
    place = [
        f"{escape(citation['path'])}, ký tự {count(start)}–{count(citation['end'])}",
        web_link(citation.get("url")),
    ]
    return (
        f'<li class="card" id="luot-{turn}-doan-{citation["number"]}" data-citation="{_place(citation, record)}">'
        f'<p class="head"><button type="button" class="open"><span class="number">[{citation["number"]}]</span> '
        f'<span class="title"><bdi>{escape(title_of(citation))}</bdi></span></button></p>'
        + (f'<p class="meta"><bdi>{meta}</bdi></p>' if meta else "")
        + f"<details{' open' if opened else ''}><summary>Đoạn trích</summary>"
        f'<p class="quote"><bdi>{marked(citation["quote"], marks)}</bdi></p></details>'
        f'<p class="place"><bdi>{" · ".join(filter(None, place))}</bdi>{_copy_button(citation)}</p>'
        f"{_also_in_html(citation)}</li>"
    )


def _place(citation: Mapping[str, Any], record: Record) -> str:
    """Write what opening a citation takes, for an attribute."""
    kept = {name: citation[name] for name in ("number", "article", "title", "start", "end", "sha256", "quote")}
    kept["sentence"] = {"start": citation["sentence"]["start"], "end": citation["sentence"]["end"]}
    kept["count"] = len(record["citations"])
    kept["also_in"] = [other["article"] for other in citation.get("also_in", ())]
    return escape(json.dumps(kept))


def _also_in_html(citation: Mapping[str, Any]) -> str:
    """Return where else the same story stands, where it does."""
    others = citation.get("also_in")
    if not others:
        return ""
    places = "; ".join(f"<bdi>{escape(_copy_name(other, citation))}</bdi>{_linked(other)}" for other in others)
    return f'<p class="place">Cũng có trong: {places}</p>'


def _copy_name(copy: Mapping[str, Any], of: Mapping[str, Any]) -> str:
    """Name a copy of a story by what tells it from the other: who published it, its title, or its id."""
    title = copy["title"] if copy["title"] != of["title"] else ""
    source = copy["source"] if copy["source"] != of.get("source") else ""
    return one_line(" · ".join(filter(None, (source, title)))) or str(copy["article"])


def _linked(copy: Mapping[str, Any]) -> str:
    link = web_link(copy.get("url"))
    return f" · {link}" if link else ""


def _cite(citation: Mapping[str, Any]) -> str:
    number = citation["number"]
    return (
        f'<button type="button" class="cite" data-cite="{number}" '
        f'aria-label="Mở đoạn trích số {number}">[{number}]</button>'
    )


def _copy_button(citation: Mapping[str, Any]) -> str:
    return (
        f'<button type="button" class="quiet copy" data-copy="{escape(reference(citation))}">Sao chép trích dẫn'
        f'<span class="unseen"> số {citation["number"]}</span></button>'
    )


def _rating_html(rating: str | None) -> str:
    """Return the two buttons that tell whether the answer is right, and the box for the right one."""

    def button(value: str, words: str) -> str:
        pressed = "true" if rating == value else "false"
        return f'<button type="button" class="rate" data-rating="{value}" aria-pressed="{pressed}">{words}</button>'

    up = button("up", "<span aria-hidden=true>👍</span> Đúng")
    down = button("down", "<span aria-hidden=true>👎</span> Chưa đúng")
    return (
        '<div class="rating" role="group" aria-label="Đánh giá câu trả lời">'
        f'<span class="unseen">Câu trả lời này </span>{up}{down}'
        '<form class="right-answer" hidden><label>Câu trả lời đúng là gì? (không bắt buộc)'
        f'<input name="right" maxlength="{LONGEST_RIGHT_ANSWER}" autocomplete="off"></label>'
        '<button type="submit" class="main">Gửi</button></form><span class="status" role="status"></span></div>'
    )
