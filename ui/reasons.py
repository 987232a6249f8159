"""Why a file could not be read, in Vietnamese: what the readers say in English, for a person at the page."""

from __future__ import annotations

import re

_OCR = "không có chữ để đọc: có lẽ là bản quét; cần nhận dạng chữ (OCR) trước"
_ENCODING = "không rõ bảng mã chữ của tệp; hãy lưu lại tệp bằng UTF-8"
# The first that is found in what a reader says counts.
_WORDS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"protected by a password|locked by", "tệp có mật khẩu hoặc bị khóa nên không đọc được"),
        (r"scanned\?", _OCR),
        (r"old Word document", "tệp Word kiểu cũ (.doc); hãy mở ra và lưu lại thành .docx"),
        (r"decompression bomb", "tệp nén bung ra lớn bất thường nên không được mở"),
        (r"archive within an archive", "tệp nén nằm trong tệp nén không được đọc"),
        (r"links? (?:are not|to nothing)|a link", "đây là một liên kết; Hoidap không đi theo liên kết"),
        (r"it holds no file that can be read", "trong tệp nén không có tệp nào đọc được"),
        (r"^empty|no visible character", "tệp không có chữ nào để đọc"),
        (r"too large|unpacks to|holds \d+ entries|chapters, the limit", "tệp quá lớn so với một bài báo"),
        (r"needs more than .* of memory", "cần quá nhiều bộ nhớ để đọc"),
        (r"took longer than", "đọc quá lâu nên đã dừng"),
        (r"reader broke down", "bộ đọc gặp sự cố với tệp này; có lẽ tệp bị hỏng"),
        (r"binary", "nội dung không phải là văn bản"),
        (r"surrogate|combining marks", "tệp có những ký tự không hợp lệ"),
        (r"convert it to UTF-8|last character is cut off|bytes? 0x|not .* text", _ENCODING),
        (r"no column for the text", "bảng không có cột nội dung; hãy đặt tên cột là “nội dung” hoặc “text”"),
        (r"must be a date", "có ngày ghi sai; hãy viết như 2021-04-13 hoặc 13/4/2021"),
        (r"header has|it lacks|quotation mark|must be|JSON|carriage return", "dòng không đúng mẫu của bảng"),
        (r"occurs twice", "mã bài bị lặp; chỉ bài đầu tiên được dùng"),
        (r"changed while it was read", "tệp bị thay đổi trong lúc đọc; hãy thêm lại"),
        (r"nested too deeply|breaks off|damaged|^not (?:a|an) ", "tệp bị hỏng hoặc không đúng định dạng"),
        (r"it is gone", "tệp không còn nữa"),
        (r"more of its articles", "và nhiều bài khác trong tệp cũng không đọc được"),
    )
)
_OTHERWISE = "không đọc được"


def reason_words(reason: str) -> str:
    """Give a reader's reason in Vietnamese; one that is not known is said in general."""
    return next((words for pattern, words in _WORDS if pattern.search(reason)), _OTHERWISE)


def fault_words(reason: str, part: str | None = None, line: int | None = None) -> str:
    """Give a reason with where in the file it holds, as one line."""
    where = [*([part] if part else []), *([f"dòng {line}"] if line else [])]
    return f"{', '.join(where)}: {reason_words(reason)}" if where else reason_words(reason)
