"""The panel of kept conversations as HTML: its frame, and the list that is put into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from qa import KeptConversation
from ui.render import count, escape

NONE_YET = "Chưa có cuộc trò chuyện nào: những câu bạn hỏi sẽ được giữ ở đây."
NONE_FOUND = "Không có cuộc trò chuyện nào chứa những từ này."
UNTITLED = "Cuộc trò chuyện chưa có tên"


def panel_html() -> str:
    """Return what stands in `nav#conversations`, before any list."""
    return (
        '<header><h2 id="conversations-title">Cuộc trò chuyện</h2>'
        '<button type="button" class="quiet" data-close="conversations">Đóng'
        '<span class="unseen"> danh sách cuộc trò chuyện</span></button></header>'
        '<div class="find"><button type="button" class="main new" data-first>Cuộc trò chuyện mới</button>'
        '<label class="unseen" for="conversations-search">Tìm trong các cuộc trò chuyện</label>'
        '<input id="conversations-search" type="search" placeholder="Tìm cuộc trò chuyện" autocomplete="off" '
        'maxlength="200"></div>'
        '<div class="list"></div>'
        '<p class="unseen found" role="status"></p>'
        '<div class="undo"><p class="status" role="status"></p>'
        '<button type="button" class="quiet" hidden>Hoàn tác</button></div>'
        '<template class="rename"><form class="rename"><label><span class="unseen">Tên mới</span>'
        '<input name="title" maxlength="200" autocomplete="off" required></label><button type="submit" class="main">Lưu'
        '</button> <button type="button" class="cancel">Hủy</button></form></template>'
    )


def list_html(
    entries: Sequence[KeptConversation], *, more: int = 0, is_search: bool = False, now: datetime | None = None
) -> str:
    """Return the list, or a sentence where it is empty; `more` tells how many older ones are not in it."""
    if not entries:
        return f'<p class="none">{NONE_FOUND if is_search else NONE_YET}</p>'
    now = now or datetime.now().astimezone()
    left = f'<p class="none">Còn {count(more)} cuộc trò chuyện cũ hơn: hãy tìm để thấy chúng.</p>' if more else ""
    return f"<ul>{''.join(_entry_html(entry, now) for entry in entries)}</ul>{left}"


def found_words(entries: Sequence[KeptConversation], more: int) -> str:
    """Say how many conversations were found, for those who do not see the list."""
    return f"Tìm thấy {count(len(entries) + more)} cuộc trò chuyện."


def shown_moment(iso: str, now: datetime) -> str:
    """Say when, as people do: by the clock today and yesterday, by the date before that."""
    try:
        moment = datetime.fromisoformat(iso).astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return iso
    if moment.date() == now.date():
        return f"Hôm nay, {moment:%H:%M}"
    if moment.date() == now.date() - timedelta(days=1):
        return f"Hôm qua, {moment:%H:%M}"
    return f"{moment:%d/%m/%Y}"


def _entry_html(entry: KeptConversation, now: datetime) -> str:
    title = escape(entry.title or UNTITLED)
    of = f'<span class="unseen"> “{title}”</span>'
    actions = "".join(
        f'<button type="button" class="{kind}" data-act="{act}">{words}{of}</button>'
        for act, words, kind in (
            ("rename", "Đổi tên", "act"),
            ("markdown", "Xuất Markdown", "act"),
            ("json", "Xuất JSON", "act"),
            ("delete", "Xóa", "act danger"),
        )
    )
    return (
        f'<li class="entry" data-id="{escape(entry.id)}" data-title="{escape(entry.title)}">'
        f'<button type="button" class="open"><span class="title"><bdi>{title}</bdi></span>'
        f'<span class="when">{escape(shown_moment(entry.changed, now))} · {count(entry.turns)} câu hỏi</span></button>'
        f'<details class="acts"><summary><span aria-hidden="true">⋯</span><span class="unseen">Việc khác với “{title}”'
        f"</span></summary><div>{actions}</div></details></li>"
    )
