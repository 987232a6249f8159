"""How sure an answer is, in a word, and why: which words met, how near in meaning, how far ahead of the rest."""

from __future__ import annotations

from ui.records import Record
from ui.render import decimal, escape, one_line

_KINDS = {
    "count": "một số lượng",
    "percentage": "một tỷ lệ",
    "number": "một con số",
    "time": "một thời điểm",
    "person": "một người",
    "place": "một nơi chốn",
    "reason": "một lý do",
    "author": "tác giả bài viết",
}


def confidence_word(confidence: float) -> str:
    """Say in a word how sure an answer is."""
    if confidence >= 0.75:
        return "cao"
    return "vừa" if confidence >= 0.5 else "thấp"


def confidence_html(record: Record) -> str:
    """Return how sure an answer is, in a word, its reasons folded."""
    word = confidence_word(record["confidence"])
    return (
        f'<details class="why"><summary>Độ tin cậy: <strong>{word}</strong>'
        f'<span class="ask-why">Vì sao?</span></summary>{_reasons_html(record)}</details>'
    )


def why_html(record: Record) -> str:
    """Return why a question was not answered, folded; nothing where there is no passage to speak of."""
    if not record.get("reason"):
        return ""
    return (
        f'<details class="why"><summary><span class="ask-why">Vì sao?</span></summary>{_reasons_html(record)}</details>'
    )


def _reasons_html(record: Record) -> str:
    """Return why the confidence is what it is: which words met, how near in meaning, how far ahead of the next."""
    reasons = [f"Khả năng câu trích trả lời đúng câu hỏi: {round(100 * record['confidence'])} %."]
    reason = record.get("reason")
    if reason:
        if reason["met"]:
            reasons.append(f"Từ của câu hỏi có trong đoạn hoặc tên bài: {', '.join(reason['met'])}.")
        if reason["missing"]:
            reasons.append(f"Từ của câu hỏi không có trong đoạn: {', '.join(reason['missing'])}.")
        reasons.append(
            f"Về nghĩa, câu trích {_nearness(reason['cosine'])} câu hỏi ({decimal(reason['cosine'])} trên 1)."
        )
        if len(record["citations"]) > 1:
            reasons.append(f"So với đoạn kế tiếp, đoạn này {_lead(reason['ahead'])} ({decimal(reason['ahead'])} điểm).")
        if reason["kind"] in _KINDS and reason["offers"] is not None:
            has = "có" if reason["offers"] >= 0.5 else "không thấy có"
            reasons.append(f"Câu hỏi cần {_KINDS[reason['kind']]}; câu trích {has}.")
    return f"<ul>{''.join(f'<li>{escape(one_line(text))}</li>' for text in reasons)}</ul>"


def _nearness(cosine: float) -> str:
    if cosine >= 0.9:
        return "rất gần với"
    return "khá gần với" if cosine >= 0.85 else "còn xa"


def _lead(ahead: float) -> str:
    if ahead >= 0.1:
        return "hơn hẳn"
    return "hơn một chút" if ahead >= 0.03 else "gần như ngang bằng"
