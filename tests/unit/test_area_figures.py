"""Areas to map by: sums of what a release shows of wards and nothing else; outlines without the borders inside them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sightline.app.area_figures import AREA, NO_MEDIAN, WARD, Areas, mapped
from sightline.model.figures import Figure, NotAvailable, Ratio, Released, Shown, Withheld
from sightline.model.releases import IndicatorText, Release
from sightline.publish.maps import read_wards
from sightline.publish.merged_outlines import merged_outlines
from tests.support.releases import WARDS, example_release

COUNT, RATE = "missing_episodes", "children_with_known_concern"
TOGETHER = (("W01", "Harbour", ("W01",)), ("W02+1", "Market and Dunes", ("W02", "W03")), ("W04+2", "the rest", ("W04", "W05", "W06")))


def file_of(*, out_of_all: tuple[str, ...] = (), areas: tuple[Any, ...] = TOGETHER) -> bytes:
    told = {"areas": [Areas("a family", areas, "release 1").as_dict()], "of": {COUNT: "a family", RATE: "a family"}}
    return json.dumps({**told, "out_of_all": list(out_of_all)}).encode()


def release_of(indicator: str, counts: list[Shown], outs: list[Shown] | None = None) -> tuple[Release, IndicatorText]:
    base = example_release()
    figures = tuple(
        Figure(indicator, base.period, WARD, code, count, outs[place] if outs else None, None)
        for place, ((code, _), count) in enumerate(zip(WARDS, counts, strict=True))
    )
    return replace(base, figures=figures), base.indicator(indicator)


def figures_of(release: Release, indicator: str) -> dict[str, Figure]:
    return {each.category: each for each in release.breakdown(indicator, AREA)}


def numbers(*values: int) -> list[Shown]:
    return [Released(value) for value in values]


def test_the_number_of_an_area_is_the_sum_of_what_its_wards_show_and_says_how_far_off_it_may_be() -> None:
    release, indicator = release_of(COUNT, numbers(40, 0, 15, 0, 0, 0))

    found = figures_of(mapped(release, indicator, file_of()).release, COUNT)

    assert {code: str(each.count) for code, each in found.items()} == {"W01": "40", "W02+1": "15", "W04+2": "0 to 12"}
    assert found["W02+1"].count == Released(15, within=8)


def test_an_area_with_a_withheld_ward_is_withheld_and_one_with_a_ward_that_has_no_figure_says_why() -> None:
    none = NotAvailable("no return received")
    release, indicator = release_of(COUNT, [Released(40), Withheld.WITHHELD, Released(15), Released(5), none, Released(0)])

    found = figures_of(mapped(release, indicator, file_of()).release, COUNT)

    assert (found["W02+1"].count, found["W04+2"].count) == (Withheld.WITHHELD, none)


@pytest.mark.parametrize(("out_of_all", "expected"), [((), 25 * 10_000 / 300), ((RATE,), 25 * 10_000 / 900)])
def test_a_rate_is_made_of_the_sums_or_of_the_whole_areas_number(out_of_all: tuple[str, ...], expected: float) -> None:
    outs = numbers(*([900] * 6)) if out_of_all else numbers(100, 200, 100, 10, 10, 10)
    release, indicator = release_of(RATE, numbers(40, 10, 15, 5, 0, 0), outs)
    indicator = replace(indicator, per=10_000)

    found = figures_of(mapped(release, indicator, file_of(out_of_all=out_of_all)).release, RATE)

    statistic = found["W02+1"].statistic
    assert isinstance(statistic, Ratio)
    assert statistic.value == pytest.approx(expected)
    assert found["W04+2"].statistic is Withheld.WITHHELD, "too few for a rate"


def test_no_share_is_over_a_hundred_and_no_median_is_made_up() -> None:
    release, indicator = release_of(RATE, numbers(40, 60, 60, 20, 20, 20), numbers(100, 50, 50, 70, 70, 70))

    share = figures_of(mapped(release, replace(indicator, per=100), file_of()).release, RATE)
    median = figures_of(mapped(release, replace(indicator, per=None, statistic="median"), file_of()).release, RATE)

    assert share["W02+1"].statistic is Withheld.WITHHELD
    assert median["W02+1"].statistic is NO_MEDIAN


def test_wards_stay_apart_where_nothing_was_put_together_or_one_may_stand_in_several() -> None:
    release, indicator = release_of(COUNT, numbers(40, 0, 15, 0, 0, 0))
    single = tuple((code, name, (code,)) for code, name in WARDS)

    assert mapped(release, indicator, None).by == WARD
    assert mapped(release, indicator, file_of(areas=single)).by == WARD
    assert mapped(release, replace(indicator, in_several=(WARD,)), file_of()).by == WARD


def test_a_ward_that_no_area_knows_stands_for_itself() -> None:
    release, indicator = release_of(COUNT, numbers(40, 0, 15, 0, 0, 25))

    found = figures_of(mapped(release, indicator, file_of(areas=(("W01+4", "most", ("W01", "W02", "W03", "W04", "W05")),))).release, COUNT)

    assert {code: str(each.count) for code, each in found.items()} == {"W01+4": "55", "W06": "25"}


# Outlines


def square(x: float, y: float, size: float = 1.0) -> list[list[float]]:
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def collection(**outlines: list[list[list[list[float]]]]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"ward_code": code, "ward_name": code},
            "geometry": {"type": "MultiPolygon", "coordinates": shape},
        }
        for code, shape in outlines.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def outline(content: bytes) -> list[Any]:
    (feature,) = json.loads(content)["features"]
    return feature["geometry"]["coordinates"]  # type: ignore[no-any-return]


def test_the_border_between_two_wards_of_an_area_is_gone() -> None:
    wards = collection(a=[[square(0, 0)]], b=[[square(1, 0)]], c=[[square(2, 0)]])

    merged = merged_outlines(wards, [("a+1", "a and b", ("a", "b"))])

    ((ring,),) = outline(merged)
    assert ring[0] == ring[-1]
    assert {tuple(point) for point in ring} == {(0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1)}
    assert len(ring) == 7, "no edge twice"
    assert [ward.code for ward in read_wards(merged)] == ["a+1"]


def test_a_hole_stays_a_hole_and_what_does_not_touch_stays_apart() -> None:
    around = [[square(x, y)] for x in (0, 1, 2) for y in (0, 1, 2) if (x, y) != (1, 1)]
    ring_of_wards = {f"w{place}": [polygon] for place, polygon in enumerate(around)}

    merged = outline(merged_outlines(collection(**ring_of_wards, far=[[square(9, 9)]]), [("all", "all", (*ring_of_wards, "far"))]))

    assert sorted(len(polygon) for polygon in merged) == [1, 2]
    hole = next(polygon[1] for polygon in merged if len(polygon) == 2)
    assert {tuple(point) for point in hole} == {(1, 1), (2, 1), (2, 2), (1, 2)}


def test_wards_whose_borders_do_not_meet_keep_them() -> None:
    merged = outline(merged_outlines(collection(a=[[square(0, 0)]], b=[[square(1.5, 0)]]), [("a+1", "a and b", ("a", "b"))]))

    assert [len(ring) for (ring,) in merged] == [5, 5]
