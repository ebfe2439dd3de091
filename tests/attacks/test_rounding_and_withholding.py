"""Readers who know the method and try to work back to small counts, with everything that is shown before them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.disclosure import protect, protect_sets
from sightline.model.figures import Cell, Ratio, Released

THRESHOLD = 10

Shown = tuple[str, ...]
World = tuple[int, ...]


def cells(counts: Sequence[int], *, breakdown: str = "ward") -> list[Cell]:
    """A total and its parts."""
    total = sum(counts)
    parts = [Cell("i", "2026-Q1", breakdown, f"part {place}", count, None, count) for place, count in enumerate(counts)]
    return [Cell("i", "2026-Q1", "all", "all", total, None, total), *parts]


def published(counts: Sequence[int]) -> Shown:
    return tuple(str(figure.count) for figure in protect(cells(counts)))


def worlds_by_what_is_published(parts: int, largest: int) -> dict[Shown, list[World]]:
    found: dict[Shown, list[World]] = defaultdict(list)
    for world in product(range(largest + 1), repeat=parts):
        found[published(world)].append(world)
    return found


@pytest.mark.parametrize(("parts", "largest", "at_least"), [(1, 60, 6), (2, 60, 200), (3, 23, 100)])
def test_a_reader_who_knows_the_method_cannot_pin_down_a_small_count(parts: int, largest: int, at_least: int) -> None:
    """Every world there is up to a size, not a sample: among those that look the same, a small count is never the same in all."""
    checked = 0
    for shown, possible in worlds_by_what_is_published(parts, largest).items():
        if any(max(world) > largest - 2 for world in possible):
            continue  # worlds with larger counts, which would look the same, were not made
        checked += 1
        for place in range(parts):
            values = {world[place] for world in possible}
            if min(values) < THRESHOLD:
                assert len(values) > 1, f"{shown} gives away part {place}: {values}"
    assert checked >= at_least


def could_be(shown: str) -> range:
    """What one shown number or word, taken alone, leaves possible for a reader."""
    if shown == "withheld":
        return range(10_000)
    number = int(shown.replace(",", ""))
    return range(max(number - 2, THRESHOLD), number + 3)


@settings(max_examples=300, deadline=None)
@given(counts=st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_the_total_less_the_parts_shown_never_gives_an_exact_small_count(counts: list[int]) -> None:
    total, *parts = published(counts)
    withheld = [place for place, shown in enumerate(parts) if shown == "withheld"]
    if len(withheld) != 1:
        return
    others = [could_be(shown) for shown in parts if shown != "withheld"]
    lowest = could_be(total)[0] - sum(other[-1] for other in others)
    highest = could_be(total)[-1] - sum(other[0] for other in others)

    assert min(highest, THRESHOLD - 1) - max(lowest, 0) >= 1 or counts[withheld[0]] >= THRESHOLD


def narrowed(total: str, families: Sequence[Sequence[str]]) -> tuple[int, int]:
    """The total as narrowly as a reader can know it: by its own rounding, and by every breakdown of which all parts are shown."""
    least, most = could_be(total)[0], could_be(total)[-1]
    for family in families:
        if "withheld" not in family:
            least = max(least, sum(could_be(part)[0] for part in family))
            most = min(most, sum(could_be(part)[-1] for part in family))
    return least, most


@settings(max_examples=200, deadline=None)
@given(girls=st.lists(st.integers(0, 30), min_size=4, max_size=4), boys=st.lists(st.integers(0, 30), min_size=4, max_size=4))
def test_two_breakdowns_of_one_total_do_not_undo_each_other(girls: list[int], boys: list[int]) -> None:
    """A total that two breakdowns share is known more narrowly than by its own rounding; the gate takes that into account."""
    by_ward = [girl + boy for girl, boy in zip(girls, boys, strict=True)]
    by_sex = [sum(girls), sum(boys)]
    total, *parts = [str(figure.count) for figure in protect([*cells(by_ward), *cells(by_sex, breakdown="sex")[1:]])]
    families = (parts[:4], parts[4:])
    least, most = narrowed(total, families)

    for family, truth in zip(families, (by_ward, by_sex), strict=True):
        withheld = [place for place, part in enumerate(family) if part == "withheld"]
        if len(withheld) == 1 and truth[withheld[0]] < THRESHOLD:
            others = [could_be(part) for part in family if part != "withheld"]
            highest = min(most - sum(other[0] for other in others), THRESHOLD - 1)
            lowest = max(least - sum(other[-1] for other in others), 0)
            assert highest > lowest


@given(count=st.integers(0, 500), others=st.integers(0, 500))
def test_a_percentage_says_no_more_than_the_two_rounded_numbers_beside_it(count: int, others: int) -> None:
    out_of = count + others
    (figure,) = protect([Cell("i", "2026-Q1", "all", "all", count, out_of, count, 100)])

    if isinstance(figure.statistic, Ratio):
        assert isinstance(figure.count, Released)
        assert isinstance(figure.out_of, Released)
        assert figure.statistic.value == figure.count.value * 100 / figure.out_of.value


@given(count=st.integers(0, 9), other=st.integers(0, 9))
def test_two_small_counts_cannot_be_told_apart(count: int, other: int) -> None:
    assert protect([Cell("i", "p", "all", "all", count, None, count)]) == protect([Cell("i", "p", "all", "all", other, None, other)])


@settings(max_examples=100, deadline=None)
@given(counts=st.lists(st.integers(0, 60), min_size=7, max_size=7))
def test_what_each_agency_knows_never_tells_a_small_combination(counts: list[int]) -> None:
    agencies = ["csc", "health", "police"]
    every = [frozenset(agency for place, agency in enumerate(agencies) if bits >> place & 1) for bits in range(1, 8)]
    truth = dict(zip(every, counts, strict=True))
    sets, exact = protect_sets(truth, agencies=agencies)

    for agency in agencies:
        members = [known for known in every if agency in known]
        hidden = [known for known in members if known not in exact]
        if len(hidden) == 1 and truth[hidden[0]] < THRESHOLD and isinstance(sets[agency], Released):
            others = [could_be(str(exact[known])) for known in members if known in exact]
            highest = min(could_be(str(sets[agency]))[-1] - sum(other[0] for other in others), THRESHOLD - 1)
            lowest = max(could_be(str(sets[agency]))[0] - sum(other[-1] for other in others), 0)
            assert highest > lowest
