"""The complaints register: who complains about what is done with their data is told that it arrived, and what came of it.

The letters are kept elsewhere, under a reference; nothing here tells who complains. An officer of an agency keeps that agency's register.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sightline.app.steward_words import checked_reason
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, Refused
from sightline.governance.complaints import acknowledge_by, waits_for_word
from sightline.ledger import registers as ledger
from sightline.ledger.models import Role
from sightline.ledger.register_models import Complaint, ComplaintStepTaken
from sightline.model.agreements import LOCAL_TIME
from sightline.model.complaints import ABOUT_WORDS, COMPLAINT_STEP_WORDS, OUTCOMES, ComplaintAbout, ComplaintStep

MAY_KEEP = frozenset({Role.DATA_PROTECTION_OFFICER})
_REFERENCE = re.compile(r"[A-Za-z0-9/._-]{1,64}")


@dataclass(frozen=True, slots=True)
class ComplaintTaken:
    """One thing that happened to a complaint."""

    step: ComplaintStep
    words: str
    day: date
    by: str

    @property
    def says(self) -> str:
        return COMPLAINT_STEP_WORDS[self.step]


@dataclass(frozen=True, slots=True)
class ComplaintLine:
    """One complaint as its officer reads it; ``due`` is the last day for telling that it arrived."""

    number: int
    reference: str
    agency: str
    about: str
    received_on: date
    due: date
    stands: str
    is_open: bool
    is_overdue: bool
    steps: tuple[ComplaintTaken, ...]
    by: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "reference": self.reference,
            "agency": self.agency or "partnership",
            "about": self.about,
            "received_on": str(self.received_on),
            "due": str(self.due),
            "stands": self.stands,
            "is_open": self.is_open,
            "is_overdue": self.is_overdue,
            "steps": [{"step": each.step.value, "words": each.words, "day": str(each.day), "by": each.by} for each in self.steps],
        }


def record_complaint(
    workspace: Workspace, *, reference: str, agency: str, about: str, received_on: date, by: str, own_agency: str, at: datetime
) -> ComplaintLine:
    """Write a complaint down.

    Raises:
        NotFound: If there is no such agency.
        InputRefused: If the reference or what it is about is missing, or the day is to come.
        Refused: If the officer's agency is another one.
    """
    if agency:
        workspace.partnership.agency(agency)
    if own_agency and agency != own_agency:
        raise Refused("An agency’s officer keeps the register of that agency alone.", hint="Hand it on to the officer whom it is for.")
    if about not in ABOUT_WORDS:
        raise InputRefused("Choose what they complain of.", hint=f"One of: {', '.join(ABOUT_WORDS)}.")
    if not _REFERENCE.fullmatch(reference.strip()):
        raise InputRefused("A complaint needs a reference.", hint="Letters, digits, / . _ and -: under which the letters are kept.")
    if received_on > _today(at):
        raise InputRefused("That day is still to come.", hint="Give the day on which it arrived.")
    row = Complaint(reference=reference.strip(), agency=agency, about=about, received_on=received_on, at=at, by=by)
    return _line(ledger.record_complaint(row), at)


def take_complaint_step(number: int, *, step: str, words: str, day: date | None, by: str, own_agency: str, at: datetime) -> None:
    """Write down what happened to a complaint; ``day`` is today where it is None.

    Raises:
        NotFound: If there is none of that number for this officer.
        InputRefused: If nothing is said, or the day cannot be.
        ComplaintStepNotPossible: If it was answered before.
    """
    row = ledger.complaint_row(number, own_agency)
    if step not in COMPLAINT_STEP_WORDS:
        raise InputRefused("Choose what happened.", hint=f"One of: {', '.join(COMPLAINT_STEP_WORDS)}.")
    on = day or _today(at)
    if not row.received_on <= on <= _today(at):
        raise InputRefused("It did not happen on that day.", hint="Not before the complaint arrived, and not in time to come.")
    said = checked_reason(words)
    ledger.record_complaint_step(ComplaintStepTaken(complaint=row, kind=step, words=said, day=on, at=at, by=by))


def list_complaints(own_agency: str, *, at: datetime) -> list[ComplaintLine]:
    """The register that an officer keeps: those not answered first, the oldest of these first."""
    lines = [_line(row, at) for row in ledger.complaint_rows(own_agency)]
    waiting = sorted((line for line in lines if line.is_open), key=lambda line: (line.received_on, line.number))
    return waiting + [line for line in lines if not line.is_open]


def _today(at: datetime) -> date:
    return at.astimezone(LOCAL_TIME).date()


def _line(row: Complaint, at: datetime) -> ComplaintLine:
    steps = tuple(ComplaintTaken(ComplaintStep(each.kind), each.words, each.day, each.by) for each in row.steps.all())
    due, taken = acknowledge_by(row.received_on), {each.step for each in steps}
    waits = waits_for_word(taken)
    outcome = next((each for each in steps if each.step in OUTCOMES), None)
    told = "told that it arrived; no answer yet" if not waits else f"to be told by {due.isoformat()} that it arrived"
    overdue = waits and _today(at) > due
    return ComplaintLine(
        number=row.pk,
        reference=row.reference,
        agency=row.agency,
        about=ABOUT_WORDS[ComplaintAbout(row.about)],
        received_on=row.received_on,
        due=due,
        stands=outcome.says.lower() if outcome else f"{told}: that day has passed" if overdue else told,
        is_open=outcome is None,
        is_overdue=overdue,
        steps=steps,
        by=row.by,
    )
