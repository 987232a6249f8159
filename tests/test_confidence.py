"""Confidence: what it is told from, what ships, and models that are kept beside an index or fall back safely."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import IndexUnusable
from qa.confidence import (
    CONFIDENCE_NAME,
    Confidence,
    FollowedConfidence,
    Model,
    Signals,
    load_confidence,
    save_confidence,
    shipped,
    signals,
)
from qa.types import Article, Hit, Passage, Question, Sentence

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SIGNALS = st.builds(Signals, *[FINITE] * len(fields(Signals)))
MODELS = st.builds(Model, FINITE, SIGNALS, st.floats(0, 1))
OURS = Confidence(
    Model(-3.0, Signals(2.0, 1.0, 4.0, -0.5), 0.4), Model(-1.0, Signals(1.0, 0.0, 2.0, -0.1), 0.2), "bộ câu hỏi.jsonl"
)


def hit(article: str, score: float, offers: float | None = None) -> Hit:
    text = "Xã có 12 thôn."
    sentence = Sentence(0, len(text))
    found = Article(article, f"{article}.txt", "Xã", text, "0" * 64)
    return Hit(
        passage=Passage(found, 0, len(text), (sentence,)),
        sentence=sentence,
        score=score,
        cosine=0.9,
        passage_cosine=0.8,
        context=0.0,
        bm25=8.0,
        wording=0.1,
        coverage=0.7,
        sentence_coverage=0.6,
        offers=offers,
    )


# --- signals ---------------------------------------------------------------------------------------------


def test_the_lead_is_over_the_best_hit_from_another_article() -> None:
    found = signals([hit("a", 1.0), hit("a", 0.97), hit("b", 0.92), hit("c", 0.5)])
    assert found.lead == pytest.approx(0.08)
    assert (found.cosine, found.coverage) == (0.9, 0.7)


def test_a_lead_counts_up_to_a_bound() -> None:
    far, farther = signals([hit("a", 1.0), hit("b", 0.5)]), signals([hit("a", 1.0), hit("b", -1.0)])
    assert far == farther
    assert far.lead == 0.15


def test_where_one_article_alone_is_found_the_lead_is_over_its_last_hit() -> None:
    assert signals([hit("a", 1.0), hit("a", 0.95), hit("a", 0.9)]).lead == pytest.approx(0.1)
    assert signals([hit("a", 1.0), hit("a", 0.2)]).lead == 0.15


def test_a_hit_alone_has_no_lead() -> None:
    assert signals([hit("a", 1.0)]).lead == 0


@pytest.mark.parametrize(("offers", "unmet"), [(None, 0), (0.0, 1), (0.2, 1), (0.7, 0), (1.0, 0)])
def test_unmet_is_a_kind_that_was_asked_for_and_is_not_offered(offers: float | None, unmet: int) -> None:
    assert signals([hit("a", 1.0, offers), hit("b", 0.9, offers=1.0)]).unmet == unmet


# --- models ----------------------------------------------------------------------------------------------


@given(MODELS, SIGNALS)
def test_a_probability_is_one_whatever_the_signals(model: Model, found: Signals) -> None:
    assert 0 <= model.probability(found) <= 1


def test_a_probability_is_the_logistic_of_the_weighted_sum() -> None:
    model = Model(-1.0, Signals(2.0, 0.0, 0.0, 0.0), 0.5)
    assert model.probability(Signals(0.5, 1.0, 1.0, 1.0)) == 0.5
    assert model.probability(Signals(1.0, 0.0, 0.0, 0.0)) == pytest.approx(0.7310586)


def test_the_model_is_that_of_the_question_s_language() -> None:
    models = {language: OURS.model(Question("Ai?", "Ai?", language)) for language in ("vi", "vi-unaccented", "other")}
    assert models == {"vi": OURS.vietnamese, "vi-unaccented": OURS.vietnamese, "other": OURS.other}


def test_another_threshold_leaves_everything_else() -> None:
    changed = OURS.answering_from(0.75)
    assert (changed.vietnamese.answered_from, changed.other.answered_from) == (0.75, 0.75)
    assert replace(changed.vietnamese, answered_from=OURS.vietnamese.answered_from) == OURS.vietnamese
    assert replace(changed.other, answered_from=OURS.other.answered_from) == OURS.other
    assert changed.fitted_on == OURS.fitted_on


def test_the_shipped_model_says_what_it_was_fitted_on_and_is_calibrated() -> None:
    assert "XQuAD" in shipped().fitted_on
    report = json.loads(resources.files("qa").joinpath(CONFIDENCE_NAME).read_text("utf-8"))["report"]
    for group in ("vietnamese", "other"):
        assert report[group]["calibration_error"]["value"] <= 0.05
        assert 0 < getattr(shipped(), group).answered_from < 1
    assert report["vietnamese"]["auroc"]["value"] > 0.9


# --- kept beside an index --------------------------------------------------------------------------------


def stored(folder: Path) -> dict[str, Any]:
    """Save models, and give the record that was written."""
    save_confidence(folder / CONFIDENCE_NAME, OURS, "băm:1", {})
    record: dict[str, Any] = json.loads((folder / CONFIDENCE_NAME).read_text("utf-8"))
    return record


@given(st.builds(Confidence, MODELS, MODELS, st.text(st.characters(exclude_categories=["Cs"]))))
def test_what_is_saved_is_loaded(confidence: Confidence) -> None:
    with tempfile.TemporaryDirectory() as folder:
        save_confidence(Path(folder, CONFIDENCE_NAME), confidence, "băm:1", {"vietnamese": {"kept": None}})
        assert load_confidence(Path(folder), "băm:1") == confidence


def test_without_a_fit_the_shipped_model_is_used(tmp_path: Path) -> None:
    assert load_confidence(tmp_path, "băm:1") == shipped()


def test_a_fit_to_another_model_s_vectors_is_not_used(tmp_path: Path) -> None:
    stored(tmp_path)
    assert load_confidence(tmp_path, "băm:1") == OURS
    assert load_confidence(tmp_path, "băm:2") == shipped()


def without(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Take a key out of a record, however deep."""
    first, *rest = keys
    if rest:
        return {**record, first: without(record[first], *rest)}
    return {key: value for key, value in record.items() if key != first}


def of_intercept(number: str) -> Callable[[dict[str, Any]], bytes]:
    """Write a record with this for an intercept."""
    return lambda record: json.dumps(record).replace('"intercept": -3.0', f'"intercept": {number}').encode()


DAMAGES: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "empty": lambda record: b"",
    "half written": lambda record: json.dumps(record).encode()[:150],
    "no json": lambda record: b"answered_from = 0.3\n",
    "zeros": lambda record: bytes(300),
    "a list": lambda record: b"[]",
    "null": lambda record: b"null",
    "a string": lambda record: b'"format"',
    "another format": lambda record: json.dumps({**record, "format": 2}).encode(),
    "no format": lambda record: json.dumps(without(record, "format")).encode(),
    "no fingerprint": lambda record: json.dumps(without(record, "fingerprint")).encode(),
    "no language": lambda record: json.dumps(without(record, "other")).encode(),
    "no weight": lambda record: json.dumps(without(record, "vietnamese", "weights", "lead")).encode(),
    "no threshold": lambda record: json.dumps(without(record, "other", "answered_from")).encode(),
    "weights in a list": lambda record: json.dumps({**record, "other": {"weights": [1, 2, 3, 4]}}).encode(),
    "nan": of_intercept("NaN"),
    "infinity": of_intercept("1e400"),
    "a number of 400 digits": of_intercept("1" + "0" * 400),
    "words for a number": of_intercept('"hai\\nba"'),
    "nothing for a number": of_intercept("null"),
    "brackets without end": lambda record: b"[" * 100_000,
    "utf-16": lambda record: json.dumps(record).encode("utf-16"),
    "latin": lambda record: json.dumps({**record, "fitted_on": "câu hỏi"}, ensure_ascii=False).encode(
        "cp1258", "replace"
    ),
}


def refused(folder: Path) -> str:
    """Load, expect the one line that says what is wrong and how to mend it, and give it."""
    with pytest.raises(IndexUnusable) as caught:
        load_confidence(folder, "băm:1")
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    assert line.startswith(str(folder / CONFIDENCE_NAME))
    assert "delete it" in line
    assert "hoidap calibrate" in line
    return line


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_with_its_remedy(tmp_path: Path, damage: str) -> None:
    (tmp_path / CONFIDENCE_NAME).write_bytes(DAMAGES[damage](stored(tmp_path)))
    refused(tmp_path)


def test_a_format_of_another_version_is_named(tmp_path: Path) -> None:
    (tmp_path / CONFIDENCE_NAME).write_text(json.dumps({**stored(tmp_path), "format": 2}))
    assert "its format is 2, expected 1" in refused(tmp_path)


def test_a_folder_in_the_file_s_place_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / CONFIDENCE_NAME).mkdir()
    refused(tmp_path)


def test_saving_again_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    stored(tmp_path)
    save_confidence(tmp_path / CONFIDENCE_NAME, OURS.answering_from(0.9), "băm:1", {})
    assert load_confidence(tmp_path, "băm:1") == OURS.answering_from(0.9)
    assert [path.name for path in tmp_path.iterdir()] == [CONFIDENCE_NAME]


def test_where_nothing_can_be_written_an_earlier_file_stays(tmp_path: Path, read_only: Callable[[Path], Path]) -> None:
    stored(tmp_path)
    folder = read_only(tmp_path)
    with pytest.raises(OSError):
        save_confidence(folder / CONFIDENCE_NAME, OURS.answering_from(0.9), "băm:1", {})
    assert load_confidence(folder, "băm:1") == OURS
    assert [path.name for path in folder.iterdir()] == [CONFIDENCE_NAME]


def test_a_disk_that_is_full_leaves_an_earlier_file_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(tmp_path)

    def full(path: Path, text: str, *arguments: object, **named: object) -> int:
        path.write_bytes(text.encode()[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        save_confidence(tmp_path / CONFIDENCE_NAME, OURS.answering_from(0.9), "băm:1", {})
    assert load_confidence(tmp_path, "băm:1") == OURS
    assert [path.name for path in tmp_path.iterdir()] == [CONFIDENCE_NAME]


def test_no_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        save_confidence(tmp_path / "none" / CONFIDENCE_NAME, OURS, "băm:1", {})
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        save_confidence(tmp_path / "file" / CONFIDENCE_NAME, OURS, "băm:1", {})


# --- followed --------------------------------------------------------------------------------------------


def test_a_new_fit_is_followed_and_a_deleted_one_as_well(tmp_path: Path) -> None:
    followed = FollowedConfidence(tmp_path, "băm:1")
    assert followed.current() == shipped()
    stored(tmp_path)
    assert followed.current() == OURS
    (tmp_path / CONFIDENCE_NAME).unlink()
    assert followed.current() == shipped()


def test_a_threshold_that_was_asked_for_outlasts_a_new_fit(tmp_path: Path) -> None:
    followed = FollowedConfidence(tmp_path, "băm:1", answer_from=0.9)
    assert followed.current() == shipped().answering_from(0.9)
    stored(tmp_path)
    assert followed.current() == OURS.answering_from(0.9)


def test_a_file_that_is_damaged_later_leaves_the_last_good_models(tmp_path: Path) -> None:
    stored(tmp_path)
    followed = FollowedConfidence(tmp_path, "băm:1")
    (tmp_path / CONFIDENCE_NAME).write_text("{")
    assert followed.current() == OURS
    save_confidence(tmp_path / CONFIDENCE_NAME, OURS.answering_from(0.9), "băm:1", {})
    assert followed.current() == OURS.answering_from(0.9)
