"""A fragment of the page read back as a browser would read it."""

from __future__ import annotations

from html.parser import HTMLParser

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</p></details></li><h1>lớn</h1>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "&lt;b&gt; &amp;amp; &#60;",
    "**đậm** _nghiêng_ `mã` # đề mục",
    "[bấm](javascript:alert(1))",
    "$$x^2$$ \\(y\\)",
    "${alert(1)}",
    "{{#if value}}{{value}}{{/if}}",
    '__i18n__{"key": "common.error"}',
)

_VOID = {"input", "br", "hr", "img"}


class Reading(HTMLParser):
    """The elements of a piece of HTML and the text in it, all of it and that of each `<mark>` of a class."""

    def __init__(self, html: str, kind: str = "sentence") -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.marks: list[str] = []
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[str] = []
        self._kind = kind
        self._open: list[tuple[str, bool]] = []
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.values += [value or "" for _, value in attrs]
        if tag in _VOID:
            return
        is_mark = tag == "mark" and dict(attrs).get("class") == self._kind
        self._open.append((tag, is_mark))
        if is_mark:
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.text += data
        if any(is_mark for _, is_mark in self._open):
            self.marks[-1] += data
