"""Quality over time, from a calendar drawn as text: what can be said, what cannot, and since when the series can be relied on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.support.tables import drawn

from sightline.app.quality import measure_quality
from sightline.app.returns import FindingLine, ReturnLine, ReturnsOverview, Standing

DUE = {"2025-Q1": date(2025, 4, 21), "2025-Q2": date(2025, 7, 21), "2025-Q3": date(2025, 10, 21), "2025-Q4": date(2026, 1, 21)}

CORRECTED_AFTER = timedelta(days=30)
"""Every return here was corrected a month later: that must not make it late."""


def overview(text: str) -> ReturnsOverview:
    lines, findings = [], []
    for row in drawn(text):
        agency, period = row["agency"], row["period"]
        names = {"agency": agency, "agency_name": agency.title(), "dataset": "main", "dataset_title": "Main"}
        if row["came"] == "-":
            lines.append(ReturnLine(**names, period=period, due_on=DUE[period], state=Standing.LATE))
            continue
        if row["came"] == "may":
            lines.append(ReturnLine(**names, period=period, due_on=DUE[period], state=Standing.DUE))
            continue
        came = datetime.fromisoformat(row["came"]).replace(hour=12, tzinfo=UTC)
        lines.append(
            ReturnLine(
                **names,
                period=period,
                due_on=DUE[period],
                state=Standing.ACCEPTED,
                version=1,
                return_id=f"{agency}-{period}",
                received_at=came + CORRECTED_AFTER,
                first_received_at=came,
                rows_read=int(row["read"]),
                rows_kept=int(row["kept"]),
            )
        )
        if row["queried"] != "-":
            finding = {"severity": "query", "code": "SL-INT-024", "text": "t", "hint": "h", "places": (), "rows": int(row["queried"])}
            findings.append(FindingLine(agency=agency, agency_name=agency.title(), dataset="main", period=period, **finding))
    return ReturnsOverview(date(2026, 5, 15), tuple(sorted(DUE)), tuple(lines), tuple(findings))


CONSISTENT_FROM_THE_THIRD = """
    agency | period  | came       | read | kept | queried
    care   | 2025-Q1 | 2025-04-20 | 100  | 100  | -
    care   | 2025-Q2 | 2025-07-25 | 110  | 110  | 5
    care   | 2025-Q3 | 2025-10-21 | 120  | 119  | -
    care   | 2025-Q4 | 2026-01-10 | 60   | 60   | -
    police | 2025-Q1 | -          | -    | -    | -
    police | 2025-Q2 | 2025-07-20 | 100  | 80   | -
    police | 2025-Q3 | 2025-10-20 | 100  | 97   | -
    police | 2025-Q4 | 2026-01-20 | 100  | 99   | 4
"""


def test_each_return_says_when_it_came_and_what_of_it_can_be_used():
    points = {(point.agency, point.period): point for point in measure_quality(overview(CONSISTENT_FROM_THE_THIRD)).points}

    assert [points["care", period].days_late for period in sorted(DUE)] == [-1, 4, 0, -11]
    assert points["police", "2025-Q2"].kept == 0.8
    assert points["care", "2025-Q2"].conforming == pytest.approx(105 / 110)
    assert points["care", "2025-Q4"].against_last == 0.5


def test_a_return_that_did_not_come_has_no_numbers_and_no_zero():
    (missing,) = [point for point in measure_quality(overview(CONSISTENT_FROM_THE_THIRD)).points if point.state is Standing.LATE]

    assert (missing.days_late, missing.rows, missing.kept, missing.conforming, missing.against_last) == (None,) * 5


def test_the_sentence_names_the_first_period_from_which_all_reported_consistently():
    assert measure_quality(overview(CONSISTENT_FROM_THE_THIRD)).sentences == (
        "The third quarterly return, July to September 2025, was the first from which all of the 2 datasets expected were reported "
        "consistently.",
    )


def test_a_later_gap_undoes_an_earlier_good_beginning():
    gap = CONSISTENT_FROM_THE_THIRD.replace("2026-01-20 | 100  | 99   | 4", "2026-01-20 | 100  | 90   | -")

    assert measure_quality(overview(gap)).sentences == (
        "There is no quarter yet from which all of the 2 datasets expected were reported consistently; "
        "in October to December 2025 it is for Main of Police that this cannot be said.",
    )


def test_a_quarter_for_which_a_return_may_still_come_is_held_against_nobody():
    waiting = CONSISTENT_FROM_THE_THIRD.replace("2026-01-20 | 100  | 99   | 4", "may        | -    | -    | -")

    quality = measure_quality(overview(waiting))

    assert quality.sentences == (
        "The third quarterly return, July to September 2025, was the first from which all of the 2 datasets expected were reported "
        "consistently. Not complete yet, because returns may still come in time: October to December 2025.",
    )
    assert [(each.since, each.in_the_way) for each in quality.series] == [("2025-Q1", ""), ("2025-Q3", "")]


def test_what_already_failed_in_an_open_quarter_is_told_while_another_return_may_still_come():
    failed = CONSISTENT_FROM_THE_THIRD.replace("2026-01-20 | 100  | 99   | 4", "may        | -    | -    | -")
    failed = failed.replace("2026-01-10 | 60   | 60   | -", "-          | -    | -    | -")

    assert measure_quality(overview(failed)).sentences == (
        "There is no quarter yet from which all of the 2 datasets expected were reported consistently; in October to December 2025 it is "
        "for Main of Care that this cannot be said. Not complete yet, because returns may still come in time: October to December 2025.",
    )


def test_each_series_says_since_when_it_can_be_relied_on_or_what_is_wrong_with_the_latest():
    worse = CONSISTENT_FROM_THE_THIRD.replace("2026-01-20 | 100  | 99   | 4", "2026-01-20 | 100  | 90   | 11")

    care, police = measure_quality(overview(worse)).series

    assert (care.since, care.place, care.in_the_way) == ("2025-Q1", 1, "")
    assert (police.since, police.place, police.latest) == (None, None, "2025-Q4")
    assert police.in_the_way == "fewer than 95 rows in 100 were kept and errors or queries may speak of more than 10 rows in 100"


def test_a_series_of_which_nothing_can_be_said_yet_is_neither_relied_on_nor_wrong():
    (series,) = measure_quality(overview("agency | period | came | read | kept | queried\ncare | 2025-Q4 | may | - | - | -")).series

    assert (series.since, series.latest, series.in_the_way) == (None, None, "")


@pytest.mark.parametrize(
    ("versions", "growing", "usual", "said"),
    [
        ("70 90 100 | 71 90 100 | 70 100", 0, 3, "third version of its return, as 2 of 3 returns"),
        ("94 100 | 100 | 100", 0, 1, None),
        ("98 100 | 99 100 | 120 100", 0, 1, None),
        ("100 | 80 100", 0, 2, "second version of its return, as 1 of 2 returns"),
        ("100 | 70 90", 1, 1, None),
        ("0", 0, 1, None),
        ("70", 1, None, None),
    ],
)
def test_the_first_complete_version_is_the_first_that_held_nearly_all_rows(versions, growing, usual, said):
    """``versions`` draws the rows kept of each version of each return; the last ``growing`` returns may still grow."""
    kept = [tuple(map(int, each.split())) for each in versions.split(" | ")]
    periods = sorted(DUE)[: len(kept)]
    names = {"agency": "police", "agency_name": "Police", "dataset": "main", "dataset_title": "Main", "state": Standing.ACCEPTED}
    lines = [
        ReturnLine(
            **names,
            period=period,
            due_on=DUE[period],
            return_id=period,
            kept_by_version=rows,
            more_may_come=place >= len(kept) - growing,
        )
        for place, (period, rows) in enumerate(zip(periods, kept, strict=True))
    ]

    quality = measure_quality(ReturnsOverview(date(2026, 5, 15), tuple(periods), tuple(lines), ()))

    assert [each.usual for each in quality.first_complete] == [usual]
    assert len(quality.first_complete[0].growing) == growing
    assert [each for each in quality.sentences[1:] if said and said in each] == list(quality.sentences[1:])
    assert len(quality.sentences[1:]) == (said is not None)


def test_nothing_due_is_said_and_not_praised():
    empty = ReturnsOverview(date(2026, 5, 15), (), (), ())

    assert measure_quality(empty).sentences == ("No period has ended yet for which a return is expected.",)
