"""`hoidap eval` and `hoidap import squad` as a person runs them: what is printed, written and returned."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from corpora import PLACES, write_articles
from encoders import HashEncoder
from sample_runs import Stumbling

import qa
from qa import Assistant, HoidapError
from qa.confidence import shipped
from qa.evaluation import VARIANTS
from ui.eval_command import add_parsers

ROOT = Path(__file__).parent.parent


def hoidap(*arguments: object) -> int:
    parser = argparse.ArgumentParser(prog="hoidap")
    add_parsers(parser.add_subparsers(required=True))
    options = parser.parse_args([str(argument) for argument in arguments])
    return int(options.run(options))


def question_set(path: Path, count: int = 6, **change: object) -> Path:
    lines = [
        {"id": f"q{i}", "question": f"Đảng bộ {PLACES[i]} đặt mục tiêu gì?", "article": f"{i:02d}.txt",
         "answers": [f"đảng bộ {PLACES[i]} đặt mục tiêu"], "tags": ["lẻ" if i % 2 else "chẵn"]} | change
        for i in range(count)
    ]  # fmt: skip
    lines.append({"id": "none", "question": "Giá vàng thế giới?", "article": None, "answerable": False})
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return path


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eval")
    Assistant.build(write_articles(folder / "bài", PLACES[:8]), folder / "index", encoder=HashEncoder())
    return folder / "index"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open indexes with the small encoder, since they were built with it."""
    whole = Assistant.open
    monkeypatch.setattr(qa.Assistant, "open", lambda folder, **named: whole(folder, encoder=HashEncoder()))


@pytest.fixture
def run(index: Path, small: None) -> Callable[..., int]:
    return lambda *arguments: hoidap("eval", *arguments, "--index", index)


def test_a_run_prints_its_table_and_writes_what_was_asked(
    run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = question_set(tmp_path / "q.jsonl")
    out, page = tmp_path / "run.json", tmp_path / "run.html"
    assert run(asked, "--json", out, "--report", page, "--variant", "nfd", "--variant", "removed", "-k", 12) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("7 questions, 6 answerable; 8 articles,")
    assert "plain" in printed
    assert "nfd" in printed
    assert "removed" in printed
    assert "chẵn" in printed
    record = json.loads(out.read_text("utf-8"))
    assert record["metrics"]["article_recall@1"]["value"] == 1
    assert record["about"]["k"] == 12
    assert set(record["variants"]) == {"nfd", "removed"}
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_malformed_lines_are_all_told_and_nothing_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = question_set(tmp_path / "q.jsonl")
    path.write_text(path.read_text("utf-8").replace('"none"', '"q1"') + "{\n", "utf-8")
    # There is no index either: it is not looked for.
    assert hoidap("eval", path, "--index", tmp_path / "none") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.split(": ")[0] for line in captured.err.splitlines()] == [f"{path}:7", f"{path}:8"]


def test_a_question_that_fails_is_named(
    index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Opened(Stumbling):
        confidence = shipped()

        def summary(self) -> object:
            return self._assistant.summary()

        def warm_up(self) -> None:
            pass

    opened = Opened(Assistant.open(index, encoder=HashEncoder()), PLACES[3])
    monkeypatch.setattr(qa.Assistant, "open", lambda folder, **named: opened)
    assert hoidap("eval", question_set(tmp_path / "q.jsonl"), "--index", index) == 0
    captured = capsys.readouterr()
    assert "failed to run, counted as zero: q3 (plain): RuntimeError: vấp" in captured.err
    assert "article_recall@1   0.833" in captured.out


def test_what_the_index_cannot_answer_is_named(
    run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = question_set(tmp_path / "q.jsonl")
    path.write_text(path.read_text("utf-8").replace('"02.txt"', '"mất.txt"'), "utf-8")
    assert run(path) == 0
    assert "1 questions count as zero, since the index lacks their article: q2" in capsys.readouterr().err
    assert run(question_set(tmp_path / "p.jsonl", answers=["không hề có"])) == 0
    assert "no single one holds an accepted answer: q0, q1, q2, q3, q4, q5" in capsys.readouterr().err


def test_a_guarded_metric_that_is_worse_fails(
    run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, before = question_set(tmp_path / "q.jsonl", 8), tmp_path / "before.json"
    assert run(asked, "--json", before, "--variant", "nfd") == 0
    guards = ("--fail-if-worse", "article_recall@1", "--fail-if-worse", "nfd:passage_hit@1")
    assert run(asked, "--compare", before, "--variant", "nfd", *guards) == 0
    # The same questions were answered quicker once: now it takes sixty times as long.
    record = json.loads(before.read_text("utf-8"))
    for outcome in record["per_question"]:
        outcome["latency_ms"] /= 60
    before.write_text(json.dumps(record), "utf-8")
    capsys.readouterr()
    assert run(asked, "--compare", before, "--fail-if-worse", "article_recall@1") == 0
    assert run(asked, "--compare", before, "--fail-if-worse", "latency_p50_ms") == 1
    assert "worse: plain:latency_p50_ms, " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--variant", "telex9"], "there is no variant 'telex9'; known are: unaccented, typed without diacritics"),
        (["--fail-if-worse", "article_recall@1"], "--fail-if-worse needs a run to compare with"),
        (
            ["--compare", "{run}", "--fail-if-worse", "recall"],
            "there is no metric 'recall'; known are article_recall@1",
        ),
        (["--compare", "{run}", "--fail-if-worse", "nfd:answer_hit"], "add --variant nfd"),
        (["--compare", "{run}", "--variant", "nfd", "--fail-if-worse", "nfd:answer_hit"], "has no such figure"),
        (["--compare", "none.json"], "cannot read the run none.json"),
        (["--json", "none/out.json"], "cannot write none/out.json"),
        (["--report", "."], "cannot write ."),
    ],
)
def test_misuse_is_told_before_a_question_is_asked(
    run: Callable[..., int], tmp_path: Path, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = question_set(tmp_path / "q.jsonl")
    assert run(asked, "--json", tmp_path / "run.json") == 0
    monkeypatch.setattr(qa.Assistant, "open", lambda folder, **named: pytest.fail("an index was opened"))
    with pytest.raises(HoidapError) as caught:
        run(asked, *[argument.format(run=tmp_path / "run.json") for argument in arguments])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("k", ["9", "0", "-1", "viele"])
def test_k_below_the_ranks_that_metrics_look_at_is_misuse(k: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        hoidap("eval", "q.jsonl", "--k", k)
    assert caught.value.code == 2
    assert "whole number from 10" in capsys.readouterr().err


def test_squad_is_imported_and_evaluated(small: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    squad = tmp_path / "squad.json"
    qas = [
        {"id": "1", "question": "Sông Hương ở đâu?", "answers": [{"text": "Huế", "answer_start": 0}]},
        {"id": "2", "question": "Dài bao nhiêu?", "answers": [{"text": "dà", "answer_start": 0}]},
    ]
    document = {"data": [{"title": "Huế", "paragraphs": [{"context": "Sông Hương chảy dài qua Huế.", "qas": qas}]}]}
    squad.write_text(json.dumps(document), "utf-8")
    corpus, asked = tmp_path / "corpus.jsonl", tmp_path / "questions.jsonl"
    assert hoidap("import", "squad", squad, "--corpus", corpus, "--questions", asked) == 0
    captured = capsys.readouterr()
    assert captured.out == f"1 articles to {corpus}\n2 questions to {asked}\n"
    assert "1 questions have no answer that stands in their paragraph as whole words: 2" in captured.err
    Assistant.build(corpus, tmp_path / "index", encoder=HashEncoder())
    assert hoidap("eval", asked, "--index", tmp_path / "index") == 0
    assert hoidap("import", "squad", squad, "--corpus", "/dev/null", "--questions", asked, "--articles-only") == 0
    assert Path("/dev/null").is_char_device()
    assert '"answers": []' in asked.read_text("utf-8")
    with pytest.raises(HoidapError, match="cannot write"):
        hoidap("import", "squad", squad, "--corpus", tmp_path, "--questions", asked)


def test_help_names_every_variant_and_loads_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        hoidap("eval", "--help")
    shown = "".join(capsys.readouterr().out.split())  # lines break within names
    assert all(name in shown for name in VARIANTS)
    script = "import sys, ui.eval_command; sys.exit(bool({'numpy', 'qa', 'tqdm'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0
