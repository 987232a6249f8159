"""Ask Vietnamese questions of your own articles; get the sentence that answers, cited to the character.

from qa import Assistant

assistant = Assistant.build("articles/", "index")     # or Assistant.open("index")
for hit in assistant.retrieve("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?", k=5):
    print(hit.score, hit.article.title, hit.sentence_text)
answer = assistant.ask("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?")
"""

from qa.articles import Skipped
from qa.assistant import DEFAULT_INDEX, Assistant, Summary, retrieve, update_index
from qa.errors import CorpusError, EncoderError, HoidapError, IndexBusy, IndexUnusable
from qa.index import UpdateOptions
from qa.types import Answer, Article, Citation, Hit, Passage, Question, Sentence
from qa.updating import IndexReport, Progress
from qa.verify import Problem, Verification, verify

__all__ = [
    "DEFAULT_INDEX",
    "Answer",
    "Article",
    "Assistant",
    "Citation",
    "CorpusError",
    "EncoderError",
    "Hit",
    "HoidapError",
    "IndexBusy",
    "IndexReport",
    "IndexUnusable",
    "Passage",
    "Problem",
    "Progress",
    "Question",
    "Sentence",
    "Skipped",
    "Summary",
    "UpdateOptions",
    "Verification",
    "retrieve",
    "update_index",
    "verify",
]
