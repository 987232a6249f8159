"""The wheel holds what is read at run time, and works from any folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the tracked sources and unpack it, as pip would."""
    sources = tmp_path_factory.mktemp("sources")
    for name in ("qa", "ui", "embeddings", "pyproject.toml", "README.md", "LICENSE"):
        subprocess.run(["cp", "-r", str(ROOT / name), str(sources)], check=True)
    wheels = tmp_path_factory.mktemp("wheels")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-w",
        str(wheels),
        str(sources),
    ]
    subprocess.run(command, check=True, capture_output=True)
    folder = tmp_path_factory.mktemp("site")
    (wheel,) = wheels.glob("hoidap-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_the_wheel_holds_every_module_and_what_they_read(unpacked: Path) -> None:
    for room in ("qa", "ui", "embeddings"):
        expected = {
            path.relative_to(ROOT)
            for path in (ROOT / room).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        found = {path.relative_to(unpacked) for path in (unpacked / room).rglob("*") if path.is_file()}
        assert found == expected
    for name in ("syllables.txt", "confidence.json"):
        assert (unpacked / "qa" / name).read_bytes() == (ROOT / "qa" / name).read_bytes()
    assert not (unpacked / "tests").exists()
    entry_points = next(unpacked.glob("hoidap-*.dist-info/entry_points.txt")).read_text()
    assert "hoidap = ui.cli:main" in entry_points


def test_the_unpacked_wheel_works_from_any_folder(unpacked: Path, seed_index: Path, tmp_path: Path) -> None:
    script = (
        "import sys, ui.cli, ui.chat, ui.desk, qa; from qa import Assistant\n"
        "assert ui.cli.__file__.startswith(sys.argv[1]), ui.cli.__file__\n"
        "ui.desk.Desk(Assistant.open(sys.argv[2])).page()\n"
        "sys.exit(ui.cli.main(['verify', '--index', sys.argv[2]]))"
    )
    index = shutil.copytree(seed_index, tmp_path / "index")
    done = subprocess.run(
        [sys.executable, "-c", script, str(unpacked), str(index)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "every citation equals its source" in done.stdout
