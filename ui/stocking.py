"""The corpus's side of the page: what is in it, adding to it, taking out of it and taking that back."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from embeddings.encoder import Encoder
from qa import (
    CorpusError,
    Holdings,
    IndexBusy,
    IndexUnusable,
    ListedArticle,
    Removed,
    holdings,
    list_articles,
    put_back,
    sizes,
    take_out,
)
from ui import render_corpus
from ui.adding import Adding
from ui.served import MISUSED, Data, Refused, number_of, text_of, texts_of
from ui.uploads import Uploads

SHOWN_AT_ONCE = 50
_SHOWN_MOST = 2000
_SEARCHES_MOST = 8
_COUNT_SECONDS = 0.5
_LONGEST, _LONGEST_ID = 500, 10_000
UNDO_SECONDS = 600
_UNDO_BYTES_MOST = 100_000_000

BUSY = "Kho đang được cập nhật nên chưa xóa hay khôi phục bài được. Hãy thử lại sau ít phút."
NOT_THERE = "Bài này không còn trong kho."
NO_UNDO = "Đã quá lâu nên không hoàn tác được nữa. Bạn có thể thêm lại tệp của bài."
CHANGED = "Kho đã được dựng lại hoặc đã có bài khác ở chỗ ấy, nên không hoàn tác được. Bạn có thể thêm lại tệp của bài."


class Assistant(Protocol):
    """The part of `qa.Assistant` that this needs."""

    @property
    def folder(self) -> Path:
        """The index."""

    @property
    def encoder(self) -> Encoder:
        """The model."""


class Stocking:
    """Does what the page's panel of articles asks. Safe to share by threads."""

    def __init__(
        self, assistant: Assistant, uploads: Uploads | None = None, undo_seconds: float = UNDO_SECONDS
    ) -> None:
        """Look after an assistant's index; files are received into it unless `uploads` is given."""
        self._index = assistant.folder
        self.uploads, self._undo_seconds = uploads or Uploads(assistant.folder), undo_seconds
        self.adding = Adding(assistant.folder, assistant.encoder, self.uploads)
        self._lock = threading.Lock()
        self._holdings: Holdings | None = None
        self._searches: OrderedDict[tuple[object, ...], _Search] = OrderedDict()
        self._removed: OrderedDict[str, tuple[float, Removed]] = OrderedDict()

    def functions(self) -> dict[str, Callable[[Data, str], dict[str, Any]]]:
        """Give what the script may call, by name."""
        return {
            "corpus": self.corpus,
            "stock": self.stock,
            "list_stock": self.list_stock,
            "add": self.add,
            "progress": self.progress,
            "retry_adding": self.retry_adding,
            "clear_added": self.clear_added,
            "remove_article": self.remove_article,
            "return_article": self.return_article,
        }

    # --- what is there ---------------------------------------------------------------------------------------

    def corpus(self, data: Data, owner: str) -> dict[str, Any]:
        """Give the panel, with nothing listed yet."""
        return {"html": render_corpus.panel_html(self.uploads.limits)}

    def stock(self, data: Data, owner: str) -> dict[str, Any]:
        """Tell how much there is; `mark` differs once anything has changed, by whomever."""
        held = self._held()
        return {
            "articles": held.articles,
            "passages": held.passages,
            "revision": held.revision,
            "mark": f"{held.store}:{held.revision}",
            "html": render_corpus.stock_html(held.articles, held.passages),
            "sources": render_corpus.sources_html(held.sources),
        }

    def list_stock(self, data: Data, owner: str) -> dict[str, Any]:
        """List articles: those of `text`, `source`, `since` and `until`, from `offset` on, `limit` of them."""
        text, source = text_of(data, "text", _LONGEST), text_of(data, "source", _LONGEST)
        since, until = _day(data, "since"), _day(data, "until")
        if since is not None and until is not None and since > until:
            raise Refused("Ngày bắt đầu ở sau ngày kết thúc; hãy sửa lại khoảng ngày.")
        offset, limit = number_of(data, "offset") or 0, number_of(data, "limit") or SHOWN_AT_ONCE
        if not 1 <= limit <= _SHOWN_MOST:
            raise Refused(MISUSED)
        held = self._held()
        search = self._search(held, text, source, since, until)
        articles, total, is_exact = search.page(offset, limit)
        if not (text or source or since or until):
            total, is_exact = held.articles, True
        found = sizes([article.id for article in articles], self._index)
        return {
            "html": render_corpus.list_html(articles, found),
            "shown": offset + len(articles),
            "total": total,
            "more": offset + len(articles) < total,
            "count": render_corpus.count_words(total, is_exact, held.articles),
        }

    def _held(self) -> Holdings:
        self._holdings = held = holdings(self._index, self._holdings)
        return held

    def _search(self, held: Holdings, text: str, source: str, since: date | None, until: date | None) -> _Search:
        """Give what such a search has found so far; whoever pages through the list does not begin anew."""
        key = held.store, held.revision, text, source, since, until
        with self._lock:
            if key not in self._searches:
                found = list_articles(self._index, text=text, source=source, since=since, until=until)
                self._searches[key] = _Search(article for article in found if not source or article.source == source)
                if len(self._searches) > _SEARCHES_MOST:
                    self._searches.popitem(last=False)
            self._searches.move_to_end(key)
            return self._searches[key]

    # --- adding ----------------------------------------------------------------------------------------------

    def add(self, data: Data, owner: str) -> dict[str, Any]:
        """Have files indexed that were received, by the names that the upload gave."""
        names = texts_of(data, "files", most=self.uploads.limits.batch_files)
        if not names:
            raise Refused(MISUSED)
        if self.adding.add(names):
            raise Refused("Có tệp không còn trên máy chủ; hãy thêm lại tệp ấy.")
        return self.progress(data, owner)

    def progress(self, data: Data, owner: str) -> dict[str, Any]:
        """Tell how far the files are, which all who share the corpus see."""
        entries = self.adding.entries()
        return {
            "files": [{"name": entry.name, "state": entry.state} for entry in entries],
            "running": any(entry.state in ("waiting", "reading", "indexing") for entry in entries),
            "stopped": any(entry.state == "stopped" for entry in entries),
            "settled": any(entry.is_settled for entry in entries),
            "done": sum(entry.share for entry in entries) / len(entries) if entries else 1.0,
            "said": render_corpus.progress_words(entries),
            "html": render_corpus.progress_html(entries),
        }

    def retry_adding(self, data: Data, owner: str) -> dict[str, Any]:
        """Have indexed what could not be."""
        self.adding.try_again()
        return self.progress(data, owner)

    def clear_added(self, data: Data, owner: str) -> dict[str, Any]:
        """Show no more what is done."""
        self.adding.forget_settled()
        return self.progress(data, owner)

    # --- taking out ------------------------------------------------------------------------------------------

    def remove_article(self, data: Data, owner: str) -> dict[str, Any]:
        """Take an article out, and give what takes that back for some minutes."""
        # As it is, blanks too: it is an id.
        (name,) = texts_of({"article": [data.get("article")]}, "article", longest=_LONGEST_ID)
        try:
            (removed,) = take_out([name], self._index)
        except IndexBusy as error:
            raise Refused(BUSY) from error
        except (CorpusError, ValueError) as error:
            raise Refused(NOT_THERE) from error
        token = secrets.token_urlsafe(12)
        with self._lock:
            self._removed[token] = time.monotonic(), removed
            self._forget_old()
        path = Path(removed.article.path)
        return {
            "undo": token,
            "article": name,
            "html": render_corpus.removed_html(removed.article, token, path.parent == self.uploads.folder),
        }

    def return_article(self, data: Data, owner: str) -> dict[str, Any]:
        """Put an article back that was taken out."""
        token = text_of(data, "undo", 100)
        with self._lock:
            self._forget_old()
            kept = self._removed.get(token)
        if kept is None:
            raise Refused(NO_UNDO)
        try:
            put_back([kept[1]], self._index)
        except IndexBusy as error:
            raise Refused(BUSY) from error
        except (CorpusError, IndexUnusable) as error:
            raise Refused(CHANGED) from error
        with self._lock:
            self._removed.pop(token, None)
        return {"article": kept[1].article.id, "html": render_corpus.returned_html(kept[1].article)}

    def _forget_old(self) -> None:
        """Keep what can be put back for some minutes, and the last of it only while it fits in memory."""
        oldest = time.monotonic() - self._undo_seconds
        total = sum(removed.byte_count for _, removed in self._removed.values())
        for token, (at, removed) in list(self._removed.items()):
            if at < oldest or (total > _UNDO_BYTES_MOST and len(self._removed) > 1):
                total -= removed.byte_count
                del self._removed[token]


class _Search:
    """What a search finds, read as far as somebody looks."""

    def __init__(self, found: Iterator[ListedArticle]) -> None:
        self._found, self._seen, self._is_whole = found, list[ListedArticle](), False
        self._lock = threading.Lock()

    def page(self, start: int, count: int) -> tuple[list[ListedArticle], int, bool]:
        """Give some articles, how many there are, and whether that was counted to the end."""
        with self._lock:
            until = time.monotonic() + _COUNT_SECONDS
            while not self._is_whole and (len(self._seen) <= start + count or time.monotonic() < until):
                article = next(self._found, None)
                if article is None:
                    self._is_whole = True
                else:
                    self._seen.append(article)
            return self._seen[start : start + count], len(self._seen), self._is_whole


def _day(data: Data, name: str) -> date | None:
    text = text_of(data, name, 100)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused("Ngày không đúng; hãy chọn lại ngày trong lịch.") from None
