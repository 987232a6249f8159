"""Clauses of a Vietnamese sentence that can be asked about: where one begins, whom it names, where it may end.

There is no parser here: what is not plainly whole is passed over.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from qa.text import CAPITALS, fold, is_syllable

UPPER = f"[{CAPITALS}]"
WORD = re.compile(r"[^\W_]+(?:[-/.&][^\W_]+)*")

# --- dates ---------------------------------------------------------------------------------------------------

_DAY = r"ngày \d{1,2}(?: tháng \d{1,2}(?: năm \d{4})?|[/-]\d{1,2}(?:[/-]\d{4})?)"
_MONTH = r"tháng (?:\d{1,2}|Một|Hai|Ba|Tư|Năm|Sáu|Bảy|Tám|Chín|Mười|Mười Một|Mười Hai)(?: năm |[/-])\d{4}"
_PART = r"(?:sáng|trưa|chiều|tối)(?: ngày)? \d{1,2}/\d{1,2}(?:/\d{4})?"
# Not where a stretch of time begins, "năm 1990 đến 1995", or another year is told, "năm 1990 và 1995".
_DATE_END = r"(?![\w/])(?!\s*[-–]\s*\d)(?![.,]\d)(?!,? (?:đến|tới|và|hoặc|hay|trước|sau)(?: (?:năm|tháng|ngày))? \d)"
DATE = rf"(?:(?P<day>{_DAY}|{_PART})|(?P<month>{_MONTH})|(?P<year>năm \d{{4}})){_DATE_END}"
"""A pattern: a day, a month or a year, in the group of that name."""

# --- what stands before the main clause ----------------------------------------------------------------------

_MARKER = re.compile(
    r"(?:Tuy nhiên|Ngoài ra|Bên cạnh đó|Đồng thời|Đặc biệt|Hiện nay|Hiện tại|Ngày nay|Trên thực tế|Thực tế|Cụ thể|"
    r"Nhìn chung|Đáng chú ý|Được biết|Ban đầu|Cuối cùng|Tương tự), ",
    re.IGNORECASE,
)
_DATE_FIRST = re.compile(rf"(?:vào |trong )?{DATE},? (?=\S)", re.IGNORECASE)
_THERE = re.compile(r"(?:tại|ở) [^,;:.]{2,50}, ")
_AS_OF = re.compile(
    rf"(?:Tính )?(?:đến|tới)(?: hết| cuối| đầu| giữa)? (?:{_DAY}|{_MONTH}|năm \d{{4}}),? ", re.IGNORECASE
)
_WHERE = re.compile(rf"(?:Tại|Ở|Trong) (?:[^\W\d]+ ){{0,3}}{UPPER}\w*(?: {UPPER}\w*)*, ")
_SOURCE = re.compile(r"Theo [^,;:.]{3,60}, ")

# --- nouns and what points elsewhere -------------------------------------------------------------------------

# They begin a subject. A sentence that begins with another word may begin with a verb: "Đẩy mạnh cải cách…".
_HEADS = frozenset(
    """anh album ấp ban bài bác báo bão bảo bản bệnh bí biển bộ bức bưu ca các câu cảng cầu cây chị chi chiến
    chiều chính chỉ chủ chùa chuyên chương chợ công cột cơ cục cuốn cuộc dân diện dịch doanh dòng dự đài đại
    đảng đảo đập đế đền đề đỉnh đĩa điểm đình đoàn đồng đội đường ga giá giả giải giám giáo giống gói hải hàng
    hành hãng hạm hẻm hệ hiến hiệp hoàng hồ hộ hội huấn huyện kênh kế kết khoa khối khu kim kỹ lãnh lễ liên loài
    luật lực lượng lớp làng máy mỏ mùa ngành ngân nghề nghệ nghị ngọn người nguyên nhà nhạc nhiệt nhóm nữ nước
    núi nền ông bà phim phong phòng phó phường phương quân quận quốc quỹ quyển quyết rạp rừng sách sàn sân sản
    số sông tàu tạc tạp tập tầng thạc thành thầy thị thiếu thôn thời thung thư thủ thuyết thượng tháp tiến tỉ
    tín tỉnh tổ tổng tòa toàn tốc trạm trận trung trường trưởng trụ triều tuyến tướng tượng tỷ ủy vận vịnh viện
    văn vua vùng vụ vườn vương vở xa xã xí xứ xưởng""".split()
)
_POINTING = frozenset("này đó ấy nọ kia họ nó hắn tôi chúng mình ta y đấy vậy thì ai gì nào sao đâu cũng còn".split())
_JOINING = frozenset(
    """trên dưới sau trước khác nói mà khi nếu vì nên rằng tuy dù nhưng để nhằm bởi như hay hoặc đều lại do cùng đây thế
    cả""".split()
)
_PERSONS = frozenset("ông bà anh chị cô thầy em cậu chú bác ngài".split())
_VERBAL = frozenset(
    "là được bị đã đang sẽ có không chưa phải cần muốn nằm thuộc gồm bao ra trở đạt chiếm thông tổ bắt ký".split()
)
_NO_NOUNS = frozenset(
    """trong đến tới và hoặc hay trở tại ở là của với cho về vào trên dưới so mỗi đô thực triển tiến lần thứ đầu
    khác điểm được bị đã năm tháng ngày giờ phút giây tuổi""".split()
)
_SUBJECT_WORDS_MOST, _NOUN_WORDS_MOST, _WHOLE_WORDS_LEAST = 10, 10, 4

# --- where a clause may end ----------------------------------------------------------------------------------

_END = re.compile(r"[,;:.!?…]+(?=\s|$)")
# Behind a comma they begin something else; another noun would belong to the one before it: "28 cơ quan, đơn vị".
_LOOSE_END = re.compile(
    r"[;.!?…]|,(?= (?:trong đó|với|gồm|bao gồm|nhưng|chiếm|tăng|giảm|đạt|cao hơn|thấp hơn|nhiều hơn|ít hơn|so với|"
    r"trong khi|khi|nơi|nhằm|để|do|vì|sau|trước|tại|ở|theo|đồng thời|hơn|gần|khoảng|và (?:đã|được|có|là)|là|mức|chảy|"
    rf"thu|gây|góp|tạo|đưa|đón|giúp|trở|đứng)(?!\w))|,(?= \d)|,(?=(?: {UPPER}\w*)+,)|$"
)
_ADJUNCT = re.compile(
    r" (?:trong|tại|ở|vào|từ|tính|sau|trước|nhằm|để|nhờ|theo|kể từ|trên địa bàn|so với|cho năm|với|"
    r"và (?:đã|được|có|là))(?!\w)| và (?=(?:hơn |gần |khoảng )?\d)"
)
_OPEN_END = re.compile(r"(?:làm việc|tham gia|tham dự|sinh sống|sống|học tập|hoạt động|đến|đi|chết|sử dụng|thực hiện)$")
_PURPOSE = re.compile(r"(?<=.{35}) (?:nhằm|để|khiến|giúp|nhờ) ")
_CLAUSE_MOST = 75

_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_LATIN = re.compile(r"[\w\s.,;:!?%/&°²³\-–'’\"“”‘()\[\]…]*")
_WORDS_LEAST = 6


@dataclass(frozen=True, slots=True)
class MainClause:
    """A sentence's main clause."""

    prefix: str
    """What has to be asked along, as it stands before the clause: a date, a place, a source with a name in it."""
    date: re.Match[str] | None
    """The date that the sentence begins with."""
    text: str


def plain(sentence: str) -> str:
    """Give a sentence without brackets, in NFC, with single blanks."""
    return _BRACKETS.sub("", " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", sentence)).split()))


def is_vietnamese(text: str) -> bool:
    """Tell whether a text is a Vietnamese sentence: no heading in capitals, no table, no other language."""
    words = WORD.findall(text)
    small = [word for word in words if word[0].islower()]
    return (
        len(words) >= _WORDS_LEAST
        and 2 * sum(not word.isascii() for word in small) > len(small)
        and 2 * sum(word.isupper() for word in words) < len(words)
        and _LATIN.fullmatch(text) is not None
    )


def main_clause(text: str) -> MainClause:
    """Take off what stands before the main clause; its text is empty where that goes on in a way not known here."""
    while marker := _MARKER.match(text):
        text = text[marker.end() :]
    if date := _DATE_FIRST.match(text):
        there = _THERE.match(text, date.end())
        end = there.end() if there else date.end()
        prefix = f"{date[0].strip().rstrip(',')}, {there[0] if there else ''}"
        return MainClause(capitalized(prefix), date, text[end:])
    if before := _AS_OF.match(text) or _WHERE.match(text):
        return MainClause(capitalized(f"{before[0].strip().rstrip(',')}, "), None, text[before.end() :])
    if source := _SOURCE.match(text):
        rest = text[source.end() :]
        return MainClause(source[0], None, rest) if names(source[0]) else MainClause("", None, capitalized(rest))
    return MainClause("", None, capitalized(text))


def begins_well(clause: str) -> bool:
    """Tell whether a clause begins with a noun or a name."""
    words = WORD.findall(clause[:80])
    if len(words) < 3:
        return False
    first, second = words[0], words[1]
    if first.lower() in _PERSONS and not second[0].isupper():
        return False
    is_foreign = first[0].isupper() and not is_syllable(fold(first.lower()))
    return is_foreign or (first[0].isupper() and second[0].isupper()) or first.lower() in _HEADS


def names(text: str) -> bool:
    """Tell whether a text has a name in it, further on than its first word."""
    return re.search(rf" {UPPER}", text) is not None


def names_subject(left: str, prefix: str = "") -> bool:
    """Tell whether a clause says whom it is about, and nothing in it points at what a reader does not see."""
    words = WORD.findall(left)
    if not words or points(left) or _is_someone(words):
        return False
    subject = words[:1]
    for word in words[1:_SUBJECT_WORDS_MOST]:
        if word.lower() in _VERBAL:
            break
        subject.append(word)
    if not _JOINING.isdisjoint(map(str.lower, subject)):
        return False
    if not {"nhất", "tiên"}.isdisjoint(subject):  # "số nguyên tố lớn nhất được biết đến"
        return True
    named = subject[1:8] if is_syllable(fold(subject[0].lower())) else subject
    return any(word[0].isupper() for word in named) or names(prefix)


def points(text: str) -> bool:
    """Tell whether words of a text point at something said before."""
    words = WORD.findall(text)
    return not _POINTING.isdisjoint(words) or bool(words and words[0].lower() in _POINTING)


def _is_someone(words: list[str]) -> bool:
    """Tell whether somebody is spoken of without a name: "ông đã mất"."""
    return any(
        word.lower() in _PERSONS and not after[:1].isupper()
        for word, after in zip(words, [*words[1:], ""], strict=True)
    )


def tells_more(text: str) -> bool:
    """Tell whether a text has a word that tells of an action or a state."""
    return not _VERBAL.isdisjoint(WORD.findall(text))


def whole(clause: str) -> str | None:
    """Give a clause up to its end, or up to a comma behind which something else begins; None where neither is sure."""
    end = _END.search(clause)
    if end is None or (end[0][0] != ":" and _LOOSE_END.match(clause, end.start())):
        found = (clause if end is None else clause[: end.start()]).rstrip()
        small = [word for word in WORD.findall(found) if word[0].islower()]
        return found if tells_more(found) or len(small) >= _WHOLE_WORDS_LEAST else None
    return None


def shortened(clause: str) -> str:
    """Leave out what a long clause says of purposes, where what is left ends with a name or a figure.

    "Hội đồng đã thành lập cơ quan" says too little without what the agency is for.
    """
    found = _PURPOSE.search(clause) if len(clause) > _CLAUSE_MOST else None
    if found and any(word[0].isupper() or word[0].isdigit() for word in clause[: found.start()].split()[-2:]):
        return clause[: found.start()]
    return clause


def noun(rest: str) -> str | None:
    """Give the noun that a text begins with, and what belongs to it; None where there is none, or no clear end."""
    end = _END.search(rest)
    at = end.start() if end else len(rest)
    adjunct = _ADJUNCT.search(rest, 0, at)
    while adjunct and _OPEN_END.search(rest, 0, adjunct.start()):
        adjunct = _ADJUNCT.search(rest, adjunct.end(), at)
    if adjunct is None and end and not _LOOSE_END.match(rest, at):
        return None
    found = rest[: adjunct.start() if adjunct else at].strip()
    words = [word.lower() for word in WORD.findall(found)]
    if not words or words[0] in _NO_NOUNS or len(words) > _NOUN_WORDS_MOST:
        return None
    return None if points(found) or re.search(r"[\d\"“”‘’()]", found) else found


def capitalized(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]
