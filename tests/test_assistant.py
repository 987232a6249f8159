"""The facade: asked by one or by many, in bulk or singly, before, during and after an update, it answers alike."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from corpora import PLACES, article_text, editions, file_name, found, questions, write_articles, write_jsonl
from encoders import HashEncoder, NoNewPassages
from hypothesis import given, settings
from hypothesis import strategies as st
from victim import Victims

import qa
from embeddings.encoder import LazyEncoder
from qa import Answer, Assistant, EncoderError, HoidapError, IndexUnusable, UpdateOptions, update_index
from qa.snapshot import Snapshot

ASKED = questions(PLACES[:12])


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """Open an index of twelve articles; not to be written to."""
    folder = tmp_path_factory.mktemp("assistant")
    return Assistant.build(write_articles(folder / "bài", PLACES[:12]), folder / "index", encoder=HashEncoder())


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "bài", PLACES[:12])


@pytest.fixture
def live(corpus: Path, tmp_path: Path) -> Assistant:
    """Open an index that the test is going to update."""
    return Assistant.build(corpus, tmp_path / "index", encoder=HashEncoder())


def seen_editions(assistant: Assistant) -> set[int]:
    return {edition for asked in ASKED for edition in editions(assistant.retrieve(asked, k=20))}


# --- asking ----------------------------------------------------------------------------------------------


def test_an_answer_quotes_the_article_asked_for(assistant: Assistant) -> None:
    answer = assistant.ask(f"Theo ấn bản 1, đảng bộ {PLACES[3]} đặt mục tiêu gì?")
    assert answer.question.typed == f"Theo ấn bản 1, đảng bộ {PLACES[3]} đặt mục tiêu gì?"
    assert [citation.number for citation in answer.citations] == [1, 2, 3]
    first = answer.citations[0]
    assert first.article.id == file_name(PLACES[3])
    assert first.article.text == article_text(PLACES[3])
    assert first.quote == article_text(PLACES[3])[first.start : first.end]


def test_citations_are_the_first_hits(assistant: Assistant) -> None:
    for asked in ASKED:
        hits, citations = assistant.retrieve(asked, k=3), assistant.ask(asked).citations
        assert [(c.article, c.quote, c.sentence, c.score) for c in citations] == [
            (hit.article, hit.quote, hit.sentence, hit.score) for hit in hits
        ]


def test_asking_again_gives_the_same_answer(assistant: Assistant) -> None:
    for asked in ASKED[:3]:
        assert assistant.ask(asked) == assistant.ask(asked)
        assert assistant.retrieve(asked) == assistant.retrieve(asked)


def test_a_question_asked_of_retrieve_and_ask_is_encoded_once(corpus: Path, tmp_path: Path) -> None:
    encoder = HashEncoder()
    assistant = Assistant.build(corpus, tmp_path / "index", encoder=encoder)
    assistant.retrieve(ASKED[0])
    assistant.ask(ASKED[0])
    assert encoder.queries_encoded == 1


@settings(max_examples=60)
@given(typed=st.text(st.characters(codec=None), max_size=80))
def test_no_text_makes_asking_fail(assistant: Assistant, typed: str) -> None:
    answer = assistant.ask(typed)
    assert answer.question.typed == typed
    assert len(assistant.retrieve(typed, k=2)) in {0, 2}


@pytest.mark.parametrize(
    "typed", ["", "?", "\ud800", "\x00", "a" * 100_000, "đảng " * 50_000, '"(', "AND OR NOT", "*:*", "a^2~3"]
)
def test_odd_questions_are_answered_or_refused_but_never_fail(assistant: Assistant, typed: str) -> None:
    answer = assistant.ask(typed)
    assert isinstance(answer, Answer)
    assert bool(answer.citations) == bool(answer.question.searched)


# --- asking after other questions ------------------------------------------------------------------------

MEMBERS = "Đảng bộ {} có bao nhiêu đảng viên?"
COUNTED = {"Cao Lộc": (5350, 283, 13), "Đông Hà": (6120, 117, 22), "Hải Lăng": (4300, 69, 19)}


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """Open an index of three articles that say the same of three places, but for the figures."""
    folder = tmp_path_factory.mktemp("counted")
    said = "Đảng bộ {0} có {1} đảng viên. Đảng bộ {0} có {2} chi bộ. Đại hội {0} họp ngày {3}/5."
    corpus = write_jsonl(
        folder / "bài.jsonl",
        ({"id": place, "text": said.format(place, *figures)} for place, figures in COUNTED.items()),
    )
    return Assistant.build(corpus, folder / "index", encoder=HashEncoder())


@pytest.mark.parametrize("place", COUNTED)
@pytest.mark.parametrize(
    ("asked", "between"),
    [
        ("Thế bao nhiêu chi bộ?", []),
        ("Còn chi bộ thì sao?", []),
        ("the bao nhieu chi bo", []),
        ("Đại hội ấy họp khi nào?", [""]),
        ("Họp ngày nào vậy?", ["Thế bao nhiêu chi bộ?", "?"]),
        ("What about it?", []),
    ],
)
def test_a_follow_up_is_answered_about_what_was_asked_before(
    counted: Assistant, place: str, asked: str, between: list[str]
) -> None:
    others = [MEMBERS.format(other) for other in COUNTED if other != place]
    history = [*others, MEMBERS.format(place), *between]
    answer = counted.ask(asked, history=history)
    assert answer.question.typed == asked
    assert answer.question.searched.startswith(MEMBERS.format(place))
    assert any(note.startswith("Hiểu theo câu hỏi trước: ") for note in answer.question.notes)
    assert answer.citations[0].article.id == place
    assert place in answer.citations[0].sentence_text
    hits = counted.retrieve(asked, k=3, history=history)
    assert [hit.sentence_text for hit in hits] == [citation.sentence_text for citation in answer.citations]


def test_a_question_that_stands_alone_is_answered_alike_whatever_was_asked_before(assistant: Assistant) -> None:
    for asked in (f"Theo ấn bản 1, đảng bộ {PLACES[3]} đặt mục tiêu gì?", f"Ai chủ trì ở {PLACES[7]}?", "?", ""):
        for history in ([], [""], ASKED[5:7], [ASKED[0], "Khi nào?"]):
            assert assistant.ask(asked, history=history) == assistant.ask(asked)
            assert assistant.retrieve(asked, history=history) == assistant.retrieve(asked)


@pytest.mark.parametrize(("answer_from", "is_joined"), [(0.0, False), (1.0, True)], ids=["answered", "not answered"])
def test_what_may_be_a_follow_up_is_one_where_the_articles_do_not_answer_it_alone(
    counted: Assistant, answer_from: float, is_joined: bool
) -> None:
    asked, before = "Có bao nhiêu chi bộ?", MEMBERS.format("Đông Hà")
    opened = Assistant.open(counted.folder, encoder=HashEncoder(), answer_from=answer_from)
    assert opened.ask(asked, history=[before]).question.searched == (f"{before} {asked}" if is_joined else asked)


CONVERSATIONS = [
    ("Thế bao nhiêu chi bộ?", [MEMBERS.format("Cao Lộc")]),
    ("Có bao nhiêu chi bộ?", [MEMBERS.format("Đông Hà")]),
    ("khi nao", [MEMBERS.format("Cao Lộc"), "Có bao nhiêu chi bộ?"]),
    ("What about Cao Loc?", ["Who met in Hải Lăng?"]),
    ("Khi nào?", []),
    (MEMBERS.format("Hải Lăng"), [MEMBERS.format("Cao Lộc")]),
    ("?", [MEMBERS.format("Cao Lộc")]),
]


def test_asking_all_with_histories_gives_what_asking_each_with_its_own_gives(counted: Assistant) -> None:
    asked, histories = [one for one, _ in CONVERSATIONS], [history for _, history in CONVERSATIONS]
    answers = list(counted.ask_all(asked, k=2, histories=histories))
    for (answer, hits), (one, history) in zip(answers, CONVERSATIONS, strict=True):
        assert answer == counted.ask(one, history=history)
        assert hits == counted.retrieve(one, k=2, history=history)


def test_a_follow_up_can_be_asked_as_if_an_article_were_not_there(counted: Assistant) -> None:
    asked, history = CONVERSATIONS[0]
    ((answer, hits),) = counted.ask_all([asked], hidden=["Cao Lộc"], histories=[history])
    assert answer.question == counted.ask(asked, history=history).question
    assert {hit.article.id for hit in hits} == {"Đông Hà", "Hải Lăng"}


@settings(max_examples=40)
@given(
    typed=st.one_of(st.text(st.characters(codec=None), max_size=40), st.sampled_from(["Khi nào?", "Ai ký?"])),
    history=st.lists(st.text(st.characters(codec=None), max_size=40), max_size=5),
)
def test_no_history_makes_asking_fail(assistant: Assistant, typed: str, history: list[str]) -> None:
    answer = assistant.ask(typed, history=history)
    assert answer.question.typed == typed
    assert bool(answer.citations) == bool(answer.question.searched)


@pytest.mark.parametrize("turn", ["đảng " * 50_000, "\ud800", "Khi nào?", "Còn Cao Lộc thì sao, đảng viên? " * 1000])
def test_a_long_or_odd_history_is_answered_or_refused_but_never_fails(assistant: Assistant, turn: str) -> None:
    assert isinstance(assistant.ask("Khi nào?", history=[turn] * 100), Answer)


# --- by date ---------------------------------------------------------------------------------------------

PUBLISHED = {"trước": "2020-12-31", "đầu": "2021-01-01", "giữa": "2021-04-13", "cuối": "2021-12-31", "không": None}
FIRST, LAST = date(2021, 1, 1), date(2021, 12, 31)


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """Open an index of five articles that say the same, one of them at no known date, to answer however unsure."""
    folder = tmp_path_factory.mktemp("dated")
    said = "Đảng bộ huyện Cao Lộc có 5.350 đảng viên."
    corpus = write_jsonl(
        folder / "bài.jsonl", ({"id": name, "text": said, "published": day} for name, day in PUBLISHED.items())
    )
    update_index(corpus, folder / "index", encoder=HashEncoder())
    return Assistant.open(folder / "index", encoder=HashEncoder(), answer_from=0)


@pytest.mark.parametrize(
    ("since", "until", "kept"),
    [
        (None, None, set(PUBLISHED)),
        (FIRST, None, {"đầu", "giữa", "cuối"}),
        (None, LAST, {"trước", "đầu", "giữa", "cuối"}),
        (FIRST, LAST, {"đầu", "giữa", "cuối"}),
        (date(2021, 1, 2), date(2021, 12, 30), {"giữa"}),
        (date(2021, 4, 13), date(2021, 4, 13), {"giữa"}),
        (date.min, date.max, set(PUBLISHED) - {"không"}),
    ],
)
def test_only_articles_published_within_the_days_are_searched_both_included(
    dated: Assistant, since: date | None, until: date | None, kept: set[str]
) -> None:
    asked = MEMBERS.format("huyện Cao Lộc")
    assert {hit.article.id for hit in dated.retrieve(asked, since=since, until=until)} == kept
    answer = dated.ask(asked, since=since, until=until)
    assert {citation.article.id for citation in answer.citations} <= kept
    assert answer.answered


@pytest.mark.parametrize(
    ("since", "until"), [(date(2022, 1, 1), None), (None, date(2020, 12, 30)), (LAST, FIRST), (date.max, date.max)]
)
def test_where_no_article_is_of_those_days_there_is_no_hit_and_no_answer(
    dated: Assistant, since: date | None, until: date | None
) -> None:
    asked = MEMBERS.format("huyện Cao Lộc")
    assert dated.retrieve(asked, since=since, until=until) == []
    answer = dated.ask(asked, since=since, until=until)
    assert (answer.answered, answer.text, answer.citations) == (False, "", ())


def test_days_hold_for_an_article_that_comes_later(tmp_path: Path) -> None:
    path, record = tmp_path / "bài.jsonl", {"text": "Đảng bộ họp.", "published": "2021-04-13"}
    assistant = Assistant.build(write_jsonl(path, [{"id": "a", **record}]), tmp_path / "index", encoder=HashEncoder())
    assert len(assistant.retrieve("đảng bộ", since=FIRST, until=LAST)) == 1
    days = {"a": "2021-04-13", "b": "2021-04-13", "c": "2022-01-01"}
    write_jsonl(path, ({**record, "id": name, "published": day} for name, day in days.items()))
    update_index(path, tmp_path / "index", encoder=HashEncoder())
    assert {hit.article.id for hit in assistant.retrieve("đảng bộ", since=FIRST, until=LAST)} == {"a", "b"}


class TheDay(date):
    """The 22nd of November 2026, whenever it is."""

    @classmethod
    def today(cls) -> TheDay:
        return cls(2026, 11, 22)


@pytest.mark.parametrize("said", ["Sáng nay đoàn giám sát họp.", "Đoàn giám sát họp hôm nay.", "Ngày 21/11, đoàn họp."])
def test_yesterday_is_what_an_article_of_that_day_says_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    days = ["2025-11-21", "2026-11-01", None, "2026-11-21"]
    articles: list[dict[str, object]] = [{"id": f"{day}", "text": said, "published": day} for day in days]
    corpus = write_jsonl(tmp_path / "bài.jsonl", [*articles, {"id": "khác", "text": "Trồng rừng gỗ lớn."}])
    assistant = Assistant.build(corpus, tmp_path / "index", encoder=HashEncoder())
    monkeypatch.setattr("qa.questions.date", TheDay)
    assert "“Hôm qua” được hiểu là ngày 21/11/2026" in assistant.ask("Hôm qua đoàn nào họp?").question.notes
    expected = {"2026-11-21", "2026-11-01"} if said.startswith("Ngày") else {"2026-11-21"}
    best, *_ = hits = assistant.retrieve("Hôm qua đoàn nào họp?", k=5)
    assert {hit.article.id for hit in hits if hit.bm25 == max(h.bm25 for h in hits)} == expected
    assert best.article.id in expected


# --- asking in bulk, and from threads --------------------------------------------------------------------


def test_asking_all_gives_each_its_own_answer_and_hits(assistant: Assistant) -> None:
    asked = [*ASKED, "", "?", ASKED[0]]
    answers = list(assistant.ask_all(asked, k=4))
    assert [answer for answer, _ in answers] == [assistant.ask(one) for one in asked]
    assert [hits for _, hits in answers] == [assistant.retrieve(one, k=4) for one in asked]


@pytest.mark.parametrize("k", [1, 10, 25])
def test_asking_all_gives_as_many_hits_as_asked_for_and_the_same_answers(assistant: Assistant, k: int) -> None:
    for (answer, hits), asked in zip(assistant.ask_all(ASKED, k=k), ASKED, strict=True):
        assert answer == assistant.ask(asked)
        assert len(hits) == k


def test_asking_nothing_gives_nothing(assistant: Assistant) -> None:
    assert list(assistant.ask_all([])) == []


def test_eight_threads_get_what_one_gets(assistant: Assistant) -> None:
    asked = ASKED * 4
    expected = [(assistant.ask(one), assistant.retrieve(one, k=7)) for one in asked]
    shared = Assistant.open(assistant.folder, encoder=HashEncoder())  # nothing remembered yet
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: (shared.ask(one), shared.retrieve(one, k=7)), asked))
    assert answers == expected


# --- while the index changes -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    victims = Victims()
    yield victims
    victims.close()


def _watched(assistant: Assistant, is_running: Callable[[], bool]) -> list[set[int]]:
    """Ask for as long as an update runs; give the editions that each question was answered from."""
    watched = []
    while is_running():
        for asked in ASKED:
            watched += [
                editions(assistant.retrieve(asked, k=20)),
                *[editions(hits) for _, hits in assistant.ask_all([asked])],
            ]
    return watched


def test_while_a_thread_updates_every_question_is_answered_from_one_revision(live: Assistant, corpus: Path) -> None:
    write_articles(corpus, PLACES[:12], edition=2)
    slow = HashEncoder(seconds_a_text=0.003)
    writer = threading.Thread(target=update_index, args=(corpus, live.folder), kwargs={"encoder": slow})
    writer.start()
    watched = _watched(live, writer.is_alive)
    writer.join()
    assert {1} in watched
    assert all(one in ({1}, {2}) for one in watched)
    assert seen_editions(live) == {2}


@pytest.mark.parametrize("rebuild", [False, True], ids=["update", "rebuild"])
def test_while_a_process_updates_every_question_is_answered_from_one_revision(
    live: Assistant, corpus: Path, victims: Victims, rebuild: bool
) -> None:
    write_articles(corpus, PLACES[:12], edition=2)
    victims.start(live.folder, corpus, rebuild=rebuild, seconds_a_text=0.003)
    exit_codes: list[int] = []
    waiting = threading.Thread(target=lambda: exit_codes.append(victims.ended()))
    waiting.start()
    watched = _watched(live, waiting.is_alive)
    assert exit_codes == [0]
    assert {1} in watched
    assert all(one in ({1}, {2}) for one in watched)
    assert seen_editions(live) == {2}


def test_an_open_assistant_follows_one_update_after_another(live: Assistant, corpus: Path) -> None:
    for edition in (2, 3, 4):
        write_articles(corpus, PLACES[:12], edition)
        update_index(corpus, live.folder, encoder=HashEncoder())
        assert seen_editions(live) == {edition}
        assert live.summary().revision == edition
    (corpus / file_name(PLACES[0])).unlink()
    update_index(corpus, live.folder, encoder=HashEncoder(), options=UpdateOptions(prune=True))
    assert live.summary().articles == 11


def test_an_assistant_that_slept_through_two_updates_answers_from_the_newest(live: Assistant, corpus: Path) -> None:
    for edition in (2, 3):
        write_articles(corpus, PLACES[:12], edition)
        update_index(corpus, live.folder, encoder=HashEncoder())
    assert seen_editions(live) == {3}


def test_an_open_assistant_follows_a_rebuild(live: Assistant, corpus: Path) -> None:
    write_articles(corpus, PLACES[:12], edition=2)
    update_index(corpus, live.folder, encoder=HashEncoder(), options=UpdateOptions(rebuild=True))
    assert seen_editions(live) == {2}


@pytest.mark.parametrize("dimension", [48, 24], ids=["same length", "other length"])
def test_an_open_assistant_does_not_compare_its_vectors_with_another_model_s(live: Assistant, dimension: int) -> None:
    """Once the index was rebuilt by another model: it goes on as before or says so, but never mixes the two."""
    before = found(live, ASKED)
    other = HashEncoder("mô-hình-khác", "hash:2", dimension)
    # Its vectors are as good as random to the old model.
    other._vectors = lambda texts: -HashEncoder(dimension=dimension)._vectors(texts)  # type: ignore[method-assign]
    update_index([], live.folder, encoder=other, options=UpdateOptions(rebuild=True))
    try:
        assert found(live, ASKED) == before
    except IndexUnusable as error:
        assert "mô-hình-khác" in str(error)  # noqa: PT017 - the other right outcome


def test_an_assistant_stays_whole_while_its_index_is_deleted(live: Assistant) -> None:
    expected = found(live, ASKED)
    for path in sorted(live.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert found(live, ASKED) == expected


def test_with_nothing_new_nothing_is_opened_again(live: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened_again(*_: object, **__: object) -> None:
        raise AssertionError("opened again")

    monkeypatch.setattr(Snapshot, "open", opened_again)
    assert live.retrieve(ASKED[0])


# --- opening ---------------------------------------------------------------------------------------------


def test_a_summary_counts_what_the_index_holds(assistant: Assistant) -> None:
    summary = assistant.summary()
    assert (summary.articles, summary.revision, summary.model) == (12, 1, "băm")
    assert summary.sentences > summary.passages > summary.articles


def test_one_path_or_several_of_any_kind_can_be_given(corpus: Path, tmp_path: Path) -> None:
    assert Assistant.build(str(corpus), str(tmp_path / "a"), encoder=HashEncoder()).summary().articles == 12
    files: Sequence[Path] = sorted(corpus.iterdir())[:2]
    assert Assistant.build(iter(files), tmp_path / "b", encoder=HashEncoder()).summary().articles == 2


def test_a_model_that_is_not_here_is_told_in_one_line(assistant: Assistant) -> None:
    with pytest.raises(EncoderError, match="băm") as caught:
        Assistant.open(assistant.folder)
    assert "\n" not in str(caught.value)


def test_opening_costs_no_encoding(assistant: Assistant) -> None:
    encoder = NoNewPassages()
    assert Assistant.open(assistant.folder, encoder=encoder).summary().articles == 12
    assert encoder.queries_encoded == 0


# --- with the bundled model ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seeds(seed_index: Path, bundled_encoder: LazyEncoder) -> Assistant:
    return Assistant.open(seed_index, encoder=bundled_encoder)


@pytest.mark.parametrize(
    "asked",
    [
        "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?",
        "dang bo huyen Cao Loc co bao nhieu dang vien",
        "How many party members does the Cao Lộc district have?",
    ],
)
def test_the_seeds_answer_where_they_can(seeds: Assistant, asked: str) -> None:
    answer = seeds.ask(asked)
    assert answer.answered
    assert "5.350 đảng viên" in answer.text
    assert answer.citations[0].article.id == "001_75822a0bf5c51fca.txt"
    assert answer.text in answer.citations[0].quote


@pytest.mark.parametrize(
    ("before", "asked", "said"),
    [
        ("Đảng bộ KCCQ tỉnh có mấy tổ chức cơ sở đảng?", "Thế bao nhiêu đảng viên?", "4.300 đảng viên"),
        ("Dang bo KCCQ tinh co may to chuc co so dang?", "the bao nhieu dang vien", "4.300 đảng viên"),
        ("Đoàn giám sát số 1 làm việc với huyện nào?", "Còn đoàn số 2 thì sao?", "Triệu Phong"),
    ],
)
def test_the_seeds_answer_follow_ups(seeds: Assistant, before: str, asked: str, said: str) -> None:
    answer = seeds.ask(asked, history=["Ai viết bài báo?", before])
    assert said in answer.citations[0].sentence_text


@pytest.mark.parametrize("asked", ["Giá vàng hôm nay là bao nhiêu?", "Ai vô địch World Cup 2022?"])
def test_the_seeds_do_not_answer_what_they_do_not_say(seeds: Assistant, asked: str) -> None:
    assert not seeds.ask(asked).answered


def test_the_model_in_bulk_finds_what_it_finds_singly(seeds: Assistant) -> None:
    asked = ["Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?", "?", "ai chu tri hoi nghi", "Who chaired the meeting?"]
    for (answer, hits), one in zip(seeds.ask_all(asked, k=5), asked, strict=True):
        expected = seeds.retrieve(one, k=5)
        assert [hit.quote for hit in hits] == [hit.quote for hit in expected]
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in expected], abs=5e-3)
        assert answer.answered == seeds.ask(one).answered


def test_the_model_in_bulk_answers_follow_ups_as_it_does_singly(seeds: Assistant) -> None:
    asked = ["Thế bao nhiêu đảng viên?", "Do ai chủ trì?", "Khi nào?"]
    histories = [["Đảng bộ KCCQ tỉnh có mấy tổ chức cơ sở đảng?"], ["Đoàn giám sát số 1 làm việc với huyện nào?"], []]
    for (answer, _), one, history in zip(seeds.ask_all(asked, histories=histories), asked, histories, strict=True):
        expected = seeds.ask(one, history=history)
        assert (answer.question, answer.answered, answer.text) == (expected.question, expected.answered, expected.text)


def test_the_model_asked_nothing_gives_nothing(seeds: Assistant) -> None:
    assert list(seeds.ask_all([])) == []


def test_the_model_gives_unit_vectors_as_long_as_it_says(seeds: Assistant) -> None:
    vectors = seeds.encoder.encode_queries(["đảng bộ", ""])
    assert vectors.shape == (2, seeds.encoder.dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-3)


def test_another_model_than_the_index_s_is_refused_by_name(seed_index: Path) -> None:
    with pytest.raises(HoidapError, match="không/có"):
        Assistant.open(seed_index, model="không/có")
    with pytest.raises(IndexUnusable, match="multilingual-e5-small"):
        Assistant.open(seed_index, encoder=HashEncoder())


def test_opening_and_looking_loads_no_model(seed_index: Path) -> None:
    script = (
        "import sys, qa; qa.Assistant.open(sys.argv[1]).summary(); "
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'gradio'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, str(seed_index)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"


def test_the_function_for_scripts_asks_the_default_index(seed_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIDAP_INDEX", str(seed_index))
    (hit,) = qa.retrieve("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?", k=1)
    assert hit.article.id == "001_75822a0bf5c51fca.txt"
    monkeypatch.setenv("HOIDAP_INDEX", str(seed_index / "không có"))
    with pytest.raises(IndexUnusable, match="there is no index"):
        qa.retrieve("Đảng bộ")
