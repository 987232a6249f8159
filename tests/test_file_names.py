"""Names that any system can keep, and that stay readable."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa import SUFFIXES
from ui.file_names import safe_name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\bài\\tin.txt", "tin.txt"),
        ("a\0b\n\u202ec.TXT", "ab c.txt"),
        ("CON.txt", "_CON.txt"),
        ("lpt1.báo cáo.txt", "_lpt1.báo cáo.txt"),
        ("...ẩn.txt", "ẩn.txt"),
        ("tin: “nóng”?.txt", "tin_ “nóng”_.txt"),
        ("Lo\u0323\u0302c.txt", "Lộc.txt"),
        ("tin . .txt", "tin.txt"),
    ],
)
def test_names_are_made_safe_and_stay_readable(given: str, expected: str) -> None:
    assert safe_name(given) == expected


@given(st.text(max_size=400), st.sampled_from(["", *SUFFIXES]))
@example("ệ" * 300, ".txt")
@example("..", ".txt")
@example("\ud800", ".pdf")
def test_every_name_can_be_kept(stem: str, suffix: str) -> None:
    name = safe_name(stem + suffix)
    assert 0 < len(name.encode()) <= 255 - len(" (999)")
    assert name.isprintable()
    assert not set(name) & set('/\\<>:"|?*')
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert safe_name(name) == name
