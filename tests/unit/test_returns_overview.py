"""The calendar of returns, and how far a release's agencies reach."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sightline.app.publish_generation import publish_generation
from sightline.app.returns import Standing, coverage, returns_overview
from sightline.app.withdraw_return import withdraw_return
from sightline.model.periods import Quarter
from tests.support.partnership import NOW, Q1, Q4, referral

TODAY = date(2026, 5, 15)
DAY = timedelta(days=1)


@pytest.fixture
def line(workspace):
    def find(agency: str, dataset: str, period: str, as_of: date = TODAY):
        found = [r for r in returns_overview(workspace, as_of).returns if (r.agency, r.dataset, r.period) == (agency, dataset, period)]
        return found[0] if found else None

    return find


def test_a_period_is_due_from_its_end_and_late_after_its_day(line):
    assert line("csc", "annex_a", "2026-Q1", date(2026, 3, 31)) is None
    assert line("csc", "annex_a", "2026-Q1", date(2026, 4, 21)).state is Standing.DUE
    assert line("csc", "annex_a", "2026-Q1", date(2026, 4, 22)).state is Standing.LATE
    assert line("csc", "cin_census", "2025-Q4") is None


def test_a_return_stands_in_its_place_with_its_findings_counted(line, submit, workspace):
    submit(referral=[referral("A1")])
    receipt = submit(referral=[referral("A1"), referral("A2")], _query=[1, 2, 3])

    found = line("csc", "annex_a", "2026-Q1")
    assert (found.state, found.version, found.return_id) == (Standing.ACCEPTED_WITH_QUERIES, 2, receipt.return_id)
    assert (found.rows_kept, found.queries, found.notes, found.earlier_versions) == (2, 1, 0, 1)
    assert (found.kept_by_version, found.more_may_come) == ((1, 2), False)
    (finding,) = returns_overview(workspace, TODAY).findings
    assert (finding.agency_name, finding.severity, finding.rows, finding.places) == (
        *("Children's social care", "query", 3),
        ("extract.json, row 3",),
    )


def test_more_may_come_until_the_quarters_that_a_return_waits_for_are_due(line, submit):
    submit(referral=[referral("A1")])

    assert line("csc", "annex_a", "2026-Q1", date(2026, 4, 21)).more_may_come
    assert not line("csc", "annex_a", "2026-Q1", date(2026, 4, 22)).more_may_come


def test_a_return_is_late_for_ever_if_its_first_version_was(line, submit):
    submit(referral=[referral("A1")], at=NOW.replace(month=4, day=21))
    submit(referral=[referral("A2")])
    submit(referral=[referral("P1")], agency="police", dataset="police")

    assert not line("csc", "annex_a", "2026-Q1").was_late
    assert line("police", "police", "2026-Q1").was_late


def test_a_withdrawn_return_is_neither_accepted_nor_merely_late(line, submit, workspace):
    receipt = submit(referral=[referral("A1")])
    withdraw_return(workspace, return_id=receipt.return_id, reason="wrong file", by="t", at=NOW)

    assert line("csc", "annex_a", "2026-Q1").state is Standing.WITHDRAWN
    submit(referral=[referral("A1")])
    assert line("csc", "annex_a", "2026-Q1").state is Standing.ACCEPTED


def test_the_calendar_groups_by_dataset_in_the_partnerships_order(workspace, submit):
    submit(referral=[referral("A1")])
    overview = returns_overview(workspace, TODAY)

    assert [(row.agency, row.dataset, len(row.returns)) for row in overview.datasets] == [
        ("csc", "annex_a", 5),
        ("csc", "cin_census", 2),
        ("police", "police", 5),
        ("education", "school_census", 4),
        ("voluntary", "voluntary_counts", 5),
    ]
    assert overview.periods == ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1")
    assert (overview.count(Standing.ACCEPTED), overview.count(Standing.LATE), overview.count(Standing.DUE)) == (1, 19, 1)


def test_coverage_says_which_agency_is_complete_and_how_far_each_dataset_reaches(workspace, submit):
    submit(referral=[referral("A1")], period=Q4)
    submit(referral=[referral("A1")], period=Q1, at=NOW + DAY)
    submit(referral=[referral("P1")], agency="police", dataset="police", period=Q4)
    generation = publish_generation(workspace, by="t", at=NOW + DAY)

    csc, police, education, voluntary = coverage(workspace, generation, Q1)

    annex_a, census = csc.datasets
    assert (csc.complete, police.complete, voluntary.mode) == (False, False, "aggregate_only")
    assert (annex_a.returns_expected, annex_a.returns_received, annex_a.latest_period_end) == (5, 2, "2026-03-31")
    assert annex_a.received_on == "2026-05-16"
    assert (census.returns_received, census.latest_period_end, census.received_on) == (0, None, None)
    assert police.datasets[0].latest_period_end == "2025-12-31"
    assert education.datasets[0].returns_expected == 4


def test_an_agency_is_complete_when_everything_due_for_the_period_is_accepted(workspace, submit):
    submit(referral=[referral("A1")], period=Q4)
    submit(agency="education", dataset="school_census", exclusion=[{"local_id": "E1"}], period=Q4)
    generation = publish_generation(workspace, by="t", at=NOW)

    complete = {agency.agency for agency in coverage(workspace, generation, Q4) if agency.complete}
    assert complete == {"csc", "education"}


def test_a_period_is_provisional_until_enough_later_ones_have_come(workspace, submit):
    def provisional(period: Quarter) -> bool:
        generation = publish_generation(workspace, by="t", at=NOW)
        return coverage(workspace, generation, period)[1].datasets[0].provisional

    third, fourth, first = Quarter(2025, 3), Q4, Q1
    for period in (third, fourth):
        submit(referral=[referral("P1")], agency="police", dataset="police", period=period)
    assert (provisional(third), provisional(fourth)) == (True, True)
    submit(referral=[referral("P1")], agency="police", dataset="police", period=first)
    assert (provisional(third), provisional(fourth), provisional(first)) == (False, True, True)


def test_the_past_has_the_coverage_it_had(workspace, submit):
    submit(referral=[referral("A1")], period=Q4)
    before = publish_generation(workspace, by="t", at=NOW)
    submit(referral=[referral("A1")], period=Q1)
    publish_generation(workspace, by="t", at=NOW)

    assert coverage(workspace, before, Q1)[0].datasets[0].returns_received == 1
