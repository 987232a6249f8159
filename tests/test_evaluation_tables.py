"""What the terminal shows: aligned, and nothing that acts on it."""

from sample_runs import outcome, question, run

from qa.evaluation import Estimate, compare, comparison_lines, run_lines
from qa.evaluation.tables import aligned, figure, interval, signed_interval

A, B = question("a", tags=["who"]), question("b", tags=["who", "where"])


def test_variants_stand_side_by_side_with_intervals_then_tags() -> None:
    found = [outcome(A, article=1, passage=1, hit=True), outcome(B, article=2, passage=2)]
    lines = list(run_lines(run(plain=found, unaccented=found)))
    assert lines[0].split() == ["plain", "unaccented"]
    (recall,) = [line for line in lines if line.startswith("article_recall@1 ")]
    assert recall.split() == ["article_recall@1", "0.500", "[0.000,", "1.000]", "0.500", "[0.000,", "1.000]"]
    assert [line.split()[:3] for line in lines[-2:]] == [["where", "1", "0.000"], ["who", "2", "0.500"]]


def test_what_moved_is_listed_on_one_line_each_without_control_characters() -> None:
    nasty = question("a")
    nasty = type(nasty)(nasty.id, "Ai\x1b[2J\nvậy?", nasty.article, nasty.answers)
    old, new = run(plain=[outcome(nasty, article=1, passage=2)]), run(plain=[outcome(nasty, article=1, passage=1)])
    lines = list(comparison_lines(compare(old, new)))
    assert "1 questions compared" in lines[1]
    assert lines[-1].endswith("a  Ai\ufffd[2J vậy?")
    assert not any(c in line for line in lines for c in "\x1b\n")


def test_a_long_list_of_what_moved_is_cut_and_says_so() -> None:
    asked = [question(str(i)) for i in range(30)]
    old = run(plain=[outcome(q, article=1, passage=2) for q in asked])
    new = run(plain=[outcome(q, article=1, passage=1) for q in asked])
    lines = list(comparison_lines(compare(old, new)))
    assert "30 questions served better:" in lines
    assert lines[-1].strip() == "… and 10 more"


def test_figures_have_the_digits_they_bear() -> None:
    assert figure(0.95551) == "0.956"
    assert figure(1.0) == "1.000"
    assert figure(12.345) == "12.3"
    assert figure(None) == "–"
    assert interval(Estimate(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"
    assert signed_interval(Estimate(-0.5, -0.75, 0.25)) == "-0.500 [-0.750, +0.250]"
    assert interval(Estimate(None, None, None)) == "–"


def test_columns_are_aligned() -> None:
    assert list(aligned([["a", "bb", "c"], ["aaa", "b", ""]])) == ["a    bb  c", "aaa   b"]
