"""`hoidap calibrate` as a person runs it: what is shown, stored beside the index, and used from then on."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from corpora import PLACES, copied, file_name, write_articles
from encoders import HashEncoder

import qa
from qa import Assistant, verify
from qa.confidence import CONFIDENCE_NAME, load_confidence, save_confidence, shipped
from qa.evaluation import read_questions
from qa.evaluation.calibration import KEEP
from ui import cli
from ui.calibrate_command import add_parser

ROOT = Path(__file__).parent.parent
ENCODER = HashEncoder()
QUESTION = f"Đảng bộ {PLACES[0]} đặt mục tiêu gì?"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an index of all places; not to be written to."""
    folder = tmp_path_factory.mktemp("calibrate")
    Assistant.build(write_articles(folder / "bài", PLACES), folder / "index", encoder=ENCODER)
    return folder / "index"


@pytest.fixture
def index(whole: Path, tmp_path: Path) -> Path:
    return copied(whole, tmp_path / "index")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open indexes with the small encoder, since they were built with it."""
    opened = Assistant.open
    monkeypatch.setattr(
        qa.Assistant,
        "open",
        lambda folder, *, model=None, answer_from=None, fitted=True, apart=False: opened(
            folder, encoder=ENCODER, answer_from=answer_from, fitted=fitted
        ),
    )


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process; give its exit code and what it printed."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


Said = Callable[..., tuple[int, str, str]]


def question_set(path: Path, count: int = len(PLACES)) -> Path:
    lines: list[dict[str, object]] = [
        {"id": place, "question": f"Đảng bộ {place} đặt mục tiêu gì?", "article": file_name(place), "answers": [place]}
        for place in PLACES[:count]
    ]
    lines.append({"id": "none", "question": "Giá vàng thế giới?", "article": None, "answerable": False})
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return path


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    return question_set(tmp_path / "câu hỏi.jsonl")


def names(index: Path) -> set[str]:
    return {path.name for path in index.iterdir()}


def one_line(err: str) -> str:
    """Expect one line for a person, a progress bar before it left out."""
    line = err.splitlines()[-1].split("\r")[-1]
    assert line.startswith("hoidap: ")
    assert err.count("hoidap: ") == 1
    assert "Traceback" not in err
    return line


# --- fitting and storing -----------------------------------------------------------------------------------


def test_a_fit_is_shown_and_stored_beside_the_index(said: Said, index: Path, asked: Path) -> None:
    before = names(index)
    code, out, _ = said("calibrate", asked, "--index", index)
    assert code == 0
    assert names(index) - before == {CONFIDENCE_NAME}
    assert f"Stored in {index / CONFIDENCE_NAME}; delete it to go back to the shipped model." in out
    assert "Questions in Vietnamese: 37, answered rightly" in out
    assert "AUROC of refusing" in out
    assert "expected calibration error" in out
    assert "Questions in another language: too few to fit; the shipped model stays." in out
    fitted = load_confidence(index, ENCODER.fingerprint)
    assert f"answered from confidence {fitted.vietnamese.answered_from:.2f} on" in out
    assert fitted.fitted_on == "câu hỏi.jsonl, 37 questions"
    assert fitted.vietnamese != shipped().vietnamese
    assert fitted.other == shipped().other


def test_what_was_stored_is_used_from_then_on(said: Said, index: Path, asked: Path) -> None:
    assert qa.Assistant.open(index).confidence == shipped()
    shipped_says = said("ask", QUESTION, "--index", index, "--json")[1]
    assert said("calibrate", asked, "--index", index)[0] == 0
    assert qa.Assistant.open(index).confidence.fitted_on == "câu hỏi.jsonl, 37 questions"
    fitted_says = said("ask", QUESTION, "--index", index, "--json")[1]
    assert json.loads(fitted_says)["confidence"] != json.loads(shipped_says)["confidence"]
    (index / CONFIDENCE_NAME).unlink()
    assert said("ask", QUESTION, "--index", index, "--json")[1] == shipped_says


def test_the_stored_threshold_decides_and_a_given_one_goes_before_it(said: Said, index: Path) -> None:
    for threshold, answered in ((0.0, True), (1.0, False)):
        save_confidence(index / CONFIDENCE_NAME, shipped().answering_from(threshold), ENCODER.fingerprint, {})
        assert json.loads(said("ask", QUESTION, "--index", index, "--json")[1])["answered"] is answered
        out = said("ask", QUESTION, "--index", index, "--answer-from", 1 - threshold, "--json")[1]
        assert json.loads(out)["answered"] is not answered


def test_a_dry_run_shows_the_same_and_writes_nothing(said: Said, index: Path, asked: Path) -> None:
    before = names(index)
    code, shown, _ = said("calibrate", asked, "--index", index, "--dry-run")
    assert code == 0
    assert names(index) == before
    assert "Stored" not in shown
    _, out, _ = said("calibrate", asked, "--index", index)
    assert out.startswith(shown)


def test_keeping_more_answers_lowers_the_threshold(said: Said, index: Path, asked: Path) -> None:
    thresholds = []
    for keep in ("0.5", "0.99"):
        assert said("calibrate", asked, "--index", index, "--keep", keep)[0] == 0
        thresholds.append(load_confidence(index, ENCODER.fingerprint).vietnamese.answered_from)
    assert thresholds[0] > thresholds[1]


def test_a_calibrated_index_is_updated_and_verified_as_any_other(
    said: Said, index: Path, asked: Path, tmp_path: Path
) -> None:
    said("calibrate", asked, "--index", index)
    fitted = load_confidence(index, ENCODER.fingerprint)
    qa.update_index(write_articles(tmp_path / "mới", PLACES[:3], edition=2), index, encoder=ENCODER)
    assert load_confidence(index, ENCODER.fingerprint) == fitted
    assert verify(index).problems == ()


# --- what a person can mend --------------------------------------------------------------------------------


def test_malformed_lines_are_all_told_and_nothing_is_run(said: Said, asked: Path, tmp_path: Path) -> None:
    asked.write_text(asked.read_text("utf-8").replace('"none"', f'"{PLACES[1]}"') + "{\n", "utf-8")
    # There is no index either: it is not looked for.
    code, out, err = said("calibrate", asked, "--index", tmp_path / "none")
    assert (code, out) == (2, "")
    assert [line.split(": ")[0] for line in err.splitlines()] == [f"{asked}:37", f"{asked}:38"]


def test_too_few_questions_are_told_in_one_line_and_an_earlier_fit_stays(
    said: Said, index: Path, asked: Path, tmp_path: Path
) -> None:
    few = question_set(tmp_path / "few.jsonl", 5)
    code, out, err = said("calibrate", few, "--index", index)
    assert (code, out) == (2, "")
    assert "too few questions to fit confidence to" in one_line(err)
    assert re.search(r"found \d+ right and \d+ others in vietnamese", one_line(err))
    assert CONFIDENCE_NAME not in names(index)
    said("calibrate", asked, "--index", index)
    fitted = load_confidence(index, ENCODER.fingerprint)
    assert said("calibrate", few, "--index", index)[0] == 2
    assert load_confidence(index, ENCODER.fingerprint) == fitted


@pytest.mark.parametrize("keep", ["1.5", "0", "1", "-0.5", "nan", "viele"])
def test_a_share_to_keep_that_is_none_is_misuse(keep: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["calibrate", "q.jsonl", "--keep", keep])
    assert caught.value.code == 2
    assert f"must be a number between 0 and 1, found '{keep}'" in capsys.readouterr().err


def test_a_missing_index_names_the_command_that_makes_one(said: Said, asked: Path, tmp_path: Path) -> None:
    code, out, err = said("calibrate", asked, "--index", tmp_path / "none")
    assert (code, out) == (2, "")
    assert f"hoidap index PATH --index {tmp_path / 'none'}" in one_line(err)
    assert not (tmp_path / "none").exists()


def test_a_missing_question_set_is_named(said: Said, index: Path, tmp_path: Path) -> None:
    code, out, err = said("calibrate", tmp_path / "none.jsonl", "--index", index)
    assert (code, out) == (2, "")
    assert f"cannot read the question set {tmp_path / 'none.jsonl'}" in one_line(err)


def test_an_index_that_cannot_be_written_is_named(
    said: Said, index: Path, asked: Path, tmp_path: Path, read_only: Callable[[Path], Path]
) -> None:
    said("calibrate", asked, "--index", index, "--dry-run")  # what it imports is loaded while it may be read
    folder = read_only(tmp_path)
    code, _, err = said("calibrate", folder / asked.name, "--index", folder / "index")
    assert code == 2
    assert f"cannot write {folder / 'index' / CONFIDENCE_NAME}: Permission denied" in one_line(err)
    assert CONFIDENCE_NAME not in names(folder / "index")


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_damaged_fit_is_told_in_one_line_with_its_remedy(said: Said, index: Path, command: str) -> None:
    (index / CONFIDENCE_NAME).write_text('{"format": 1, "fing')
    code, out, err = said(command, QUESTION, "--index", index)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert f"{index / CONFIDENCE_NAME} cannot be used" in one_line(err)
    assert "delete it" in one_line(err)


def test_calibrating_again_mends_a_damaged_fit(said: Said, index: Path, asked: Path) -> None:
    (index / CONFIDENCE_NAME).write_text("{")
    assert said("calibrate", asked, "--index", index)[0] == 0
    assert load_confidence(index, ENCODER.fingerprint).fitted_on == "câu hỏi.jsonl, 37 questions"


def test_a_question_set_whose_name_is_no_text_is_no_traceback(said: Said, index: Path, asked: Path) -> None:
    named = asked.with_name("c\udce2u.jsonl")
    shutil.copy(asked, named)
    assert said("calibrate", named, "--index", index)[0] == 0
    assert load_confidence(index, ENCODER.fingerprint).fitted_on.endswith("37 questions")


def test_the_default_share_is_the_one_of_the_fit_and_help_loads_nothing(asked: Path) -> None:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    assert parser.parse_args(["calibrate", str(asked)]).keep == KEEP
    assert len(read_questions(asked)) == 37
    script = "import sys, ui.calibrate_command; sys.exit(bool({'numpy', 'qa', 'tqdm', 'sklearn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0
