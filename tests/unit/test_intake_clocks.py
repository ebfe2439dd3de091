"""Times are kept by the local clock, whatever clock wrote them, and hours are counted as they passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sightline.definitions.formats import load_format
from sightline.definitions.mappings import Column
from sightline.intake.cells.columns import read_column
from tests.support.intake import GOOD, HEADER, MAPPING, mapping, read

FORM = load_format("annex_a")
LONDON = ZoneInfo("Europe/London")
IN_LONDON = MAPPING.replace("type: datetime", "type: datetime, tz: Europe/London")
IN_UTC = MAPPING.replace("type: datetime", "type: datetime, tz: UTC")


def read_times(*texts: str, tz: str = "Europe/London", formats: tuple[str, ...] = ()):
    column = Column(headers="x", type="datetime", tz=tz, formats=formats)
    return read_column(pl.Series(texts, dtype=pl.String), "x", column, FORM, in_workbook=False)


def values(reading) -> list[tuple[datetime | None, str | None, datetime | None]]:
    return list(zip(*(series.to_list() for series in reading.columns), strict=True))


@pytest.mark.parametrize(
    ("text", "tz", "local", "instant"),
    [
        ("01/07/2026 10:00", "Europe/London", datetime(2026, 7, 1, 10), datetime(2026, 7, 1, 9)),
        ("01/01/2026 10:00", "Europe/London", datetime(2026, 1, 1, 10), datetime(2026, 1, 1, 10)),
        ("01/07/2026 10:00", "UTC", datetime(2026, 7, 1, 11), datetime(2026, 7, 1, 10)),
        ("30/06/2026 23:30", "UTC", datetime(2026, 7, 1, 0, 30), datetime(2026, 6, 30, 23, 30)),
        ("2026-07-01T10:00:00Z", "Europe/London", datetime(2026, 7, 1, 11), datetime(2026, 7, 1, 10)),
        ("2026-07-01 10:00:00 +0100", "UTC", datetime(2026, 7, 1, 10), datetime(2026, 7, 1, 9)),
        ("2026-07-01T10:00:00-05:30", "UTC", datetime(2026, 7, 1, 16, 30), datetime(2026, 7, 1, 15, 30)),
    ],
    ids=["summer", "winter", "utc", "utc of the day before", "z goes before the zone", "an offset", "an offset of half an hour"],
)
def test_a_time_is_kept_by_the_local_clock(text, tz, local, instant):
    assert values(read_times(text, tz=tz)) == [(local, "minute", instant)]


def test_the_hour_that_comes_twice_is_taken_for_the_first_and_marked():
    reading = read_times("25/10/2026 00:59", "25/10/2026 01:30", "25/10/2026 02:00", "2026-10-25T01:30:00Z")

    assert [instant for _, _, instant in values(reading)] == [
        datetime(2026, 10, 24, 23, 59),
        datetime(2026, 10, 25, 0, 30),
        datetime(2026, 10, 25, 2, 0),
        datetime(2026, 10, 25, 1, 30),
    ]
    assert reading.twice.to_list() == [False, True, False, False]
    assert not reading.never.any()


def test_the_hour_that_never_was_is_read_an_hour_on_and_marked():
    reading = read_times("29/03/2026 00:59", "29/03/2026 01:30", "29/03/2026 02:00")

    assert [(local.hour, local.minute) for local, _, _ in values(reading)] == [(0, 59), (2, 30), (2, 0)]
    assert reading.never.to_list() == [False, True, False]
    assert not reading.twice.any()


def test_a_whole_day_belongs_to_no_zone():
    assert values(read_times("29/03/2026", "03/2026", tz="UTC")) == [
        (datetime(2026, 3, 29), "day", None),
        (datetime(2026, 3, 1), "month", None),
    ]


def test_days_that_a_program_wrote_in_utc_are_days_again():
    assert values(read_times("2026-06-30T23:00:00Z", "2026-01-05T00:00:00Z")) == [
        (datetime(2026, 7, 1), "day", None),
        (datetime(2026, 1, 5), "day", None),
    ]


def test_a_column_of_midnights_in_utc_holds_days():
    assert values(read_times("01/07/2026 00:00", "02/07/2026 00:00", tz="UTC")) == [
        (datetime(2026, 7, 1), "day", None),
        (datetime(2026, 7, 2), "day", None),
    ]


def test_a_year_at_the_end_of_a_date_is_no_offset():
    assert values(read_times("01-02-2026", tz="UTC"))[0][:2] == (datetime(2026, 2, 1), "day")


def test_declared_forms_are_read_with_and_without_their_offset():
    reading = read_times("2026-07-01T10:00:00+01:00", "nothing", formats=("%Y-%m-%dT%H:%M:%S%z",))

    assert values(reading)[0] == (datetime(2026, 7, 1, 10), "minute", datetime(2026, 7, 1, 9))
    assert reading.bad.to_list() == [False, True]


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31)).map(lambda moment: moment.replace(second=0, microsecond=0))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(moment=MOMENTS)
@example(datetime(2026, 3, 29, 0, 59))
@example(datetime(2026, 3, 29, 1, 0))
@example(datetime(2026, 10, 25, 0, 0))
@example(datetime(2026, 10, 25, 0, 59))
@example(datetime(2026, 10, 25, 1, 0))
def test_whatever_is_written_in_utc_is_what_the_local_clock_showed(moment):
    shown = moment.replace(tzinfo=UTC).astimezone(LONDON).replace(tzinfo=None)
    # A second cell keeps the column from being one of midnights only.
    read_back = values(read_times(f"{moment:%Y-%m-%dT%H:%M}Z", "2026-01-01T12:34Z"))[0]

    assert read_back == (shown, "minute", moment)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    day=st.sampled_from([datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2025, 3, 30), datetime(2026, 7, 1)]),
    minute=st.integers(1, 1439),
)
def test_every_local_minute_is_read_as_a_moment_that_exists(day, minute):
    written = day + timedelta(minutes=minute)
    (local, _, instant), _ = values(reading := read_times(f"{written:%d/%m/%Y %H:%M}", "01/01/2026 12:34"))
    first, second = (written.replace(tzinfo=LONDON, fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1))

    assert instant.replace(tzinfo=UTC).astimezone(LONDON).replace(tzinfo=None) == local
    assert reading.never[0] == (first > second)
    assert reading.twice[0] == (first < second)
    assert local == written + timedelta(hours=int(reading.never[0]))
    assert instant == first


@pytest.mark.parametrize(
    ("moment", "code", "text"),
    [
        (
            "26/10/2025 01:30",
            "SL-INT-054",
            'Times in "Returned" stand in the hour that comes twice when clocks go back; the first of the two, in summer time, was taken.',
        ),
        (
            "30/03/2025 01:30",
            "SL-INT-055",
            'Times in "Returned" stand in the hour that clocks skip when they go forward; they were read one hour later.',
        ),
    ],
    ids=["twice", "never"],
)
def test_a_time_that_is_not_one_moment_is_told_and_counted(tmp_path, moment, code, text):
    path = tmp_path / "missing.csv"
    path.write_text(GOOD.replace("13/01/2026 23:40", moment), encoding="utf-8")

    finding = next(one for one in read(mapping(tmp_path, IN_LONDON), path).findings if one.code == code)

    assert (finding.text, finding.rows, finding.examples) == (text, 1, (4,))
    assert finding.values == ("99/99/9999 99:99",)
    assert not [one for one in read(mapping(tmp_path, IN_UTC), path).findings if one.code == code]


def test_a_file_in_utc_gives_the_days_the_area_knew(tmp_path):
    path = tmp_path / "missing.csv"
    path.write_text(f"{HEADER}\nP1,01/03/2012,F,30/03/2026 22:30,30/03/2026 23:15,MFH,Low\n", encoding="utf-8")

    result = read(mapping(tmp_path, IN_UTC), path)

    episode = result.tables["missing_episode"].to_pylist()[0]
    assert (episode["started_at"], episode["ended_at"]) == (datetime(2026, 3, 30, 23, 30), datetime(2026, 3, 31, 0, 15))


def test_what_came_first_is_known_even_in_the_hour_that_comes_twice(tmp_path):
    path = tmp_path / "missing.csv"
    # 00:50 and 01:10 UTC: by the local clock 01:50 in summer time, then 01:10 after the clocks went back.
    path.write_text(f"{HEADER}\nP1,01/03/2012,F,26/10/2025 00:50,26/10/2025 01:10,MFH,Low\n", encoding="utf-8")

    assert "TEST-ORDER" not in {finding.code for finding in read(mapping(tmp_path, IN_UTC), path).findings}


@pytest.mark.parametrize(
    ("tz", "hours"), [("Europe/London", 5), ("UTC", 4)], ids=["through the night the clocks went forward", "by a clock that never changes"]
)
def test_hours_are_counted_as_they_passed(tmp_path, tz, hours):
    text = MAPPING.replace("type: datetime", f"type: datetime, tz: {tz}").replace("end < start", f"hours(end - start) = {hours}")
    path = tmp_path / "missing.csv"
    written = ("28/03/2026 22:00", "29/03/2026 04:00") if tz == "Europe/London" else ("29/03/2026 00:30", "29/03/2026 04:30")
    path.write_text(f"{HEADER}\nP1,01/03/2012,F,{written[0]},{written[1]},MFH,Low\n", encoding="utf-8")

    assert "TEST-ORDER" in {finding.code for finding in read(mapping(tmp_path, text), path).findings}
