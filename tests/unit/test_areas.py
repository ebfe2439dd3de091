"""Areas for maps: wards that touch, merged until each has enough children and addresses; the same wards give the same areas."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sightline.disclosure.areas import LEAST_ADDRESSES, LEAST_CHILDREN, Unit, make_areas, touching


def ward(code: str, children: int, *, addresses: int = 100, at: tuple[float, float] = (0.0, 0.0), within: str = "") -> Unit:
    return Unit(code, children, addresses, at, within)


def square(x: float, y: float) -> list[list[tuple[float, float]]]:
    return [[(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)]]


def test_wards_touch_that_share_a_side_and_not_only_a_corner() -> None:
    found = touching({"a": square(0, 0), "b": square(1, 0), "c": square(1, 1), "island": square(5, 5)})

    assert found == {"a": {"b"}, "b": {"a", "c"}, "c": {"b"}, "island": set()}


def test_a_ward_with_too_few_children_joins_the_neighbour_that_has_fewest() -> None:
    units = [ward("a", 3), ward("b", 40), ward("c", 12)]

    assert make_areas(units, {"a": ["b", "c"], "b": ["a"], "c": ["a"]}) == (("a", "c"), ("b",))


def test_a_ward_with_too_few_addresses_is_merged_too() -> None:
    units = [ward("a", 30, addresses=7), ward("b", 40)]

    assert make_areas(units, {"a": ["b"], "b": ["a"]}) == (("a", "b"),)


def test_areas_stay_in_their_council_as_long_as_that_can_be() -> None:
    units = [ward("a", 3, within="north"), ward("b", 10, within="south"), ward("c", 50, within="north")]

    assert make_areas(units, {"a": ["b", "c"], "b": ["a"], "c": ["a"]}) == (("a", "c"), ("b",))


def test_an_island_joins_the_nearest() -> None:
    units = [ward("a", 3), ward("b", 40, at=(9.0, 0.0)), ward("c", 40, at=(2.0, 0.0))]

    assert make_areas(units, {}) == (("a", "c"), ("b",))


def test_too_few_in_all_are_one_area() -> None:
    assert make_areas([ward("a", 1), ward("b", 2)], {"a": ["b"]}) == (("a", "b"),)


@st.composite
def countries(draw: st.DrawFn) -> tuple[list[Unit], dict[str, set[str]]]:
    many = draw(st.integers(1, 12))
    codes = [f"w{n:02}" for n in range(many)]
    units = [ward(code, draw(st.integers(0, 25)), addresses=draw(st.integers(0, 20)), at=(float(n), 0.0)) for n, code in enumerate(codes)]
    neighbours: dict[str, set[str]] = {code: set() for code in codes}
    for one, other in draw(st.lists(st.tuples(st.sampled_from(codes), st.sampled_from(codes)), max_size=30)):
        if one != other:
            neighbours[one].add(other)
            neighbours[other].add(one)
    return units, neighbours


@given(countries(), st.randoms(use_true_random=False))
def test_every_ward_is_in_one_area_every_area_has_enough_and_order_does_not_matter(country, shuffler) -> None:
    units, neighbours = country
    areas = make_areas(units, neighbours)

    assert sorted(code for area in areas for code in area) == [unit.code for unit in units]
    by_code = {unit.code: unit for unit in units}
    for area in areas if len(areas) > 1 else ():
        assert sum(by_code[code].children for code in area) >= LEAST_CHILDREN
        assert sum(by_code[code].addresses for code in area) >= LEAST_ADDRESSES
    shuffled = units.copy()
    shuffler.shuffle(shuffled)
    assert make_areas(shuffled, neighbours) == areas
