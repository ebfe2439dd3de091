"""What has to be done about an incident, by when, and in which order. Rules only; the ledger keeps the facts.

Source: UK GDPR, Articles 33 and 34: the regulator is told within 72 hours of noticing, unless a risk to people is unlikely; later only with
the reason for the delay; the people whom it concerns are told where the risk is high; everything is documented either way.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sightline.errors import Refused
from sightline.model.incidents import REPORT_WITHIN, IncidentStep

_DECIDED = frozenset({IncidentStep.REGULATOR_TOLD, IncidentStep.NOT_REPORTED})
_TOLD = frozenset({IncidentStep.PEOPLE_TOLD, IncidentStep.PEOPLE_NOT_TOLD})
_FINAL = (IncidentStep.REGULATOR_TOLD, IncidentStep.PEOPLE_TOLD)
"""Who was told was told: nothing takes that back, and a decision not to tell comes too late."""


class IncidentStepNotPossible(Refused):
    """An incident stands where this cannot be written down of it."""

    code = "SL-GOV-060"
    hint = "Its page tells what was written down so far; docs/how-to/when-something-goes-wrong.md says what has to be."


def report_by(noticed_at: datetime) -> datetime:
    """The instant by which the regulator has been told, or it was decided that nobody has to be."""
    return noticed_at + REPORT_WITHIN


def waits_for_decision(taken: Collection[IncidentStep]) -> bool:
    """Whether the clock still runs: the regulator was not told, and nobody decided that this is not needed."""
    return _DECIDED.isdisjoint(taken)


def check_incident_step(step: IncidentStep, taken: Collection[IncidentStep]) -> None:
    """Let something be written down of an incident, or say why not.

    Args:
        step: What is to be written down.
        taken: What was before.

    Raises:
        IncidentStepNotPossible: With what stands in the way.
    """
    closes = step is IncidentStep.CLOSED
    against = {
        "It was closed; write down a new one if something new came up.": IncidentStep.CLOSED in taken,
        "The Commissioner was told before.": step in _DECIDED and IncidentStep.REGULATOR_TOLD in taken,
        "The people whom it concerns were told before.": step in _TOLD and IncidentStep.PEOPLE_TOLD in taken,
        "That was decided before; only telling somebody can follow.": step in (_DECIDED | _TOLD) and step not in _FINAL and step in taken,
        "First tell the Information Commissioner, or decide that no risk is likely.": closes and waits_for_decision(taken),
        "First tell the people whom it concerns, or decide that they are not told.": closes and _TOLD.isdisjoint(taken),
    }
    for reason, stands in against.items():
        if stands:
            raise IncidentStepNotPossible(reason)
