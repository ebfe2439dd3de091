"""Output checking in the ledger: every change with its audit event, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.db.models import Max

from sightline.errors import NotFound, Refused
from sightline.governance.outputs import Asked, Checked, check_output_step, refuse_to_decide
from sightline.ledger import audit
from sightline.ledger.output_models import (
    CheckerTraining,
    OutputDecision,
    OutputEnd,
    OutputRecallConfirmed,
    OutputRequest,
    OutputTaken,
)
from sightline.model.agreements import LOCAL_TIME
from sightline.model.outputs import OutputState, OutputStep, Verdict


def record_request(asked: OutputRequest) -> OutputRequest:
    """Write a request down under the next number.

    Raises:
        Refused: If the same bytes wait, or are released, already.
    """
    with audit.writing():
        for other in OutputRequest.objects.filter(digest=asked.digest, recipient=asked.recipient):
            if as_asked(other).state in (OutputState.WAITING, OutputState.DIFFERING, OutputState.RELEASED):
                raise Refused(f"{str(other).capitalize()} is of the same file, for the same recipient.", hint="See how that one stands.")
        asked.number = int(OutputRequest.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        asked.save(force_insert=True)
        detail = {"digest": asked.digest, "recipient": asked.recipient, "purpose": asked.purpose, "stopped": asked.stopped}
        audit.record("output_stopped" if asked.stopped else "output_asked", str(asked), by=asked.by, at=asked.at, detail=detail)
    return asked


def record_decision(
    number: int, verdict: Verdict, *, reasons: str, by: str, agency: str, at: datetime, may_leave: Callable[[OutputRequest], None]
) -> OutputState:
    """Write down what one checker decided; where the output stands then. The audit does not say what was decided before all have.

    Raises:
        NotFound: If there is no such output.
        MayNotCheck: If this person may not decide on it.
        Refused: If ``may_leave`` refuses to let it leave now, and they would have it leave.
    """
    with audit.writing():
        row = output_row(number)
        trained = is_trained(by, at)
        refuse_to_decide(as_asked(row), by=by, agency=agency, trained=trained)
        if verdict is Verdict.RELEASE:
            may_leave(row)
        OutputDecision.objects.create(output=row, verdict=verdict, reasons=reasons, agency=agency, trained=trained, at=at, by=by)
        audit.record("output_decided", str(row), by=by, at=at, detail={"agency": agency, "trained": trained})
        now = as_asked(output_row(number))
        if now.state in (OutputState.RELEASED, OutputState.RETURNED):
            said = {each.by: each.verdict.value for each in now.checked}
            action = "output_released" if now.state is OutputState.RELEASED else "output_returned"
            audit.record(action, str(row), by=by, at=at, detail={"digest": row.digest, "said": said})
        return now.state


def record_end(number: int, step: OutputStep, *, reason: str, by: str, at: datetime) -> list[str]:
    """Take a request back, or recall what was released; who has taken it and is told.

    Raises:
        NotFound: If there is no such output.
        OutputStepNotPossible: If it stands where that cannot be done.
    """
    with audit.writing():
        row = output_row(number)
        check_output_step(as_asked(row), step)
        OutputEnd.objects.create(output=row, step=step, reason=reason, by=by, at=at)
        told = sorted(set(row.taken.values_list("by", flat=True)))
        action = "output_recalled" if step is OutputStep.RECALL else "output_withdrawn"
        audit.record(action, str(row), by=by, at=at, detail={"reason": reason, "told": told})
    return told


def record_taken(number: int, *, by: str, at: datetime, may_leave: Callable[[OutputRequest], None]) -> OutputRequest:
    """Write down that somebody takes a released output, before they have it.

    Raises:
        NotFound: If there is no such output.
        Refused: If it is not released, or not any more, or ``may_leave`` refuses.
    """
    with audit.writing():
        row = output_row(number)
        if as_asked(row).state is not OutputState.RELEASED:
            raise Refused(f"{str(row).capitalize()} is not released.", hint="Only what was checked and released is given out.")
        may_leave(row)
        OutputTaken.objects.create(output=row, by=by, at=at)
        audit.record("output_taken", str(row), by=by, at=at, detail={"digest": row.digest})
    return row


def record_confirmed(number: int, *, note: str, by: str, at: datetime) -> None:
    """Write down what somebody says became of their copies of a recalled output.

    Raises:
        NotFound: If there is no such output.
        Refused: If it was not recalled, they never took it, or have said so before.
    """
    with audit.writing():
        row = output_row(number)
        if as_asked(row).state is not OutputState.RECALLED or not row.taken.filter(by=by).exists():
            raise Refused("There is nothing to confirm.", hint="Only somebody who took an output that was recalled confirms it.")
        if row.confirmed.filter(by=by).exists():
            raise Refused("You have confirmed this before.", hint="Nothing was changed.")
        OutputRecallConfirmed.objects.create(output=row, note=note, by=by, at=at)
        audit.record("output_recall_confirmed", str(row), by=by, at=at, detail={"note": note})


def recalled_and_unconfirmed(person: str) -> list[OutputRequest]:
    """Recalled outputs that somebody took and has not said what became of."""
    if not OutputTaken.objects.filter(by=person).exists():
        return []  # asked for every page, and true of nearly everybody
    taken = OutputRequest.objects.filter(taken__by=person, ends__step=OutputStep.RECALL).exclude(confirmed__by=person)
    return list(taken.distinct().order_by("number"))


def record_training(person: str, *, until: date, by: str, at: datetime) -> None:
    """Write down until when somebody's training holds."""
    with audit.writing():
        CheckerTraining.objects.create(person=person, until=until, by=by, at=at)
        audit.record("checker_trained", person, by=by, at=at, detail={"until": str(until)})


def is_trained(person: str, at: datetime) -> bool:
    """Whether somebody's training is in date, its last day included."""
    newest = CheckerTraining.objects.filter(person=person).order_by("-id").first()
    return newest is not None and at.astimezone(LOCAL_TIME).date() <= newest.until


def output_row(number: int) -> OutputRequest:
    """One request with everything that became of it.

    Raises:
        NotFound: If there is none of that number.
    """
    row = OutputRequest.objects.prefetch_related("decisions", "ends").filter(number=number).first()
    if row is None:
        raise NotFound(f"There is no output {number}.", hint="`sightline outputs list` shows them.")
    return row


def output_rows() -> list[OutputRequest]:
    """Every request, newest first."""
    return list(OutputRequest.objects.prefetch_related("decisions", "ends").order_by("-number"))


def outputs_of(digest: str) -> list[OutputRequest]:
    """Every request of the same bytes, newest first."""
    return list(OutputRequest.objects.prefetch_related("decisions", "ends").filter(digest=digest).order_by("-number"))


def as_asked(row: OutputRequest) -> Asked:
    """A request as the rules see it."""
    return Asked(
        by=row.by,
        stopped=row.stopped,
        checked=tuple(Checked(one.by, one.agency, Verdict(one.verdict), one.reasons, one.trained, one.at) for one in row.decisions.all()),
        steps=tuple(OutputStep(one.step) for one in row.ends.all()),
    )
