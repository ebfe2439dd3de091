"""Whatever several years say of children's care: one history, the same in every order, nothing recorded changed and nothing lost."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.intake.care_history import YearOfCare, history_findings, merge_years, times_in_care
from tests.support.care import year

FIRST = date(2021, 4, 1)


@st.composite
def told(draw: st.DrawFn, ending: int) -> YearOfCare:
    """A year's return: any episodes begun by its end, some open, some ended in it, some with a reason and no day."""
    last = date(ending, 3, 31)
    lines = {}
    for _ in range(draw(st.integers(0, 6))):
        child = draw(st.sampled_from("ABC"))
        begun = FIRST + timedelta(days=30 * draw(st.integers(0, (last - FIRST).days // 30)))
        ended = draw(st.one_of(st.none(), st.integers(0, 364)))
        day = max(last - timedelta(days=ended), begun) if ended is not None else ""
        why = draw(st.sampled_from(["X1", "E4A"])) if day else draw(st.sampled_from(["", "", "", "E8"]))
        lines[child, begun] = f"{child} | {begun} | {draw(st.sampled_from('SPL'))} | {day} | {why}"
    return year(ending, *lines.values())


@st.composite
def several(draw: st.DrawFn) -> list[YearOfCare]:
    endings = draw(st.lists(st.integers(2022, 2025), unique=True, min_size=1, max_size=4))
    return [draw(told(ending)) for ending in endings]


@settings(max_examples=40)
@given(years=several(), random=st.randoms())
def test_the_order_in_which_years_come_changes_nothing(years, random):
    shuffled = list(years)
    random.shuffle(shuffled)

    here, there = merge_years(years, "local_id"), merge_years(shuffled, "local_id")

    assert here.episodes.equals(there.episodes)
    assert history_findings(here, years, "DEC") == history_findings(there, shuffled, "DEC")


@settings(max_examples=40)
@given(years=several())
def test_what_was_recorded_stands_and_what_was_inferred_is_marked(years):
    newest = {}
    for one in sorted(years, key=lambda year: year.last):
        for row in one.episodes.to_dicts():
            newest[row["local_id"], row["started_on"]] = (row, one)
    history = merge_years(years, "local_id")
    left_out = set(history.replaced.select("local_id", "started_on").iter_rows())

    kept = {(row["local_id"], row["started_on"]): row for row in history.episodes.to_dicts()}

    assert kept.keys() | left_out == newest.keys()
    assert not kept.keys() & left_out
    for key, row in kept.items():
        said, year_told = newest[key]
        if not row["end_inferred"]:
            assert (row["ended_on"], row["ended_on_precision"]) == (said["ended_on"], said["ended_on_precision"])
        else:
            assert said["ended_on"] is None
            assert said["end_reason"] is None
            assert row["ended_on_precision"] == "year"
            assert row["started_on"] <= row["ended_on"]
            assert any(other.first == year_told.last + timedelta(days=1) for other in years)
            following = [start for child, start in kept if child == key[0] and start > key[1]]
            assert row["ended_on"] <= max(year_told.last, *following, date.min)


@settings(max_examples=40)
@given(years=several())
def test_every_episode_that_is_told_of_no_more_is_counted_once(years):
    history = merge_years(years, "local_id")
    last = max(year.last for year in years)
    newest = {}
    for one in sorted(years, key=lambda year: year.last):
        newest |= {(row["local_id"], row["started_on"]): (row["ended_on"], one.last) for row in one.episodes.to_dicts()}

    gone = [key for key, (end, told_in) in newest.items() if end is None and told_in < last]

    assert sum(finding.rows for finding in history_findings(history, years, "DEC")) == len(gone)


@settings(max_examples=40)
@given(years=several())
def test_a_history_merged_again_is_the_same(years):
    once = merge_years(years, "local_id").episodes
    last = max(year.last for year in years)

    again = merge_years([YearOfCare(last - timedelta(days=364), last, once)], "local_id").episodes

    assert again.drop("end_inferred").equals(once.drop("end_inferred"))


@settings(max_examples=40)
@given(years=several())
def test_times_in_care_hold_every_episode_and_do_not_touch(years):
    history = merge_years(years, "local_id").episodes
    times = times_in_care(history, "local_id")

    assert times.select("local_id", "started_on").is_unique().all() or not times.height
    began = history.filter(pl.col("reason") == "S").select("local_id", "started_on")
    assert began.join(times, on=["local_id", "started_on"], how="anti").height == 0
