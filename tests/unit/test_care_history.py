"""Several years of the return about looked-after children: one history, every inferred end marked, nothing inferred without ground."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from sightline.intake import care_history
from sightline.intake.care_history import YearOfCare, history_findings, merge_years, times_in_care
from tests.support.care import episodes, year

Y24, Y25, Y26 = 2024, 2025, 2026


def ends(*years: YearOfCare) -> dict[tuple[str, str], tuple[str | None, bool]]:
    """Whose episode and its first day → its last day and whether that was inferred."""
    found = merge_years(years, "local_id").episodes
    return {
        (who, str(start)): (str(end) if end else None, inferred)
        for who, start, end, inferred in found.select("local_id", "started_on", "ended_on", "end_inferred").iter_rows()
    }


def codes(*years: YearOfCare) -> dict[str, int]:
    return {finding.code: finding.rows for finding in history_findings(merge_years(years, "local_id"), years, "DEC")}


def test_the_latest_return_that_tells_of_an_episode_holds():
    first = year(Y24, "A | 2023-06-01 | S | | ")
    second = year(Y25, "A | 2023-06-01 | S | 2024-08-09 | E4A")

    assert ends(first, second) == {("A", "2023-06-01"): ("2024-08-09", False)}
    assert codes(first, second) == {}


def test_a_child_of_whom_the_next_year_tells_nothing_left_care_on_the_last_day_of_the_year():
    first = year(Y24, "A | 2023-06-01 | S | | ", "B | 2023-06-01 | S | | ")
    second = year(Y25, "B | 2023-06-01 | S | | ")

    assert ends(first, second) == {("A", "2023-06-01"): ("2024-03-31", True), ("B", "2023-06-01"): (None, False)}
    assert merge_years([first, second], "local_id").episodes["ended_on_precision"].to_list() == ["year", None]


def test_an_episode_that_another_followed_ended_when_that_began():
    first = year(Y24, "A | 2023-06-01 | S | | ")
    second = year(Y25, "A | 2024-07-15 | P | | ")

    assert ends(first, second)["A", "2023-06-01"] == ("2024-07-15", True)


def test_coming_into_care_again_says_that_care_had_ended_before():
    first = year(Y24, "A | 2023-06-01 | P | | ", "B | 2023-06-01 | S | | ")
    second = year(Y25, "A | 2024-03-20 | S | | ", "B | 2024-07-15 | S | | ")

    assert ends(first, second)["A", "2023-06-01"] == ("2024-03-19", True)
    assert ends(first, second)["B", "2023-06-01"] == ("2024-03-31", True)


def test_nothing_is_inferred_where_the_return_of_the_year_after_was_not_read():
    first = year(Y24, "A | 2023-06-01 | S | | ")
    third = year(Y26, "B | 2025-06-01 | S | | ")

    assert ends(first, third)["A", "2023-06-01"] == (None, False)
    assert codes(first, third) == {"SL-INT-075": 1}


def test_an_episode_open_in_the_newest_return_is_simply_open():
    assert codes(year(Y26, "A | 2025-06-01 | S | | ")) == {}


def test_an_episode_that_is_told_of_again_after_a_year_without_it_goes_on():
    years = [year(Y24, "A | 2023-06-01 | S | | "), year(Y25, "B | 2024-06-01 | S | | "), year(Y26, "A | 2023-06-01 | S | | ")]

    assert ends(*years)["A", "2023-06-01"] == (None, False)


def test_an_episode_whose_first_day_was_corrected_is_told_once():
    first = year(Y24, "A | 2023-06-03 | S | | ", "B | 2023-06-01 | S | | ")
    second = year(Y25, "A | 2023-06-01 | S | | ", "B | 2023-06-05 | S | 2024-09-01 | E4A")

    assert ends(first, second) == {("A", "2023-06-01"): (None, False), ("B", "2023-06-05"): ("2024-09-01", False)}
    assert codes(first, second) == {"SL-INT-074": 2}


def test_a_reason_for_an_end_without_its_day_is_no_open_episode():
    first, second = year(Y24, "A | 2023-06-01 | S | | E4A"), year(Y25, "B | 2024-06-01 | S | | ")

    assert ends(first, second)["A", "2023-06-01"] == (None, False)
    assert codes(first, second) == {"SL-INT-075": 1}


def test_a_return_that_lacks_most_children_says_nothing_about_those_it_lacks():
    many = [f"{name:03} | 2023-06-01 | S | | " for name in range(care_history.FEWEST_OPEN)]
    few = len(many) // 2 - 1

    broken = codes(year(Y24, *many), year(Y25, *many[:few]))
    whole = codes(year(Y24, *many), year(Y25, *many[: few + 1]))

    assert broken == {"SL-INT-075": len(many) - few}
    assert whole == {"SL-INT-073": len(many) - few - 1}


def test_an_episode_taken_back_is_in_no_history():
    first, second = year(Y24, "A | 2023-06-01 | S | | "), year(Y25, "A | 2023-06-01 | S | | ", "B | 2024-06-01 | S | | ")
    taken = second.episodes.with_columns(retracted=pl.col("local_id") == "A")
    kept = first.episodes.with_columns(retracted=pl.lit(value=False))

    assert ends(YearOfCare(first.first, first.last, kept), YearOfCare(second.first, second.last, taken)) == {
        ("B", "2024-06-01"): (None, False)
    }


def test_two_returns_of_one_year_are_refused():
    with pytest.raises(ValueError, match="two returns"):
        merge_years([year(Y24, "A | 2023-06-01 | S | | "), year(Y24, "A | 2023-06-01 | S | | ")], "local_id")


def test_one_finding_counts_every_inferred_end_of_every_year():
    first = year(Y24, *(f"{name} | 2023-06-01 | S | | " for name in "ABCDEFG"), "Z | 2023-06-02 | S | | ")
    second = year(Y25, "Z | 2023-06-02 | S | | ", "Y | 2024-05-01 | S | | ")
    third = year(Y26, "Y | 2024-09-01 | P | 2025-05-01 | E4A")
    years = [first, second, third]

    (found,) = history_findings(merge_years(years, "local_id"), years, "DEC")

    assert (found.code, found.rows, found.examples) == ("SL-INT-073", 9, (2, 3, 4, 5, 6))
    assert "8 on the last day of the year, 1 by the child's next episode" in found.text
    assert "31 March 2024 or 31 March 2025" in found.text
    assert (found.place.file, found.place.column) == ("2024/episodes.csv", "DEC")
    assert [(place.file, place.row) for place in found.also] == [("2025/episodes.csv", 2)]
    assert found.values == ("(blank)",)
    assert "return of the year after" in found.expected


def test_a_time_in_care_ends_with_its_last_episode_and_the_next_begins_with_coming_into_care():
    told = merge_years(
        [
            year(Y24, "A | 2023-06-01 | S | 2023-09-01 | X1", "A | 2023-09-01 | P | | ", "B | 2023-05-01 | S | | E8"),
            year(Y25, "A | 2023-09-01 | P | 2024-05-01 | E4A", "A | 2024-08-01 | S | | ", "B | 2024-05-01 | S | 2024-06-01 | E4A"),
        ],
        "local_id",
    ).episodes
    times = times_in_care(told, "local_id").select("local_id", "started_on", "ended_on", "end_reason")

    assert times.rows() == [
        ("A", date(2023, 6, 1), date(2024, 5, 1), "E4A"),
        ("A", date(2024, 8, 1), None, None),
        ("B", date(2023, 5, 1), None, "E8"),
        ("B", date(2024, 5, 1), date(2024, 6, 1), "E4A"),
    ]


def test_no_episode_at_all_makes_an_empty_history():
    assert episodes().height == 0
    assert merge_years([YearOfCare(date(2023, 4, 1), date(2024, 3, 31), episodes())], "local_id").episodes.height == 0
