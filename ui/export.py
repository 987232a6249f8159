"""Conversations as documents for elsewhere: Markdown to read and print, JSON to compute with.

In the Markdown, what articles and people wrote stays text: it stands on one line each, never at the start of one, and
its signs are character references or escaped. The exact passages, line breaks and all, are in the JSON.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from qa import Turn
from ui.render import count, decimal, facts, one_line, title_of
from ui.render_answer import NOT_ANSWERED

_RATINGS = {"up": "đúng", "down": "chưa đúng"}

# References for what opens HTML, links, images, code, LaTeX, tables and addresses: some renderers take a backslash
# before a bracket for LaTeX. The rest has a backslash, which reads better.
_ESCAPES = {ord(sign): f"&#{ord(sign)};" for sign in "&<>[]\\$`{}|~^@"} | {ord(sign): f"\\{sign}" for sign in "*_#!"}
_ADDRESS = re.compile(r"://|(?<=www)\.", re.IGNORECASE)
_NAME = re.compile(r"[^\w]+")
_LONGEST_NAME = 60


def as_markdown(title: str, turns: Sequence[Turn]) -> str:
    """Write a conversation as Markdown: each question, its answer, and every citation in full."""
    parts = [f"# {_text(title) or '—'}", *(part for turn in turns for part in _turn_parts(turn))]
    return "\n\n".join(parts) + "\n"


def as_json(title: str, turns: Sequence[Turn]) -> str:
    """Write a conversation as JSON, with the record of each answer: every span and quotation to the character."""
    listed = [
        {
            "number": turn.number,
            "question": turn.question,
            "asked": turn.asked,
            "scope": dict(turn.scope),
            "rating": turn.rating,
            "right_answer": turn.right_answer,
            "answer": dict(turn.record),
        }
        for turn in turns
    ]
    return json.dumps({"title": title, "turns": listed}, ensure_ascii=False, indent=2) + "\n"


def file_name(title: str, ending: str) -> str:
    """Name an export after its conversation, with letters, digits and hyphens alone."""
    name = _NAME.sub("-", unicodedata.normalize("NFC", title))[:_LONGEST_NAME].strip("-_")
    return f"hoidap-{name or 'cuoc-tro-chuyen'}.{ending}"


def _turn_parts(turn: Turn) -> Iterator[str]:
    record = turn.record
    citations: Sequence[Mapping[str, Any]] = record.get("citations") or ()
    yield f"## {turn.number}. {_text(turn.question) or '—'}"
    yield f"Hỏi lúc {_moment(turn.asked)}{_scope(turn.scope)}"
    if record.get("answered"):
        number = f" ({citations[0]['number']})" if citations else ""
        yield f"> “{_text(str(record['answer']))}”{number}"
        yield f"Độ tin cậy: {decimal(float(record['confidence']))}"
    else:
        yield NOT_ANSWERED
    if turn.rating is not None:
        right = f"; câu trả lời đúng: “{_text(turn.right_answer)}”" if turn.right_answer else ""
        yield f"Đánh giá: {_RATINGS[turn.rating]}{right}"
    if citations:
        yield "Trích dẫn:" if record.get("answered") else "Những đoạn gần nhất:"
        yield from (_citation(citation) for citation in citations)


def _citation(citation: Mapping[str, Any]) -> str:
    """Give a citation as an item of a numbered list, and its passage below it."""
    sentence, number = citation["sentence"], f"{citation['number']}. "
    where = "; ".join(filter(None, [citation["path"], citation.get("url")]))
    lines = [
        f"“{_text(sentence['text'])}”",
        f"Bài: {', '.join(_text(part) for part in [title_of(citation), *facts(citation)])}",
        f"Nơi lưu: {_text(where)}",
        f"Câu: ký tự {_span(sentence)}; đoạn: ký tự {_span(citation)}",
        f"Đoạn: “{_text(citation['quote'])}”",
    ]
    return number + f"\n\n{' ' * len(number)}".join(lines)


def _span(place: Mapping[str, Any]) -> str:
    return f"{count(place['start'])}–{count(place['end'])}"


def _scope(scope: Mapping[str, Any]) -> str:
    parts = [
        f"bài {', '.join(scope['articles'])}" if scope.get("articles") else "",
        f"nguồn {', '.join(scope['sources'])}" if scope.get("sources") else "",
        f"từ ngày {scope['since']}" if scope.get("since") else "",
        f"đến ngày {scope['until']}" if scope.get("until") else "",
    ]
    limits = "; ".join(filter(None, parts))
    return f", giới hạn trong: {_text(limits)}" if limits else ""


def _moment(iso: str) -> str:
    try:
        return datetime.fromisoformat(iso).astimezone().strftime("%H:%M ngày %d/%m/%Y")
    except (ValueError, OverflowError):
        return _text(iso)


def _text(text: str) -> str:
    """Write a text on one line so that Markdown shows it as it is."""
    line = "".join("\ufffd" if _is_control(sign) else sign for sign in one_line(text))
    return _ADDRESS.sub(lambda found: f"&#{ord(found[0][0])};{found[0][1:]}", line.translate(_ESCAPES))


def _is_control(sign: str) -> bool:
    # The signs that turn the direction of writing would turn what stands around the text, too.
    return unicodedata.category(sign) in ("Cc", "Cs") or unicodedata.bidirectional(sign) in _TURNS


_TURNS = frozenset(["LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"])
