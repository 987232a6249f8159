"""Ask Vietnamese questions of your own articles; get the sentence that answers, cited to the character.

from qa import Assistant

assistant = Assistant.build("articles/", "index")     # or Assistant.open("index")
for hit in assistant.retrieve("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?", k=5):
    print(hit.score, hit.article.title, hit.sentence_text)
answer = assistant.ask("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?")
"""

from qa.assistant import DEFAULT_INDEX, Assistant, Summary, remove_articles, retrieve, update_index
from qa.backup import BackupReport, back_up
from qa.checks import Check
from qa.corpus import Skipped
from qa.doctor import Examination, examine, mend
from qa.errors import CorpusError, EncoderError, HoidapError, IndexBusy, IndexUnusable
from qa.index import UpdateOptions
from qa.listing import ListedArticle, count_articles, list_articles, near_ids
from qa.reports import Converted, IndexReport, Progress
from qa.restoring import RestoreReport, restore
from qa.types import Answer, Article, Citation, Hit, Passage, Question, Sentence
from qa.verify import Problem, Verification, verify
from qa.watching import Batch, watch

__all__ = [
    "DEFAULT_INDEX",
    "Answer",
    "Article",
    "Assistant",
    "Batch",
    "BackupReport",
    "Check",
    "Citation",
    "Converted",
    "CorpusError",
    "EncoderError",
    "Examination",
    "Hit",
    "HoidapError",
    "IndexBusy",
    "IndexReport",
    "IndexUnusable",
    "ListedArticle",
    "Passage",
    "Problem",
    "Progress",
    "Question",
    "RestoreReport",
    "Sentence",
    "Skipped",
    "Summary",
    "UpdateOptions",
    "Verification",
    "back_up",
    "count_articles",
    "examine",
    "list_articles",
    "mend",
    "near_ids",
    "remove_articles",
    "restore",
    "retrieve",
    "update_index",
    "verify",
    "watch",
]
