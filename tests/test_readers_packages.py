"""Packages of XML: what is refused before it is unpacked or parsed, and rows of tables."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.readers import packages
from qa.readers.packages import NODES_MOST, Rows, named, open_package, parsed, part, texts_by_name
from qa.readers.values import FILE_MOST, Unfit

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORDS = st.lists(st.text(st.sampled_from("abc đ"), max_size=6), max_size=4)


def package(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("content.xml", content)
    return file


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Unfit, match=r"a decompression bomb\?"):
        open_package(package(b" " * 20_000_000), "a document")


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.odt"
    with path.open("wb") as file:
        file.truncate(FILE_MOST + 1)
    with path.open("rb") as file, pytest.raises(Unfit, match="too large for an article: 200 MB, the limit is 200 MB"):
        open_package(file, "a document")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a document, or damaged"),
        (b"PK\x03\x04" + b"x" * 100, "not a document, or damaged"),
        (OLD_OFFICE + b"WordDocument", r"an old Word document \(\.doc\): save it as \.docx"),
        (OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
    ],
    ids=["nothing", "broken off", "doc", "encrypted"],
)
def test_what_is_no_package_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        open_package(io.BytesIO(data), "a document")


def test_a_part_that_is_missing_or_packed_oddly_has_a_reason() -> None:
    with open_package(package(b"<a/>", zipfile.ZIP_BZIP2), "a document") as opened:
        with pytest.raises(Unfit, match=r"it lacks its part meta\.xml"):
            part(opened, "meta.xml")
        with pytest.raises(Unfit, match="packed in a way that no such file is"):
            part(opened, "content.xml")


# --- XML --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("repeated", [b"<b/>", b"<b>x</b>", b"&c;"], ids=["elements", "texts", "references"])
def test_xml_of_too_many_pieces_is_too_large_and_not_damaged(repeated: bytes) -> None:
    with pytest.raises(Unfit, match=r"too large for an article: 5\.0 million elements and attributes, the limit is 5"):
        parsed(b"<a>" + repeated * NODES_MOST + b"</a>")


TREES = st.recursive(
    st.sampled_from(["<b/>", "<b></b>", "x"]),
    lambda inner: st.lists(inner, max_size=4).map(lambda pieces: f"<b c='1' d=\"2\">{''.join(pieces)}</b>"),
)


@given(TREES)
def test_the_limit_holds_however_the_pieces_are_written(inside: str) -> None:
    xml = f"<a>{inside}</a>".encode()
    count = sum(1 + len(node.attrib) for node in parsed(xml).iter())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packages, "NODES_MOST", count)
        parsed(xml)
        patch.setattr(packages, "NODES_MOST", count - 1)
        with pytest.raises(Unfit, match="too large"):
            parsed(xml)


@pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory")
def test_where_memory_ends_the_document_is_not_called_damaged() -> None:
    code = """
import resource
from qa.readers.packages import parsed
data = b"<a>" + b"<b/>x" * 2_000_000 + b"</a>"
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 10**8, taken + 10**8))
try:
    parsed(data)
except MemoryError:
    print("no memory")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False
    )
    assert done.stdout == "no memory\n", done.stderr


def test_names_are_those_without_their_namespaces_and_of_several_texts_the_first_holds() -> None:
    tree = parsed(b'<m xmlns="urn:a" xmlns:n="urn:b" n:kind="k"><n:title>One</n:title><title>Two</title><by/></m>')
    assert named(tree, "kind") == "k"
    assert named(tree, "n:kind") is None
    assert texts_by_name(tree) == {"title": "One"}
    assert texts_by_name(None) == {}


# --- rows -------------------------------------------------------------------------------------------------


@given(st.lists(WORDS, max_size=5))
def test_a_row_loses_no_word(cells: list[list[str]]) -> None:
    rows = Rows()
    rows.start()
    for cell in cells:
        rows.start()
        assert all(rows.add(paragraph) for paragraph in cell)
        assert rows.end_cell() == []
    found = rows.end_row()
    assert " ".join(found).replace("|", " ").split() == " ".join(" ".join(cell) for cell in cells).split()
    filled = [cell for cell in cells if "".join(cell).strip()]
    if len(filled) > 1:
        assert len(found) == 1
        assert found[0].count(" | ") == len(filled) - 1
    assert not rows.add("behind the row")


def test_a_row_of_one_cell_is_its_paragraphs_and_a_table_in_a_cell_is_part_of_it() -> None:
    rows = Rows()
    rows.start()
    rows.start()
    rows.add("One.")
    rows.add("Two.")
    rows.end_cell()
    assert rows.end_row() == ["One.", "Two."]
    rows.start()
    for outer in ("Xã", None):
        rows.start()
        if outer:
            rows.add(outer)
        else:
            rows.start()
            for inner in ("1", "2"):
                rows.start()
                rows.add(inner)
                rows.end_cell()
            assert rows.end_row() == []
        rows.end_cell()
    assert rows.end_row() == ["Xã | 1 | 2"]
