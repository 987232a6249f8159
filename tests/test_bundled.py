"""The bundled model becomes an ordinary sentence-transformers folder, with nothing missing and nothing invented."""

import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from embeddings import bundled
from embeddings.errors import EncoderError
from embeddings.models import find_model

pytestmark = pytest.mark.skipif(bundled.bundle_path() is None, reason="the bundle does not install on this platform")


@pytest.fixture(scope="module")
def folder() -> Path:
    return Path(find_model().location)


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Iterator[object]:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json"))


# Pieces as XLM-RoBERTa's vocabulary has them; the counts agree with the bundle's own tokenizer.
PIECES = {
    "english": ("Hello world", ["▁Hello", "▁world"]),
    "vietnamese": (
        "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?",
        ["▁Đảng", "▁bộ", "▁huyện", "▁Cao", "▁Lộc", "▁có", "▁bao", "▁nhiêu", "▁đảng", "▁viên", "?"],
    ),
    "tone placement": ("Tỉnh uỷ, Tỉnh ủy", ["▁Tỉnh", "▁u", "ỷ", ",", "▁Tỉnh", "▁ủy"]),
    "digits": ("5.350 đảng viên, 60,87%", ["▁5.", "350", "▁đảng", "▁viên", ",", "▁60", ",", "8", "7%"]),
    "date": ("13/4/2021", ["▁13", "/4", "/", "2021"]),
    "emoji": ("😀 vui", ["▁😀", "▁vui"]),
    "joined emoji": ("👨\u200d👩 gia đình", ["▁", "👨", "▁", "👩", "▁gia", "▁đình"]),
    "odd spaces": ("  nhiều   khoảng\u00a0trắng \t\n ", ["▁nhiều", "▁khoảng", "▁trắng"]),
    "zero width": ("a\u200bb\ufeff", ["▁a", "▁b"]),
    "control character": ("a\x07b", ["▁ab"]),
    "full width": ("ＡＢＣ", ["▁ABC"]),
    "no text": ("", []),
}


@pytest.mark.parametrize(("text", "pieces"), PIECES.values(), ids=PIECES.keys())
def test_text_falls_into_the_expected_pieces(tokenizer: object, text: str, pieces: list[str]) -> None:
    encoding = tokenizer.encode(text)  # type: ignore[attr-defined]
    assert encoding.tokens == ["<s>", *pieces, "</s>"]


def test_a_known_text_has_the_ids_that_the_model_was_trained_with(tokenizer: object) -> None:
    assert tokenizer.encode("Hello world").ids == [0, 35378, 8999, 2]  # type: ignore[attr-defined]


def test_composed_and_decomposed_text_are_the_same_pieces(tokenizer: object) -> None:
    text = "Đảng uỷ Khối các cơ quan và doanh nghiệp tỉnh: Một năm nỗ lực, đổi mới"
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert tokenizer.encode(unicodedata.normalize(form, text)).ids == tokenizer.encode(text).ids  # type: ignore[attr-defined]


def test_the_file_holds_every_parameter_of_the_model_and_no_other(folder: Path) -> None:
    from transformers import BertConfig, BertModel

    model = BertModel(BertConfig.from_pretrained(folder), add_pooling_layer=False)
    expected = {name: list(value.shape) for name, value in model.state_dict().items() if "position_ids" not in name}
    with safe_open(folder / "model.safetensors", "np") as file:
        found = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
    assert found == expected
    assert sum(int(np.prod(shape)) for shape in found.values()) == 117_505_920


def test_it_loads_as_any_other_model_without_a_word_on_the_screen(folder: Path) -> None:
    script = (
        "from embeddings.models import find_model; from embeddings.encoder import SentenceEncoder\n"
        "encoder = SentenceEncoder(find_model())\n"
        "print(encoder.dimension, sorted(encoder.prompts.items()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout == "384 [('document', 'passage: '), ('query', 'query: ')]\n"
    assert json.loads((folder / "modules.json").read_text())[0]["type"] == "sentence_transformers.models.Transformer"


def test_weights_of_another_layout_are_refused(tmp_path: Path) -> None:
    bundle = tmp_path / "e5-small-q4.bin"
    bundle.write_bytes(b"E5S2" + bytes(100))
    with pytest.raises(EncoderError, match="not a version 1 E5S1 file"):
        bundled.write_model(bundle, tmp_path)


def test_a_block_of_four_bit_weights_is_scale_times_nibble_less_eight() -> None:
    block = np.float16(0.5).tobytes() + bytes([0xF0] + [0x88] * 15)
    values = bundled._dequantize(block)
    assert values.shape == (32,)
    assert (values[0], values[16]) == (-4.0, 3.5)  # the low nibble is weight 0, the high one weight 16
    assert not values[1:16].any()
