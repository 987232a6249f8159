"""The report page: whole, well-formed, self-contained, and nothing of a text is markup."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from sample_runs import outcome, question, run

from qa import Article
from qa.evaluation import METRICS, LabelledQuestion, Outcome, Place, Run, compare, html_report
from qa.evaluation.charts import TagRow, by_tag, reliability_bins, thinned
from qa.evaluation.failures import KINDS, kind_of, marked
from qa.evaluation.metrics import columns, measure
from qa.evaluation.plots import Axis, Plot, Series, share_axis

HOSTILE = "<script>alert(1)</script><b onclick='x'>&amp;\"</b>"
TEXT = f"Đoạn một nói về {HOSTILE}.\n\n\n\nHuyện Hải Lăng có 5.350 đảng viên."
ARTICLE = Article("bài", "bài.txt", HOSTILE, TEXT, "0" * 64)
SENTENCE = (TEXT.index("Huyện"), len(TEXT))
GIVEN = Place("bài", 0, len(TEXT), SENTENCE)
A = LabelledQuestion("a", f"Câu {HOSTILE}?", "bài", ("5.350",), tags=("who", HOSTILE))
U = question("u", answerable=False, tags=["off-topic"])


class Page(HTMLParser):
    """Elements with their attributes; fails where they are not closed in order."""

    VOID = ("meta", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self._open = "", list[str]()
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def placed(found: Outcome) -> Outcome:
    return Outcome(
        **{name: getattr(found, name) for name in found.__slots__}
        | {"given": GIVEN, "expected": Place("bài", 0, len(TEXT))}
    )


def failing() -> Run:
    asked = [A, U, *(question(str(i), tags=["who"]) for i in range(20))]
    plain = [
        placed(outcome(A, article=2, passage=None)),
        placed(outcome(U, answered=True, confidence=0.7)),
        *(outcome(q, article=1, passage=1, hit=True, confidence=i / 20) for i, q in enumerate(asked[2:])),
    ]
    hidden = [LabelledQuestion(q.id, q.question, q.article, q.answers, False, q.tags) for q in asked]
    removed = [placed(outcome(q, answered=i % 2 == 0, confidence=i / 30)) for i, q in enumerate(hidden)]
    return run(plain=plain, unaccented=plain, removed=removed)


@pytest.fixture(scope="module")
def html() -> str:
    made = failing()
    return html_report(made, compare(made, made), {"bài": ARTICLE}.get)


def test_the_page_is_whole_and_says_its_languages(html: str) -> None:
    page = Page(html)
    assert page.elements[0] == ("html", {"lang": "en"})
    assert ("blockquote", {"lang": "vi"}) in page.elements
    assert {tag for tag, _ in page.elements} >= {"table", "svg", "details", "figure"}
    for name in METRICS:
        assert name in page.text
    for part in ("Recall at k", "Reliability", "What refusing buys", "What refusing costs", "By tag", "Compared with"):
        assert part in page.text


def test_the_page_needs_no_other_file_and_runs_nothing(html: str) -> None:
    for tag, attributes in Page(html).elements:
        assert tag not in ("script", "link", "img", "iframe", "object", "base", "b onclick")
        assert not {"src", "href", "srcset"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"@import|url\(|https?://", html)


def test_texts_are_shown_as_they_are(html: str) -> None:
    assert HOSTILE not in html
    assert f"Câu {HOSTILE}?" in Page(html).text
    assert html.count("&lt;script&gt;") > 3


def test_every_failure_shows_the_expected_and_the_given_passage_marked(html: str) -> None:
    assert "<mark>5.350</mark>" in html
    assert '<span class="sentence">Huyện Hải Lăng có </span>' in html
    assert "Another article came first" in html
    assert "Answered, though no article answers" in html


def test_charts_are_well_formed_and_within_their_frame(html: str) -> None:
    charts = re.findall(r"<svg.*?</svg>", html)
    assert len(charts) == 5
    for chart in charts:
        root = ElementTree.fromstring(chart)
        *_, width, height = map(float, root.attrib["viewBox"].split())
        for dot in root.iter("circle"):
            assert 0 <= float(dot.attrib["cx"]) <= width
            assert 0 <= float(dot.attrib["cy"]) <= height
        for line in root.iter("polyline"):
            points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
            assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


def test_a_report_without_failures_tags_or_answers_is_whole_too() -> None:
    page = Page(html_report(run(plain=[outcome(question("a"), article=1, passage=1, hit=True)]), {}, {}.get))
    assert "Failed questions: 0" in page.text
    broken = outcome(question("a"), answered=None, confidence=None, latency_ms=None, error=HOSTILE)
    assert HOSTILE in Page(html_report(run(plain=[broken]), {}, {}.get)).text
    assert "Failed questions: 1" in Page(html_report(run(plain=[outcome(U)]), {}, {}.get)).text


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (outcome(A, error="RuntimeError", answered=None), KINDS[0]),
        (outcome(U, answered=True), KINDS[1]),
        (outcome(U, answered=False), None),
        (outcome(A, article=2, passage=2), KINDS[2]),
        (outcome(A, article=None), KINDS[2]),
        (outcome(A, article=1, passage=2), KINDS[3]),
        (outcome(A, article=1, passage=1, hit=False), KINDS[4]),
        (outcome(A, article=1, passage=1, hit=True, answered=False), KINDS[5]),
        (outcome(A, article=1, passage=1, hit=True), None),
        (outcome(question("b", answers=()), article=1), None),
    ],
)
def test_failures_are_sorted_by_what_went_wrong(found: Outcome, kind: str | None) -> None:
    assert kind_of(found) == kind


def test_marks_may_overlap() -> None:
    shown = marked("abcdef", (1, 4), [(3, 6)])
    assert shown == 'a<span class="sentence">bc</span><span class="sentence"><mark>d</mark></span><mark>ef</mark>'
    assert Page(shown).text == "abcdef"


def test_blank_lines_take_no_room() -> None:
    assert marked("a \n\n \n b & c", None, []) == "a\nb &amp; c"


def test_bins_tell_confidence_and_what_was_correct() -> None:
    confidences = [0.95, 0.99, 1.0, 0.11, 0.19]
    found = [
        outcome(question(str(i)), article=1, passage=1 + (i == 0), confidence=c) for i, c in enumerate(confidences)
    ]
    low, high = reliability_bins(columns(found))
    assert (low.count, low.confidence, low.correct) == (2, pytest.approx(0.15), 1)
    assert (high.count, high.confidence, high.correct) == (3, pytest.approx(0.98), pytest.approx(2 / 3))
    # Wilson's interval for 2 of 3, from the formula by hand.
    assert high.interval == (pytest.approx(0.2077, abs=1e-3), pytest.approx(0.9385, abs=1e-3))


def test_a_plot_puts_points_where_they_belong() -> None:
    axis = Axis("x", 0, 10, [(0, "0"), (10, "10")])
    plot = Plot("thử", axis, share_axis("y"), [Series("a", 0, [(0, 0), (10, 1)])], width=162, height=152)
    assert 'points="48.0,112.0 148.0,12.0"' in plot.svg()


def test_a_tag_without_a_figure_stays_empty() -> None:
    figures = measure([outcome(U)])
    drawn = ElementTree.fromstring(
        by_tag(["answered_rate", "answer_hit"], [TagRow("<t>", 1, [figures["answered_rate"], figures["answer_hit"]])])
    )
    assert len(list(drawn.iter("circle"))) == 1
    assert "<t> (1)" in [label.text for label in drawn.iter("text")]


def test_a_thinned_curve_keeps_its_ends() -> None:
    points = [(float(i), float(i)) for i in range(1001)]
    kept = thinned(points, 100)
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert len(kept) <= 102
    assert thinned(points[:1]) == points[:1]
