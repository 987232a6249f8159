"""What every test gets: no network, a small encoder, and once a session an index over the seeds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from encoders import HashEncoder

import qa

SEEDS = Path(__file__).parent.parent / "seeds" / "articles"


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """Keep every library off the network; processes that a test starts inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        yield


@pytest.fixture(scope="session")
def seed_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of an index over the seed articles, built by the bundled model; not to be written to."""
    folder = tmp_path_factory.mktemp("seeds") / "index"
    qa.update_index(SEEDS, folder)
    return folder


@pytest.fixture
def encoder() -> HashEncoder:
    """Give an encoder that needs no model and counts what it encodes."""
    return HashEncoder()
