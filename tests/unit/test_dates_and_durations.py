"""A date is as exact as its source gave it: what is known to the month never enters a duration, what is known to the day never hours."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from sightline.intake.cells.columns import PRECISION
from sightline.intake.conditions import Exactness, holds
from sightline.model.columns import DATE, TIME
from sightline.model.entities import ENTITIES
from tests.support.intake import MAPPING, QUARTER, codes, mapping, read_text

HEADER = "Person ID,Date of birth,Sex,Start,Returned,Type,Grade"
PERIODS = {("aggregate_count", "period_start"), ("aggregate_count", "period_end")}
"""Days that a count says it covers, not days that somebody recorded."""


def test_every_date_of_every_entity_says_how_exact_it_is():
    silent = [
        (entity.name, column.name)
        for entity in ENTITIES.values()
        for column in entity.columns
        if column.type in (DATE, TIME) and f"{column.name}_precision" not in entity.schema.names
    ]

    assert set(silent) == PERIODS


def told(start, end, condition):
    """Whether a condition holds for one row; each date is a moment and its precision."""
    frame = pl.DataFrame({"start": [start[0]], "start" + PRECISION: [start[1]], "end": [end[0]], "end" + PRECISION: [end[1]]})
    return frame.select(holds(condition, QUARTER, Exactness(frame))).item()


JANUARY, JANUARY_20 = datetime(2026, 1, 1), datetime(2026, 1, 20)
NIGHT, NEXT_DAY = datetime(2026, 1, 20, 22, 15), datetime(2026, 1, 21)


@pytest.mark.parametrize(
    ("start", "end", "condition", "answer"),
    [
        ((JANUARY_20, "day"), (NEXT_DAY, "day"), "days(end - start) >= 1", True),
        ((JANUARY, "month"), (NEXT_DAY, "day"), "days(end - start) > 10", False),
        ((JANUARY_20, "day"), (datetime(2026, 3, 1), "month"), "days(end - start) > 10", False),
        ((JANUARY, "year"), (NEXT_DAY, "minute"), "days(end - start) > 10", False),
        ((NIGHT, "minute"), (datetime(2026, 1, 21, 1), "minute"), "hours(end - start) < 3", True),
        ((NIGHT, "minute"), (NEXT_DAY, "day"), "hours(end - start) < 3", False),
        ((NIGHT, "minute"), (NEXT_DAY, "day"), "days(end - start) < 1", True),
        ((NEXT_DAY, "day"), (JANUARY_20, "day"), "end < start", True),
        ((JANUARY_20, "day"), (JANUARY_20, "day"), "end <= start", True),
        ((JANUARY_20, "day"), (JANUARY, "month"), "end < start", False),
        ((JANUARY_20, "day"), (datetime(2025, 12, 1), "month"), "end < start", True),
        ((JANUARY_20, "day"), (datetime(2025, 1, 1), "year"), "end < start", True),
        ((NIGHT, "minute"), (JANUARY_20, "day"), "end < start", False),
        ((NIGHT, "minute"), (datetime(2026, 1, 19), "day"), "end < start", True),
        ((datetime(2026, 3, 1), "month"), (NEXT_DAY, "day"), "start > period_end", False),
        ((datetime(2026, 4, 1), "month"), (NEXT_DAY, "day"), "start > period_end", True),
    ],
)
def test_a_condition_holds_only_where_the_dates_are_exact_enough_to_know(start, end, condition, answer):
    assert told(start, end, condition) is answer


def test_a_check_that_measures_time_says_which_rows_it_could_not_measure(tmp_path):
    text = MAPPING.replace(
        "- {id: TEST-ORDER,", '- {id: TEST-LONG, when: "days(end - start) > 10", message: Missing for long.}\n      - {id: TEST-ORDER,'
    )
    rows = "P1,01/03/2012,F,01/2026,30/01/2026,MFH,Low\nP2,01/03/2012,F,02/01/2026,30/01/2026,MFH,Low\n"
    result = read_text(tmp_path, f"{HEADER}\n{rows}", form=mapping(tmp_path, text))

    assert codes(result).count("TEST-LONG") == 1
    assert next(finding for finding in result.findings if finding.code == "TEST-LONG").rows == 1
    assert [(one.what, one.reason) for one in result.not_checked if one.what.startswith("TEST-LONG")] == [
        ("TEST-LONG: Missing for long", '1 row gives "Start" not exactly enough to measure time by')
    ]
    assert result.tables["missing_episode"]["started_at_precision"].to_pylist() == ["month", "day"]
