"""Which files a corpus holds: folders, links, patterns, what is passed over, and what is told instead of guessed."""

from __future__ import annotations

import errno
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.articles import read_file
from qa.corpus import Skipped, corpus_files
from qa.errors import CorpusError
from qa.readers import SUFFIXES


def write(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Một câu.", encoding="utf-8")


def listed(*given: Path, exclude: tuple[str, ...] = (), under: Path | None = None) -> list[str]:
    """List what is found, none of it unreadable, from the first path given or from `under`."""
    files, skipped = corpus_files(given, exclude)
    assert skipped == []
    return [path.relative_to(under or given[0]).as_posix() for path in files]


def wrong_corpus(*paths: Path, exclude: tuple[str, ...] = ()) -> str:
    with pytest.raises(CorpusError) as raised:
        corpus_files(paths, exclude)
    message = str(raised.value)
    assert len(message.splitlines()) == 1
    return message


# --- folders ---------------------------------------------------------------------------------------------


def test_a_folder_gives_its_articles_at_any_depth_and_nothing_else(tmp_path: Path) -> None:
    wanted = [tmp_path / name for name in ("b.txt", "a/z.jsonl", "a/b/c.TXT", "c.txt")]
    others = (".an.txt", "a/._z.jsonl", "anh.jpg", "txt", "a/ghi-chu.doc", "b.txt.bak", ".git/a.txt", "a/.an/b.txt")
    write(*wanted, *(tmp_path / name for name in others))
    files, skipped = corpus_files([tmp_path])
    assert sorted(files) == sorted(wanted)
    assert skipped == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_kind_is_found_in_small_letters_and_capitals(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"a{suffix}", tmp_path / f"b.1{suffix.upper()}", tmp_path / f"c{suffix}~")
    assert listed(tmp_path) == [f"a{suffix}", f"b.1{suffix.upper()}"]
    assert listed(tmp_path / f"b.1{suffix.upper()}", under=tmp_path) == [f"b.1{suffix.upper()}"]


def test_the_files_of_a_folder_are_sorted(tmp_path: Path) -> None:
    names = [f"{i * 7 % 30:02}.txt" for i in range(30)]
    write(*(tmp_path / name for name in names))
    assert listed(tmp_path) == sorted(names)


def test_the_files_of_nested_folders_are_sorted(tmp_path: Path) -> None:
    write(*(tmp_path / name for name in ("d.txt", "a/z.txt", "c/a.txt", "c/b/a.txt", "b.txt")))
    files, _ = corpus_files([tmp_path])
    assert files == sorted(files)


def test_a_file_named_twice_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "tin/a.txt", tmp_path / "tin/b.txt")
    monkeypatch.chdir(tmp_path)
    files, _ = corpus_files([tmp_path / "tin/b.txt", Path("tin"), Path("tin/../tin/a.txt"), Path("tin/*.txt")])
    assert sorted(files) == [tmp_path / "tin/a.txt", tmp_path / "tin/b.txt"]


def test_a_folder_named_like_a_file_is_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "tin.txt" / "a.txt", tmp_path / "tin.zip" / "b.txt")
    assert listed(tmp_path) == ["tin.txt/a.txt", "tin.zip/b.txt"]


@pytest.mark.parametrize("name", [".an", ".an/a.txt"], ids=["folder", "file"])
def test_what_is_hidden_is_read_where_it_is_given_itself(tmp_path: Path, name: str) -> None:
    write(tmp_path / ".an/a.txt")
    assert listed(tmp_path / name, under=tmp_path) == [".an/a.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "tin tức hôm nay.txt",
        unicodedata.normalize("NFC", "Đảng ủy.txt"),
        unicodedata.normalize("NFD", "Đảng ủy.txt"),
        "50% (mới) [1] #2 & 'ba'.txt",
        "*.txt",
        "what?.txt",
        "two\nlines.txt",
        "😀.txt",
        "-rf.txt",
        "a.b.c.TXT",
    ],
)
def test_odd_file_names_are_read(tmp_path: Path, name: str) -> None:
    write(tmp_path / "thư mục [1]" / name)
    for path in (tmp_path, tmp_path / "thư mục [1]", tmp_path / "thư mục [1]" / name):
        files, _ = corpus_files([path])
        assert [path.name for path in files] == [name]
    (document,) = read_file(files[0])
    assert not isinstance(document, Skipped)
    assert document.article.id == name


def test_a_name_that_is_no_text_is_told_in_one_line(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"b\xe0i.txt")).write_text("Một câu.", encoding="utf-8")
    except OSError:
        pytest.skip("this file system has no such names")
    files, _ = corpus_files([tmp_path])
    (skipped,) = read_file(files[0])
    assert isinstance(skipped, Skipped)
    assert skipped.reason == "its name is not UTF-8; rename it"


def test_names_that_differ_in_composition_alone_are_two_files(tmp_path: Path) -> None:
    names = {unicodedata.normalize(form, "ủy.txt") for form in ("NFC", "NFD")}
    write(*(tmp_path / name for name in names))
    if len(os.listdir(tmp_path)) == 1:
        pytest.skip("this file system does not tell them apart")
    assert set(listed(tmp_path)) == names


# --- links -----------------------------------------------------------------------------------------------


def test_a_folder_behind_a_link_is_read_once(tmp_path: Path) -> None:
    write(tmp_path / "kho/a.txt", tmp_path / "kho/con/b.txt", tmp_path / "tin/c.txt")
    (tmp_path / "tin/kho").symlink_to(tmp_path / "kho")
    (tmp_path / "tin/lại").symlink_to(tmp_path / "kho")
    (tmp_path / "tin/con").symlink_to(tmp_path / "kho/con")
    files, _ = corpus_files([tmp_path / "tin"])
    assert sorted(path.name for path in files) == ["a.txt", "b.txt", "c.txt"]


def test_links_that_lead_round_and_round_come_to_an_end(tmp_path: Path) -> None:
    write(tmp_path / "a/a.txt", tmp_path / "b/b.txt")
    (tmp_path / "a/lên").symlink_to(tmp_path)
    (tmp_path / "a/sang").symlink_to(tmp_path / "b")
    (tmp_path / "b/sang").symlink_to(tmp_path / "a")
    (tmp_path / "mình").symlink_to(tmp_path / "mình")
    files, _ = corpus_files([tmp_path])
    assert sorted(path.name for path in files) == ["a.txt", "b.txt"]


def test_a_link_can_be_given_itself(tmp_path: Path) -> None:
    write(tmp_path / "kho/a.txt")
    (tmp_path / "tin").symlink_to(tmp_path / "kho")
    (tmp_path / "bài.txt").symlink_to(tmp_path / "kho/a.txt")
    assert listed(tmp_path / "tin", tmp_path / "bài.txt", under=tmp_path) == ["tin/a.txt", "bài.txt"]


@pytest.mark.parametrize("given", [False, True], ids=["in a folder", "given"])
def test_a_link_to_nothing_is_listed_and_told_by_whoever_reads_it(tmp_path: Path, given: bool) -> None:
    (tmp_path / "mất.txt").symlink_to(tmp_path / "không có.txt")
    files, _ = corpus_files([tmp_path / "mất.txt" if given else tmp_path])
    assert files == [tmp_path / "mất.txt"]
    (skipped,) = read_file(files[0])
    assert isinstance(skipped, Skipped)
    assert skipped.reason == "a link to nothing"


# --- what may not be read --------------------------------------------------------------------------------


def locked(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Refuse to list some folders, whoever asks: permissions do not keep root out."""
    scandir = os.scandir

    def refused(path: str) -> object:
        if Path(path) in folders:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)


def test_a_folder_that_may_not_be_read_is_told_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a/a.txt", tmp_path / "b/b.txt", tmp_path / "c.txt")
    locked(monkeypatch, tmp_path / "a")
    files, skipped = corpus_files([tmp_path])
    assert files == [tmp_path / "b/b.txt", tmp_path / "c.txt"]
    assert [str(item) for item in skipped] == [f"{tmp_path / 'a'}: cannot read the folder: Permission denied"]


def test_where_all_there_is_may_not_be_read_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a/a.txt")
    locked(monkeypatch, tmp_path / "a")
    files, skipped = corpus_files([tmp_path])
    assert (files, [item.path for item in skipped]) == ([], [str(tmp_path / "a")])


def test_a_given_folder_that_may_not_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a/a.txt")
    locked(monkeypatch, tmp_path / "a")
    assert wrong_corpus(tmp_path / "a") == f"cannot read the folder {tmp_path / 'a'}: Permission denied"


# --- patterns --------------------------------------------------------------------------------------------


@pytest.fixture
def news(tmp_path: Path) -> Path:
    names = ("a.txt", "b.pdf", "2020/a.txt", "2020/thang-1/b.pdf", "2021/c.txt", "2021/.an.txt", "2021/ghi.doc")
    write(*(tmp_path / name for name in names))
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["a.txt"]),
        ("*/*.txt", ["2020/a.txt", "2021/c.txt"]),
        ("**/*.pdf", ["2020/thang-1/b.pdf", "b.pdf"]),
        ("202?/**/*.pdf", ["2020/thang-1/b.pdf"]),
        ("202[01]/*.txt", ["2020/a.txt", "2021/c.txt"]),
        ("2021/*", ["2021/c.txt"]),
        ("202?", ["2020/a.txt", "2020/thang-1/b.pdf", "2021/c.txt"]),
        ("**", ["2020/a.txt", "2020/thang-1/b.pdf", "2021/c.txt", "a.txt", "b.pdf"]),
    ],
)
def test_a_pattern_names_files_and_folders(news: Path, pattern: str, expected: list[str]) -> None:
    assert sorted(listed(news / pattern, under=news)) == expected


def test_a_pattern_is_taken_from_where_one_is(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(news / "2020")
    assert listed(Path("**/*.pdf"), under=news) == ["2020/thang-1/b.pdf"]
    assert listed(Path("../2021/*.txt"), under=news) == ["2021/c.txt"]


def test_a_pattern_that_matches_nothing_is_named(news: Path) -> None:
    assert wrong_corpus(news, news / "2019/*.txt") == f"nothing matches {news / '2019/*.txt'}"


def test_a_pattern_that_matches_only_other_kinds_has_nothing_to_read(news: Path) -> None:
    assert "nothing to read in" in wrong_corpus(news / "**/*.doc")


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    write(tmp_path / "[ab].txt", tmp_path / "a.txt")
    assert listed(tmp_path / "[ab].txt", under=tmp_path) == ["[ab].txt"]


@pytest.mark.parametrize("pattern", ["**/*.txt", "**", "*/**/*.txt", "**/**/*.txt"])
def test_links_that_lead_round_and_round_in_a_pattern_come_to_an_end(tmp_path: Path, pattern: str) -> None:
    write(tmp_path / "a/a.txt", tmp_path / "b/b.txt")
    (tmp_path / "a/lên").symlink_to(tmp_path)
    (tmp_path / "a/sang").symlink_to(tmp_path / "b")
    (tmp_path / "b/sang").symlink_to(tmp_path / "a")
    names = [Path(name).name for name in listed(tmp_path / pattern, under=tmp_path)]
    assert sorted(set(names)) == ["a.txt", "b.txt"]
    assert len(names) <= 4, "by one way each, or by few"


# --- what is excluded ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (("*.pdf",), ["2020/a.txt", "2021/c.txt", "a.txt"]),
        (("a.txt",), ["2020/thang-1/b.pdf", "2021/c.txt", "b.pdf"]),
        (("2020",), ["2021/c.txt", "a.txt", "b.pdf"]),
        (("2020/",), ["2021/c.txt", "a.txt", "b.pdf"]),
        (("thang-*",), ["2020/a.txt", "2021/c.txt", "a.txt", "b.pdf"]),
        (("2020/a.txt",), ["2020/thang-1/b.pdf", "2021/c.txt", "a.txt", "b.pdf"]),
        (("2020/*",), ["2021/c.txt", "a.txt", "b.pdf"]),
        (("*.pdf", "2021"), ["2020/a.txt", "a.txt"]),
        (("thang-1/b.pdf", "A.TXT.", "txt"), ["2020/a.txt", "2020/thang-1/b.pdf", "2021/c.txt", "a.txt", "b.pdf"]),
    ],
)
def test_excluded_names_folders_and_paths_are_passed_over(
    news: Path, patterns: tuple[str, ...], expected: list[str]
) -> None:
    assert sorted(listed(news, exclude=patterns)) == expected


def test_an_excluded_folder_is_not_looked_into(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked(monkeypatch, news / "2020")
    assert listed(news, exclude=("2020",)) == ["2021/c.txt", "a.txt", "b.pdf"]


def test_a_folder_given_itself_is_read_whatever_its_name(news: Path) -> None:
    assert listed(news / "2021", exclude=("2021",)) == ["c.txt"]


def test_of_what_a_pattern_names_the_excluded_is_passed_over(news: Path) -> None:
    assert listed(news / "**" / "*.txt", exclude=("a.*",), under=news) == ["2021/c.txt"]
    assert listed(news / "202?", exclude=("2020",), under=news) == ["2021/c.txt"]
    assert listed(news / "a.txt", exclude=("a.*",), under=news) == ["a.txt"], "it was given itself"


@pytest.mark.parametrize(("form", "other"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_name_is_excluded_however_its_letters_are_composed(tmp_path: Path, form: str, other: str) -> None:
    write(tmp_path / unicodedata.normalize(form, "nháp") / "a.txt", tmp_path / "b.txt")
    assert listed(tmp_path, exclude=(unicodedata.normalize(other, "nháp"),)) == ["b.txt"]


def test_where_everything_is_excluded_that_is_said(news: Path) -> None:
    assert "no file that is not excluded of the kinds" in wrong_corpus(news, exclude=("*",))


_NAMES = st.sampled_from(["a", "b", "ủy", "u\u0309y", "x y", ".an", "[a]"])
_FILES = st.tuples(st.lists(_NAMES, max_size=2), _NAMES, st.sampled_from([".txt", ".pdf", ".doc", ""]))
_PATTERNS = st.sampled_from(["*", "a", "b*", "a/*", "*/a.txt", "*.pdf", "ủy", "[[]a]*", "?", "x y/"])


@settings(max_examples=30)
@given(tree=st.sets(_FILES.map(lambda file: "/".join([*file[0], file[1]]) + file[2])), exclude=st.lists(_PATTERNS))
def test_excluding_takes_files_away_and_adds_none(
    tree: set[str], exclude: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cây")
    write(folder / "luôn có.html")
    for path in (folder / name for name in sorted(tree)):
        if not path.exists() and not any(parent.is_file() for parent in path.parents):
            write(path)
    everything = set(listed(folder))
    assert everything == {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix in SUFFIXES and path.is_file() and "/." not in path.relative_to(folder.parent).as_posix()
    }
    try:
        assert set(listed(folder, exclude=tuple(exclude))) <= everything
    except CorpusError:
        assert "*" in exclude


# --- nothing to read -------------------------------------------------------------------------------------


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    assert str(tmp_path / "khong-co") in wrong_corpus(tmp_path, tmp_path / "khong-co")


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "con/ghi-chu.doc")
    assert str(tmp_path) in wrong_corpus(tmp_path)


def test_an_unknown_kind_of_file_is_named_with_the_kinds_that_are_known(tmp_path: Path) -> None:
    write(tmp_path / "bai.xyz", tmp_path / "a.txt")
    message = wrong_corpus(tmp_path / "a.txt", tmp_path / "bai.xyz")
    assert str(tmp_path / "bai.xyz") in message
    assert all(suffix in message for suffix in SUFFIXES)


def test_no_path_at_all_is_an_error() -> None:
    assert wrong_corpus()
