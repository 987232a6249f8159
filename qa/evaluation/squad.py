"""SQuAD 1.1 and 2.0 JSON into a corpus and a question set: each paragraph an article, each question a line.

The format is that of Rajpurkar et al. (EMNLP 2016; 2.0: ACL 2018) and of XQuAD, UIT-ViQuAD, MLQA and others.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import HoidapError
from qa.evaluation.matching import holds
from qa.evaluation.questions import LabelledQuestion, question_record
from qa.text import fold

NO_TITLE = "—"
"""Has no word to search; an article without any title would take its first line for one."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a SQuAD file became."""

    articles: tuple[dict[str, str], ...]
    """Lines of a corpus: id, title, text."""
    questions: tuple[LabelledQuestion, ...]
    unmatched: tuple[str, ...]
    """Ids of answerable questions none of whose answers stands in its paragraph as whole words."""


def import_squad(path: Path, *, titles: bool = True, articles_only: bool = False) -> Imported:
    """Read a SQuAD file.

    A paragraph's article is named by the title of its page and its number there, ``super-bowl-50-1``: files that are
    translations of each other under the same titles, as XQuAD's are, give the same ids, so that one language's
    questions can be asked of another's articles. Such questions' answers are in the wrong language: `articles_only`
    leaves them out. Without `titles` the articles have none that is searched: in XQuAD all languages share the
    English ones, which favours English questions (article_ndcg@10 of the Vietnamese articles 0.890 with, 0.879
    without; of Vietnamese questions 0.981 and 0.980).

    Raises HoidapError where the file cannot be read or is not SQuAD.
    """
    try:
        return _import(json.loads(path.read_bytes()), titles, articles_only)
    except OSError as error:
        raise HoidapError(f"cannot read {path}: {error.strerror or error}") from error
    except (_NotSquad, ValueError, RecursionError) as error:
        raise HoidapError(f"{path} is not SQuAD 1.1 or 2.0: {error}") from error


def corpus_lines(imported: Imported) -> str:
    """Write the articles as a corpus, JSON lines."""
    return "".join(json.dumps(article, ensure_ascii=False) + "\n" for article in imported.articles)


def question_lines(imported: Imported) -> str:
    """Write the questions as a question set, JSON lines."""
    return "".join(json.dumps(question_record(question), ensure_ascii=False) + "\n" for question in imported.questions)


class _NotSquad(Exception):
    """Something that SQuAD has is missing or of another type."""


def _import(document: Any, titles: bool, articles_only: bool) -> Imported:
    articles, questions, unmatched = [], [], []
    paragraphs_of: Counter[str] = Counter()
    question_ids: Counter[str] = Counter()
    for i, page in enumerate(_get(document, "data", list, "the file")):
        title = page.get("title", "") if isinstance(page, dict) else ""
        title = _readable(title) if isinstance(title, str) else ""
        for j, paragraph in enumerate(_get(page, "paragraphs", list, f"data[{i}]")):
            where = f"data[{i}].paragraphs[{j}]"
            text = _get(paragraph, "context", str, where)
            paragraphs_of[_slug(title)] += 1
            article = f"{_slug(title)}-{paragraphs_of[_slug(title)]}"
            articles.append({"id": article, "title": title if titles and title else NO_TITLE, "text": text})
            for number, entry in enumerate(_get(paragraph, "qas", list, where)):
                question = _question(entry, article, articles_only, f"{where}.qas[{number}]")
                question_ids[question.id] += 1
                if question_ids[question.id] > 1:
                    raise _NotSquad(f"two questions have the id {question.id!r}")
                questions.append(question)
                if question.answers and not holds(text, question.answers):
                    unmatched.append(question.id)
    if not questions:
        raise _NotSquad("it has no question")
    return Imported(tuple(articles), tuple(questions), tuple(unmatched))


def _question(entry: Any, article: str, articles_only: bool, where: str) -> LabelledQuestion:
    identity, question = str(_get(entry, "id", (str, int), where)), _get(entry, "question", str, where)
    if entry.get("is_impossible", False):
        return LabelledQuestion(identity, question, None, answerable=False, tags=("unanswerable",))
    answers = [_get(answer, "text", str, f"{where}.answers") for answer in _get(entry, "answers", list, where)]
    if not answers:
        raise _NotSquad(f"{where} has no answer, and is not marked is_impossible")
    return LabelledQuestion(identity, question, article, () if articles_only else tuple(dict.fromkeys(answers)))


def _get(value: Any, key: str, kind: type | tuple[type, ...], where: str) -> Any:
    if not isinstance(value, Mapping) or key not in value:
        raise _NotSquad(f"{where} lacks {key!r}")
    if not isinstance(value[key], kind):
        raise _NotSquad(f"{where}.{key} is {type(value[key]).__name__}")
    return value[key]


def _readable(title: str) -> str:
    return " ".join(title.replace("_", " ").split())


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(title).lower()).strip("-") or "article"
