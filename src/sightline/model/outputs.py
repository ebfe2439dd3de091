"""The words of output checking: what two checkers may say of a file that is to leave, and where a request stands."""

from __future__ import annotations

from enum import StrEnum

PUBLIC = "public"
"""Who a file is for when it is for everybody: it is published."""


class Verdict(StrEnum):
    """What one checker says."""

    RELEASE = "release"
    RETURN = "return"


class OutputStep(StrEnum):
    """What ends a request, or a release: the requester takes it back, or somebody calls in what went out."""

    WITHDRAW = "withdraw"
    RECALL = "recall"


class OutputState(StrEnum):
    """Where a request stands; it follows from the checks, the verdicts and the steps."""

    STOPPED = "stopped"
    WAITING = "waiting"
    DIFFERING = "differing"
    RETURNED = "returned"
    RELEASED = "released"
    RECALLED = "recalled"
    WITHDRAWN = "withdrawn"


STATE_WORDS = {
    OutputState.STOPPED: "stopped by the checks",
    OutputState.WAITING: "waits for checkers",
    OutputState.DIFFERING: "two checkers differ; waits for a third",
    OutputState.RETURNED: "given back",
    OutputState.RELEASED: "released",
    OutputState.RECALLED: "recalled",
    OutputState.WITHDRAWN: "taken back",
}
