"""Fitting confidence: sure where questions are easy to tell apart, honest where they are not, the same every time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpora import PLACES, write_articles
from encoders import HashEncoder
from sample_runs import Stumbling

from qa import Answer, Assistant, Hit, HoidapError
from qa.confidence import Model, Signals, shipped
from qa.evaluation import LabelledQuestion, calibrate, examples
from qa.evaluation.calibration import KEEP, LEAST, Example

TRUE = Model(-14.0, Signals(14.0, 2.0, 12.0, -1.0), 0.5)


def drawn(count: int, group: str = "vietnamese", seed: int = 1) -> list[Example]:
    """Draw examples of a known model, two a question; those that are not right have no answer."""
    random = np.random.default_rng(seed)
    found = []
    for i in range(count):
        cosine, coverage, lead = random.uniform([0.6, 0.0, 0.0], [1.0, 1.0, 0.15])
        signals = Signals(cosine, coverage, lead, float(random.integers(2)))
        right = bool(random.random() < TRUE.probability(signals))
        found.append(Example(f"q{i // 2}", group, signals, right, right))
    return found


def apart(right: int, others: int, group: str = "vietnamese") -> list[Example]:
    """Make examples, each of its own question, that a cosine tells apart."""
    random = np.random.default_rng(2)
    found = []
    for i in range(right + others):
        is_right = i < right
        cosine = (0.9 if is_right else 0.7) + random.uniform(0, 0.1)
        found.append(Example(f"q{i}", group, Signals(cosine, 0.5, 0.1, 0.0), is_right, is_right))
    return found


# --- fitting ---------------------------------------------------------------------------------------------


def test_what_a_cosine_tells_apart_is_told_apart() -> None:
    fit = calibrate(apart(100, 100), "thử").fits["vietnamese"]
    assert fit.auroc.value is not None
    assert fit.auroc.value > 0.99
    assert fit.refused > 0.95
    assert (fit.questions, fit.right, fit.wrong) == (200, 100, 100)


@pytest.mark.parametrize("keep", [0.5, 0.8, KEEP, 0.99])
def test_the_threshold_gives_about_the_share_of_right_answers_that_was_asked_for(keep: float) -> None:
    found = drawn(2000)
    calibration = calibrate(found, "thử", keep)
    assert calibration.fits["vietnamese"].kept == pytest.approx(keep, abs=0.02)
    model = calibration.confidence.vietnamese
    given = [model.probability(example.signals) >= model.answered_from for example in found if example.right]
    assert np.mean(given) == pytest.approx(keep, abs=0.03)


def test_giving_more_right_answers_refuses_fewer_of_the_others() -> None:
    found = drawn(1000)
    fits = [calibrate(found, "thử", keep).fits["vietnamese"] for keep in (0.5, 0.9)]
    assert fits[0].model.answered_from > fits[1].model.answered_from
    assert fits[0].refused > fits[1].refused


def test_on_questions_of_a_logistic_model_its_probabilities_come_back() -> None:
    calibration = calibrate(drawn(3000), "thử")
    error = calibration.fits["vietnamese"].calibration_error
    assert error.value is not None
    assert error.value < 0.03
    new = [example.signals for example in drawn(500, seed=9)]
    off = [calibration.confidence.vietnamese.probability(found) - TRUE.probability(found) for found in new]
    assert np.abs(off).mean() < 0.03


def test_reliability_bins_hold_every_answer_once() -> None:
    fit = calibrate(drawn(1000), "thử").fits["vietnamese"]
    assert sum(found.answers for found in fit.reliability) == 1000
    for found in fit.reliability:
        assert found.low <= found.confidence <= found.high
        assert 0 <= found.right <= 1


def test_what_was_learned_of_a_question_does_not_judge_it() -> None:
    # One question is answered rightly for what its cosine does not tell, and only `unmet` would give it away.
    odd = [Example("odd", "vietnamese", Signals(0.6, 0.5, 0.1, 1.0), True, True)] * 40
    fit = calibrate([*odd, *apart(100, 100)], "thử").fits["vietnamese"]
    assert sum(found.answers * found.right for found in fit.reliability if found.high <= 0.5) >= len(odd)


def test_signals_that_never_differ_do_not_matter() -> None:
    model = calibrate(apart(60, 60), "thử").confidence.vietnamese
    assert model.weights.coverage == model.weights.lead == model.weights.unmet == 0


def test_the_figures_are_the_same_on_every_run() -> None:
    found = drawn(400) + drawn(300, "other", seed=3)
    assert calibrate(found, "thử") == calibrate(list(found), "thử")


def test_the_report_is_json_and_has_the_figures_of_every_fit() -> None:
    calibration = calibrate(drawn(400), "thử")
    report = json.loads(json.dumps(calibration.report(), allow_nan=False))
    assert list(report) == ["vietnamese"]
    assert report["vietnamese"]["auroc"]["value"] == calibration.fits["vietnamese"].auroc.value
    assert report["vietnamese"]["kept"] == calibration.fits["vietnamese"].kept


def test_without_a_question_that_is_answered_nowhere_auroc_is_not_defined() -> None:
    found = [replace(example, answerable=True) for example in drawn(400)]
    assert calibrate(found, "thử").fits["vietnamese"].auroc.value is None


# --- languages, and too little -----------------------------------------------------------------------------


def test_each_language_has_its_own_model() -> None:
    calibration = calibrate(drawn(400) + apart(60, 60, "other"), "thử")
    assert list(calibration.fits) == ["vietnamese", "other"]
    assert calibration.confidence.vietnamese != calibration.confidence.other
    assert calibration.confidence.fitted_on == "thử"


def test_a_language_without_enough_questions_keeps_the_shipped_model() -> None:
    calibration = calibrate(drawn(400) + apart(LEAST, LEAST - 1, "other"), "thử")
    assert list(calibration.fits) == ["vietnamese"]
    assert calibration.confidence.other == shipped().other
    assert calibration.confidence.vietnamese == calibration.fits["vietnamese"].model


@pytest.mark.parametrize(("right", "others"), [(LEAST - 1, 200), (200, LEAST - 1), (0, 0), (200, 0), (0, 200)])
def test_too_few_say_how_many_there_are(right: int, others: int) -> None:
    with pytest.raises(HoidapError) as caught:
        calibrate(apart(right, others), "thử")
    line = str(caught.value)
    assert "\n" not in line
    assert f"found {right} right and {others} others in vietnamese, 0 right and 0 others in other" in line


def test_a_few_questions_asked_often_are_too_few() -> None:
    often = [replace(example, question=f"q{i % 4}") for i, example in enumerate(drawn(400))]
    with pytest.raises(HoidapError, match="too few questions"):
        calibrate(often, "thử")


def test_as_few_as_it_takes_are_enough() -> None:
    assert list(calibrate(apart(LEAST, LEAST), "thử").fits) == ["vietnamese"]


@pytest.mark.parametrize("keep", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_a_share_to_keep_that_is_none_is_refused(keep: float) -> None:
    with pytest.raises(ValueError, match="keep"):
        calibrate(drawn(400), "thử", keep)


# --- asking ------------------------------------------------------------------------------------------------


class Noting:
    """An assistant that notes each question and what was hidden from it."""

    def __init__(self, assistant: Assistant) -> None:
        self.folder = assistant.folder
        self.asked: list[tuple[str, str | None]] = []
        self._assistant = assistant

    def ask_all(
        self,
        questions: Sequence[str],
        *,
        k: int,
        hidden: Sequence[str | None] | None,
        histories: Sequence[Sequence[str]] | None,
    ) -> Iterator[tuple[Answer, list[Hit]]]:
        """Answer as `Assistant.ask_all`."""
        self.asked += zip(questions, hidden or [None] * len(questions), strict=True)
        return self._assistant.ask_all(questions, k=k, hidden=hidden, histories=histories)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("calibration")
    return Assistant.build(write_articles(folder / "bài", PLACES[:6]), folder / "index", encoder=HashEncoder())


def about(place: str, **change: object) -> LabelledQuestion:
    number = PLACES.index(place)
    asked = LabelledQuestion(f"q{number}", f"Đảng bộ {place} đặt mục tiêu gì?", f"{number:02d}.txt", (place,))
    return replace(asked, **change)  # type: ignore[arg-type]


NOWHERE = LabelledQuestion("nowhere", "Giá vàng thế giới?", None, (), False)


def test_a_question_is_asked_with_and_without_diacritics_and_its_article(assistant: Assistant) -> None:
    noting = Noting(assistant)
    found = examples(noting, [about("Cao Lộc"), NOWHERE])
    assert Counter(noting.asked) == Counter(
        [
            ("Đảng bộ Cao Lộc đặt mục tiêu gì?", None),
            ("Đảng bộ Cao Lộc đặt mục tiêu gì?", "00.txt"),
            ("Dang bo Cao Loc dat muc tieu gi?", None),
            ("Dang bo Cao Loc dat muc tieu gi?", "00.txt"),
            ("Giá vàng thế giới?", None),
            ("Gia vang the gioi?", None),
        ]
    )
    assert Counter((example.question, example.answerable) for example in found) == {
        ("q0", True): 2,
        ("q0", False): 2,
        ("nowhere", False): 2,
    }


def test_a_question_without_diacritics_is_not_asked_twice_over(assistant: Assistant) -> None:
    typed = about("Cao Lộc", question="dang bo cao loc dat muc tieu gi")
    english = about("Đông Hà", question="How many households of Dong Ha take part?")
    found = examples(assistant, [typed, english])
    assert Counter((example.question, example.answerable) for example in found) == {
        ("q0", True): 1,
        ("q0", False): 1,
        ("q1", True): 1,
        ("q1", False): 1,
    }
    assert {example.question: example.group for example in found} == {"q0": "vietnamese", "q1": "other"}


def test_an_answer_is_right_where_it_is_found_and_never_where_its_article_is_hidden(assistant: Assistant) -> None:
    found = examples(assistant, [*map(about, PLACES[:6]), NOWHERE])
    assert all(example.right for example in found if example.answerable)
    assert not any(example.right for example in found if not example.answerable)


def test_a_passage_without_the_answer_is_not_right_and_without_answers_the_article_decides(
    assistant: Assistant,
) -> None:
    lacking = about("Cao Lộc", answers=("không hề có",))
    elsewhere = about("Đông Hà", article="02.txt", answers=())
    article = about("Hải Lăng", answers=())
    found = examples(assistant, [lacking, elsewhere, article])
    assert {example.question: example.right for example in found if example.answerable} == {
        "q0": False,
        "q1": False,
        "q2": True,
    }


def test_an_article_that_is_all_there_is_leaves_nothing_when_hidden(tmp_path: Path) -> None:
    alone = Assistant.build(write_articles(tmp_path / "bài", PLACES[:1]), tmp_path / "index", encoder=HashEncoder())
    assert [example.answerable for example in examples(alone, [about("Cao Lộc")])] == [True, True]


def test_a_question_that_fails_is_left_out_and_the_others_are_not(assistant: Assistant) -> None:
    found = examples(Stumbling(assistant, "Đông Hà"), [about("Cao Lộc"), about("Đông Hà"), about("Hải Lăng")])
    # Without diacritics, it does not fail.
    assert Counter(example.question for example in found) == {"q0": 4, "q1": 2, "q2": 4}


def test_what_a_person_has_to_mend_stops_it(assistant: Assistant) -> None:
    with pytest.raises(HoidapError):
        examples(Stumbling(assistant, "Cao Lộc", HoidapError), [about("Cao Lộc")])


def test_progress_counts_every_question_once(assistant: Assistant) -> None:
    done: list[int] = []
    examples(assistant, [about("Cao Lộc", id=str(i)) for i in range(130)], progress=done.append)
    assert sum(done) == 130
    assert len(done) > 1
    assert examples(assistant, []) == []
