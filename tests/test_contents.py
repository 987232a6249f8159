"""Contents that are, or are not, what a file's name says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import SUFFIXES
from ui.contents import content_fault


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1258"])
def test_text_of_any_encoding_is_text(encoding: str) -> None:
    # NFD in UTF-16 has NULs on both sides: combining marks are U+0300 and on.
    text = "Dai hoi" if encoding == "cp1258" else "Đa\u0323i ho\u0323\u0302i va\u0300 nha\u0300 ma\u0301y"
    for suffix in (".txt", ".md", ".html", ".csv", ".jsonl"):
        assert content_fault(suffix, text.encode(encoding)) is None


@given(st.binary(max_size=5000), st.sampled_from(SUFFIXES))
def test_whatever_a_file_begins_with_is_told_in_one_line(head: bytes, suffix: str) -> None:
    fault = content_fault(suffix, head)
    assert fault is None or (fault and "\n" not in fault)
