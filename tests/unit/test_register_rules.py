"""What has to be done about an incident or a complaint, by when and in which order."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sightline.governance.complaints import ComplaintStepNotPossible, acknowledge_by, check_complaint_step, waits_for_word
from sightline.governance.incidents import IncidentStepNotPossible, check_incident_step, report_by, waits_for_decision
from sightline.model.complaints import OUTCOMES, ComplaintStep
from sightline.model.incidents import IncidentStep

S = IncidentStep


def test_seventy_two_hours_are_hours_also_over_a_weekend_and_a_change_of_the_clock():
    friday_before_the_clocks_change = datetime(2026, 3, 27, 17, 30, tzinfo=UTC)

    assert report_by(friday_before_the_clocks_change) == datetime(2026, 3, 30, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("step", "taken", "refused"),
    [
        (S.CLOSED, set(), "First tell the Information Commissioner"),
        (S.CLOSED, {S.NOT_REPORTED}, "First tell the people"),
        (S.CLOSED, {S.PEOPLE_TOLD}, "First tell the Information Commissioner"),
        (S.CLOSED, {S.NOT_REPORTED, S.PEOPLE_NOT_TOLD}, ""),
        (S.CLOSED, {S.REGULATOR_TOLD, S.PEOPLE_TOLD}, ""),
        (S.NOT_REPORTED, {S.REGULATOR_TOLD}, "The Commissioner was told before"),
        (S.REGULATOR_TOLD, {S.REGULATOR_TOLD}, "The Commissioner was told before"),
        (S.REGULATOR_TOLD, {S.NOT_REPORTED}, ""),
        (S.NOT_REPORTED, {S.NOT_REPORTED}, "That was decided before"),
        (S.PEOPLE_NOT_TOLD, {S.PEOPLE_TOLD}, "The people whom it concerns were told before"),
        (S.PEOPLE_NOT_TOLD, {S.PEOPLE_NOT_TOLD}, "That was decided before"),
        (S.PEOPLE_TOLD, {S.PEOPLE_NOT_TOLD}, ""),
        (S.NOTED, {S.NOTED, S.REGULATOR_TOLD}, ""),
        (S.CONTAINED, {S.CONTAINED}, ""),
        (S.NOTED, {S.CLOSED}, "It was closed"),
    ],
)
def test_an_incident_is_closed_only_once_it_was_decided_who_is_told(step, taken, refused):
    if not refused:
        check_incident_step(step, taken)
        return
    with pytest.raises(IncidentStepNotPossible, match=refused):
        check_incident_step(step, taken)


def test_only_telling_the_regulator_or_deciding_not_to_stops_the_clock():
    assert {step for step in S if not waits_for_decision({step})} == {S.REGULATOR_TOLD, S.NOT_REPORTED}


def test_a_complaint_is_acknowledged_within_thirty_days_and_an_answer_is_the_last_word():
    assert acknowledge_by(date(2026, 2, 1)) == date(2026, 3, 2)
    assert {step for step in ComplaintStep if not waits_for_word({step})} == {ComplaintStep.ACKNOWLEDGED, *OUTCOMES}
    check_complaint_step(ComplaintStep.UPHELD, {ComplaintStep.ACKNOWLEDGED, ComplaintStep.NOTED})
    with pytest.raises(ComplaintStepNotPossible, match="told before"):
        check_complaint_step(ComplaintStep.ACKNOWLEDGED, {ComplaintStep.ACKNOWLEDGED})
    for outcome in OUTCOMES:
        with pytest.raises(ComplaintStepNotPossible, match="answered"):
            check_complaint_step(ComplaintStep.NOTED, {outcome})
