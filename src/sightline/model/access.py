"""The words of a subject access request: who asks, what happens to it, what becomes of one record in the answer."""

from __future__ import annotations

from enum import StrEnum


class Requester(StrEnum):
    """Who asks what is held about a person."""

    PERSON = "person"
    PARENT = "parent"
    REPRESENTATIVE = "representative"


REQUESTER_WORDS = {
    Requester.PERSON: "The person themselves",
    Requester.PARENT: "A parent, or somebody with parental responsibility",
    Requester.REPRESENTATIVE: "Somebody who acts for the person",
}


class Step(StrEnum):
    """What happens to a request, each once or several times."""

    IDENTITY_CHECKED = "identity_checked"
    CLOCK_STOPPED = "clock_stopped"
    CLOCK_STARTED = "clock_started"
    EXTENDED = "extended"
    HARM_CONSIDERED = "harm_considered"
    INTERESTS_CONSIDERED = "interests_considered"
    DECIDED = "decided"
    ANSWERED = "answered"
    REFUSED = "refused"


class Becomes(StrEnum):
    """What becomes of one record in the answer."""

    INCLUDE = "include"
    REDACT = "redact"
    WITHHOLD = "withhold"


BECOMES_WORDS = {
    Becomes.INCLUDE: "Given as it is",
    Becomes.REDACT: "Given without some words",
    Becomes.WITHHOLD: "Left out",
}
