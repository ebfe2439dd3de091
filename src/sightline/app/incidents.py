"""The incident log: what went wrong with data, by when the regulator has to be told, what was done, and whose data it concerns.

An officer of an agency keeps the log of that agency, one of the whole partnership everybody's. What is written down stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sightline.app.affected import Affected, affected
from sightline.app.steward_words import checked_reason
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, NotFound, Refused
from sightline.governance.incidents import report_by, waits_for_decision
from sightline.ledger import audit
from sightline.ledger import registers as ledger
from sightline.ledger.models import Role, User
from sightline.ledger.register_models import Incident, IncidentStepTaken
from sightline.model.incidents import INCIDENT_WORDS, STEP_WORDS, IncidentKind, IncidentStep
from sightline.model.subjects import SHORTEST_WORDS

MAY_KEEP = frozenset({Role.DATA_PROTECTION_OFFICER})
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """One thing that was done about an incident."""

    step: IncidentStep
    words: str
    happened_at: datetime
    at: datetime
    by: str

    @property
    def says(self) -> str:
        return STEP_WORDS[self.step]


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One incident as its officer reads it; ``due`` is when the 72 hours end, ``stands`` how it stands in words."""

    number: int
    kind: str
    agency: str
    words: str
    happened_at: datetime
    noticed_at: datetime
    until: datetime
    whose: str
    due: datetime
    stands: str
    is_open: bool
    is_overdue: bool
    steps: tuple[Taken, ...]
    at: datetime
    by: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "kind": self.kind,
            "agency": self.agency or "partnership",
            "words": self.words,
            "happened_at": self.happened_at.isoformat(),
            "noticed_at": self.noticed_at.isoformat(),
            "until": self.until.isoformat(),
            "whose": self.whose,
            "due": self.due.isoformat(),
            "stands": self.stands,
            "is_open": self.is_open,
            "is_overdue": self.is_overdue,
            "steps": [
                {"step": each.step.value, "words": each.words, "happened_at": each.happened_at.isoformat(), "by": each.by}
                for each in self.steps
            ],
        }


def record_incident(
    workspace: Workspace,
    *,
    kind: str,
    agency: str,
    words: str,
    happened_at: datetime,
    noticed_at: datetime,
    until: datetime | None,
    whose: str,
    by: str,
    own_agency: str,
    at: datetime,
) -> IncidentLine:
    """Write down that something went wrong; the clock runs from when it was noticed.

    Args:
        workspace: Where.
        kind: What kind of thing went wrong.
        agency: Where; empty: the partnership as a whole.
        words: What happened, without anything that tells whom it is about.
        happened_at: When it began, as far as is known.
        noticed_at: When it was noticed.
        until: When it ended, if it has; what was done until then is asked of the audit.
        whose: Whose sign-in it concerns, if somebody's.
        by: The officer.
        own_agency: The officer's agency; empty for one of the whole partnership.
        at: Now.

    Raises:
        NotFound: If there is no such agency or sign-in.
        InputRefused: If something is missing, or the instants cannot be.
        Refused: If the officer's agency is another one.
    """
    if kind not in INCIDENT_WORDS:
        raise InputRefused("Choose what went wrong.", hint=f"One of: {', '.join(INCIDENT_WORDS)}.")
    if agency:
        workspace.partnership.agency(agency)
    if own_agency and agency != own_agency:
        raise Refused(
            "An agency’s officer keeps the log of that agency alone.", hint="Tell the other’s officer, or the one of the whole partnership."
        )
    if whose and not User.objects.filter(username=whose).exists():
        raise NotFound("Nobody signs in by that name.", hint="`sightline users list` names everybody.")
    ends = until or noticed_at
    if not happened_at <= noticed_at <= at or not happened_at <= ends <= at:
        raise InputRefused("These instants cannot be.", hint="It happened before it was noticed or ended, and neither is to come.")
    row = Incident(
        kind=kind,
        agency=agency,
        words=_said(words),
        happened_at=happened_at,
        noticed_at=noticed_at,
        until=max(ends, noticed_at),
        whose=whose,
        at=at,
        by=by,
    )
    return _line(ledger.record_incident(row), at)


def take_incident_step(number: int, *, step: str, words: str, happened_at: datetime | None, by: str, own_agency: str, at: datetime) -> None:
    """Write down what was done about an incident.

    Args:
        number: Which.
        step: What.
        words: How, or why; where the regulator was told late, the reason for the delay as well.
        happened_at: When; None: now.
        by: The officer.
        own_agency: The officer's agency; empty for one of the whole partnership.
        at: Now.

    Raises:
        NotFound: If there is none of that number for this officer.
        InputRefused: If too little is said, or the instant cannot be.
        IncidentStepNotPossible: If that cannot be done any more, or not yet.
    """
    row = ledger.incident_row(number, own_agency)
    if step not in STEP_WORDS:
        raise InputRefused("Choose what was done.", hint=f"One of: {', '.join(STEP_WORDS)}.")
    done = happened_at or at
    if not row.happened_at <= done <= at:
        raise InputRefused("It was not done at that instant.", hint="After it happened, and not in time to come.")
    ledger.record_incident_step(IncidentStepTaken(incident=row, kind=step, words=_said(words), happened_at=done, at=at, by=by))


def list_incidents(own_agency: str, *, at: datetime) -> list[IncidentLine]:
    """The log that an officer keeps: those whose clock runs first, by when it ends."""
    lines = [_line(row, at) for row in ledger.incident_rows(own_agency)]
    running = sorted((line for line in lines if _runs(line)), key=lambda line: line.due)
    return running + [line for line in lines if line not in running]


def show_incident(number: int, own_agency: str, *, at: datetime) -> IncidentLine:
    """One incident.

    Raises:
        NotFound: If there is none of that number for this officer.
    """
    return _line(ledger.incident_row(number, own_agency), at)


def affected_by(workspace: Workspace, number: int, own_agency: str, *, by: str, at: datetime) -> Affected:
    """Whose data it concerns, by the audit: what was done under the sign-in it names, or at its agency, while it lasted.

    That it was asked becomes an event itself.

    Raises:
        NotFound: If there is none of that number for this officer.
    """
    row = ledger.incident_row(number, own_agency)
    found = affected(workspace, whose=row.whose, agency=row.agency, since=row.happened_at, until=row.until)
    with audit.writing():
        detail = {"agency": row.agency, "children": len(found.children)}
        audit.record("incident_affected", str(row), by=by, at=at, detail=detail)
    return found


def running_clocks(*, at: datetime) -> tuple[int, int]:
    """How many incidents wait for a decision whether the regulator is told, and for how many of them the 72 hours are over."""
    waiting = [line for line in list_incidents("", at=at) if _runs(line)]
    return len(waiting), sum(line.is_overdue for line in waiting)


def _runs(line: IncidentLine) -> bool:
    return waits_for_decision({each.step for each in line.steps})


def _said(words: str) -> str:
    said = checked_reason(words)
    if len(said) < SHORTEST_WORDS:
        raise InputRefused(
            "Say in a sentence what happened, or why.", hint=f"At least {SHORTEST_WORDS} characters, without personal details."
        )
    return said


def _line(row: Incident, at: datetime) -> IncidentLine:
    steps = tuple(Taken(IncidentStep(each.kind), each.words, each.happened_at, each.at, each.by) for each in row.steps.all())
    due = report_by(row.noticed_at)
    taken = {each.step for each in steps}
    runs = waits_for_decision(taken)
    return IncidentLine(
        number=row.pk,
        kind=INCIDENT_WORDS[IncidentKind(row.kind)],
        agency=row.agency,
        words=row.words,
        happened_at=row.happened_at,
        noticed_at=row.noticed_at,
        until=row.until,
        whose=row.whose,
        due=due,
        stands=_stands(steps, due, runs=runs, at=at),
        is_open=IncidentStep.CLOSED not in taken,
        is_overdue=runs and at >= due,
        steps=steps,
        at=row.at,
        by=row.by,
    )


def _stands(steps: tuple[Taken, ...], due: datetime, *, runs: bool, at: datetime) -> str:
    if runs and at >= due:
        return f"72 hours were over {(at - due) // _HOUR} hours ago: tell the Commissioner now, with the reason for the delay"
    if runs:
        return f"to be decided within {(due - at) // _HOUR} hours"
    if any(each.step is IncidentStep.CLOSED for each in steps):
        return "closed"
    told = next((each for each in steps if each.step is IncidentStep.REGULATOR_TOLD), None)
    if told is None:
        return "the Commissioner is not told"
    return "the Commissioner was told" if told.happened_at <= due else "the Commissioner was told late"
