"""Dot plots, heat maps and flows: what they show, and what they must not."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from sightline.model.figures import Median, Ratio
from sightline.publish.analysis_charts import table_chart
from sightline.publish.dot_plot import Beside, Point, dot_plot, point_of
from sightline.publish.heat_map import heat_map
from sightline.publish.sankey import Flow, Stage, sankey
from sightline.publish.series import Mark
from tests.support.releases import example_release
from tests.unit.test_charts import SVG, parsed, words_in

ONE, TWO = Stage("First", (("a", "Begun"), ("b", "Seen"))), Stage("Then", (("x", "Helped"), ("y", "Closed")))


def numbers(path: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?\d+\.?\d*", path)]


def bands(svg: bytes) -> list[etree._Element]:
    return [path for path in parsed(svg).iter(f"{SVG}path") if path.get("fill-opacity")]


def thickness(band: etree._Element) -> float:
    found = numbers(band.get("d") or "")
    return found[-1] - found[1]


def test_every_chart_of_an_analysis_can_be_read_without_seeing_it_and_holds_only_shapes_and_text() -> None:
    drawn = [table_chart(each, table) for each in example_release().analyses for table in each.tables]

    assert sum(each is not None for each in drawn) == 10
    for content in drawn:
        if content is not None:
            root = parsed(content)
            assert root.find(f"{SVG}title").text  # type: ignore[union-attr]
            assert root.find(f"{SVG}desc").text  # type: ignore[union-attr]
            assert not re.search(rb"<script|style=|href=|\bon[a-z]+=", content)
            assert all(float(text.get("font-size", "16")) >= 14 for text in root.iter(f"{SVG}text"))


def test_bands_are_as_thick_as_their_numbers_and_never_leave_the_drawing() -> None:
    flows = [Flow(0, "a", "x", 100), Flow(0, "a", "y", 50), Flow(0, "b", "y", 25)]

    svg = sankey(name="s", title="s", heading="Number of children", stages=[ONE, TWO], flows=flows)

    first, second, third = map(thickness, bands(svg))
    assert first == pytest.approx(2 * second, rel=0.02)
    assert second == pytest.approx(2 * third, rel=0.05)
    _, _, width, height = numbers(parsed(svg).get("viewBox") or "")
    assert all(0 <= each <= max(width, height) for band in bands(svg) for each in numbers(band.get("d") or ""))


def test_stages_keep_their_own_order_and_give_no_sum_of_what_is_only_partly_shown() -> None:
    flows = [Flow(0, "a", "x", 10), Flow(0, "b", "x", 90)]

    words = words_in(sankey(name="s", title="s", heading="h", stages=[ONE, TWO], flows=flows))

    assert [word for word in words if word in ("Begun", "Seen")] == ["Begun", "Seen"]
    assert "100" not in words
    assert "Closed" not in words


def test_where_every_flow_is_withheld_the_drawing_says_so() -> None:
    assert "No flow is drawn: each is of few or none." in words_in(sankey(name="s", title="s", heading="h", stages=[ONE, TWO], flows=[]))


def test_a_point_has_its_interval_and_a_withheld_one_has_no_point() -> None:
    points = [
        point_of("a", Ratio(12.0, 100, 8.0, 17.0)),
        point_of("b", Median(9, 5, 14, "days")),
        Point("c", None, None, None, "withheld", withheld=True),
    ]

    svg = dot_plot(name="d", title="d", heading="h", points=points, beside=Beside(10.0, "all together: 10%"))

    assert len(list(parsed(svg).iter(f"{SVG}circle"))) == 2 + 0
    assert {"12% (8% to 17%)", "9 (5 to 14)", "withheld", "all together: 10%"} <= set(words_in(svg))


def test_no_line_runs_through_the_word_that_stands_for_a_number() -> None:
    points = [point_of("a", Ratio(40.0, 100, 30.0, 50.0)), Point("c", None, None, None, "withheld", withheld=True)]

    drawn = list(parsed(dot_plot(name="d", title="d", heading="h", points=points, beside=Beside(12.0, "all together: 12%"))))

    word = next(place for place, each in enumerate(drawn) if each.text == "withheld")
    paper = drawn[word - 1]
    line = next(each for each in drawn if each.tag == f"{SVG}path" and (each.get("d") or "").count(",62"))
    across = float((line.get("d") or "M0")[1:].split(",")[0])
    assert paper.get("fill") == "#ffffff"
    assert float(paper.get("x", 0)) < across < float(paper.get("x", 0)) + float(paper.get("width", 0)), "it would run through the word"
    assert drawn.index(line) < word - 1, "the paper lies over it"


def test_long_words_over_columns_are_broken_into_lines_before_they_stand_upright() -> None:
    columns = (("x", "Safe at some times and unsafe at others"), ("y", "Safe"))

    svg = heat_map(name="h", title="h", heading="Number", rows=ONE.categories, columns=columns, cells={})

    assert not [each for each in parsed(svg).iter(f"{SVG}text") if "rotate" in (each.get("transform") or "")]
    assert "unsafe at" in " ".join(words_in(svg))


def test_a_cell_is_darker_the_larger_it_is_and_a_withheld_one_is_hatched_and_named() -> None:
    cells = {("a", "x"): Mark("", 5.0, "5"), ("a", "y"): Mark("", 95.0, "95"), ("b", "x"): Mark("", None, "withheld", withheld=True)}

    svg = heat_map(name="h", title="h", heading="Number", rows=ONE.categories, columns=TWO.categories, cells=cells)

    fills = [rect.get("fill") for rect in parsed(svg).iter(f"{SVG}rect")]
    assert len({fill for fill in fills if fill and fill.startswith("#") and fill != "#f3f5f7"}) == 2
    assert fills.count("url(#h-withheld)") == 2
    assert "Seen: no number is shown." in (parsed(svg).find(f"{SVG}desc").text or "")  # type: ignore[union-attr]
