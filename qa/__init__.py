"""Ask Vietnamese questions of your own articles; get the sentence that answers, cited to the character.

from qa import Assistant

assistant = Assistant.build("articles/", "index")     # or Assistant.open("index")
for hit in assistant.retrieve("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?", k=5):
    print(hit.score, hit.article.title, hit.sentence_text)
answer = assistant.ask("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?")
"""

from qa.assistant import DEFAULT_INDEX, Assistant, Summary, remove_articles, retrieve, suggestions, update_index
from qa.backup import BackupReport, back_up
from qa.checks import Check
from qa.conversation_values import LONGEST_RIGHT_ANSWER, LONGEST_TITLE
from qa.conversations import Conversations, ConversationsUnusable, KeptConversation, NoConversation, Rated, Turn
from qa.corpus import Skipped
from qa.doctor import Examination, examine, mend
from qa.errors import CorpusError, EncoderError, HoidapError, IndexBusy, IndexUnusable
from qa.feedback import Feedback, read_feedback
from qa.holdings import Held, Holdings, Size, copy_of, held_files, holdings, sizes, unread_files
from qa.index import UpdateOptions
from qa.listing import ListedArticle, count_articles, list_articles, near_ids
from qa.questions import QUESTION_CHARACTERS_MOST
from qa.readers import SUFFIXES
from qa.reports import Converted, IndexReport, Progress
from qa.restoring import RestoreReport, restore
from qa.returning import Removed, put_back, take_out
from qa.types import Answer, Article, Citation, Hit, Passage, Question, Reason, Sentence
from qa.verify import Problem, Verification, verify
from qa.watching import Batch, watch

__all__ = [
    "DEFAULT_INDEX",
    "LONGEST_RIGHT_ANSWER",
    "LONGEST_TITLE",
    "QUESTION_CHARACTERS_MOST",
    "SUFFIXES",
    "Answer",
    "Article",
    "Assistant",
    "BackupReport",
    "Batch",
    "Check",
    "Citation",
    "Conversations",
    "ConversationsUnusable",
    "Converted",
    "CorpusError",
    "EncoderError",
    "Examination",
    "Feedback",
    "Held",
    "Hit",
    "HoidapError",
    "Holdings",
    "IndexBusy",
    "IndexReport",
    "IndexUnusable",
    "KeptConversation",
    "ListedArticle",
    "NoConversation",
    "Passage",
    "Problem",
    "Progress",
    "Question",
    "Rated",
    "Reason",
    "Removed",
    "RestoreReport",
    "Sentence",
    "Size",
    "Skipped",
    "Summary",
    "Turn",
    "UpdateOptions",
    "Verification",
    "back_up",
    "copy_of",
    "count_articles",
    "examine",
    "held_files",
    "holdings",
    "list_articles",
    "mend",
    "near_ids",
    "put_back",
    "read_feedback",
    "remove_articles",
    "restore",
    "retrieve",
    "sizes",
    "suggestions",
    "take_out",
    "unread_files",
    "update_index",
    "verify",
    "watch",
]
