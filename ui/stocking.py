"""The corpus's side of the page: what is in it, adding to it, taking out of it and taking that back."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from embeddings.encoder import Encoder
from qa import (
    CorpusError,
    Holdings,
    IndexBusy,
    IndexUnusable,
    Removed,
    holdings,
    put_back,
    sizes,
    take_out,
)
from ui import render_corpus
from ui.adding import Adding
from ui.searches import Searches, Sought
from ui.served import MISUSED, Data, Refused, number_of, text_of, texts_of
from ui.shell import stock_html
from ui.uploads import Uploads

SHOWN_AT_ONCE = 50
_SHOWN_MOST = 2000
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
        self._searches = Searches(self._index)
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
            "html": stock_html(held.articles, held.passages),
            "sources": render_corpus.sources_html(held.sources),
        }

    def list_stock(self, data: Data, owner: str) -> dict[str, Any]:
        """List articles: those of `text`, `source`, `since` and `until`, from `offset` on, `limit` of them."""
        sought = Sought(
            text_of(data, "text", _LONGEST),
            text_of(data, "source", _LONGEST),
            _day(data, "since"),
            _day(data, "until"),
        )
        if sought.since is not None and sought.until is not None and sought.since > sought.until:
            raise Refused("Ngày bắt đầu ở sau ngày kết thúc; hãy sửa lại khoảng ngày.")
        offset, limit = number_of(data, "offset") or 0, number_of(data, "limit") or SHOWN_AT_ONCE
        if not 1 <= limit <= _SHOWN_MOST:
            raise Refused(MISUSED)
        held = self._held()
        articles, total, is_exact = self._searches.page(held, sought, offset, limit)
        if sought.is_all:
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
        arrivals = self.adding.arrivals()
        return {
            "files": [{"name": arrival.name, "state": arrival.state} for arrival in arrivals],
            "running": any(arrival.state in ("waiting", "reading", "indexing") for arrival in arrivals),
            "stopped": any(arrival.state == "stopped" for arrival in arrivals),
            "settled": any(arrival.is_settled for arrival in arrivals),
            "done": sum(arrival.share for arrival in arrivals) / len(arrivals) if arrivals else 1.0,
            "said": render_corpus.progress_words(arrivals),
            "html": render_corpus.progress_html(arrivals),
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


def _day(data: Data, name: str) -> date | None:
    text = text_of(data, name, 100)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused("Ngày không đúng; hãy chọn lại ngày trong lịch.") from None
