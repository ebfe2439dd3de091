"""The gate: what is rounded, what is withheld, and what never gets through."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sightline
from sightline.disclosure import protect, protect_count, protect_sets
from sightline.disclosure.gate import add_sets
from sightline.disclosure.linked import Linked
from sightline.model.figures import Absent, Cell, Figure, Median, NotAvailable, Ratio, Released, Withheld
from tests.support.gate import KEY


def cell(count: int, *, breakdown: str = "all", category: str = "all", out_of: int | None = None, children: int | None = None) -> Cell:
    return Cell(
        indicator="missing_episodes",
        period="2026-Q1",
        breakdown=breakdown,
        category=category,
        numerator=count,
        denominator=out_of,
        contributors=count if children is None else children,
        per=None if out_of is None else 100,
    )


def parts(*counts: int, by: str = "ward", children: tuple[int, ...] | None = None) -> list[Cell]:
    return [
        cell(count, breakdown=by, category=f"part {place}", children=None if children is None else children[place])
        for place, count in enumerate(counts)
    ]


def only(figures: list[Figure]) -> Figure:
    (figure,) = figures
    return figure


def numbers(figures: list[Figure]) -> list[int]:
    return [figure.count.value for figure in figures if isinstance(figure.count, Released)]


@pytest.mark.parametrize("count", [0, 1, 4, 5, 9, 10, 12, 13, 1_002])
def test_every_number_is_a_multiple_of_five_less_than_five_from_the_truth(count: int) -> None:
    (shown,) = numbers(protect([cell(count)], key=KEY))

    assert shown % 5 == 0
    assert abs(shown - count) < 5
    assert shown == count or count % 5


def test_none_and_a_few_are_printed_alike() -> None:
    assert str(only(protect([cell(0)], key=KEY)).count) == "0 to 4"
    assert only(protect([cell(1)], key=KEY)).count in (Released(0), Released(5))


@pytest.mark.parametrize("counts", [(3, 1, 4), (4, 4, 4, 4), (0, 0, 7), (17, 17, 9), (1,) * 9])
def test_every_breakdown_adds_up_to_the_total_that_is_shown(counts: tuple[int, ...]) -> None:
    whole = sum(counts)
    given = [cell(whole), *parts(*counts), *parts(whole - 1, 1, by="sex"), *parts(*counts[::-1], by="age_band")]

    figures = protect(given, key=KEY)

    total = figures[0].count
    for by in ("ward", "sex", "age_band"):
        assert Released(sum(numbers([figure for figure in figures if figure.breakdown == by]))) == total


def test_overlapping_parts_are_never_less_than_their_total_nor_any_of_them_more() -> None:
    total, *shown = numbers(protect([cell(9), *parts(7, 4, 1, by="agency")], key=KEY))

    assert max(shown) <= total <= sum(shown)


def test_the_same_count_is_rounded_alike_wherever_it_is_shown() -> None:
    """Two indicators that count the same thing, and a third that is out of it."""
    given = [replace(cell(13), indicator=name, source="missing episodes") for name in ("one", "another")]
    given += [replace(cell(6, out_of=13), indicator="third", out_source="missing episodes")]

    for key in (bytes([number]) * 16 for number in range(30)):
        one, another, third = protect(given, key=key)
        assert one.count == another.count == third.out_of


def test_the_same_counts_and_key_give_the_same_figures_and_another_key_sometimes_others() -> None:
    given = [cell(40), *parts(*[2] * 20)]

    assert protect(given, key=KEY) == protect(given, key=KEY)
    assert len({tuple(numbers(protect(given, key=bytes([number]) * 16))) for number in range(5)}) > 1


def test_a_key_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        protect([cell(3)], key=b"short")


def test_ten_or_more_that_fewer_than_ten_children_made_are_withheld() -> None:
    assert only(protect([cell(40, children=9)], key=KEY)).count is Withheld.WITHHELD
    assert only(protect([cell(40, children=10)], key=KEY)).count == Released(40)
    assert only(protect([cell(5, children=2)], key=KEY)).count == Released(5)


def test_what_sums_would_tell_of_a_withheld_count_is_withheld_too() -> None:
    given = [cell(120, children=40), *parts(40, 50, 30, children=(3, 20, 17))]

    total, *shown = protect(given, key=KEY)

    assert total.count == Released(120)
    assert [figure.count for figure in shown] == [Withheld.WITHHELD, Released(50), Withheld.WITHHELD]


def test_all_parts_are_withheld_where_no_other_is_large_enough_to_hide_behind() -> None:
    given = [cell(48, children=12), *parts(45, 3, 0, children=(9, 3, 0))]

    assert [figure.count for figure in protect(given, key=KEY)[1:]] == [Withheld.WITHHELD] * 3


def test_whoever_promised_a_threshold_shows_nothing_under_it() -> None:
    given = [cell(60), *parts(20, 21, 9, 10, 0)]

    shown = [figure.count for figure in protect(given, key=KEY, threshold=10)]

    assert shown[3] is shown[5] is Withheld.WITHHELD
    assert all(figure is Withheld.WITHHELD or (isinstance(figure, Released) and figure.value >= 10) for figure in shown)


def test_a_percentage_is_made_from_the_rounded_parts() -> None:
    figure = only(protect([cell(12, out_of=33)], key=KEY))

    assert isinstance(figure.count, Released)
    assert isinstance(figure.out_of, Released)
    assert isinstance(figure.statistic, Ratio)
    assert (figure.statistic.value, figure.statistic.per) == (figure.count.value * 100 / figure.out_of.value, 100)


@pytest.mark.parametrize(("count", "out_of"), [(4, 40), (0, 400), (4, 5), (40, None)])
def test_a_ratio_is_withheld_where_too_few_are_shown_or_a_part_is_withheld(count: int, out_of: int | None) -> None:
    figure = only(protect([cell(count, out_of=out_of, children=4)], key=KEY))

    assert figure.statistic is (None if out_of is None else Withheld.WITHHELD)


def test_what_nobody_could_count_says_why_and_is_neither_zero_nor_withheld() -> None:
    absent = Absent("missing_episodes", "2026-Q1", "agency", "police", "no return received", 100)

    figure = only(protect([absent], key=KEY))

    assert figure.count == figure.out_of == figure.statistic == NotAvailable("no return received")


def test_figures_come_back_in_the_order_of_the_cells() -> None:
    cells = [cell(40), cell(25, breakdown="ward", category="W02"), cell(15, breakdown="ward", category="W01")]

    assert [figure.category for figure in protect(cells, key=KEY)] == ["all", "W02", "W01"]


def test_parts_that_are_more_than_the_total_are_not_its_parts() -> None:
    """A rate's residents by age band include bands that its total leaves out; that tells nothing about the other breakdowns."""
    ages = [cell(40, breakdown="age_band", category=band, out_of=out_of) for band, out_of in (("0-9", 620), ("13-15", 500))]
    wards = [cell(count, breakdown="ward", category=f"W{count}", out_of=out_of) for count, out_of in ((60, 495), (20, 5))]

    shown = {figure.category: figure.out_of for figure in protect([cell(80, out_of=500), *ages, *wards], key=KEY)}

    assert shown == {"all": Released(500), "0-9": Released(620), "13-15": Released(500), "W60": Released(495), "W20": Released(5)}


def test_single_counts_pass_the_same_gate() -> None:
    assert protect_count(10, key=KEY, name="rows") == Released(10)
    assert protect_count(22, key=KEY, name="rows", contributors=3) is Withheld.WITHHELD
    assert protect_count(13, key=KEY, name="rows") == protect_count(13, key=KEY, name="rows")


def test_small_and_empty_combinations_of_agencies_look_the_same_and_agencies_are_their_sums() -> None:
    truth = {frozenset({"csc", "police"}): 42, frozenset({"csc"}): 9, frozenset({"police"}): 31}

    sets, exact = protect_sets(truth, agencies=["csc", "police"], key=KEY)

    for agency, shown in sets.items():
        assert shown == Released(sum(each.value for known, each in exact.items() if agency in known))
    assert all(each.value for each in exact.values())


def test_twelve_agencies_cost_what_their_combinations_cost_and_those_that_do_not_occur_are_not_told_apart() -> None:
    agencies = [f"agency {place:02}" for place in range(12)]
    rng = np.random.default_rng(3)
    drawn = [frozenset(itertools.compress(agencies, rng.random(12) < 0.2)) for _ in range(900)]
    truth = dict(Counter(known for known in drawn if known))
    linked = Linked()
    add_sets(linked, truth, agencies)
    assert len(linked.counts) == len(truth) + len(agencies), "not one for each of the 4,095 combinations"

    sets, exact = protect_sets(truth, agencies=agencies, key=KEY)
    named = protect_sets({**truth, frozenset(agencies): 0, frozenset(agencies[:7]): 0}, agencies=agencies, key=KEY)

    assert (sets, exact) == named, "none, or never heard of"
    assert not [known for known in exact if not truth[known]]
    assert [known for known, count in truth.items() if count < 5 and known in exact]
    assert [known for known, count in truth.items() if count < 5 and known not in exact]
    for agency, shown in sets.items():
        assert shown == Released(sum(each.value for known, each in exact.items() if agency in known))


def test_only_the_counting_and_the_gate_know_true_counts() -> None:
    """`Cell` may be imported by the stages that count and protect, and by the use case between them; never by what publishes or shows."""
    root = Path(sightline.__file__).parent
    importers = {
        path.relative_to(root).parts[0]
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and node.module == "sightline.model.figures"
        and {"Cell", "Absent"} & {a.name for a in node.names}
    }

    assert importers <= {"indicators", "disclosure", "app"}


def waits(count: int, *, children: int | None = None) -> Cell:
    """A median of 12.4 days (8.6 to 20.2) taken of so many."""
    return replace(cell(count, children=children), value="days", median=12.4, median_low=8.6, median_high=20.2)


@pytest.mark.parametrize(("count", "children"), [(9, 9), (0, 0), (40, 9), (10, 10)])
def test_nothing_of_a_median_is_shown_where_few_stand_behind_it(count: int, children: int) -> None:
    figure = only(protect([waits(count, children=children)], key=KEY))

    assert (figure.statistic, figure.range) == (Withheld.WITHHELD, None)


def test_a_median_is_shown_rounded_with_its_ends() -> None:
    figure = only(protect([waits(20)], key=KEY))

    assert figure.statistic == Median(12, 5, 25, "days")
    assert str(figure.statistic) == "12 days"


def test_a_median_in_years_keeps_one_decimal() -> None:
    aged = replace(waits(20), value="years", median=13.46, median_low=12.95, median_high=14.04)

    assert str(only(protect([aged], key=KEY)).statistic) == "13.5 years"


@pytest.mark.parametrize(
    ("unit", "low", "high", "shown"),
    [
        ("days", 5.0, 20.0, (5, 20)),
        ("days", 0.0, 0.0, (0, 0)),
        ("hours", 2.5, 12.1, (0, 18)),
        ("minutes", 16.0, 44.0, (15, 45)),
        ("years", 12.95, 14.04, (12.5, 14.5)),
        ("kilometres", 3.2, 41.7, (0, 45)),
    ],
)
def test_the_ends_of_a_medians_interval_say_no_more_than_between_which_steps_a_childs_value_lies(
    unit: str, low: float, high: float, shown: tuple[float, float]
) -> None:
    figure = only(protect([replace(waits(20), value=unit, median=(low + high) / 2, median_low=low, median_high=high)], key=KEY))

    assert isinstance(figure.statistic, Median)
    assert (figure.statistic.low, figure.statistic.high) == shown
    assert figure.statistic.low <= low <= high <= figure.statistic.high


def test_whether_a_median_is_shown_follows_from_its_shown_count_alone() -> None:
    """Otherwise a median that is missing beside a shown 10 would tell that there are fewer than ten."""
    for count in range(10, 16):
        figure = only(protect([waits(count)], key=KEY))
        assert isinstance(figure.count, Released)
        assert isinstance(figure.statistic, Median) == (figure.count.value >= 15)


def test_a_median_that_nobody_could_take_says_why() -> None:
    absent = Absent("time_to_first_response", "2026-Q1", "all", "all", "no return received", value="days")
    figure = only(protect([absent], key=KEY))

    assert (figure.count, figure.out_of, figure.statistic) == (NotAvailable("no return received"), None, NotAvailable("no return received"))


@pytest.mark.parametrize("per", [100, 10_000, 1])
def test_an_interval_is_made_from_the_shown_parts_only(per: int) -> None:
    figure = only(protect([replace(cell(20, out_of=40), per=per)], key=KEY))
    same = [
        only(protect([replace(cell(count, out_of=out_of), per=per)], key=bytes([number]) * 16))
        for count, out_of in ((18, 41), (23, 38))
        for number in range(40)
    ]

    assert isinstance(figure.statistic, Ratio)
    assert figure.statistic.low is not None
    assert figure.statistic.high is not None
    assert figure.statistic.low < figure.statistic.value < figure.statistic.high
    alike = [each for each in same if (each.count, each.out_of) == (figure.count, figure.out_of)]
    assert alike
    assert all(each == figure for each in alike)


@pytest.mark.parametrize("number", range(20))
def test_rounding_never_makes_a_part_more_than_what_it_is_out_of(number: int) -> None:
    given = [cell(9, out_of=9), *(replace(each, denominator=each.numerator + 1, per=100) for each in parts(4, 3, 2))]
    given[0] = replace(given[0], denominator=12)

    for figure in protect(given, key=bytes([number]) * 16):
        assert isinstance(figure.out_of, Released)
        assert not isinstance(figure.count, Released) or figure.count.value <= figure.out_of.value


def test_a_share_of_more_than_all_never_passes() -> None:
    with pytest.raises(ValueError, match="no larger than the whole"):
        protect([cell(40, out_of=30)], key=KEY)
