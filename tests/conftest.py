"""What every test gets: no network, a small encoder, and once a session an index over the seeds."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from corpora import PLACES, write_articles
from encoders import HashEncoder
from hypothesis import settings

import qa
from embeddings.encoder import LazyEncoder
from embeddings.models import find_model

SEEDS = Path(__file__).parent.parent / "seeds" / "articles"

_NOBODY = 65534

# Here and not in a fixture: the libraries read them when they are imported, some by the test modules' own imports.
os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", GRADIO_ANALYTICS_ENABLED="False")


# The same examples every time, and no folder of them beside the code.
settings.register_profile("hoidap", deadline=None, database=None, derandomize=True)
settings.load_profile("hoidap")


@pytest.fixture(scope="session")
def bundled_encoder() -> LazyEncoder:
    """Give the bundled model, loaded at most once."""
    return LazyEncoder(find_model())


@pytest.fixture(scope="session")
def seed_index(tmp_path_factory: pytest.TempPathFactory, bundled_encoder: LazyEncoder) -> Path:
    """Give the folder of an index over the seed articles, built by the bundled model; not to be written to."""
    folder = tmp_path_factory.mktemp("seeds") / "index"
    qa.update_index(SEEDS, folder, encoder=bundled_encoder)
    return folder


@pytest.fixture
def encoder() -> HashEncoder:
    """Give an encoder that needs no model and counts what it encodes."""
    return HashEncoder()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Give a folder of three articles."""
    return write_articles(tmp_path / "bài", PLACES[:3])


@pytest.fixture
def index(corpus: Path, tmp_path: Path, encoder: HashEncoder) -> Path:
    """Give the folder of an index over the corpus."""
    qa.update_index(corpus, tmp_path / "index", encoder=encoder)
    return tmp_path / "index"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a place for a backup."""
    return tmp_path / "kho lưu.hoidap"


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], Path]]:
    """Copy folders to where they can be read and not written, by root neither until the test ends."""
    place, user = Path(tempfile.mkdtemp(prefix="hoidap-")), os.geteuid()
    place.chmod(0o755)

    def copied(folder: Path) -> Path:
        os.seteuid(user)
        copy = Path(shutil.copytree(folder, place / f"{len(list(place.iterdir()))}"))
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        if user == 0:
            os.seteuid(_NOBODY)
            if not os.access(__file__, os.R_OK, effective_ids=True):
                pytest.skip("what is not root's may not read the project here")
        return copy

    yield copied
    os.seteuid(user)
    for path in place.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(place)
