"""The gate: what is withheld, what is rounded, and what never gets through."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import sightline
from sightline.disclosure import protect, protect_count, protect_sets
from sightline.model.figures import Absent, Cell, Figure, Median, NotAvailable, Ratio, Released, Withheld


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


def only(figures: list[Figure]) -> Figure:
    (figure,) = figures
    return figure


@pytest.mark.parametrize("count", range(10))
def test_a_count_under_ten_is_withheld_zero_too(count: int) -> None:
    assert only(protect([cell(count)])).count is Withheld.WITHHELD


@pytest.mark.parametrize(("count", "shown"), [(10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (1_002, 1_000)])
def test_everything_else_is_rounded_to_the_nearest_five_totals_too(count: int, shown: int) -> None:
    assert only(protect([cell(count)])).count == Released(shown)


def test_a_count_made_by_fewer_than_ten_children_is_withheld() -> None:
    assert only(protect([cell(40, children=9)])).count is Withheld.WITHHELD
    assert only(protect([cell(40, children=10)])).count == Released(40)


def test_a_percentage_is_made_from_the_rounded_parts() -> None:
    figure = only(protect([cell(12, out_of=33)]))

    assert figure.out_of == Released(35)
    assert isinstance(figure.statistic, Ratio)
    assert (figure.statistic.value, figure.statistic.per) == (10 * 100 / 35, 100)


@pytest.mark.parametrize(("count", "out_of"), [(9, 40), (0, 400), (4, 8), (40, None)])
def test_a_ratio_is_withheld_if_either_part_is(count: int, out_of: int | None) -> None:
    figure = only(protect([cell(count, out_of=out_of, children=9)]))

    assert figure.count is Withheld.WITHHELD
    assert figure.statistic is (None if out_of is None else Withheld.WITHHELD)


def test_what_nobody_could_count_says_why_and_is_neither_zero_nor_withheld() -> None:
    absent = Absent("missing_episodes", "2026-Q1", "agency", "police", "no return received", 100)

    figure = only(protect([absent]))

    assert figure.count == figure.out_of == figure.statistic == NotAvailable("no return received")


def test_figures_come_back_in_the_order_of_the_cells() -> None:
    cells = [cell(40), cell(25, breakdown="ward", category="W02"), cell(15, breakdown="ward", category="W01")]

    assert [figure.category for figure in protect(cells)] == ["all", "W02", "W01"]


def test_one_more_part_is_withheld_where_subtraction_would_tell() -> None:
    """45 in all and 15, 15 in two parts mean at least 43 less at most 34: the third would be 9, whatever the word says."""
    parts = [cell(count, breakdown="ward", category=f"W{number}") for number, count in enumerate((17, 17, 9))]

    shown = [figure.count for figure in protect([cell(43), *parts])]

    assert shown == [Released(45), Withheld.WITHHELD, Withheld.WITHHELD, Withheld.WITHHELD]


def test_nothing_is_shown_where_the_total_alone_would_tell_its_parts() -> None:
    by_ward = [cell(9, breakdown="ward", category=f"W{number}") for number in (1, 2)]
    by_sex = [cell(12, breakdown="sex", category="female"), cell(6, breakdown="sex", category="male")]

    shown = [figure.count for figure in protect([cell(18), *by_ward, *by_sex])]

    assert shown == [Withheld.WITHHELD] * 5


def test_parts_that_are_more_than_the_total_are_not_its_parts() -> None:
    """A rate's residents by age band include bands that its total leaves out; that tells nothing about the other breakdowns."""
    ages = [cell(40, breakdown="age_band", category=band, out_of=500) for band in ("0-9", "13-15")]
    wards = [cell(count, breakdown="ward", category=f"W{count}", out_of=out_of) for count, out_of in ((60, 495), (20, 5))]

    shown = {figure.category: figure.out_of for figure in protect([cell(80, out_of=500), *ages, *wards])}

    assert shown == {"all": Released(500), "0-9": Released(500), "13-15": Released(500), "W60": Released(495), "W20": Withheld.WITHHELD}


def test_rows_and_other_single_counts_pass_the_same_gate() -> None:
    assert protect_count(9) is Withheld.WITHHELD
    assert protect_count(10) == Released(10)
    assert protect_count(22, contributors=3) is Withheld.WITHHELD


def test_small_and_empty_combinations_of_agencies_look_the_same() -> None:
    sets, exact = protect_sets(
        {frozenset({"csc", "police"}): 42, frozenset({"csc"}): 9, frozenset({"police"}): 31}, agencies=["csc", "police"]
    )
    without = protect_sets({frozenset({"csc", "police"}): 42, frozenset({"csc"}): 6, frozenset({"police"}): 31}, agencies=["csc", "police"])

    assert sets == {"csc": Released(50), "police": Released(75)}
    assert exact == {frozenset({"csc", "police"}): Released(40), frozenset({"police"}): Released(30)}
    assert exact == without[1]


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


def waits(count: int, *, children: int | None = None, by: str = "all", category: str = "all") -> Cell:
    """A median of 12.4 days (8.6 to 20.2) taken of so many."""
    return replace(
        cell(count, breakdown=by, category=category, children=children), value="days", median=12.4, median_low=8.6, median_high=20.2
    )


@pytest.mark.parametrize(("count", "children"), [(9, 9), (0, 0), (40, 9)])
def test_nothing_of_a_median_is_shown_where_its_count_is_withheld(count: int, children: int) -> None:
    figure = only(protect([waits(count, children=children)]))

    assert (figure.count, figure.statistic, figure.range) == (Withheld.WITHHELD, Withheld.WITHHELD, None)


def test_a_median_is_shown_rounded_with_its_ends() -> None:
    figure = only(protect([waits(12)]))

    assert figure.statistic == Median(12, 5, 25, "days")
    assert str(figure.statistic) == "12 days"


def test_a_median_in_years_keeps_one_decimal() -> None:
    aged = replace(waits(12), value="years", median=13.46, median_low=12.95, median_high=14.04)

    assert str(only(protect([aged])).statistic) == "13.5 years"


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
    figure = only(protect([replace(waits(12), value=unit, median=(low + high) / 2, median_low=low, median_high=high)]))

    assert isinstance(figure.statistic, Median)
    assert (figure.statistic.low, figure.statistic.high) == shown
    assert figure.statistic.low <= low <= high <= figure.statistic.high


def test_a_median_goes_with_a_count_that_is_withheld_because_it_would_tell_another() -> None:
    """17, 17 and 9 of 43: the two that are shown would tell the third, so they are withheld, and their medians with them."""
    parts = [waits(count, by="ward", category=f"W{number}") for number, count in enumerate((17, 17, 9))]

    shown = protect([waits(43), *parts])

    assert [figure.statistic for figure in shown[1:]] == [Withheld.WITHHELD] * 3
    assert isinstance(shown[0].statistic, Median)


def test_a_median_that_nobody_could_take_says_why() -> None:
    absent = Absent("time_to_first_response", "2026-Q1", "all", "all", "no return received", value="days")
    figure = only(protect([absent]))

    assert (figure.count, figure.out_of, figure.statistic) == (NotAvailable("no return received"), None, NotAvailable("no return received"))


@pytest.mark.parametrize("per", [100, 10_000, 1])
def test_an_interval_is_made_from_the_shown_parts_only(per: int) -> None:
    """12 of 33 and 11 of 34 are both shown as 10 of 35, and so is everything made of them."""
    one, other = (only(protect([replace(cell(count, out_of=out_of), per=per)])) for count, out_of in ((12, 33), (11, 34)))

    assert isinstance(one.statistic, Ratio)
    assert one.statistic == other.statistic
    assert one.statistic.low is not None
    assert one.statistic.high is not None
    assert one.statistic.low < one.statistic.value < one.statistic.high


def test_a_share_of_more_than_all_never_passes() -> None:
    with pytest.raises(ValueError, match="no larger than the whole"):
        protect([cell(40, out_of=30)])
