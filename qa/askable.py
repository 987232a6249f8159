"""Questions that a sentence answers, made from its own words: a number, a date, a person, a place asked for.

Vietnamese asks where the answer stands ("có 5.350 đảng viên", "có bao nhiêu đảng viên?"): a clause keeps its words and
their order, and only what answers gives way. So a question reads well wherever its clause was whole, and far more
sentences are passed over than asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.answer_kinds import Kind
from qa.clauses import (
    DATE,
    UPPER,
    MainClause,
    begins_well,
    capitalized,
    is_vietnamese,
    main_clause,
    names,
    names_subject,
    noun,
    plain,
    points,
    shortened,
    tells_more,
    whole,
)

QUESTION_LEAST, QUESTION_MOST = 15, 90
_SENTENCE_MOST = 1000
_OFFICE_WORDS_LEAST = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A question made of a sentence."""

    kind: Kind
    question: str


_LEFT = r"[^,;:!?\"“”‘’()\[\]…]+?"
_ANY_END = r"(?=\s*(?:[,;.!?…]|$)| vào )"

# --- numbers -------------------------------------------------------------------------------------------------

_NUMBER = (
    r"(?:(?:hơn|gần|khoảng|trên|chừng|tổng cộng|xấp xỉ|ít nhất|ước tính|tới|chỉ) )*"
    r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?(?: (?:trăm|nghìn|ngàn|vạn|triệu|tỷ|tỉ)(?!\w))*"
)
_COUNTING = (
    r"(?:có|gồm|bao gồm|sở hữu|thu hút|đón|tiếp nhận|trồng|sản xuất|tuyển|kết nạp|bầu|thành lập|xây dựng|đăng ký|cấp|"
    r"phục vụ|hỗ trợ|trao|tặng|quản lý|phát hành|bán|giành|nhận|tuyển dụng|chứa|trưng bày|lưu giữ|đào tạo|dài|rộng|cao|"
    r"nặng|sâu|ghi|thu|nộp|xuất khẩu|đóng góp|huy động|đầu tư|vận chuyển|diện tích|chiều dài|chiều rộng|chiều cao|"
    r"độ sâu|trọng lượng|công suất|sức chứa|dân số|kinh phí|trị giá|"
    r"tổng (?:vốn|mức|diện tích|chiều dài|kinh phí)(?: đầu tư)?|vốn đầu tư)(?: được| đến| tới| là)?"
)
_COUNT = re.compile(rf"(?P<left>{_LEFT} {_COUNTING}) {_NUMBER} (?P<rest>[^\W\d].*)")
_COUNT_TOO = re.compile(rf"(?:,|,? với|,? và) {_NUMBER} (?=[^\W\d])")
_NUMBER_FIRST = re.compile(rf"{_NUMBER} ?(?P<percent>%|phần trăm)? (?P<rest>[^\W\d].*)", re.IGNORECASE)
_PERCENT = re.compile(
    rf"(?P<left>{_LEFT} (?:chiếm|đạt|tăng|giảm|giảm còn|tăng lên|đóng góp|chấp nhận|có)) {_NUMBER} ?(?:%|phần trăm)"
    r"(?P<rest>.*)"
)
_AMOUNT = re.compile(
    r"(?P<left>(?:Dân số|Diện tích|Chiều dài|Chiều cao|Tổng số|Số|Tổng diện tích|Mật độ dân số|T[ỷỉ] lệ) "
    rf"{_LEFT}) (?:là|(?:được )?ước tính là) {_NUMBER}(?: ?%| [^\W\d]).*",
    re.IGNORECASE,
)

# --- dates and places ----------------------------------------------------------------------------------------

_DATE_LAST = (
    r"(?=\s*(?:[,;.!?…]|$)| (?:và (?:đã|được|có|là|tiếp|trở|sau|bắt|hoàn)(?!\w)|giúp|khiến|khi|sau khi|để|nhằm) )"
)
_WHEN = re.compile(rf"(?P<left>{_LEFT}) (?:vào|trong) {DATE}{_DATE_LAST}")
_WHEN_MADE = re.compile(
    rf"(?P<left>{_LEFT} (?:thành lập|ra đời|khánh thành|khởi công|xây dựng|qua đời|tổ chức|khai mạc|ban hành|công bố|"
    rf"phát hành|bắt đầu|kết thúc|khai trương|xuất bản|hoàn thành|diễn ra|sinh)) {DATE}{_DATE_LAST}"
)
_OTHER_TIME = re.compile(r"\d{4}|(?<!\w)(?:khi|trước|sau)(?!\w)")
_OWN_TIME = re.compile(r"(?<!\w)(?:khi|ngày|lúc|vào)(?!\w)")
_PLACE = re.compile(
    rf"(?P<left>{_LEFT} (?:nằm|diễn ra|được tổ chức|được sinh ra|sinh ra|sinh|có trụ sở|đặt trụ sở|tọa lạc|qua đời|"
    r"được đặt|được xây dựng|được ký|khai mạc|họp)) (?:ở|tại)(?P<rest> [^,;:]*)"
)
_PAPER = re.compile(
    r"(?P<paper>(?:Chỉ thị|Nghị quyết|Đề án|Quyết định|Kết luận|Kế hoạch|Nghị định|Thông tư|Hướng dẫn|Quy định|"
    r"Công văn|Thông báo|Chương trình|Luật|Pháp lệnh|Thông tri|Công điện) số [\w/.-]*\w),? "
    rf"ngày \d{{1,2}}(?:/\d{{1,2}}/\d{{4}}| tháng \d{{1,2}} năm \d{{4}})(?P<by> của {UPPER}\w*(?: [^\W\d]+)*?)?"
    r"(?=,|;|\.| về | “| \"|$)"
)

# --- people --------------------------------------------------------------------------------------------------

_SURNAME = (
    "(?:Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Tô|Mai|Đinh|Trịnh|Lương|Đào|Đoàn|Hà|Cao|"
    "Tạ|Lâm|Thái|Trương|Tống|Phùng|Quách|Chu|Châu|Vương|Kiều|Lưu|Nông|Hứa|Tăng|Ly|Vân|Văn|Từ|Nghiêm|Khổng|La|Mạc|Thân)"
)
_VIETNAMESE = rf"{_SURNAME}(?: {UPPER}\w*){{1,3}}"
_ANYBODY = (
    r"(?:(?:đồng chí|ông|bà|anh|chị|TS|PGS|GS|nhà \w+ \w+|nhà \w+|kiến trúc sư|đạo diễn|nhạc sĩ|nghệ sĩ)\.? )?"
    rf"{UPPER}\w*(?:[ -]{UPPER}[\w.]*){{1,3}}"
)
_LED_BY = re.compile(
    rf"(?P<left>{_LEFT}) do (?:[^,;:.]{{0,60}}? )?{_VIETNAMESE}(?:, [^,;:.]{{4,60}})*?,? (?P<verb>"
    r"làm (?:trưởng đoàn|trưởng ban|chủ tịch|chủ nhiệm|giám đốc|tổ trưởng|chủ biên|hiệu trưởng)|chủ trì|dẫn đầu|"
    r"đứng đầu|sáng lập|biên soạn|sáng tác|đạo diễn)(?!\w)"
)
_MADE_BY = re.compile(
    rf"(?P<left>{_LEFT} được (?:[^\W\d]+ ){{0,3}}(?:thiết kế|sáng lập|thành lập|phát minh|phát hiện|xây dựng|viết|"
    rf"đạo diễn|sáng tác|vẽ|đặt tên|đề xuất|lãnh đạo|dẫn dắt)) bởi {_ANYBODY}{_ANY_END}"
)
_DONE_BY = re.compile(
    rf"(?P<left>{_LEFT}) (?:do|được) {_ANYBODY} (?P<verb>thiết kế|sáng lập|phát minh|phát hiện|sáng tác|đạo diễn|"
    rf"biên soạn|phát triển|lãnh đạo){_ANY_END}"
)
_IS_SOMEBODY = re.compile(
    rf"(?P<name>{UPPER}\w+(?: {UPPER}\w+){{1,3}}) là (?:một |người )?(?:nhà (?:văn|thơ|báo|khoa học|vật lý|toán học|"
    r"hóa học|sử học|kinh tế|triết học|phát minh|soạn nhạc|thám hiểm|nghiên cứu|lãnh đạo|cách mạng|"
    r"ngoại giao)|nhạc sĩ|ca sĩ|họa sĩ|kiến trúc sư|kỹ sư|bác sĩ|luật sư|giáo sư|tiến sĩ|đạo diễn|diễn viên|cầu thủ|"
    r"huấn luyện viên|vận động viên|chính trị gia|doanh nhân|tu sĩ|linh mục|vị vua|hoàng đế|vị tướng|nghệ sĩ)(?!\w)"
)
_HAS_PART = re.compile(
    rf"(?:[^,;:]{{0,60}} )?{UPPER}\w+(?: {UPPER}\w+){{1,3}} là (?P<part>(?:chủ tịch|tổng thống|thủ tướng|giám đốc|"
    r"người sáng lập|nhà sáng lập|cha đẻ|tác giả|người đầu tiên|người phụ nữ đầu tiên|hiệu trưởng|thị trưởng|thống đốc|"
    r"đội trưởng|huấn luyện viên|kiến trúc sư|tổng biên tập)(?: của)?) (?P<rest>.*)"
)
# What somebody in an office does is told right behind it: "…, Bí thư Tỉnh ủy Lạng Sơn chủ trì".
_DOES = (
    r"(?:(?:chủ trì|cho (?:biết|rằng|hay)|phát biểu|nhấn mạnh|ký|dự(?! án)|tham (?:dự|gia)|làm|đề (?:nghị|xuất)|"
    r"yêu cầu|báo cáo|kết luận|khẳng định|nói|nêu|trả lời|chia sẻ|thông báo|trao|tặng|thăm|đến|gửi|đọc|trình bày|"
    r"ghi nhận|biểu dương|chúc mừng|lưu ý|đồng chủ trì|dẫn đầu|khai mạc|bế mạc|bày tỏ|cảm ơn|giải trình|kêu gọi|"
    r"thay mặt|cùng|là|được|bị|đã|đang|sẽ|có|phải|cũng|vừa|từng|tại|khi|để|vì|với|đồng thời)(?!\w)"
    # "Sở Nông nghiệp và Phát triển nông thôn" goes on, "và các đại biểu" does not.
    rf"|và (?!{UPPER}))"
)
_OFFICE = (
    r"(?P<office>(?:Chủ tịch|Bí thư|Giám đốc|Tổng Giám đốc|Tổng Bí thư|Thủ tướng|Tổng thống|Hiệu trưởng|Viện trưởng|"
    r"Trưởng Ban|Trưởng ban|Trưởng phòng|Chủ nhiệm|Tổng biên tập|Bộ trưởng|Chánh Thanh tra|Chánh Văn phòng|Cục trưởng|"
    rf"Chi cục trưởng) {UPPER}[^\W\d]*(?: (?!{_DOES})[^\W\d]+){{0,7}}?)"
)
_OFFICE_NAME = re.compile(rf"(?:^|[,;:] |và ){_OFFICE} {_VIETNAMESE}(?=[,;.]| |$)")
_NAME_OFFICE = re.compile(rf"{_VIETNAMESE}(?:, [^,;:.]{{2,60}})*?, {_OFFICE}(?=[,;.]|$| {_DOES})")
_FULL_NAME = re.compile(rf"(?<!\w){_SURNAME} {UPPER}\w* {UPPER}")

# A sentence cut at an initial, "William E", reads as broken as one with a quotation opened.
_BROKEN = re.compile(rf"[\"“”‘’()\[\]:;!…]|\.\s|\?.|{UPPER}\w* (?!Y tế){UPPER}(?![\w-])|(?i:(?<!\w)(\w+) \1(?!\w))")


def questions_of(sentence: str) -> list[Asked]:
    """Give the questions that a sentence answers, mostly none; each of 15 to 90 characters and ending with "?"."""
    text = plain(sentence)
    if len(text) > _SENTENCE_MOST or not is_vietnamese(text):
        return []
    return list(dict.fromkeys(asked for asked in _made(text) if _is_good(asked.question)))


def _is_good(question: str) -> bool:
    return (
        QUESTION_LEAST <= len(question) <= QUESTION_MOST and question[0].isupper() and _BROKEN.search(question) is None
    )


def _made(text: str) -> Iterator[Asked]:
    for paper in _PAPER.finditer(text):
        yield Asked(Kind.TIME, f"{paper['paper']}{paper['by'] or ''} được ban hành ngày nào?")
    yield from _of_offices(text)
    yield from _of_leaders(text)
    main = main_clause(text)
    yield from _of_first_numbers(main)
    if begins_well(main.text):
        yield from _of_numbers(main)
        yield from _of_people(main.text)
        place = _PLACE.match(main.text)
        if place and names(place["rest"]) and names_subject(place["left"]):
            yield Asked(Kind.PLACE, f"{main.prefix}{place['left']} ở đâu?")
        yield from _of_dates(main)


def _of_offices(text: str) -> Iterator[Asked]:
    for pattern in (_OFFICE_NAME, _NAME_OFFICE):
        for found in pattern.finditer(text):
            office = found["office"]
            if len(office.split()) >= _OFFICE_WORDS_LEAST and not _FULL_NAME.search(office):
                yield Asked(Kind.PERSON, f"Ai là {office}?")


def _of_leaders(text: str) -> Iterator[Asked]:
    """Ask who leads what, wherever a clause begins: the press puts it behind a date and an occasion."""
    for start in (0, *(comma.end() for comma in re.finditer(r"[,;] ", text))):
        found = _LED_BY.match(text, start)
        if found and begins_well(found["left"]) and names_subject(found["left"]):
            yield Asked(Kind.PERSON, f"{capitalized(found['left'])} do ai {found['verb']}?")


def _of_first_numbers(main: MainClause) -> Iterator[Asked]:
    """Ask for a number that the clause itself begins with."""
    found = _NUMBER_FIRST.fullmatch(whole(main.text) or "")
    if found is None or points(found["rest"]) or re.search(r"\d", found["rest"]):
        return
    if not names(f"{main.prefix} {found['rest']}") or not tells_more(found["rest"]):
        return
    if found["percent"]:
        yield Asked(Kind.PERCENTAGE, capitalized(f"{main.prefix}bao nhiêu phần trăm {found['rest']}?"))
    elif noun(found["rest"]):
        yield Asked(Kind.COUNT, capitalized(f"{main.prefix}có bao nhiêu {found['rest']}?"))


def _of_numbers(main: MainClause) -> Iterator[Asked]:
    if percent := _PERCENT.match(main.text):
        rest = noun(percent["rest"].strip())
        if rest and names_subject(percent["left"]):
            yield Asked(Kind.PERCENTAGE, f"{main.prefix}{percent['left']} bao nhiêu phần trăm {rest}?")
        return
    if (amount := _AMOUNT.match(main.text)) and names_subject(amount["left"]):
        yield Asked(Kind.COUNT, f"{main.prefix}{amount['left']} là bao nhiêu?")
    count = _COUNT.match(main.text)
    if count is None or not names_subject(count["left"], main.prefix) or not (rest := noun(count["rest"])):
        return
    yield Asked(Kind.COUNT, f"{main.prefix}{count['left']} bao nhiêu {rest}?")
    if count["left"].endswith((" có", " gồm")):
        for too in _COUNT_TOO.finditer(count["rest"]):
            if rest := noun(count["rest"][too.end() :]):
                yield Asked(Kind.COUNT, f"{main.prefix}{count['left']} bao nhiêu {rest}?")


def _of_people(clause: str) -> Iterator[Asked]:
    if (part := _HAS_PART.match(clause)) and (rest := noun(part["rest"])) and names(f" {rest}"):
        yield Asked(Kind.PERSON, f"Ai là {part['part']} {rest}?")
    if somebody := _IS_SOMEBODY.match(clause):
        yield Asked(Kind.PERSON, f"{somebody['name']} là ai?")
    if (made := _MADE_BY.match(clause)) and names_subject(made["left"]):
        yield Asked(Kind.PERSON, f"{made['left']} bởi ai?")
    elif (done := _DONE_BY.match(clause)) and names_subject(done["left"]):
        yield Asked(Kind.PERSON, f"{done['left']} do ai {done['verb']}?")


def _of_dates(main: MainClause) -> Iterator[Asked]:
    if main.date is not None:
        clause = shortened(whole(main.text) or "")
        if clause and names_subject(clause) and not _OWN_TIME.search(clause):
            yield Asked(Kind.TIME, f"{clause} {_when(main.date)}?")
        return
    found = _WHEN.match(main.text) or _WHEN_MADE.match(main.text)
    if found and names_subject(found["left"]) and not _OTHER_TIME.search(found["left"]):
        yield Asked(Kind.TIME, f"{main.prefix}{found['left']} {_when(found)}?")


def _when(date: re.Match[str]) -> str:
    return "vào năm nào" if date["year"] else "khi nào" if date["month"] else "vào ngày nào"
