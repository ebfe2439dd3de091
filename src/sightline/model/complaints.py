"""The words of the complaints register: what somebody complains of, and what came of it."""

from __future__ import annotations

from enum import StrEnum

ACKNOWLEDGE_WITHIN = 30
"""Days, the first that on which it came: Data Protection Act 2018, section 164A(3) (Data (Use and Access) Act 2025, section 103)."""


class ComplaintAbout(StrEnum):
    """What somebody complains of."""

    ACCESS = "access"
    WRONG = "wrong"
    SHARED = "shared"
    READ = "read"
    KEPT = "kept"
    TOLD = "told"
    OTHER = "other"


ABOUT_WORDS = {
    ComplaintAbout.ACCESS: "They were not given what is held about them, or late, or not all of it",
    ComplaintAbout.WRONG: "Something that is held about them is wrong",
    ComplaintAbout.SHARED: "Something was shared that should not have been",
    ComplaintAbout.READ: "Somebody read what they had no need to read",
    ComplaintAbout.KEPT: "Something is kept too long, or was not erased",
    ComplaintAbout.TOLD: "They were not told what is done with their data",
    ComplaintAbout.OTHER: "Something else",
}


class ComplaintStep(StrEnum):
    """What happened to a complaint."""

    ACKNOWLEDGED = "acknowledged"
    NOTED = "noted"
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"


COMPLAINT_STEP_WORDS = {
    ComplaintStep.ACKNOWLEDGED: "Whoever complains was told that it arrived",
    ComplaintStep.NOTED: "Something was found out, or done",
    ComplaintStep.UPHELD: "Answered: they are right",
    ComplaintStep.PARTLY_UPHELD: "Answered: they are right in part",
    ComplaintStep.NOT_UPHELD: "Answered: nothing was found to be wrong",
}
OUTCOMES = frozenset({ComplaintStep.UPHELD, ComplaintStep.PARTLY_UPHELD, ComplaintStep.NOT_UPHELD})
"""Whoever complains was told what came of it."""
