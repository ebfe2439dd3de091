"""Readers with every table of an analysis before them, who know the method and try to work back to a small count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.gate import KEY

from sightline.disclosure import ProtectedTable, protect_table, protect_tables
from sightline.disclosure.tables import LEAST_FLOW
from sightline.model.analyses import RateRatio
from sightline.model.counted_tables import CountedAnalysis, CountedRow, CountedTable
from sightline.model.figures import Median, Ratio, Released, Withheld
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
    return range(max(shown.value - 4, 0), shown.value + 5) if isinstance(shown, Released) else range(10_000)


def value(shown: object) -> int:
    assert isinstance(shown, Released)
    return shown.value


def is_sum(whole: object, parts: Sequence[object]) -> bool:
    """Whether parts make the whole exactly, so that taking the others from it tells no more of one than the part itself does."""
    return value(whole) == sum(map(value, parts))


numbers = st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4)


@settings(max_examples=60, deadline=None)
@given(counts=numbers)
def test_rows_add_up_to_margins_and_margins_to_the_total(counts: list[list[int]]) -> None:
    table = protect_table(crossed(counts), key=KEY)
    for place, (margin, truth) in enumerate(zip(table.margins, counts, strict=True)):
        parts = [each.count for each in table.rows if each.categories[0] == f"a{place}"]
        assert is_sum(margin.count, parts)
        assert all(number in could_be(part) for number, part in zip(truth, parts, strict=True))
    assert is_sum(table.total, [margin.count for margin in table.margins])


@settings(max_examples=60, deadline=None)
@given(counts=numbers)
def test_what_two_tables_both_count_is_shown_alike_in_both(counts: list[list[int]]) -> None:
    by_one, by_two = listed([sum(line) for line in counts]), crossed(counts)
    shown = protect_tables([CountedAnalysis("flags", (by_one, by_two)), CountedAnalysis("reach", (crossed(counts, id="again"),))], key=KEY)

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


@settings(max_examples=60, deadline=None)
@given(held=st.lists(st.integers(0, 60), min_size=7, max_size=7))
def test_pairs_of_agencies_are_the_sums_of_the_sets_that_both_are_in(held: list[int]) -> None:
    flags, pairs = sets_and_pairs(held)
    shown = protect_tables([CountedAnalysis("flags", (flags, pairs))], key=KEY)
    exact = {each.categories: each.count for each in shown["flags", "sets"].rows}
    truth = {each.categories: each.count for each in flags.rows}

    assert all(value(count) for count in exact.values())
    for each in shown["flags", "pairs"].rows:
        if each.categories[2] == "both":
            members = [codes for codes in truth if set(each.categories[:2]) <= set(codes)]
            assert is_sum(each.count, [exact.get(codes, Released(0)) for codes in members])


@settings(max_examples=60, deadline=None)
@given(held=st.lists(st.integers(0, 60), min_size=7, max_size=7))
def test_agreement_says_no_more_than_the_four_numbers_beside_it(held: list[int]) -> None:
    flags, pairs = sets_and_pairs(held)
    shown = protect_tables([CountedAnalysis("flags", (flags, pairs))], key=KEY)["flags", "pairs"]

    for pair in shown.agreement:
        cells = {each.categories[2]: value(each.count) for each in shown.rows if each.categories[:2] == (pair.first, pair.second)}
        few = {answer for answer, count in cells.items() if count < THRESHOLD}
        assert not few or pair.kappa is None
        assert not few & {"both", "first", "second"} or pair.jaccard is None
        if pair.jaccard is not None:
            assert pair.jaccard == cells["both"] / sum(count for answer, count in cells.items() if answer != "neither")


@given(count=st.integers(0, 9), median=st.floats(0, 400))
def test_nothing_is_told_of_what_is_measured_of_a_few(count: int, median: float) -> None:
    few = CountedRow(("a0",), count, count, median=median, median_low=median, median_high=median, valued=count)
    (shown,) = protect_table(CountedTable("t", ("a",), "s", row((), count), (few,), value="days"), key=KEY).rows

    assert shown.median is Withheld.WITHHELD


@given(count=st.integers(10, 200), valued=st.integers(0, 9))
def test_a_median_of_a_few_is_withheld_though_many_were_counted(count: int, valued: int) -> None:
    measured = CountedRow(("a0",), count, count, median=12.0, median_low=3.0, median_high=40.0, valued=valued)
    (shown,) = protect_table(CountedTable("t", ("a",), "s", row((), count), (measured,), value="days"), key=KEY).rows

    assert isinstance(shown.count, Released)
    assert not isinstance(shown.median, Median)


@settings(max_examples=60, deadline=None)
@given(counts=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 400)), min_size=2, max_size=6))
def test_a_comparison_is_made_of_shown_numbers_only(counts: list[tuple[int, int]]) -> None:
    total = CountedRow((), sum(count for count, _ in counts), 1_000, sum(count + more for count, more in counts))
    rows = tuple(CountedRow((f"a{place}",), count, count, count + more) for place, (count, more) in enumerate(counts))
    shown = protect_table(
        CountedTable(
            "t", ("a",), "s", total, rows, out_source="residents", out_places=(0,), per=10_000, is_compared=True, is_expected=True
        ),
        key=KEY,
    )

    for each in shown.rows:
        if isinstance(each.beside, RateRatio):
            assert isinstance(each.count, Released)
            assert isinstance(each.out_of, Released)
            assert isinstance(shown.total, Released)
            assert isinstance(each.ratio, Ratio)
            others = shown.total.value - each.count.value
            assert others >= THRESHOLD
            everybody = sum(value(other.out_of) for other in shown.rows)
            again = rate_ratio_interval(each.count.value, each.out_of.value, others, everybody - each.out_of.value)
            assert (each.beside.value, each.beside.low, each.beside.high) == tuple(again)


def test_only_shown_rows_are_listed_where_a_category_exists_because_somebody_is_in_it() -> None:
    open_list = CountedTable("t", ("a",), "s", row((), 43), (row(("North",), 40), row(("South",), 3)), only_shown=True)
    shown = protect_table(open_list, key=KEY)
    assert {each.categories for each in shown.rows} == {
        each for each in (("North",), ("South",)) if each == ("North",) or len(shown.rows) == 2
    }
    assert all(value(each.count) for each in shown.rows)


# Flows


@settings(max_examples=60, deadline=None)
@given(counts=st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4))
def test_no_flow_of_fewer_than_ten_is_shown_and_what_is_shown_is_what_any_table_would_show(counts: Crossed) -> None:
    table = crossed(counts)
    any_table, flows = protect_table(table, key=KEY), protect_table(replace(table, is_of_flows=True), key=KEY)
    true = {each.categories: each.count for each in table.rows}
    otherwise = {each.categories: each for each in any_table.rows}

    for each in flows.rows:
        if isinstance(each.count, Released):
            assert true[each.categories] >= THRESHOLD
            assert each == otherwise[each.categories]
        else:
            assert (each.count, each.ratio, each.median, each.range) == (Withheld.WITHHELD, Withheld.WITHHELD, None, None)
            assert value(otherwise[each.categories].count) < LEAST_FLOW, "withheld by what would be shown, and by nothing else"
    assert (flows.total, flows.margins) == (any_table.total, any_table.margins)


def test_flows_that_are_listed_only_where_shown_are_left_out_where_small() -> None:
    table = replace(crossed([[3, 60, 9], [45, 12, 0]]), is_of_flows=True, only_shown=True)

    assert {each.categories for each in protect_table(table, key=KEY).rows} == {("a0", "b1"), ("a1", "b0")}
