"""Questions to offer where nothing has been asked yet: made of the articles' own sentences, each tried before."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa.answer_kinds import Kind
from qa.askable import QUESTION_MOST, questions_of
from qa.snapshot import Snapshot
from qa.text import CAPITALS
from qa.types import Answer, Article, Hit

_ARTICLES_MOST = 200
_PASSAGES_MOST = 12
_CANDIDATES_MOST = 60
_ASKED_MOST = 20
_OF_A_SENTENCE_MOST = 3
_SURE_FROM = 0.6
_LOOKED_AT = 20_000
_BARE = re.compile(r"^Ai là .*(?:(tỉnh|thành|huyện|thị|đảng) [uủ][ỷy]|(tỉnh|thành phố|huyện|thị xã))\?$", re.IGNORECASE)
# "Tỉnh ủy Quảng Trị" and "tỉnh Quảng Trị", but not "Tỉnh ủy Lê Quang Tùng".
_PLACE_NAME = rf"(?-i:[{CAPITALS}]\w* [{CAPITALS}]\w*)(?!\w)(?! (?-i:[{CAPITALS}]))"


@dataclass(frozen=True, slots=True)
class _Candidate:
    article: int
    """The article's row."""
    sentence: str
    """The sentence that answers, to the character."""
    kind: Kind
    question: str


def suggested(
    snapshot: Snapshot,
    ask_all: Callable[[Sequence[str]], Iterable[tuple[Answer, list[Hit]]]],
    count: int,
    seed: int,
) -> list[str]:
    """Give questions as `Assistant.suggestions` says; `ask_all` answers many of them, asked of that revision."""
    if count < 1:
        return []
    chance = random.Random(seed)  # noqa: S311
    made = list(itertools.islice(_candidates(snapshot, chance), _CANDIDATES_MOST))
    often = Counter(candidate.question for candidate in made)
    # What several sentences answer is not one question: whose party secretary, of which meeting?
    unique = [candidate for candidate in made if often[candidate.question] == 1]
    drawn = _drawn(unique, _ASKED_MOST, _OF_A_SENTENCE_MOST, chance)
    if not drawn:
        return []
    answers = ask_all([candidate.question for candidate in drawn])
    kept = [candidate for candidate, (answer, _) in zip(drawn, answers, strict=True) if _is_right(candidate, answer)]
    return [candidate.question for candidate in _drawn(kept, count, 1, chance)]


def _candidates(snapshot: Snapshot, chance: random.Random) -> Iterator[_Candidate]:
    for row in _sampled(snapshot, chance):
        article = snapshot.article(row)
        if article is None:
            continue
        for passage_id, _, _ in snapshot.store.passage_spans(row)[:_PASSAGES_MOST]:
            passage = snapshot.store.passage(passage_id, article)
            for sentence in passage.sentences if passage is not None else ():
                text = article.text[sentence.start : sentence.end]
                for asked in questions_of(text):
                    if question := _with_place(asked.question, article):
                        yield _Candidate(row, text, asked.kind, question)


def _with_place(question: str, article: Article) -> str | None:
    """Say whose office is asked about, where the sentence leaves it to the article; None where that names several."""
    if (bare := _BARE.search(question)) is None:
        return question
    level = (bare[1] or bare[2]).split()[0]
    named = re.compile(rf"(?<!\w){level}(?: [uủ][ỷy]| phố| xã)? ({_PLACE_NAME})", re.IGNORECASE)
    places = {match[1] for match in named.finditer(f"{article.title}\n{article.text[:_LOOKED_AT]}")}
    completed = f"{question[:-1]} {next(iter(places))}?" if len(places) == 1 else ""
    return completed if 0 < len(completed) <= QUESTION_MOST else None


def _sampled(snapshot: Snapshot, chance: random.Random) -> list[int]:
    """Choose the articles to look at, by row: the newest and others by turns, of copies of a story one."""
    published = snapshot.store.published(snapshot.revision)
    rows = [row for row, _ in sorted(published, key=lambda found: (found[1] or "", found[0]), reverse=True)]
    newest, older = rows[: _ARTICLES_MOST // 2], rows[_ARTICLES_MOST // 2 :]
    spread = chance.sample(older, min(len(older), _ARTICLES_MOST - len(newest)))
    chosen: dict[int, None] = {}
    for row in itertools.chain.from_iterable(itertools.zip_longest(newest, spread)):
        if row is not None and chosen.keys().isdisjoint(snapshot.told_too_by(row)):
            chosen[row] = None
    return list(chosen)


def _drawn(candidates: Sequence[_Candidate], most: int, of_sentence: int, chance: random.Random) -> list[_Candidate]:
    """Draw candidates one by one: of articles, then of kinds, that were drawn least; so many of a sentence."""
    left = list(candidates)
    chance.shuffle(left)
    articles: Counter[int] = Counter()
    kinds: Counter[Kind] = Counter()
    sentences: Counter[str] = Counter()
    drawn: list[_Candidate] = []
    while left and len(drawn) < most:
        best = min(left, key=lambda candidate: (articles[candidate.article], kinds[candidate.kind]))
        drawn.append(best)
        articles[best.article] += 1
        kinds[best.kind] += 1
        sentences[best.sentence] += 1
        left.remove(best)
        left = [candidate for candidate in left if sentences[candidate.sentence] < of_sentence]
    return drawn


def _is_right(candidate: _Candidate, answer: Answer) -> bool:
    """Tell whether asking finds what the question was made of, surely, and as it is spelt."""
    return (
        answer.answered
        and answer.confidence >= _SURE_FROM
        and not answer.question.notes
        and answer.citations[0].sentence_text == candidate.sentence
    )
