"""What a file begins with, against what its name says that it is."""

from __future__ import annotations

_PACKAGES = (".docx", ".odt", ".epub", ".zip")
# What a file begins with, and what it is called then.
_KINDS = (
    (b"%PDF-", "tệp PDF"),
    (b"PK\x03\x04", "tệp nén ZIP hoặc tài liệu Office"),
    (b"{\\rtf", "tệp RTF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "tệp Office kiểu cũ hoặc có mật khẩu"),
    (b"\x7fELF", "chương trình máy tính"),
    (b"MZ\x90", "chương trình máy tính"),
    (b"\x89PNG\r\n", "ảnh PNG"),
    (b"\xff\xd8\xff", "ảnh JPEG"),
    (b"GIF8", "ảnh GIF"),
    (b"\x1f\x8b\x08", "tệp nén GZIP"),
    (b"7z\xbc\xaf\x27\x1c", "tệp nén 7z"),
    (b"Rar!\x1a\x07", "tệp nén RAR"),
    (b"SQLite format 3\0", "cơ sở dữ liệu"),
)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


def content_fault(suffix: str, head: bytes) -> str | None:
    """Say in Vietnamese why a file that begins so is not what its suffix says; None where it can be."""
    if not head:
        return "Tệp rỗng, không có nội dung nào."
    kind = next((name for start, name in _KINDS if head.startswith(start)), None)
    fits = {
        ".pdf": b"%PDF-" in head[:1024],
        ".rtf": head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{\\rtf"),
        **dict.fromkeys(_PACKAGES, head.startswith((b"PK\x03\x04", b"PK\x05\x06"))),
    }.get(suffix)
    if fits is None:  # text, of whatever encoding
        fits = kind in (None, "tệp RTF") and _can_be_text(head)
    if fits:
        return None
    if kind is None:
        return f"Nội dung không phải của tệp {suffix}."
    return f"Tệp mang đuôi {suffix} nhưng nội dung là {kind}."


def _can_be_text(head: bytes) -> bool:
    # UTF-16 has a NUL beside every Latin letter, on the same side of it; a combining grave has one on the other.
    even, odd = head[::2].count(0), head[1::2].count(0)
    return head.startswith(_WIDE_MARKS) or 5 * min(even, odd) <= max(even, odd)
