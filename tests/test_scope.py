"""Questions limited to chosen articles, sources and days: nothing else is found, and nothing within is lost."""

from __future__ import annotations

import json
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from corpora import archive, archive_question, write_jsonl
from encoders import HashEncoder
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import qa
from embeddings.vectors import VectorIndex
from qa import Assistant, Hit, update_index
from qa.lexical import LexicalIndex, PassageText
from qa.questions import understand
from qa.retriever import retrieve
from qa.scope import Scope
from qa.snapshot import Snapshot
from qa.text import tokens, with_pairs
from ui import cli

ARTICLES = 40
SOURCES = ("Báo Quảng Trị", "TTXVN", "Báo Đồng Tháp", None)
IDS = [f"{i:06}.txt" for i in range(ARTICLES)]
ASKED = [archive_question(i).question for i in range(0, ARTICLES, 9)] + ["dang bo co bao nhieu chi bo", "?"]


def source_of(i: int) -> str | None:
    return SOURCES[i % len(SOURCES)]


def day_of(i: int) -> str | None:
    return None if i % 7 == 0 else f"2021-{1 + i % 12:02}-10"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an index of 40 articles and some 170 passages, three times as many as are candidates."""
    folder = tmp_path_factory.mktemp("scope")
    records = [json.loads(line) for line in archive(folder / "all.jsonl", ARTICLES).read_text("utf-8").splitlines()]
    for i, record in enumerate(records):
        record.update(id=IDS[i], source=source_of(i), published=day_of(i))
    update_index(write_jsonl(folder / "bài.jsonl", records), folder / "index", encoder=HashEncoder())
    return folder / "index"


@pytest.fixture(scope="module")
def assistant(index: Path) -> Assistant:
    return Assistant.open(index, encoder=HashEncoder(), answer_from=0)


@pytest.fixture(scope="module")
def snapshot(index: Path) -> Snapshot:
    opened = Snapshot.open(index)
    assert opened is not None
    return opened


def ids(hits: list[Hit]) -> set[str]:
    return {hit.article.id for hit in hits}


# --- which articles --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        ({"articles": [IDS[3]]}, {3}),
        ({"articles": [IDS[3], IDS[5], "không có"]}, {3, 5}),
        ({"sources": ["TTXVN"]}, set(range(1, ARTICLES, 4))),
        ({"sources": ["TTXVN", "Báo Đồng Tháp"]}, {i for i in range(ARTICLES) if i % 4 in (1, 2)}),
        ({"articles": IDS[:6], "sources": ["TTXVN"]}, {1, 5}),
        ({"since": date(2021, 12, 1)}, {i for i in range(ARTICLES) if i % 12 == 11 and i % 7}),
        ({"sources": ["TTXVN"], "since": date(2021, 2, 10), "until": date(2021, 2, 10)}, {1, 13, 25, 37}),
        ({"articles": IDS[:14], "sources": ["TTXVN"], "until": date(2021, 2, 28)}, {1, 13}),
    ],
)
def test_an_article_is_searched_where_it_is_of_all_that_is_named(
    assistant: Assistant, scope: dict[str, object], kept: set[int]
) -> None:
    expected = {IDS[i] for i in kept}
    hits = assistant.retrieve("Đảng bộ tổ chức hội nghị", k=1000, **scope)  # type: ignore[arg-type]
    assert ids(hits) == expected
    answer = assistant.ask("Đảng bộ tổ chức hội nghị", **scope)  # type: ignore[arg-type]
    assert answer.answered
    assert {citation.article.id for citation in answer.citations} <= expected


@pytest.mark.parametrize(
    "scope",
    [
        {"articles": ["không có"]},
        {"articles": [""]},
        {"sources": ["ttxvn"]},
        {"sources": ["TTXV"]},
        {"sources": [""]},
        {"articles": [IDS[0]], "sources": ["TTXVN"]},
        {"articles": [IDS[0]], "since": date.min},
    ],
)
def test_what_matches_nothing_is_refused_without_citations(assistant: Assistant, scope: dict[str, list[str]]) -> None:
    for asked in ASKED:
        assert assistant.retrieve(asked, **scope) == []  # type: ignore[arg-type]
        answer = assistant.ask(asked, **scope)  # type: ignore[arg-type]
        assert (answer.answered, answer.text, answer.citations, answer.reason) == (False, "", (), None)


def test_naming_nothing_is_no_limit(assistant: Assistant) -> None:
    for asked in ASKED:
        assert assistant.ask(asked, articles=[], sources=()) == assistant.ask(asked)
        assert assistant.retrieve(asked, articles=IDS, k=5) == assistant.retrieve(asked, k=5)


def test_ids_and_sources_are_the_same_in_either_normal_form(tmp_path: Path) -> None:
    records = [{"id": f"{form}-bài", "text": "Đảng bộ họp.", "source": unicodedata.normalize(form, "Báo Quảng Trị")}
               for form in ("NFC", "NFD")]  # fmt: skip
    assistant = Assistant.build(write_jsonl(tmp_path / "bài.jsonl", records), tmp_path / "i", encoder=HashEncoder())
    for form in ("NFC", "NFD"):
        assert len(assistant.retrieve("đảng bộ", sources=[unicodedata.normalize(form, "Báo Quảng Trị")])) == 2
        assert ids(assistant.retrieve("đảng bộ", articles=[unicodedata.normalize(form, "NFC-bài")])) == {"NFC-bài"}
        found = assistant.article(unicodedata.normalize(form, "NFC-bài"))
        assert found is not None
        assert found.text == "Đảng bộ họp."
    assert assistant.sources() == [("Báo Quảng Trị", 2)]


def test_a_lone_name_is_an_error_of_the_script_s(assistant: Assistant) -> None:
    for scope in ({"articles": IDS[0]}, {"sources": "TTXVN"}):
        with pytest.raises(TypeError, match="lists of names"):
            assistant.ask("đảng bộ", **scope)  # type: ignore[arg-type]


def test_a_follow_up_keeps_to_the_scope(assistant: Assistant) -> None:
    answer = assistant.ask("Còn huyện Cao Lộc thì sao?", history=[ASKED[0]], articles=[IDS[7]])
    assert {citation.article.id for citation in answer.citations} == {IDS[7]}


# --- how they are found ----------------------------------------------------------------------------------


def placed(hits: list[Hit]) -> list[tuple[str, int, float, float, float]]:
    return [
        (hit.article.id, hit.passage.start, round(hit.score, 4), round(hit.cosine, 4), round(hit.bm25, 3))
        for hit in hits
    ]


@settings(max_examples=60)
@given(
    st.sets(st.integers(0, ARTICLES - 1), min_size=1, max_size=ARTICLES),
    st.sampled_from(ASKED[:-1]),
    st.integers(1, 30),
)
def test_hits_are_those_found_where_every_other_article_is_hidden(
    snapshot: Snapshot, kept: set[int], asked: str, k: int
) -> None:
    question = understand(asked, snapshot.lexical)
    vector = HashEncoder().encode_queries([question.searched])[0]
    hidden = {passage for i in range(ARTICLES) if i not in kept for passage in snapshot.passages_in(IDS[i])}
    expected = retrieve(question, vector, snapshot, k, hidden=frozenset(hidden))
    scope = Scope.of(articles=[IDS[i] for i in kept])
    assert placed(retrieve(question, vector, snapshot.within(scope), k)) == placed(expected)


def test_nothing_is_lost_that_others_would_crowd_out(tmp_path: Path) -> None:
    crowd = [{"id": f"{i}", "text": f"Đảng bộ huyện Cao Lộc có 5.350 đảng viên, kỳ {i}.", "source": "A"}
             for i in range(300)]  # fmt: skip
    lone = {"id": "lẻ", "text": "Trồng rừng gỗ lớn.", "source": "B"}
    assistant = Assistant.build(
        write_jsonl(tmp_path / "bài.jsonl", [*crowd, lone]), tmp_path / "index", encoder=HashEncoder()
    )
    asked = "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"
    assert "lẻ" not in ids(assistant.retrieve(asked, k=1000))
    assert ids(assistant.retrieve(asked, articles=["lẻ"])) == {"lẻ"}
    assert ids(assistant.retrieve(asked, sources=["B"])) == {"lẻ"}


@pytest.mark.parametrize("clustered", [False, True], ids=["flat", "clustered"])
@pytest.mark.parametrize("large", [False, True], ids=["small part", "part too large to compare all of"])
@pytest.mark.parametrize("count", [0, 1, 300, 3000])
def test_the_nearest_vectors_of_a_part_are_those_of_comparing_all(
    clustered: bool, large: bool, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr("embeddings.vectors.FLAT_MOST", 0)
    random = np.random.default_rng(7)
    vectors = random.standard_normal((3000, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    every = np.arange(3000, dtype=np.int64) * 3 + 5
    whole = VectorIndex.clustered(vectors) if clustered else VectorIndex(8)
    whole.add(every, vectors)
    chosen = np.sort(random.choice(3000, count, replace=False))
    part = whole.within(every[chosen])
    assert len(part) == count
    for asked in vectors[:5]:
        found, cosines = part.search(asked, 20)
        assert set(found.tolist()) <= set(every[chosen].tolist())
        assert len(found) == min(20, count)
        assert sorted(cosines.tolist(), reverse=True) == cosines.tolist()
        if not (clustered and large):
            best = np.sort(vectors[chosen] @ asked)[::-1][:20]
            assert cosines == pytest.approx(best, abs=2e-3)


def test_a_part_of_the_vectors_far_from_the_question_is_found_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embeddings.vectors.FLAT_MOST", 0)
    random = np.random.default_rng(3)
    vectors = random.standard_normal((4000, 8)).astype(np.float32)
    vectors[:2000, 0], vectors[2000:, 0] = 9, -9
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    whole = VectorIndex.clustered(vectors)
    whole.add(np.arange(4000, dtype=np.int64), vectors)
    found, _ = whole.within(np.arange(2000, dtype=np.int64)).search(vectors[3000], 50)
    assert len(found) == 50
    assert found.max() < 2000


WORDS = "đảng bộ huyện cao lộc chi viên rừng gỗ lớn".split()


@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), min_size=1, max_size=30),
    st.data(),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    st.integers(1, 10),
)
@settings(max_examples=60)
def test_words_within_a_part_score_as_where_the_others_are_left_out(
    texts: list[list[str]], data: st.DataObject, asked: list[str], k: int
) -> None:
    index = LexicalIndex()
    index.update((), [PassageText(10 + i, 100 + i // 2, "", " ".join(text)) for i, text in enumerate(texts)])
    rows = data.draw(st.sets(st.sampled_from(sorted({100 + i // 2 for i in range(len(texts))}))))
    passages = [10 + i for i in range(len(texts)) if 100 + i // 2 in rows]
    others = [10 + i for i in range(len(texts)) if 100 + i // 2 not in rows]
    part = index.within(np.array(sorted(rows), np.int64), np.array(passages, np.int64))
    terms = with_pairs(tokens(" ".join(asked)))
    found, scores = part.search(terms, "exact", k)
    expected_ids, expected = index.search(terms, "exact", k, others)
    assert set(found.tolist()) <= set(passages)
    assert scores == pytest.approx(expected, abs=1e-4)
    assume(len(set(np.round(expected, 3))) == len(expected))
    assert found.tolist() == expected_ids.tolist()


def test_a_part_cannot_be_limited_again(snapshot: Snapshot) -> None:
    part = snapshot.within(Scope.of(articles=IDS[:3]))
    with pytest.raises(ValueError, match="limited again"):
        part.vectors.search(np.zeros(48, np.float32), 3, np.array([1]))
    with pytest.raises(ValueError, match="limited again"):
        part.lexical.search(["bộ"], "exact", 3, [1])


def test_eight_threads_with_other_scopes_get_what_one_gets(assistant: Assistant) -> None:
    scopes = [{"articles": IDS[i : i + 1 + i % 5]} for i in range(24)] + [{"sources": ["TTXVN"]}, {}]
    work = [(asked, scope) for scope in scopes for asked in ASKED]

    def ask(job: tuple[str, dict[str, list[str]]]) -> list[tuple[str, int, float, float, float]]:
        return placed(assistant.retrieve(job[0], **job[1]))  # type: ignore[arg-type]

    expected = list(map(ask, work))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, work)) == expected


# --- what the page asks of the corpus --------------------------------------------------------------------


def test_sources_are_counted_most_first(assistant: Assistant) -> None:
    assert assistant.sources() == [("Báo Quảng Trị", 10), ("Báo Đồng Tháp", 10), ("TTXVN", 10)]


def test_an_article_is_given_whole_or_not_at_all(assistant: Assistant) -> None:
    (hit,) = assistant.retrieve(ASKED[0], k=1)
    assert assistant.article(hit.article.id) == hit.article
    assert assistant.article("không có") is None
    assert assistant.article("") is None


def test_scopes_articles_sources_and_the_revision_follow_the_index(tmp_path: Path) -> None:
    path = tmp_path / "bài.jsonl"
    first = {"id": "a", "text": "Đảng bộ họp.", "source": "A"}
    assistant = Assistant.build(write_jsonl(path, [first]), tmp_path / "index", encoder=HashEncoder())
    assert (assistant.revision, assistant.sources(), assistant.article("b")) == (1, [("A", 1)], None)
    assert ids(assistant.retrieve("đảng bộ", sources=["A", "B"])) == {"a"}
    more = [{"id": "b", "text": "Đảng bộ họp lại.", "source": "B"}, {"id": "c", "text": "Đảng bộ nghỉ.", "source": "B"}]
    update_index(
        write_jsonl(path, [{**first, "text": "Chi bộ họp."}, *more]), tmp_path / "index", encoder=HashEncoder()
    )
    assert (assistant.revision, assistant.sources()) == (2, [("B", 2), ("A", 1)])
    assert ids(assistant.retrieve("đảng bộ", sources=["A", "B"])) == {"a", "b", "c"}
    assert ids(assistant.retrieve("đảng bộ", articles=["b"])) == {"b"}
    changed = assistant.article("a")
    assert changed is not None
    assert changed.text == "Chi bộ họp."


# --- for scripts and on the command line -----------------------------------------------------------------

QUESTION = "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"
SEED = "001_75822a0bf5c51fca.txt"


def test_the_function_for_scripts_keeps_to_articles(seed_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIDAP_INDEX", str(seed_index))
    (other, *_) = [hit.article.id for hit in qa.retrieve(QUESTION, k=50) if hit.article.id != SEED]
    assert ids(qa.retrieve(QUESTION, k=50, articles=[other])) == {other}
    assert qa.retrieve(QUESTION, sources=["không có"]) == []


@pytest.mark.parametrize("command", ["search", "ask"])
def test_commands_keep_to_articles_and_sources(
    capsys: pytest.CaptureFixture[str], seed_index: Path, command: str
) -> None:
    def found(*options: str) -> list[str]:
        assert cli.main([command, QUESTION, *options, "--index", str(seed_index), "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        return [place["article"] for place in said["hits" if command == "search" else "citations"]]

    others = [listed.id for listed in qa.list_articles(seed_index) if listed.id != SEED]
    assert found()[0] == SEED
    assert set(found("--article", others[0])) == {others[0]}
    both = found("--article", others[0], "--article", others[1])
    assert both
    assert set(both) <= set(others[:2])
    assert found("--source", "không có") == []


@pytest.mark.parametrize("command", ["search", "ask"])
def test_an_id_that_is_not_there_is_one_line_with_those_near(
    capsys: pytest.CaptureFixture[str], seed_index: Path, command: str
) -> None:
    assert cli.main([command, QUESTION, "--article", "001_75822a0bf5c51fcb.txt", "--index", str(seed_index)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("hoidap: ")
    assert "holds no article '001_75822a0bf5c51fcb.txt'" in err
    assert f"near '001_75822a0bf5c51fcb.txt': {SEED}" in err
