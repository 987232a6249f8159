"""`hoidap list`, `remove`, `doctor`, `backup` and `restore` as a person runs them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from corpora import PLACES, article_text, write_articles, write_jsonl
from encoders import HashEncoder

from embeddings.models import find_model
from qa import Conversations, update_index, verify
from qa.index import STORE_NAME
from ui import cli, corpus_commands

KEYS = ["id", "title", "source", "published", "author", "url", "path", "encoding", "passages", "sentences", "also_in"]


@pytest.fixture
def encoder(tmp_path: Path) -> HashEncoder:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    return HashEncoder(name=str(folder), fingerprint=find_model(str(folder)).fingerprint)


@pytest.fixture
def index(tmp_path: Path, encoder: HashEncoder) -> Path:
    corpus = write_articles(tmp_path / "bài", PLACES[:3])
    record = {
        "id": "Vĩnh Linh",
        "text": article_text("Vĩnh Linh"),
        "published": "2021-04-13",
        "source": "Báo\x1b[31m Tin",
    }
    write_jsonl(corpus / "nhiều.jsonl", [record])
    update_index(corpus, tmp_path / "index", encoder=encoder)
    return tmp_path / "index"


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def one_line_error(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    code, out, err = said(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("hoidap: ")
    return err.strip()


# --- list ------------------------------------------------------------------------------------------------


def test_list_shows_an_article_a_line_and_the_totals_beside(capsys: pytest.CaptureFixture[str], index: Path) -> None:
    code, out, err = said(capsys, "list", "--index", index)
    lines = out.splitlines()
    assert (code, len(lines)) == (0, 4)
    assert lines[0].split(maxsplit=1) == ["00.txt", "Đại hội đảng bộ Cao Lộc lần thứ 28"]
    assert lines[3].startswith("2021-04-13  Vĩnh Linh  ")
    assert lines[3].endswith("· Báo\ufffd[31m Tin")
    assert err.startswith("4 articles, ")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["--text", "dong ha"], ["01.txt"]),
        (["--source", "bao"], ["Vĩnh Linh"]),
        (["--from", "13/4/2021"], ["Vĩnh Linh"]),
        (["--from", "2021-04-14"], []),
        (["--to", "2021-04-13", "--text", "VINH LINH"], ["Vĩnh Linh"]),
    ],
)
def test_list_json_has_exactly_the_promised_keys(
    capsys: pytest.CaptureFixture[str], index: Path, wanted: list[str], expected: list[str]
) -> None:
    code, out, _ = said(capsys, "list", "--index", index, "--json", *wanted)
    listed = json.loads(out)
    assert code == 0
    assert [article["id"] for article in listed] == expected
    assert all(list(article) == KEYS for article in listed)


def test_list_is_cut_to_a_terminal_and_whole_in_a_pipe(
    capsys: pytest.CaptureFixture[str], index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "48")
    whole = said(capsys, "list", "--index", index)[1].splitlines()
    assert max(map(len, whole)) > 48
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    lines = said(capsys, "list", "--index", index)[1].splitlines()
    assert max(map(len, lines)) == 48
    assert lines[0] == "            00.txt  Đại hội đảng bộ Cao Lộc lần…"
    monkeypatch.setenv("COLUMNS", "200")
    assert said(capsys, "list", "--index", index)[1].splitlines() == whole


def test_list_says_what_is_empty(capsys: pytest.CaptureFixture[str], index: Path) -> None:
    assert said(capsys, "list", "--index", index, "--text", "không có ở đâu") == (0, "", "no article is like that\n")
    said(capsys, "remove", "--index", index, "00.txt", "01.txt", "02.txt", "Vĩnh Linh")
    code, out, err = said(capsys, "list", "--index", index)
    assert (code, out) == (0, "")
    assert "holds no articles; add some with: hoidap index PATH" in err
    assert json.loads(said(capsys, "list", "--index", index, "--json")[1]) == []


def test_list_of_no_index_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "there is no index" in one_line_error(capsys, "list", "--index", tmp_path / "không")


def test_list_can_be_cut_off_by_what_reads_it(index: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m ui.cli list --index {shlex.quote(str(index))} | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, cwd=Path(__file__).parent.parent
    )
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert done.returncode == 0


# --- remove ----------------------------------------------------------------------------------------------


def test_remove_says_what_went_and_how_it_comes_back(
    capsys: pytest.CaptureFixture[str], index: Path, tmp_path: Path, encoder: HashEncoder
) -> None:
    (tmp_path / "bài" / "02.txt").unlink()
    code, out, _ = said(capsys, "remove", "01.txt", "02.txt", "--index", index)
    assert code == 0
    removed, gone, there, command = out.splitlines()
    assert removed == "Removed 01.txt  Đại hội đảng bộ Đông Hà lần thứ 25"
    assert gone.startswith("Removed 02.txt")
    assert there.startswith("The file of 1 of them is still there; it stays out ")
    assert shlex.split(command) == ["hoidap", "index", str(tmp_path / "bài" / "01.txt"), "--index", str(index)]
    update_index(tmp_path / "bài", index, encoder=encoder)
    assert "01.txt" not in said(capsys, "list", "--index", index)[1]
    update_index(shlex.split(command)[2], index, encoder=encoder)
    assert "01.txt" in said(capsys, "list", "--index", index)[1]


def test_remove_names_a_file_of_several_articles_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, encoder: HashEncoder
) -> None:
    corpus, index = tmp_path / "tin tức", tmp_path / "index"
    corpus.mkdir()
    for name, places in (("a.jsonl", PLACES[:2]), ("b.jsonl", PLACES[2:4])):
        write_jsonl(corpus / name, [{"id": place, "text": article_text(place)} for place in places])
    update_index(corpus, index, encoder=encoder)
    *_, there, command = said(capsys, "remove", *PLACES[:2], "--index", index)[1].splitlines()
    assert there.startswith("Their file is still there; they stay out ")
    assert shlex.split(command) == ["hoidap", "index", str(corpus / "a.jsonl"), "--index", str(index)]
    *_, there, command = said(capsys, "remove", *PLACES[2:4], "--index", index)[1].splitlines()
    assert shlex.split(command)[2:3] == [str(corpus / "b.jsonl")]
    update_index([corpus / "a.jsonl", corpus / "b.jsonl"], index, encoder=encoder)
    *_, there, command = said(capsys, "remove", *PLACES[:4], "--index", index)[1].splitlines()
    assert there.startswith("Their files are still there; they stay out ")
    assert shlex.split(command)[2:4] == [str(corpus / "a.jsonl"), str(corpus / "b.jsonl")]


def test_an_article_whose_file_is_gone_is_removed_without_a_word_of_it(
    capsys: pytest.CaptureFixture[str], index: Path, tmp_path: Path
) -> None:
    (tmp_path / "bài" / "02.txt").unlink()
    code, out, _ = said(capsys, "remove", "02.txt", "--index", index)
    assert (code, out.count("\n")) == (0, 1)


@pytest.mark.parametrize("form", ["Vĩnh Linh", "Vi\u0303nh Linh"])
def test_an_id_may_be_typed_in_either_unicode_form(capsys: pytest.CaptureFixture[str], index: Path, form: str) -> None:
    assert said(capsys, "remove", form, "--index", index)[0] == 0


def test_an_unknown_id_removes_nothing_and_names_those_near(
    capsys: pytest.CaptureFixture[str], index: Path, tmp_path: Path
) -> None:
    error = one_line_error(capsys, "remove", "00.txt", "vinh linh", "--index", index)
    assert "no article 'vinh linh'" in error
    assert "nothing was removed" in error
    assert "near 'vinh linh': Vĩnh Linh" in error
    assert "near '00.txt'" not in error
    assert "near" not in one_line_error(capsys, "remove", "hoàn toàn khác hẳn", "--index", index)
    assert ": 01.txt" in one_line_error(capsys, "remove", tmp_path / "bài" / "01.txt", "--index", index)
    assert said(capsys, "list", "--index", index)[1].count("\n") == 4


# --- doctor ----------------------------------------------------------------------------------------------


def test_doctor_finds_nothing_wrong_with_a_sound_index(capsys: pytest.CaptureFixture[str], index: Path) -> None:
    code, out, err = said(capsys, "doctor", "--index", index)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"The index {index}: 0 problems"
    assert "mend:" not in out


def test_doctor_names_a_problem_and_mends_it(capsys: pytest.CaptureFixture[str], index: Path) -> None:
    (index / "vectors.faiss").unlink()
    code, out, _ = said(capsys, "doctor", "--index", index)
    assert code == 1
    assert "problem  derived indexes: vectors.faiss is missing or damaged" in out
    (mended,) = [line.partition("mend: ")[2] for line in out.splitlines() if "mend: " in line]
    code, out, _ = said(capsys, *shlex.split(mended)[1:])
    assert (code, out.splitlines()[-1]) == (0, f"The index {index}: 0 problems")


def test_doctor_json_has_exactly_the_promised_keys(capsys: pytest.CaptureFixture[str], index: Path) -> None:
    (index / STORE_NAME).write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    code, out, _ = said(capsys, "doctor", "--index", index, "--json")
    found = json.loads(out)
    assert code == 1
    assert list(found) == ["index", "problems", "checks"]
    assert found["problems"] == 1
    assert all(list(check) == ["name", "status", "what", "mend"] for check in found["checks"])


@pytest.mark.parametrize("content", [None, b"", b"x" * 100])
def test_doctor_says_what_it_could_not_mend(
    capsys: pytest.CaptureFixture[str], index: Path, content: bytes | None
) -> None:
    (index / STORE_NAME).unlink()
    if content is not None:
        (index / STORE_NAME).write_bytes(content)
    code, out, err = said(capsys, "doctor", "--mend", "--index", index)
    assert code == 1
    assert err.startswith("not mended: ")
    assert "problem  store: " in out


def test_doctor_names_a_library_without_which_nothing_runs(index: Path, tmp_path: Path) -> None:
    (tmp_path / "faiss.py").write_text("raise ImportError('no module named faiss')", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "doctor", "--index", str(index)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("problem  libraries: no module named faiss")
    assert "mend: pip install" in done.stdout


# --- backup and restore ----------------------------------------------------------------------------------


def test_an_index_goes_into_a_backup_and_comes_back(
    capsys: pytest.CaptureFixture[str], index: Path, tmp_path: Path
) -> None:
    file = tmp_path / "kho.hoidap"
    code, out, err = said(capsys, "backup", file, "--index", index)
    assert (code, err) == (0, "")
    assert out.startswith(f"{file}: 4 articles, ")
    code, out, err = said(capsys, "restore", file, "--index", tmp_path / "khác")
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert out.startswith(f"The index {tmp_path / 'khác'} holds 4 articles, ")
    assert verify(tmp_path / "khác").problems == ()


def test_restore_replaces_an_index_only_when_told_to(
    capsys: pytest.CaptureFixture[str], index: Path, tmp_path: Path
) -> None:
    file = tmp_path / "kho.hoidap"
    said(capsys, "backup", file, "--index", index)
    said(capsys, "remove", "00.txt", "--index", index)
    assert "holds 3 articles; put the backup in its place with --replace" in one_line_error(
        capsys, "restore", file, "--index", index
    )
    code, out, _ = said(capsys, "restore", file, "--replace", "--index", index)
    assert code == 0
    kept = out.splitlines()[1].removeprefix("What was there before is kept as ")
    assert Path(kept).is_file()


def test_conversations_in_a_backup_are_counted(capsys: pytest.CaptureFixture[str], index: Path, tmp_path: Path) -> None:
    kept = Conversations.open(index)
    for title in ("Một", "Hai"):
        kept.start("", title)
    kept.close()
    _, out, _ = said(capsys, "backup", tmp_path / "b", "--index", index)
    assert out.splitlines()[1:] == ["In it too: 2 conversations of the chat"]
    _, out, _ = said(capsys, "restore", tmp_path / "b", "--index", tmp_path / "khác")
    assert out.splitlines()[1:] == ["Brought back with it: 2 conversations of the chat, beside those here"]


def test_backup_says_what_it_leaves_out(capsys: pytest.CaptureFixture[str], index: Path, tmp_path: Path) -> None:
    (index / "confidence.json").write_text("{", encoding="utf-8")
    code, _, err = said(capsys, "backup", tmp_path / "b", "--index", index)
    assert code == 0
    assert err.startswith("left out: ")


def test_what_cannot_be_written_or_read_is_one_line(
    capsys: pytest.CaptureFixture[str], index: Path, tmp_path: Path
) -> None:
    assert "is no backup of Hoidap" in one_line_error(capsys, "backup", tmp_path / "bài" / "00.txt", "--index", index)
    assert "lies in the index" in one_line_error(capsys, "backup", index / "b", "--index", index)
    assert "there is no index" in one_line_error(capsys, "backup", tmp_path / "b", "--index", tmp_path / "không")
    assert "no backup of Hoidap" in one_line_error(capsys, "restore", tmp_path / "bài" / "00.txt", "--index", index)
    assert "there is no backup" in one_line_error(capsys, "restore", tmp_path / "b", "--index", index)


def test_help_imports_no_more_than_argparse() -> None:
    code = "import sys, ui.corpus_commands; print(sorted({'qa', 'torch', 'numpy', 'sqlite3'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parent.parent, check=True
    )
    assert done.stdout.strip() == "[]"
    assert corpus_commands.add_parsers.__doc__
