"""Who may decide on a file that is to leave, and what follows from what they decided. Rules only; the ledger keeps the facts.

Two people of two agencies decide, neither knows what the other said, and neither asked for the file. Where they differ, a third of a third
agency decides. Of any two who release, one has been trained in output checking.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sightline.errors import Refused
from sightline.model.outputs import OutputState, OutputStep, Verdict

NEEDED = 2
"""So many must say the same."""
_OPEN = frozenset({OutputState.WAITING, OutputState.DIFFERING})


class MayNotCheck(Refused):
    """This person may not decide on this output, or not any more."""

    code = "SL-GOV-030"
    hint = "Two people of two agencies, neither of whom asked for it, decide on each output; `docs/explanation/output-checking.md`."


class OutputStepNotPossible(Refused):
    """An output stands where this cannot be done to it."""

    code = "SL-GOV-031"
    hint = "`sightline outputs show` tells how it stands."


@dataclass(frozen=True, slots=True)
class Checked:
    """What one checker decided; ``trained`` is whether their training was in date then."""

    by: str
    agency: str
    verdict: Verdict
    reasons: str
    trained: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with everything that became of it."""

    by: str
    stopped: bool
    checked: tuple[Checked, ...] = ()
    steps: tuple[OutputStep, ...] = field(default=())

    @property
    def state(self) -> OutputState:
        """Where it stands."""
        if OutputStep.RECALL in self.steps:
            return OutputState.RECALLED
        if OutputStep.WITHDRAW in self.steps:
            return OutputState.WITHDRAWN
        if self.stopped:
            return OutputState.STOPPED
        said = [each.verdict for each in self.checked]
        if said.count(Verdict.RELEASE) >= NEEDED:
            return OutputState.RELEASED
        if said.count(Verdict.RETURN) >= NEEDED:
            return OutputState.RETURNED
        return OutputState.DIFFERING if len(said) == NEEDED else OutputState.WAITING

    @property
    def is_open(self) -> bool:
        """Whether somebody may still decide."""
        return self.state in _OPEN

    def seen_by(self, person: str) -> tuple[Checked, ...]:
        """The decisions that somebody may read: all once enough are in, before that the own one only.

        Where two differ both are read by everybody but those who may still have to decide, who are asked as if they were the first.
        """
        return tuple(each for each in self.checked if each.by == person or not self.is_open)

    def told_to_requester(self) -> tuple[Checked, ...]:
        """What the requester is told: nothing until two have decided, then every reason."""
        return self.checked if len(self.checked) >= NEEDED else ()


def refuse_to_decide(asked: Asked, *, by: str, agency: str, trained: bool) -> None:
    """Let somebody decide on a request, or say why not.

    Raises:
        MayNotCheck: With what stands in the way.
    """
    reason = why_not_decide(asked, by=by, agency=agency, trained=trained)
    if reason:
        raise MayNotCheck(reason)


def why_not_decide(asked: Asked, *, by: str, agency: str, trained: bool) -> str:
    """Why somebody may not decide on a request; empty where they may."""
    needs_training = bool(asked.checked) and (len(asked.checked) >= NEEDED or not any(each.trained for each in asked.checked))
    against = {
        "This output has been decided on.": not asked.is_open,
        "You asked for this output; others decide on it.": by == asked.by,
        "Your sign-in names no agency, and checkers of two agencies are needed.": not agency,
        "You have decided on this output.": any(each.by == by for each in asked.checked),
        "Somebody of your agency has decided on this output; the others come from other agencies.": any(
            each.agency == agency for each in asked.checked
        ),
        # Said whatever they would decide, so that a refusal tells nothing of what the first one decided.
        "One of those who decide must have training in date, and yours is not.": needs_training and not trained,
    }
    return next((reason for reason, stands in against.items() if stands), "")


def check_output_step(asked: Asked, step: OutputStep) -> None:
    """Let a step be taken, or say why not.

    Raises:
        OutputStepNotPossible: If it stands where that cannot be done.
    """
    if step is OutputStep.RECALL and asked.state is not OutputState.RELEASED:
        raise OutputStepNotPossible("Only an output that is released can be recalled.")
    if step is OutputStep.WITHDRAW and not asked.is_open:
        raise OutputStepNotPossible("Only an output that waits can be taken back.")
