"""The words of the incident log: what went wrong with data, and what was done about it."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

REPORT_WITHIN = timedelta(hours=72)
"""Hours, not working hours: UK GDPR, Article 33(1), counts from when a controller becomes aware."""


class IncidentKind(StrEnum):
    """What went wrong."""

    LOST_DEVICE = "lost_device"
    WRONG_HANDS = "wrong_hands"
    ACCOUNT_MISUSED = "account_misused"
    READ_WITHOUT_NEED = "read_without_need"
    TOLD_TOO_MUCH = "told_too_much"
    ATTACK = "attack"
    LOST_OR_CHANGED = "lost_or_changed"
    OTHER = "other"


INCIDENT_WORDS = {
    IncidentKind.LOST_DEVICE: "A device or a key was lost or stolen",
    IncidentKind.WRONG_HANDS: "Something was sent or given to somebody who should not have it",
    IncidentKind.ACCOUNT_MISUSED: "Somebody used a sign-in that is not theirs",
    IncidentKind.READ_WITHOUT_NEED: "Somebody read what they had no need to read",
    IncidentKind.TOLD_TOO_MUCH: "Something that was shown tells about one child or few",
    IncidentKind.ATTACK: "Somebody broke in, or made files unreadable",
    IncidentKind.LOST_OR_CHANGED: "Data was lost, damaged or changed, or cannot be reached",
    IncidentKind.OTHER: "Something else",
}


class IncidentStep(StrEnum):
    """What was done about an incident."""

    CONTAINED = "contained"
    REGULATOR_TOLD = "regulator_told"
    NOT_REPORTED = "not_reported"
    PEOPLE_TOLD = "people_told"
    PEOPLE_NOT_TOLD = "people_not_told"
    NOTED = "noted"
    CLOSED = "closed"


STEP_WORDS = {
    IncidentStep.CONTAINED: "It was stopped from going on",
    IncidentStep.REGULATOR_TOLD: "The Information Commissioner was told",
    IncidentStep.NOT_REPORTED: "Decided: no risk to anybody is likely, so the Commissioner is not told",
    IncidentStep.PEOPLE_TOLD: "The people whom it concerns were told",
    IncidentStep.PEOPLE_NOT_TOLD: "Decided: the people whom it concerns are not told",
    IncidentStep.NOTED: "Something was found out, or done",
    IncidentStep.CLOSED: "Closed",
}
