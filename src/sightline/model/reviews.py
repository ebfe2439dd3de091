"""The words of clerical review: what a reviewer may decide about two records, and why."""

from __future__ import annotations

from enum import StrEnum


class ReviewDecision(StrEnum):
    """What a reviewer decides."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


DECISIONS: dict[ReviewDecision, str] = {
    ReviewDecision.SAME: "Same person",
    ReviewDecision.DIFFERENT: "Different people",
    ReviewDecision.UNSURE: "Not sure",
}
"""What a button or a table calls each decision."""


class ReviewReason(StrEnum):
    """What weighed most; a code, because free text about two children would itself be personal."""

    WHOLE = "whole"
    NUMBER = "number"
    NAME = "name"
    BIRTH = "birth"
    HOME = "home"
    FAMILY = "family"
    LITTLE = "little"
    CONTRADICTION = "contradiction"


REASON_WORDS: dict[ReviewReason, str] = {
    ReviewReason.WHOLE: "Everything together",
    ReviewReason.NUMBER: "A number",
    ReviewReason.NAME: "The names",
    ReviewReason.BIRTH: "The date of birth",
    ReviewReason.HOME: "Where they live or lived",
    ReviewReason.FAMILY: "Twins, brothers or sisters, or parent and child",
    ReviewReason.LITTLE: "Too little is recorded",
    ReviewReason.CONTRADICTION: "The records contradict themselves",
}
"""The reasons as a reviewer reads them, in the order they are offered."""
