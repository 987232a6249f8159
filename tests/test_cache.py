"""What is made once in the cache is made whole, by one process, and never trusted when it is damaged."""

import errno
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from embeddings.cache import cache_folder, is_intact, made_folder
from embeddings.errors import EncoderError


def make(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "weights.bin").write_bytes(bytes(range(256)) * 40)
    (folder / "sub" / "config.json").write_text("{}")


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    calls = []

    def counted(folder: Path) -> None:
        calls.append(folder)
        make(folder)

    target = tmp_path / "deep" / "model"
    assert made_folder(target, counted, 10) == target
    assert made_folder(target, counted, 10) == target
    assert len(calls) == 1
    assert is_intact(target)


@pytest.mark.parametrize(
    "damage", ["truncated", "flipped", "deleted", "no manifest", "broken manifest", "half a folder"]
)
def test_a_damaged_folder_is_made_again(tmp_path: Path, damage: str) -> None:
    target = made_folder(tmp_path / "model", make, 10)
    weights, manifest = target / "weights.bin", target / "manifest.json"
    whole = weights.read_bytes()
    if damage == "truncated":
        weights.write_bytes(whole[:-1])
    elif damage == "flipped":
        weights.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    elif damage == "deleted":
        (target / "sub" / "config.json").unlink()
    elif damage == "no manifest":
        manifest.unlink()
    elif damage == "broken manifest":
        manifest.write_text('{"files": [')
    else:
        shutil.rmtree(target / "sub")
        manifest.unlink()
    assert not is_intact(target)
    made_folder(target, make, 10)
    assert weights.read_bytes() == whole
    assert is_intact(target)


def test_a_copied_cache_is_still_good(tmp_path: Path) -> None:
    target = made_folder(tmp_path / "model", make, 10)
    os.utime(target / "weights.bin", (1, 1))
    assert is_intact(target)


def test_what_a_dead_process_left_is_cleared_away(tmp_path: Path) -> None:
    leftover = tmp_path / "model.part-abc"
    leftover.mkdir()
    (leftover / "weights.bin").write_bytes(b"half")
    made_folder(tmp_path / "model", make, 10)
    assert not leftover.exists()


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    def full(folder: Path) -> None:
        make(folder)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(EncoderError, match=r"the disk is full; it needs 480 MB .*HOIDAP_CACHE"):
        made_folder(tmp_path / "model", full, 480_000_000)
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == []


def test_a_cache_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EncoderError, match="cannot write the model to"):
        made_folder(tmp_path / "file" / "model", make, 10)


def test_two_processes_at_once_make_one_whole_folder(tmp_path: Path) -> None:
    script = tmp_path / "make.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys, time
            from pathlib import Path
            from embeddings.cache import made_folder
            def make(folder):
                time.sleep(0.3)
                (folder / "weights.bin").write_bytes(b"x" * 100)
                with open({str(tmp_path / "made")!r}, "a") as log:
                    log.write("made\\n")
            made_folder(Path({str(tmp_path / "model")!r}), make, 10)
            """
        )
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    processes = [subprocess.Popen([sys.executable, str(script)], env=environment) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert (tmp_path / "made").read_text() == "made\n"
    assert is_intact(tmp_path / "model")


def test_the_cache_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIDAP_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("HOIDAP_CACHE")
    assert cache_folder().name == "hoidap"
