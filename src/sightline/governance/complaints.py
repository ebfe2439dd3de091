"""What has to be done about a complaint, by when, and in which order. Rules only; the ledger keeps the facts.

Source: Data Protection Act 2018, section 164A, as inserted by the Data (Use and Access) Act 2025, section 103: whoever complains about what
is done with their data is told within 30 days that the complaint arrived, and without undue delay what came of it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sightline.errors import Refused
from sightline.model.complaints import ACKNOWLEDGE_WITHIN, OUTCOMES, ComplaintStep


class ComplaintStepNotPossible(Refused):
    """A complaint stands where this cannot be written down of it."""

    code = "SL-GOV-061"
    hint = "`sightline complaints list` tells what was written down so far."


def acknowledge_by(received_on: date) -> date:
    """The last day on which telling that it arrived is in time; the day it came is the first of them.

    The law says "beginning when the complaint is received"; counted so, no reading of it is late.

    >>> acknowledge_by(date(2026, 5, 1))
    datetime.date(2026, 5, 30)
    """
    return received_on + timedelta(days=ACKNOWLEDGE_WITHIN - 1)


def waits_for_word(taken: Collection[ComplaintStep]) -> bool:
    """Whether nobody has told whoever complains anything yet; an answer tells that it arrived as well."""
    return ComplaintStep.ACKNOWLEDGED not in taken and OUTCOMES.isdisjoint(taken)


def check_complaint_step(step: ComplaintStep, taken: Collection[ComplaintStep]) -> None:
    """Let something be written down of a complaint, or say why not.

    Raises:
        ComplaintStepNotPossible: With what stands in the way.
    """
    if not OUTCOMES.isdisjoint(taken):
        raise ComplaintStepNotPossible("It was answered; write down a new one if they come back.")
    if step is ComplaintStep.ACKNOWLEDGED and step in taken:
        raise ComplaintStepNotPossible("They were told before that it arrived.")
