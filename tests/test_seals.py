"""Seals: every damage to what they cover, or to themselves, is noticed, and nothing that is whole is doubted."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.seals import Seal, read_seal, write_seal

STORE, FORM, REVISION = "0123abcd", 3, 7
FILES = {"vectors.faiss": bytes(range(256)) * 3, "lexical/meta.json": b'{"x": 1}', "lexical/rỗng": b""}
NAMES = (*FILES, "seal.json")


@dataclass(frozen=True)
class Sealed:
    """A folder of files and the seal over them."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "seal.json"

    def read(self) -> Seal | None:
        return read_seal(self.path, STORE, FORM)

    def renew(self) -> None:
        """Make all files as they were, and seal them."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name, content in FILES.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(content)
        write_seal(self.path, STORE, REVISION, FORM, [self.folder / name for name in FILES])


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    made = Sealed(tmp_path / "chỉ mục")
    made.renew()
    return made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """Give a sealed folder that every example puts right again."""
    made = Sealed(tmp_path_factory.mktemp("chung") / "chỉ mục")
    made.renew()
    return made


def test_a_seal_over_whole_files_holds_and_says_of_which_revision(sealed: Sealed) -> None:
    seal = sealed.read()
    assert seal is not None
    assert (seal.revision, set(seal.states)) == (REVISION, set(FILES))
    assert seal.still_holds()
    assert [path.name for path in sealed.folder.iterdir() if path.is_file()] != [], "and nothing half-written stays"
    assert not list(sealed.folder.rglob("*.part"))


def test_a_moved_folder_keeps_its_seal(sealed: Sealed, tmp_path: Path) -> None:
    moved = Sealed(Path(shutil.move(sealed.folder, tmp_path / "nơi khác")))
    seal = moved.read()
    assert seal is not None
    assert seal.still_holds()


def test_a_file_that_the_seal_does_not_cover_is_no_matter(sealed: Sealed) -> None:
    (sealed.folder / "lexical" / ".tantivy-writer.lock").write_bytes(b"")
    assert sealed.read() is not None


@given(data=st.data())
def test_any_flipped_byte_is_noticed(shared: Sealed, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for name in NAMES if FILES.get(name) != b""]))
    path = shared.folder / name
    before, content = shared.read(), path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    changed = bytes([content[at] ^ data.draw(st.integers(1, 255))])
    path.write_bytes(content[:at] + changed + content[at + 1 :])
    found = shared.read()
    assert before is not None
    # A seal with other blanks, or another case in an escape, says the same.
    assert found is None or (name == "seal.json" and found == before)
    path.write_bytes(content)


@given(data=st.data())
def test_any_cut_and_anything_added_is_noticed(shared: Sealed, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    path = shared.folder / name
    content = path.read_bytes()
    if content and data.draw(st.booleans(), label="cut"):
        path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    else:
        path.write_bytes(content + data.draw(st.binary(min_size=1, max_size=20).filter(bytes.strip)))
    assert shared.read() is None
    path.write_bytes(content)
    assert shared.read() is not None


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_and_a_folder_in_its_place_are_noticed(sealed: Sealed, name: str) -> None:
    (sealed.folder / name).unlink()
    assert sealed.read() is None
    (sealed.folder / name).mkdir()
    assert sealed.read() is None


def test_files_that_changed_places_are_noticed(sealed: Sealed) -> None:
    one, other = sealed.folder / "vectors.faiss", sealed.folder / "lexical/meta.json"
    one.rename(sealed.folder / "giữa")
    other.rename(one)
    (sealed.folder / "giữa").rename(other)
    assert sealed.read() is None


def test_another_store_s_form_s_or_folder_s_seal_is_not_believed(sealed: Sealed, tmp_path: Path) -> None:
    assert read_seal(sealed.path, "ffff0000", FORM) is None
    assert read_seal(sealed.path, STORE, FORM + 1) is None
    other = Sealed(tmp_path / "khác")
    other.renew()
    (other.folder / "vectors.faiss").write_bytes(b"x")
    shutil.copy(sealed.path, other.path)
    assert other.read() is None


def test_a_seal_over_nothing_vouches_for_nothing(tmp_path: Path) -> None:
    write_seal(tmp_path / "seal.json", STORE, REVISION, FORM, [])
    assert read_seal(tmp_path / "seal.json", STORE, FORM) is None


@pytest.mark.parametrize("key", ["revision", "store", "format", "files", "checksum"])
@pytest.mark.parametrize("value", [None, 8, "7", [], {}, "xóa"])
def test_a_seal_that_was_edited_is_not_believed(sealed: Sealed, key: str, value: object) -> None:
    record = json.loads(sealed.path.read_text(encoding="utf-8"))
    if value == "xóa":
        del record[key]
    else:
        record[key] = value
    sealed.path.write_text(json.dumps(record), encoding="utf-8")
    assert sealed.read() is None


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"5", b'"x"', b"{}", b"\xff\xfe", b"\0" * 300, b"[" * 100_000, b"{" * 10_000]
)
def test_what_is_no_seal_at_all_is_not_believed(sealed: Sealed, content: bytes) -> None:
    sealed.path.write_bytes(content)
    assert sealed.read() is None


# --- after it was read -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_file_written_or_replaced_after_the_seal_was_read_is_noticed(sealed: Sealed, name: str) -> None:
    path = sealed.folder / name
    for change in ("written", "replaced", "gone"):
        sealed.renew()
        seal = sealed.read()
        assert seal is not None
        if change == "written":
            path.write_bytes(path.read_bytes() + b"x")
        elif change == "replaced":
            path.with_name("mới").write_bytes(path.read_bytes())
            os.replace(path.with_name("mới"), path)
        else:
            path.unlink()
        assert not seal.still_holds(), change


def test_a_newer_seal_over_the_same_files_takes_nothing_from_an_older_one(sealed: Sealed) -> None:
    older = sealed.read()
    write_seal(sealed.path, STORE, REVISION + 1, FORM, [sealed.folder / name for name in FILES])
    newer = sealed.read()
    assert older is not None
    assert newer is not None
    assert older.still_holds()
    assert newer.revision == REVISION + 1


def test_sealing_that_fails_leaves_the_seal_of_before(sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sealed.path.read_bytes()

    def no_room(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", no_room)
    with pytest.raises(OSError, match="No space left"):
        write_seal(sealed.path, STORE, REVISION + 1, FORM, [sealed.folder / "vectors.faiss"])
    assert sealed.path.read_bytes() == before
    assert sealed.read() is not None
