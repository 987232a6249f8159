"""The `hoidap` command as a person runs it: what it prints, its exit codes, and one line for what went wrong."""

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_answers import answer, article, citation
from test_duplicates import STORY
from test_readers_legacy import as_tcvn3

from qa import Citation, Converted, IndexReport
from ui import cli
from ui.formats import answer_json, report_json
from ui.terminal import answer_lines, report_lines

SEEDS = Path(__file__).parent.parent / "seeds" / "articles"
COMMANDS = (
    "index", "watch", "search", "ask", "chat", "list", "remove", "verify", "doctor", "backup", "restore", "eval",
    "calibrate", "import",
)  # fmt: skip
QUESTION = "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"


def run(*arguments: object, expect: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as installed."""
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, **environment},
    )
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    return done


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run the command in this process: fast, and the model is loaded once."""
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def one_line_error(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    code, out, err = said(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("hoidap: ")
    assert err.count("\n") == 1
    return err


# --- answering -------------------------------------------------------------------------------------------


def test_ask_json_has_exactly_the_promised_keys(capsys: pytest.CaptureFixture[str], seed_index: Path) -> None:
    code, out, _ = said(capsys, "ask", QUESTION, "--index", seed_index, "--json")
    answer: dict[str, Any] = json.loads(out)
    assert code == 0
    assert list(answer) == ["question", "answered", "answer", "confidence", "citations"]
    assert answer["question"] == QUESTION
    assert answer["answered"] is True
    assert "5.350 đảng viên" in answer["answer"]
    assert 0 <= answer["confidence"] <= 1
    place = ["article", "title", "path", "start", "end", "quote", "sentence", "score"]
    for number, citation in enumerate(answer["citations"], start=1):  # noqa: F402
        assert list(citation) == ["number", *place]
        assert citation["number"] == number
        assert list(citation["sentence"]) == ["start", "end", "text"]
        text = Path(citation["path"]).read_bytes().decode()
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        sentence = citation["sentence"]
        assert text[sentence["start"] : sentence["end"]] == sentence["text"]
        assert citation["start"] <= sentence["start"] < sentence["end"] <= citation["end"]
    assert answer["citations"][0]["article"] == "001_75822a0bf5c51fca.txt"


def test_search_json_has_exactly_the_promised_keys(capsys: pytest.CaptureFixture[str], seed_index: Path) -> None:
    code, out, _ = said(capsys, "search", QUESTION, "-k", "4", "--index", seed_index, "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found) == ["question", "hits"]
    assert len(found["hits"]) == 4
    assert list(found["hits"][0]) == ["article", "title", "path", "start", "end", "quote", "sentence", "score"]
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (QUESTION, "5.350 đảng viên"),
        ("ai la truong doan giam sat so 1", "Lê Quang Tùng làm trưởng đoàn"),
        ("Phần mềm nào được dùng để quản lý văn bản?", "VNPT iOffice"),
        ("How many party members does Cao Loc have?", "5.350 đảng viên"),
    ],
    ids=["accented", "unaccented", "paraphrase", "english"],
)
def test_a_person_gets_the_sentence_that_answers(
    capsys: pytest.CaptureFixture[str], seed_index: Path, question: str, expected: str
) -> None:
    code, out, _ = said(capsys, "ask", question, "--index", seed_index)
    assert code == 0
    quotation = next(line for line in out.splitlines() if line.startswith("“"))
    assert expected in quotation
    assert quotation.endswith("[1]")


def test_the_passage_shows_title_date_path_span_and_the_sentence_marked(
    capsys: pytest.CaptureFixture[str], seed_index: Path
) -> None:
    _, out, _ = said(capsys, "ask", QUESTION, "--index", seed_index)
    assert "[1] Kiểm tra công tác chuẩn bị và tổ chức đại hội đảng bộ các cấp" in out
    assert "· 2020-05-22 · LSO" in out
    assert "001_75822a0bf5c51fca.txt:" in out
    assert "▶Theo báo cáo của Huyện ủy Cao Lộc" in out


def test_what_the_articles_do_not_say_is_said_plainly(capsys: pytest.CaptureFixture[str], seed_index: Path) -> None:
    code, out, _ = said(capsys, "ask", "Giá vàng hôm nay bao nhiêu?", "--index", seed_index)
    assert code == 0
    note, refusal, *_ = out.splitlines()
    assert note.startswith("“hôm nay” được hiểu là ngày ")
    assert refusal.startswith("The articles do not answer this. Nearest passages")
    _, out, _ = said(capsys, "ask", "Giá vàng hôm nay bao nhiêu?", "--index", seed_index, "--json")
    refused = json.loads(out)
    assert (refused["answered"], refused["answer"], len(refused["citations"])) == (False, "", 3)


def test_a_restored_question_says_what_it_was_taken_for(capsys: pytest.CaptureFixture[str], seed_index: Path) -> None:
    _, out, _ = said(capsys, "ask", "ai la truong doan giam sat so 1", "--index", seed_index)
    assert out.startswith("Đã hiểu là: ai là trưởng đoàn giám sát số 1\n")


# --- when to answer, and after what -----------------------------------------------------------------------


def test_answering_from_0_answers_everything_and_from_1_refuses_it(
    capsys: pytest.CaptureFixture[str], seed_index: Path
) -> None:
    for question in (QUESTION, "Giá vàng hôm nay bao nhiêu?"):
        answered = []
        for threshold in ("0", "1"):
            _, out, _ = said(capsys, "ask", question, "--index", seed_index, "--answer-from", threshold, "--json")
            answered.append(json.loads(out))
        assert [answer["answered"] for answer in answered] == [True, False]
        assert answered[0]["confidence"] == answered[1]["confidence"]
        assert answered[0]["citations"] == answered[1]["citations"]


@pytest.mark.parametrize("command", [["ask", "ai?"], ["chat"], ["eval", "q.jsonl"]])
@pytest.mark.parametrize("threshold", ["2", "x", "nan", "-0.1", ""])
def test_a_threshold_that_is_no_probability_is_misuse(
    capsys: pytest.CaptureFixture[str], command: list[str], threshold: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([*command, f"--answer-from={threshold}"])
    assert caught.value.code == 2
    assert f"--answer-from: must be a number from 0 to 1, found '{threshold}'" in capsys.readouterr().err


def test_a_question_may_lean_on_those_before_it(capsys: pytest.CaptureFixture[str], seed_index: Path) -> None:
    leaning, before = "Thế còn đảng viên thì sao?", "Đảng bộ huyện Cao Lộc có bao nhiêu chi bộ?"
    _, out, _ = said(capsys, "ask", leaning, "--index", seed_index)
    assert out.startswith("The articles do not answer this.")
    # What was asked last counts, and what stands alone before it does not.
    after = ("--after", "Phần mềm nào được dùng để quản lý văn bản?", "--after", before)
    _, out, _ = said(capsys, "ask", leaning, *after, "--index", seed_index)
    assert out.startswith(f"Hiểu theo câu hỏi trước: {before} {leaning}\n")
    assert "5.350 đảng viên" in next(line for line in out.splitlines() if line.startswith("“"))


def test_a_question_that_stands_alone_is_answered_alike_after_others(
    capsys: pytest.CaptureFixture[str], seed_index: Path
) -> None:
    alone = said(capsys, "ask", QUESTION, "--index", seed_index, "--json")
    for before in ("Ai là trưởng đoàn giám sát số 1?", "", "?!", "đảng viên " * 10_000, "\ud800"):
        assert said(capsys, "ask", QUESTION, "--after", before, "--index", seed_index, "--json") == alone


# --- by date ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dated_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index three articles that say the same, the last at no known date."""
    folder = tmp_path_factory.mktemp("dated")
    days = {"a": "2020-05-22", "b": "2021-04-13", "c": None}
    text = "Đảng bộ huyện Cao Lộc có 5.350 đảng viên."
    lines = [json.dumps({"id": name, "text": text, "published": day}) for name, day in days.items()]
    (folder / "bài.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert cli.main(["index", str(folder / "bài.jsonl"), "--index", str(folder / "index")]) == 0
    return folder / "index"


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        ((), ["a", "b", "c"]),
        (("--from", "2020-05-22"), ["a", "b"]),
        (("--from", "23/5/2020"), ["b"]),
        (("--to", "2021-04-12"), ["a"]),
        (("--from", "22-05-2020", "--to", "13/4/2021"), ["a", "b"]),
        (("--from", "2021-04-13", "--to", "2021-04-13"), ["b"]),
        (("--from", "2022-01-01"), []),
    ],
)
def test_search_and_ask_keep_to_articles_of_some_days(
    capsys: pytest.CaptureFixture[str], dated_index: Path, days: tuple[str, ...], kept: list[str]
) -> None:
    code, out, _ = said(capsys, "search", QUESTION, *days, "--index", dated_index, "--json")
    assert code == 0
    assert sorted(hit["article"] for hit in json.loads(out)["hits"]) == kept
    code, out, _ = said(capsys, "ask", QUESTION, *days, "--answer-from", 0, "--index", dated_index, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["answered"] == bool(kept)
    assert sorted(citation["article"] for citation in answer["citations"]) == kept


def test_where_no_article_is_of_those_days_a_person_is_told_so(
    capsys: pytest.CaptureFixture[str], dated_index: Path
) -> None:
    for command, told in (("search", "Nothing found."), ("ask", "The articles do not answer this.")):
        code, out, _ = said(capsys, command, QUESTION, "--from", "2022-01-01", "--index", dated_index)
        assert code == 0
        assert out.strip() == told


@pytest.mark.parametrize("command", ["search", "ask"])
@pytest.mark.parametrize("option", ["--from", "--to"])
@pytest.mark.parametrize("day", ["hôm qua", "31/4/2021", "4/2021", ""])
def test_a_day_that_is_none_is_misuse(capsys: pytest.CaptureFixture[str], command: str, option: str, day: str) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([command, "ai?", f"{option}={day}"])
    assert caught.value.code == 2
    message = f"{option}: must be a day such as 2021-04-13 or 13/4/2021, found '{day}'"
    assert message in capsys.readouterr().err


# --- the same story on two sites, and pages ----------------------------------------------------------------

XA = "Toàn tỉnh Quảng Trị có bao nhiêu xã đạt chuẩn nông thôn mới?"


@pytest.fixture(scope="module")
def told_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index a story as two sites have it, the second of them without a name."""
    folder = tmp_path_factory.mktemp("twice")
    records = [
        {"id": "qto", "title": "Tổng kết nông thôn mới", "text": f"(QTO) - {STORY}", "source": "Báo Quảng Trị"},
        {"id": "chép", "title": "Năm năm nhìn lại", "text": f"{STORY}\n\nẢnh: Trần Văn Nam"},
    ]
    (folder / "bài.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    assert cli.main(["index", str(folder / "bài.jsonl"), "--index", str(folder / "index")]) == 0
    return folder / "index"


@pytest.mark.parametrize("command", ["search", "ask"])
def test_a_story_told_twice_is_shown_once_with_where_it_also_is(
    capsys: pytest.CaptureFixture[str], told_twice: Path, command: str
) -> None:
    _, out, _ = said(capsys, command, XA, "--index", told_twice, "--json")
    places = json.loads(out)["hits" if command == "search" else "citations"]
    (place,) = [place for place in places if "58 xã" in place["sentence"]["text"]]
    (twin,) = place["also_in"]
    assert list(twin) == ["article", "title", "path", "source"]
    assert {place["article"], twin["article"]} == {"qto", "chép"}
    _, out, _ = said(capsys, command, XA, "--index", told_twice)
    assert out.count("58 xã") == 1 + (command == "ask"), "in the passage, and in the answer"
    assert f"    also in {twin['source'] or twin['article']}\n" in out


def test_index_counts_stories_told_again(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(f"Tin {name}\n\n{STORY}\n", encoding="utf-8")
    _, out, _ = said(capsys, "index", tmp_path, "--index", tmp_path / "index")
    assert "1 tell a story that another article tells" in out
    _, out, _ = said(capsys, "index", tmp_path, "--index", tmp_path / "index")
    assert "tell a story" not in out
    _, out, _ = said(capsys, "index", tmp_path, "--index", tmp_path / "index", "--rebuild", "--json")
    assert json.loads(out)["retold"] == 1


def placed(**facts: Any) -> Citation:
    """Cite the second sentence of an article of three."""
    text = "Câu một. Câu hai. Câu ba."
    source = replace(article(text), **facts)
    return citation(source, text, "Câu hai.")


@pytest.mark.parametrize(
    ("pages", "page"), [((), None), ((0,), 1), ((0, 9), 2), ((0, 10), 1), ((0, 3, 9, 18), 3)], ids=repr
)
def test_the_page_is_that_of_the_sentence(pages: tuple[int, ...], page: int | None) -> None:
    found = answer(placed(pages=pages))
    (place,) = answer_json(found)["citations"]
    assert place.get("page") == page
    assert ("page" in place) == (page is not None)
    where = answer_lines(found, colours=False)[-2]
    assert where == f"    bai/thu.txt:0-25{'' if page is None else f', page {page}'}"


def test_copies_are_named_by_their_source_or_else_their_id() -> None:
    twins = (article("x", source="Báo \x1b[31mđỏ"), replace(article("x"), id="bản\nsao.txt"))
    found = answer(replace(placed(), also_in=twins))
    assert answer_lines(found, colours=False)[-1] == "    also in Báo \ufffd[31mđỏ, bản sao.txt"
    (place,) = answer_json(found)["citations"]
    assert [(twin["article"], twin["source"]) for twin in place["also_in"]] == [
        ("thu.txt", "Báo \x1b[31mđỏ"),
        ("bản\nsao.txt", None),
    ]
    assert "also_in" not in answer_json(answer(placed()))["citations"][0]
    assert not [line for line in answer_lines(answer(placed()), colours=False) if "also in" in line]


def test_what_was_converted_is_counted_by_encoding(tmp_path: Path) -> None:
    names = ("VNI", "VNI", "TCVN3 (ABC)")
    report = IndexReport(added=3, converted=[Converted(f"{i}.txt", f"{i}", name) for i, name in enumerate(names)])
    lines = report_lines(report, tmp_path)
    assert "Not in Unicode, and converted: 2 from VNI, 1 from TCVN3 (ABC)" in lines
    assert report_json(report)["converted"] == [
        "0.txt: read as VNI",
        "1.txt: read as VNI",
        "2.txt: read as TCVN3 (ABC)",
    ]


def test_index_names_a_converted_file_once_with_its_encoding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "cu.txt").write_bytes(as_tcvn3(STORY.lower().replace("“", '"').replace("”", '"')))
    code, out, err = said(capsys, "index", tmp_path, "--index", tmp_path / "index")
    assert code == 0, "it was read"
    assert f"{tmp_path / 'cu.txt'}: read as TCVN3 (ABC)" in err
    assert "Not in Unicode, and converted: 1 from TCVN3 (ABC)" in out
    _, out, err = said(capsys, "index", tmp_path, "--index", tmp_path / "index")
    assert "TCVN3" not in out + err


def test_excluded_files_and_patterns_are_given_as_a_person_types_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("tin/a.txt", "tin/b.txt", "nháp/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"Tin {name}\n\nXã có 12 thôn.\n", encoding="utf-8")
    index = tmp_path / "index"
    _, out, _ = said(capsys, "index", tmp_path, "--exclude", "nháp", "--exclude", "b.*", "--index", index, "--json")
    assert json.loads(out)["added"] == 1
    _, out, _ = said(capsys, "index", tmp_path / "**" / "[bc].txt", "--index", index, "--json")
    assert json.loads(out)["added"] == 2
    assert "nothing matches" in one_line_error(capsys, "index", tmp_path / "*.pdf", "--index", index)


# --- questions that no one should ask --------------------------------------------------------------------


@pytest.mark.parametrize(
    "question", ["", "   ", "?!… –", "\u200b", "😀"], ids=["empty", "blank", "marks", "invisible", "emoji"]
)
def test_a_question_without_a_word_gives_one_line(
    capsys: pytest.CaptureFixture[str], seed_index: Path, question: str
) -> None:
    assert "no letter or digit" in one_line_error(capsys, "ask", question, "--index", seed_index)


@pytest.mark.parametrize(
    "question",
    ["đảng viên " * 10_000, "你好吗", "Сколько членов партии?", "\ud800 đảng viên", "a\x00b\x1b[31m", "5350"],
    ids=["100,000 characters", "chinese", "russian", "lone surrogate", "control characters", "digits"],
)
def test_any_other_question_is_answered_or_refused(
    capsys: pytest.CaptureFixture[str], seed_index: Path, question: str
) -> None:
    code, out, _ = said(capsys, "ask", question, "--index", seed_index, "--json")
    assert code == 0
    assert json.loads(out)["question"] == question


def test_bytes_that_are_no_text_do_not_end_in_a_traceback(seed_index: Path) -> None:
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"ui.cli", b"search", b"\xff\xfe abc", b"--index", str(seed_index).encode()],
        capture_output=True,
        cwd=Path(__file__).parent.parent,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr


# --- indexing --------------------------------------------------------------------------------------------


def test_index_says_what_it_did_and_a_second_run_does_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = said(capsys, "index", SEEDS, "--index", tmp_path / "index")
    assert code == 0
    assert "Articles: 5 added, 0 changed, 0 unchanged, 0 removed, 0 skipped" in out
    assert "Encoded 121 sentences" in out
    assert "100%" in err
    code, out, err = said(capsys, "index", SEEDS, "--index", tmp_path / "index")
    assert code == 0
    assert "Articles: 0 added, 0 changed, 5 unchanged, 0 removed, 0 skipped" in out
    assert "Encoded" not in out


def test_index_reports_the_precision_that_it_chose_at_run_time(tmp_path: Path) -> None:
    done = run("index", SEEDS / "003_125a76c420aef1e8.txt", "--index", tmp_path / "index")
    assert re.search(r"computing in (bfloat16|float32)", done.stderr)
    again = run("index", SEEDS / "003_125a76c420aef1e8.txt", "--index", tmp_path / "index")
    assert "computing in" not in again.stderr


def test_what_cannot_be_read_is_skipped_with_one_line_each_and_exit_code_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "good.txt").write_text("Tin tốt\n\nXã có 12 thôn.\n", encoding="utf-8")
    (corpus / "empty.txt").write_text("")
    (corpus / "binary.txt").write_bytes(b"\0\1\2")
    (corpus / "latin.txt").write_bytes("Café\n\nđen".encode("cp1258", "replace") + b"\xe9\xff")
    (corpus / "lines.jsonl").write_text('{"title": "a", "text": "b."}\n{broken\n', encoding="utf-8")
    code, out, err = said(capsys, "index", corpus, "--index", tmp_path / "index")
    assert code == 1
    assert "2 added" in out
    assert "4 skipped" in out
    skipped = [line.strip() for line in err.splitlines() if line.strip().startswith("skipped ")]
    assert len(skipped) == 4
    assert any("binary.txt: binary: it holds NUL bytes" in line for line in skipped)
    assert any("lines.jsonl:2: not a line of JSON" in line for line in skipped)


@pytest.mark.parametrize("corpus", ["missing", "empty", "kind"])
def test_a_corpus_that_is_none_gives_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path, corpus: str) -> None:
    path = tmp_path / "corpus"
    if corpus == "empty":
        path.mkdir()
    if corpus == "kind":
        path = tmp_path / "a.xyz"
        path.write_text("x")
    expected = {
        "missing": "no such file or folder",
        "empty": "nothing to read in",
        "kind": "neither a folder nor one of",
    }
    assert expected[corpus] in one_line_error(capsys, "index", path, "--index", tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_index_without_a_path_says_how(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "hoidap index PATH" in one_line_error(capsys, "index", "--index", tmp_path / "index")


def test_an_index_that_is_a_file_gives_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "index").write_text("")
    assert "is a file, not a folder" in one_line_error(capsys, "index", SEEDS, "--index", tmp_path / "index")
    one_line_error(capsys, "ask", "ai?", "--index", tmp_path / "index")
    one_line_error(capsys, "verify", "--index", tmp_path / "index")


def test_a_missing_index_names_the_command_that_makes_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for command in (["ask", "ai?"], ["search", "ai?"], ["chat"], ["verify"]):
        line = one_line_error(capsys, *command, "--index", tmp_path / "none")
        assert f"hoidap index PATH --index {tmp_path / 'none'}" in line


def test_a_model_that_is_not_here_gives_one_line(capsys: pytest.CaptureFixture[str], seed_index: Path) -> None:
    line = one_line_error(capsys, "ask", "ai?", "--index", seed_index, "--model", "BAAI/bge-m3")
    assert "hf download BAAI/bge-m3" in line


# --- verify, help, the chat's port -----------------------------------------------------------------------


def test_verify_passes_a_sound_index_and_fails_a_damaged_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text("Tin\n\nXã có 12 thôn.\n", encoding="utf-8")
    said(capsys, "index", corpus, "--index", tmp_path / "index")
    code, out, _ = said(capsys, "verify", "--index", tmp_path / "index")
    assert code == 0
    assert "every citation equals its source" in out
    (corpus / "a.txt").write_text("Tin\n\nXã có 13 thôn.\n", encoding="utf-8")
    code, out, _ = said(capsys, "verify", "--index", tmp_path / "index")
    assert code == 1
    assert "a.txt has changed since" in out
    assert f"mend: hoidap index {corpus / 'a.txt'} --index {tmp_path / 'index'}" in out
    code, out, _ = said(capsys, "verify", "--index", tmp_path / "index", "--json")
    assert len(json.loads(out)["problems"]) == 1


@pytest.mark.parametrize("command", [["--help"], ["verify", "--index", "{index}"], ["index", "--help"]])
def test_commands_that_need_no_model_do_not_import_torch(seed_index: Path, command: list[str]) -> None:
    arguments = [part.format(index=seed_index) for part in command]
    script = (
        "import sys; from ui.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print('torch' in sys.modules, 'sentence_transformers' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, cwd=Path(__file__).parent.parent
    )
    assert done.stderr == "False False\n"
    assert done.stdout


def test_help_names_every_command() -> None:
    out = run("--help").stdout
    assert all(re.search(rf"\n    {command}\s", out) for command in COMMANDS)


def test_misuse_exits_with_2() -> None:
    assert "usage:" in run("ask", expect=2).stderr
    assert "must be a whole number from 1, found '0'" in run("search", "x", "-k", "0", expect=2).stderr
    assert run("nonsense", expect=2).stderr


def test_a_port_in_use_gives_one_line(seed_index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("chat", "--index", seed_index, "--port", port, expect=2)
    assert f"port {port}" in done.stderr
    assert "--port" in done.stderr.splitlines()[-1]


def test_a_reader_that_leaves_early_is_no_error(seed_index: Path) -> None:
    command = f'"{sys.executable}" -m ui.cli search "đảng viên" -k 10 --index "{seed_index}" | head -1'
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, cwd=SEEDS.parent.parent
    )
    assert done.stdout.startswith("1. ")
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
