"""Readers with every table of an analysis before them, who know the method and try to work back to a small count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.disclosure import ProtectedTable, protect_table, protect_tables
from sightline.model.analyses import RateRatio
from sightline.model.counted_tables import CountedAnalysis, CountedRow, CountedTable
from sightline.model.figures import Median, Ratio, Released
from sightline.stats.intervals import rate_ratio_interval

THRESHOLD = 10
Crossed = Sequence[Sequence[int]]


def row(categories: tuple[str, ...], count: int, out_of: int | None = None) -> CountedRow:
    return CountedRow(categories, count, count, out_of)


def listed(counts: Sequence[int], *, id: str = "by_one") -> CountedTable:
    """A table by one dimension, shares out of its total."""
    total = sum(counts)
    rows = tuple(row((f"a{place}",), count, total) for place, count in enumerate(counts))
    return CountedTable(id, ("a",), "source", row((), total, total), rows, out_source="source", per=100)


def crossed(counts: Crossed, *, id: str = "by_two") -> CountedTable:
    """A table by two dimensions, shares out of the first."""
    total = sum(map(sum, counts))
    margins = tuple(row((f"a{place}",), sum(line)) for place, line in enumerate(counts))
    rows = tuple(
        row((f"a{first}", f"b{second}"), count, sum(line)) for first, line in enumerate(counts) for second, count in enumerate(line)
    )
    return CountedTable(id, ("a", "b"), "source", row((), total), rows, margins, leading=1, out_source="source", out_places=(0,), per=100)


def seen(table: ProtectedTable) -> tuple[str, ...]:
    """Everything a reader sees of a table."""
    every = (*table.rows, *table.margins)
    return (str(table.total), *(f"{each.categories} {each.count} {each.out_of} {each.ratio}" for each in every))


def could_be(shown: object) -> range:
    """What one shown number or word, taken alone, leaves possible for a reader."""
    return range(max(shown.value - 2, THRESHOLD), shown.value + 3) if isinstance(shown, Released) else range(10_000)


def tells(total: object, parts: Sequence[object], truth: Sequence[int]) -> bool:
    """Whether a total and its other parts leave one value for a single withheld part that is small."""
    hidden = [place for place, part in enumerate(parts) if not isinstance(part, Released)]
    if len(hidden) != 1 or truth[hidden[0]] >= THRESHOLD or not isinstance(total, Released):
        return False
    others = [could_be(part) for part in parts if isinstance(part, Released)]
    highest = min(could_be(total)[-1] - sum(other[0] for other in others), THRESHOLD - 1)
    lowest = max(could_be(total)[0] - sum(other[-1] for other in others), 0)
    return highest <= lowest


@pytest.mark.parametrize(("parts", "largest", "at_least"), [(1, 60, 6), (2, 35, 40), (3, 16, 5)])
def test_a_reader_of_one_table_cannot_pin_down_a_small_count(parts: int, largest: int, at_least: int) -> None:
    """Every world up to a size: among those that look the same, a small count is never the same in all of them."""
    worlds: dict[tuple[str, ...], list[tuple[int, ...]]] = defaultdict(list)
    for world in product(range(largest + 1), repeat=parts):
        worlds[seen(protect_table(listed(world)))].append(world)
    checked = 0
    for shown, possible in worlds.items():
        if any(max(world) > largest - 2 for world in possible):
            continue  # worlds with larger counts, which would look the same, were not made
        checked += 1
        for place in range(parts):
            values = {world[place] for world in possible}
            assert min(values) >= THRESHOLD or len(values) > 1, f"{shown} gives away part {place}: {values}"
    assert checked >= at_least


numbers = st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4)


@settings(max_examples=150, deadline=None)
@given(counts=numbers)
def test_margins_less_the_rows_shown_never_give_an_exact_small_count(counts: list[list[int]]) -> None:
    table = protect_table(crossed(counts))
    for place, (margin, truth) in enumerate(zip(table.margins, counts, strict=True)):
        parts = [each.count for each in table.rows if each.categories[0] == f"a{place}"]
        assert not tells(margin.count, parts, truth)
    assert not tells(table.total, [margin.count for margin in table.margins], [sum(line) for line in counts])


@settings(max_examples=150, deadline=None)
@given(counts=numbers)
def test_what_one_table_withholds_cannot_be_read_off_another_that_counts_the_same(counts: list[list[int]]) -> None:
    by_one, by_two = listed([sum(line) for line in counts]), crossed(counts)
    shown = protect_tables([CountedAnalysis("flags", (by_one, by_two)), CountedAnalysis("reach", (crossed(counts, id="again"),))])

    here, there, again = shown["flags", "by_one"], shown["flags", "by_two"], shown["reach", "again"]
    assert [each.count for each in here.rows] == [margin.count for margin in there.margins] == [margin.count for margin in again.margins]
    assert here.total == there.total == again.total
    assert there.rows == again.rows


def sets_and_pairs(held: Sequence[int]) -> tuple[CountedTable, CountedTable]:
    """Children by exactly which of three agencies hold a concern, and for each pair which of the two does."""
    agencies = ("csc", "health", "police")
    every = [frozenset(each) for size in (1, 2, 3) for each in combinations(agencies, size)]
    truth = dict(zip(every, held, strict=True))
    exact = tuple(row(tuple(sorted(each)), count) for each, count in truth.items())
    own = tuple(row((agency,), sum(count for each, count in truth.items() if agency in each)) for agency in agencies)
    flags = CountedTable("sets", ("agency",), "flags", row((), sum(held)), exact, own, is_of_sets=True)
    known, rows, margins = 500, [], []
    for one, other in combinations(agencies, 2):
        both = sum(count for each, count in truth.items() if {one, other} <= each)
        first = sum(count for each, count in truth.items() if one in each) - both
        second = sum(count for each, count in truth.items() if other in each) - both
        answers = {"both": both, "first": first, "second": second, "neither": known - both - first - second}
        rows += [row((one, other, answer), count, known) for answer, count in answers.items()]
        margins.append(row((one, other), known))
    pairs = CountedTable(
        "pairs", ("agency", "other", "held_by"), "pairs", row((), known), tuple(rows), tuple(margins),
        leading=2, out_source="pairs", out_places=(0, 1), per=100, is_of_pairs=True,
    )  # fmt: skip
    return flags, pairs


@settings(max_examples=100, deadline=None)
@given(held=st.lists(st.integers(0, 60), min_size=7, max_size=7))
def test_pairs_of_agencies_never_tell_a_small_set(held: list[int]) -> None:
    flags, pairs = sets_and_pairs(held)
    shown = protect_tables([CountedAnalysis("flags", (flags, pairs))])
    exact = {each.categories: each.count for each in shown["flags", "sets"].rows}
    truth = {each.categories: each.count for each in flags.rows}

    for each in shown["flags", "pairs"].rows:
        if each.categories[2] == "both":
            members = [codes for codes in truth if set(each.categories[:2]) <= set(codes)]
            assert not tells(each.count, [exact.get(codes) for codes in members], [truth[codes] for codes in members])


@settings(max_examples=100, deadline=None)
@given(held=st.lists(st.integers(0, 60), min_size=7, max_size=7))
def test_agreement_says_no_more_than_the_four_numbers_beside_it(held: list[int]) -> None:
    flags, pairs = sets_and_pairs(held)
    shown = protect_tables([CountedAnalysis("flags", (flags, pairs))])["flags", "pairs"]

    for pair in shown.agreement:
        cells = {each.categories[2]: each.count for each in shown.rows if each.categories[:2] == (pair.first, pair.second)}
        hidden = {answer for answer, count in cells.items() if not isinstance(count, Released)}
        assert not hidden or pair.kappa is None
        assert not hidden & {"both", "first", "second"} or pair.jaccard is None
        if pair.jaccard is not None:
            numbers_shown = [count.value for answer, count in cells.items() if isinstance(count, Released) and answer != "neither"]
            assert pair.jaccard == cells["both"].value / sum(numbers_shown)


@given(count=st.integers(0, 9), other=st.integers(0, 9), median=st.floats(0, 400))
def test_nobody_and_a_few_look_the_same_whatever_is_measured_of_them(count: int, other: int, median: float) -> None:
    def shown(number: int) -> ProtectedTable:
        few = CountedRow(("a0",), number, number, median=median, median_low=median, median_high=median, valued=number)
        return protect_table(CountedTable("t", ("a",), "s", row((), number), (few,), value="days"))

    assert shown(count) == shown(other)


@given(count=st.integers(10, 200), valued=st.integers(0, 9))
def test_a_median_of_a_few_is_withheld_though_many_were_counted(count: int, valued: int) -> None:
    measured = CountedRow(("a0",), count, count, median=12.0, median_low=3.0, median_high=40.0, valued=valued)
    (shown,) = protect_table(CountedTable("t", ("a",), "s", row((), count), (measured,), value="days")).rows

    assert isinstance(shown.count, Released)
    assert not isinstance(shown.median, Median)


@settings(max_examples=100, deadline=None)
@given(counts=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 400)), min_size=2, max_size=6))
def test_a_comparison_is_made_of_shown_numbers_only(counts: list[tuple[int, int]]) -> None:
    total = CountedRow((), sum(count for count, _ in counts), 1_000, sum(count + more for count, more in counts))
    rows = tuple(CountedRow((f"a{place}",), count, count, count + more) for place, (count, more) in enumerate(counts))
    shown = protect_table(
        CountedTable("t", ("a",), "s", total, rows, out_source="residents", out_places=(0,), per=10_000, is_compared=True, is_expected=True)
    )

    for each in shown.rows:
        if isinstance(each.beside, RateRatio):
            assert isinstance(each.count, Released)
            assert isinstance(each.out_of, Released)
            assert isinstance(shown.total, Released)
            assert isinstance(each.ratio, Ratio)
            others = shown.total.value - each.count.value
            assert others >= THRESHOLD
            everybody = 5 * round(total.out_of / 5) if total.out_of is not None else 0
            again = rate_ratio_interval(each.count.value, each.out_of.value, others, everybody - each.out_of.value)
            assert (each.beside.value, each.beside.low, each.beside.high) == tuple(again)


def test_only_shown_rows_are_listed_where_a_category_exists_because_somebody_is_in_it() -> None:
    open_list = CountedTable("t", ("a",), "s", row((), 43), (row(("North",), 40), row(("South",), 3)), only_shown=True)
    assert [each.categories for each in protect_table(open_list).rows] == [("North",)]
