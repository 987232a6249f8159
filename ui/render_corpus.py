"""The panel of articles as HTML, in which nothing that an article, a file or a person says can become markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from qa import SUFFIXES, Article, ListedArticle, Size
from ui.adding import Arrival
from ui.render import count, escape, one_line, shown_date
from ui.uploads import Limits, megabytes

_LONGEST_TITLE = 300
_SHOWN_ARTICLES = 5

_STATES = {
    "waiting": "Đang chờ",
    "reading": "Đang đọc",
    "indexing": "Đang đưa vào kho",
    "done": "Đã thêm",
    "there": "Đã có sẵn trong kho",
    "refused": "Không thêm được",
    "stopped": "Chưa xong",
}


def panel_html(limits: Limits) -> str:
    """Return the whole panel, nothing in it yet."""
    kinds = ", ".join(SUFFIXES)
    return (
        '<header><h2>Kho bài báo</h2><button type="button" data-close="corpus" aria-label="Đóng kho bài báo">Đóng'
        "</button></header>"
        f'<div class="corpus-body" data-suffixes="{escape(" ".join(SUFFIXES))}" data-file-bytes="{limits.file_bytes}" '
        f'data-batch-files="{limits.batch_files}" data-batch-bytes="{limits.batch_bytes}">'
        '<p class="status" id="corpus-stock"></p>'
        # --- adding
        '<div class="drop"><p>Kéo thả tệp vào đây, hoặc</p><label class="choose">Chọn tệp…'
        f'<input type="file" id="corpus-files" multiple data-first accept="{escape(",".join(SUFFIXES))}" '
        'aria-describedby="corpus-kinds"></label>'
        f'<p class="hint" id="corpus-kinds">Đọc được: {kinds}. Mỗi tệp nhiều nhất {megabytes(limits.file_bytes)}, mỗi '
        f"lần nhiều nhất {limits.batch_files} tệp và {megabytes(limits.batch_bytes)}.</p></div>"
        '<div id="corpus-adding" role="group" aria-label="Các tệp đang thêm" hidden>'
        '<div class="bar" role="progressbar" aria-label="Tiến độ thêm tệp" aria-valuemin="0" aria-valuemax="100" '
        'aria-valuenow="0"><div class="filled"></div></div>'
        '<p class="status" role="status" id="corpus-progress"></p>'
        '<ul id="corpus-transfers"></ul><ul id="corpus-added"></ul>'
        '<p class="buttons"><button type="button" id="corpus-retry" hidden>Thử lại</button>'
        '<button type="button" class="quiet" id="corpus-clear" hidden>Ẩn các tệp đã xong</button></p></div>'
        '<template id="corpus-transfer"><li class="file"><span class="name"></span> <span class="said"></span> '
        '<button type="button" class="quiet" data-again hidden>Gửi lại</button></li></template>'
        # --- looking through
        '<form role="search" id="corpus-search" aria-label="Tìm trong kho bài báo">'
        '<p class="field wide"><label for="corpus-text">Tìm bài</label><input type="search" id="corpus-text" '
        'maxlength="500" autocomplete="off" placeholder="Tên bài, nội dung hoặc tên tệp"></p>'
        '<p class="field wide"><label for="corpus-source">Nguồn</label><select id="corpus-source">'
        f"{sources_html(())}</select></p>"
        '<p class="field"><label for="corpus-since">Đăng từ ngày</label><input type="date" id="corpus-since"></p>'
        '<p class="field"><label for="corpus-until">Đến ngày</label><input type="date" id="corpus-until"></p></form>'
        '<p class="status" role="status" id="corpus-count"></p>'
        '<div class="choice"><label class="pick"><input type="checkbox" id="corpus-all"> <span>Chọn các bài đang hiện'
        '</span></label><button type="button" class="main" id="corpus-limit">Chỉ hỏi trong phần đã chọn</button></div>'
        '<p class="status" role="status" id="corpus-chosen"></p>'
        '<ol id="corpus-list" aria-label="Các bài báo trong kho"></ol>'
        '<p class="buttons"><button type="button" id="corpus-more" hidden>Xem thêm</button></p></div>'
        '<div id="corpus-said" role="status"></div>'
    )


def sources_html(sources: Sequence[str]) -> str:
    """Return the choice of sources."""
    named = "".join(f'<option value="{escape(source)}">{escape(one_line(source))}</option>' for source in sources)
    return f'<option value="">Tất cả các nguồn</option>{named}'


def count_words(total: int, is_exact: bool, articles: int) -> str:
    """Say how many articles a search found, of how many."""
    if not total:
        return "Không có bài nào phù hợp." if articles else ""
    if total == articles:
        return f"{count(total)} bài."
    return f"Tìm thấy {'' if is_exact else 'hơn '}{count(total)} bài trong {count(articles)} bài."


def list_html(articles: Iterable[ListedArticle], sizes: Mapping[str, Size]) -> str:
    """Return articles as items of the list."""
    return "".join(_article_html(article, sizes.get(article.id)) for article in articles)


def _article_html(article: ListedArticle, size: Size | None) -> str:
    title, name = escape(_title(article.title, article.id)), escape(article.id)
    facts = " · ".join(
        escape(fact)
        for fact in (
            one_line(article.source or ""),
            shown_date(article.published) if article.published else "",
            _size_words(size),
        )
        if fact
    )
    return (
        f'<li class="stocked" data-article="{name}"><label class="pick"><input type="checkbox" data-pick="{name}">'
        f'<span class="unseen">Chọn bài “{title}”</span></label>'
        f'<div class="about"><button type="button" class="open" data-open="{name}">{title}</button>'
        f'<p class="facts">{facts}</p><p class="facts path">{escape(article.path)}</p></div>'
        f'<button type="button" class="quiet danger" data-remove="{name}" aria-label="Xóa bài “{title}” khỏi kho">Xóa'
        "</button></li>"
    )


def _size_words(size: Size | None) -> str:
    if size is None:
        return ""
    pages = f"{count(size.pages)} trang, " if size.pages else ""
    return f"{pages}{count(size.characters)} ký tự"


def progress_words(arrivals: Sequence[Arrival]) -> str:
    """Say in a line what became of all the files so far."""
    running = sum(arrival.state in ("waiting", "reading", "indexing") for arrival in arrivals)
    if running:
        return f"Đang đưa {count(running)} tệp vào kho…"
    told = [
        (sum(arrival.state == state for arrival in arrivals), words)
        for state, words in (
            ("done", "đã thêm {} tệp"),
            ("there", "{} tệp đã có sẵn"),
            ("refused", "{} tệp không thêm được"),
            ("stopped", "{} tệp chưa xong"),
        )
    ]
    said = ", ".join(words.format(count(number)) for number, words in told if number)
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def progress_html(arrivals: Iterable[Arrival]) -> str:
    """Return the files, each with what becomes of it, the last one first."""
    return "".join(_arrival_html(arrival) for arrival in reversed(list(arrivals)))


def _arrival_html(arrival: Arrival) -> str:
    said = _STATES[arrival.state]
    if arrival.articles and arrival.state in ("done", "there"):
        passages = sum(held.passages for held in arrival.articles)
        said = f"{said}: {count(len(arrival.articles))} bài, {count(passages)} đoạn"
    elif arrival.said:
        said = f"{said}: {arrival.said}"
    faults = "".join(f"<li>{escape(fault)}</li>" for fault in arrival.faults)
    unread = f"<p>Phần không đọc được ({count(max(arrival.fault_count, len(arrival.faults)))}):</p><ul>{faults}</ul>"
    opened = "".join(
        f'<li><button type="button" class="quiet" data-open="{escape(held.id)}">'
        f"{escape(_title(held.title, held.id))}</button></li>"
        for held in arrival.articles[:_SHOWN_ARTICLES]
    )
    kind = " error" if arrival.state in ("refused", "stopped") else ""
    return (
        f'<li class="file" data-state="{arrival.state}"><span class="name">{escape(arrival.name)}</span> '
        f'<span class="said{kind}">{escape(said)}</span>'
        f"{f'<ul>{opened}</ul>' if opened else ''}{unread if faults else ''}</li>"
    )


def removed_html(article: Article, token: str, is_kept_copy: bool) -> str:
    """Return the line that says that an article is out, and takes that back."""
    title = escape(_title(article.title, article.id))
    file = "Tệp đã thêm vẫn được giữ cùng kho." if is_kept_copy else "Tệp gốc trên máy không bị xóa hay thay đổi."
    return (
        f'<p>Đã xóa bài “{title}” khỏi kho. {file}</p><p class="buttons"><button type="button" '
        f'data-undo="{escape(token)}" aria-label="Hoàn tác: đưa bài “{title}” trở lại kho">Hoàn tác</button>'
        f'<button type="button" class="quiet" data-dismiss aria-label="Ẩn thông báo này">Ẩn</button></p>'
    )


def returned_html(article: Article) -> str:
    """Return the line that says that an article is back."""
    title = escape(_title(article.title, article.id))
    return (
        f"<p>Đã đưa bài “{title}” trở lại kho.</p>"
        '<p class="buttons"><button type="button" class="quiet" data-dismiss aria-label="Ẩn thông báo này">Ẩn'
        "</button></p>"
    )


def _title(title: str, otherwise: str) -> str:
    line = one_line(title) or otherwise
    return line if len(line) <= _LONGEST_TITLE else line[: _LONGEST_TITLE - 1] + "…"
