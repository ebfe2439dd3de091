"""Charts of a release: what they must never say, and what everybody must be able to read from them."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sightline.errors import InputRefused
from sightline.model.figures import NotAvailable, Ratio, Released, Withheld
from sightline.model.releases import Combination, Release
from sightline.publish import charts, maps, upset
from sightline.publish.attachments import kept_with_a_release
from sightline.publish.breakdown_chart import breakdown_chart
from sightline.publish.charts import axis_ticks, bar_chart, label_places
from sightline.publish.control_chart import control, control_chart
from sightline.publish.funnel_chart import funnel_chart, ward_funnel
from sightline.publish.series import Mark
from sightline.publish.svg import SHADES, wrap
from tests.support.boundaries import ward_squares
from tests.support.releases import WARDS, example_release

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: bytes) -> etree._Element:
    return etree.fromstring(svg)


def words_in(svg: bytes) -> list[str]:
    return [text.text or "" for text in parsed(svg).iter(f"{SVG}text")]


def with_count(release: Release, indicator: str, period: str, count: object, ratio: object = None) -> Release:
    """The release with the headline series of one indicator changed in one period."""
    figures = tuple(
        dataclasses.replace(f, count=count, statistic=ratio) if (f.indicator, f.breakdown, f.period) == (indicator, "all", period) else f
        for f in release.figures
    )
    return dataclasses.replace(release, figures=figures)


def every_drawing(release: Release) -> dict[str, bytes]:
    """Everything that pages and reports may ask to be drawn of a release, by a name of our own."""
    found = {"agencies": upset.agencies(release)}
    for indicator in release.indicators:
        found[f"{indicator.id} trend"] = charts.trend(release, indicator.id)
        found[f"{indicator.id} sparkline"] = charts.sparkline(release, indicator.id)
        found[f"{indicator.id} map"] = maps.ward_map(release, indicator.id, ward_squares())
        for breakdown in indicator.breakdowns:
            found[f"{indicator.id} {breakdown}"] = breakdown_chart(release, indicator, breakdown, release.period)
        if reckoned := control(release, indicator):
            found[f"{indicator.id} control"] = control_chart(release, indicator, reckoned)
        if beside := ward_funnel(release, indicator, release.period):
            found[f"{indicator.id} funnel"] = funnel_chart(release, indicator, beside, release.period)
    return found


@pytest.fixture(scope="module")
def drawn() -> dict[str, bytes]:
    return every_drawing(example_release())


def test_a_release_keeps_the_outlines_of_its_wards_and_refuses_what_no_map_can_be_drawn_from() -> None:
    assert kept_with_a_release(ward_squares()) == {"wards.geojson": ward_squares()}
    with pytest.raises(InputRefused):
        kept_with_a_release(b"not boundaries")


def test_the_same_release_gives_the_same_bytes(drawn: dict[str, bytes]) -> None:
    assert every_drawing(example_release()) == drawn
    assert {name.rpartition(" ")[2] for name in drawn} >= {"trend", "sparkline", "map", "control", "funnel", "ward", "agencies"}


def test_every_drawing_can_be_read_without_seeing_it_and_scales_and_needs_no_script(drawn: dict[str, bytes]) -> None:
    for name, content in drawn.items():
        root = parsed(content)
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None, name
        assert description is not None, name
        assert title.text, name
        assert description.text, name
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert root.get("viewBox"), name
        assert (root.get("width"), root.get("height")) == (None, None)
        assert not re.search(rb"<script|style=|href=|\bon[a-z]+=", content), name
        assert all(float(text.get("font-size", "16")) >= 14 for text in root.iter(f"{SVG}text"))


def test_ids_are_unique_when_every_drawing_shares_a_page(drawn: dict[str, bytes]) -> None:
    ids = [each for content in drawn.values() for each in parsed(content).xpath("//@id")]

    assert len(ids) == len(set(ids))


def test_a_gap_breaks_the_line_and_is_never_drawn_at_zero() -> None:
    release = example_release()
    broken = with_count(release, "missing_episodes", "2024-Q2", Withheld.WITHHELD)

    whole, gapped = (parsed(charts.trend(r, "missing_episodes")) for r in (release, broken))

    def lines(root: etree._Element) -> int:
        return len([p for p in root.iter(f"{SVG}path") if p.get("fill") == "none"])

    assert lines(gapped) == lines(whole) + 1
    assert len(list(gapped.iter(f"{SVG}circle"))) == len(list(whole.iter(f"{SVG}circle"))) - 1
    assert "withheld" in words_in(charts.trend(broken, "missing_episodes"))
    assert "April to June 2024: withheld" in (gapped.find(f"{SVG}desc").text or "")


def test_not_collected_and_withheld_look_different_and_say_their_own_words() -> None:
    release = with_count(example_release(), "missing_episodes", "2024-Q2", NotAvailable("no return received"))
    both = with_count(release, "missing_episodes", "2023-Q2", Withheld.WITHHELD)

    drawing = charts.trend(both, "missing_episodes")

    assert {"withheld", "no return received"} <= set(words_in(drawing))
    assert {rect.get("fill") for rect in parsed(drawing).iter(f"{SVG}rect")} >= {
        "url(#trend-missing_episodes-withheld)",
        "url(#trend-missing_episodes-unavailable)",
    }


def test_a_provisional_headline_is_marked_only_where_its_agency_is_still_settling() -> None:
    release = example_release()
    settled = dataclasses.replace(
        release,
        agencies=tuple(
            dataclasses.replace(a, datasets=tuple(dataclasses.replace(d, provisional=False) for d in a.datasets)) for a in release.agencies
        ),
    )

    assert any("provisional" in words for words in words_in(charts.trend(release, "missing_episodes")))
    assert not any("provisional" in words for words in words_in(charts.trend(settled, "missing_episodes")))


def test_bars_keep_the_breakdowns_own_order_and_list_withheld_categories() -> None:
    release = example_release()

    words = words_in(charts.bars(release, "missing_episodes", "ward"))

    names = [name for _, name in WARDS]
    assert [word for word in words if word in names] == names
    withheld = [f for f in release.breakdown("missing_episodes", "ward") if f.count is Withheld.WITHHELD]
    assert len(withheld) == words.count("withheld") > 0


def test_a_withheld_category_has_no_bar() -> None:
    drawing = parsed(bar_chart(name="x", title="x", heading="x", marks=[Mark("a", 5.0, "5"), Mark("b", None, "withheld", withheld=True)]))

    solid = [rect for rect in drawing.findall(f"{SVG}rect") if not str(rect.get("fill")).startswith("url")]
    assert len(solid) == 1


def test_a_release_without_any_figure_still_draws_and_says_so() -> None:
    bare = dataclasses.replace(example_release(), figures=(), agency_sets=(), combinations=())

    drawn = every_drawing(bare)

    assert "no figure" in words_in(drawn["missing_episodes trend"])
    assert "no figure" in words_in(drawn["missing_episodes ward"])


def test_names_from_outside_cannot_break_out_of_a_drawing() -> None:
    hostile = "<script>alert(1)</script>\" & \x00 'x"
    release = dataclasses.replace(example_release(), categories={**example_release().categories, "ward": (("W01", hostile),)})

    for content in (charts.bars(release, "missing_episodes", "ward"), maps.ward_map(release, "missing_episodes", ward_squares())):
        assert b"<script" not in content
        assert "alert(1)" in "".join(parsed(content).itertext())


@given(st.floats(min_value=0.01, max_value=10_000_000))
def test_an_axis_reaches_the_largest_value_in_few_round_steps(largest: float) -> None:
    ticks = axis_ticks(largest)

    assert ticks[0] == 0
    assert largest <= ticks[-1] * (1 + 1e-9)
    assert 3 <= len(ticks) <= 6
    assert ticks[-1] <= 2.5 * largest


@given(count=st.integers(1, 60), step=st.floats(2, 300), widest=st.floats(20, 160))
def test_axis_labels_always_name_the_last_period_and_never_overlap(count: int, step: float, widest: float) -> None:
    places = label_places(count, step, widest)

    assert places[-1] == count - 1
    assert all((later - earlier) * step >= widest for earlier, later in itertools.pairwise(places))


def test_a_long_label_is_wrapped_between_words() -> None:
    assert " ".join(wrap("Courts and other legal agencies", 15, 120)) == "Courts and other legal agencies"
    assert len(wrap("Courts and other legal agencies", 15, 120)) > 1


def test_the_agencies_chart_says_withheld_and_cuts_a_bar_that_would_flatten_the_rest() -> None:
    words = words_in(upset.agencies(example_release()))

    assert "withheld" in words
    assert "21,000" in words
    assert any("cut short" in word for word in words)


def test_combinations_that_do_not_fit_are_counted_not_dropped_in_silence() -> None:
    many = tuple(Combination((f"a{n}", f"b{n}"), Released(10 + n)) for n in range(upset.MOST_ROWS + 7))

    words = words_in(upset.agencies(dataclasses.replace(example_release(), combinations=many)))

    assert "7 further combinations are in the table." in words


def test_the_map_hatches_withheld_wards_and_dots_wards_without_a_figure() -> None:
    release = example_release()
    without = dataclasses.replace(release, figures=tuple(f for f in release.figures if (f.breakdown, f.category) != ("ward", "W01")))

    drawing = maps.ward_map(without, "missing_episodes", ward_squares())

    fills = {p.findtext(f"{SVG}title"): p.get("fill") for p in parsed(drawing).iter(f"{SVG}path") if p.find(f"{SVG}title") is not None}
    assert fills["Harbour: no figure"] == "url(#map-missing_episodes-unavailable)"
    assert [fill for title, fill in fills.items() if title and title.endswith("withheld")] == ["url(#map-missing_episodes-withheld)"]
    assert {"withheld", "no figure"} <= set(words_in(drawing))


def test_the_map_is_north_up_and_not_stretched() -> None:
    placed, height = maps.fit(maps.read_wards(ward_squares()), width=640)
    south_west, _, _, north_west = placed[0].corners(), *[ward.corners() for ward in placed[1:4]]

    assert north_west[1] < south_west[1]
    ground_ratio = (3 * 0.05 * 0.579) / (2 * 0.03)
    assert (640 - 12) / (height - 12) == pytest.approx(ground_ratio, rel=0.01)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12))
def test_map_classes_keep_the_order_of_the_values(values: list[int]) -> None:
    starts = maps.class_starts([float(v) for v in values])
    shades = [SHADES.index(maps.shade_of(float(v), starts)) for v in sorted(values)]

    assert shades == sorted(shades)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"features": [{}]}', b'{"features": [{"properties": {}, "geometry": null}]}'])
def test_boundaries_that_are_not_wards_are_refused_with_what_to_give(content: bytes) -> None:
    with pytest.raises(InputRefused, match="ward_code"):
        maps.read_wards(content)


def test_a_ward_in_several_pieces_is_one_ward() -> None:
    document = json.loads(ward_squares())
    feature = document["features"][0]
    feature["geometry"] = {"type": "MultiPolygon", "coordinates": [feature["geometry"]["coordinates"]] * 2}

    wards = maps.read_wards(json.dumps(document).encode())

    assert len(wards) == 6
    assert len(wards[0].rings) == 2


def test_a_percentage_axis_says_of_whom() -> None:
    release = with_count(example_release(), "children_referred_again", "2026-Q1", Released(50), Ratio(12.4, 100))

    words = words_in(charts.trend(release, "children_referred_again"))

    assert "Per cent of resident children aged 10 to 17" in words
    assert "12%" in words


def test_a_long_denominator_is_wrapped_and_the_rest_moves_down() -> None:
    release = example_release()
    long = dataclasses.replace(release.indicator("children_referred_again"), denominator="Children whose planned help ended " * 6)
    wordy = dataclasses.replace(release, indicators=(long,))

    short_box, long_box = (parsed(charts.trend(each, long.id)).get("viewBox", "").split() for each in (dataclasses.replace(release), wordy))
    lines = [words for words in words_in(charts.trend(wordy, long.id)) if "planned help" in words]

    assert len(lines) >= 3
    assert float(long_box[3]) == float(short_box[3]) + 19 * (len(lines) - 1)


def test_a_series_without_any_number_has_no_scale_to_be_misread() -> None:
    release = example_release()
    for period in release.periods:
        release = with_count(release, "missing_episodes", period, Withheld.WITHHELD)

    words = words_in(charts.trend(release, "missing_episodes"))

    years = {period[:4] for period in release.periods}
    assert [word for word in words if word.isdigit() and word not in years] == ["0"]
    assert "withheld" in words
