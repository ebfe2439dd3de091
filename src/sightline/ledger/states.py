"""The life of a return version: every state, and every step from one to another, in one table."""

from __future__ import annotations

from django.db.models import TextChoices

from sightline.errors import Refused


class State(TextChoices):
    """Where a return version stands."""

    RECEIVED = "received", "Received"
    QUARANTINED = "quarantined", "Quarantined"
    VALIDATED = "validated", "Validated"
    ACCEPTED = "accepted", "Accepted"
    SUPERSEDED = "superseded", "Superseded"
    WITHDRAWN = "withdrawn", "Withdrawn"
    ERASED = "erased", "Erased"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.QUARANTINED, State.VALIDATED, State.WITHDRAWN}),
    State.QUARANTINED: frozenset({State.VALIDATED, State.WITHDRAWN, State.ERASED}),
    State.VALIDATED: frozenset({State.ACCEPTED, State.QUARANTINED, State.WITHDRAWN}),
    State.ACCEPTED: frozenset({State.SUPERSEDED, State.WITHDRAWN}),
    State.SUPERSEDED: frozenset({State.WITHDRAWN, State.ERASED}),
    State.WITHDRAWN: frozenset({State.ERASED}),
    State.ERASED: frozenset(),
}
"""From each state, the states it may move to. Nothing returns to ACCEPTED: going back is a new version, so that *as at* stays true."""


class IllegalTransition(Refused):
    """A return version cannot move to the state asked for from where it stands."""

    code = "SL-LED-001"
    hint = "Look at the return's history on the returns and quality page."


def check_transition(now: State, to: State) -> None:
    """Refuse a step that the table does not have.

    Raises:
        IllegalTransition: If the step is not in `TRANSITIONS`.
    """
    if to not in TRANSITIONS[now]:
        allowed = ", ".join(sorted(state.label.lower() for state in TRANSITIONS[now])) or "nothing else"
        raise IllegalTransition(
            f"A return that is {now.label.lower()} cannot become {to.label.lower()}.", hint=f"From there it can become: {allowed}."
        )
