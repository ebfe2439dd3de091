"""Decisions not to disclose what is held of one person: recorded by a data protection officer, looked at again, ended.

From the instant one is recorded `decide` says no to whoever asks for those records, in an emergency and when the person themselves asks. An
officer of an agency decides for that agency; one of the whole partnership for any agency, or for all of them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sightline.app.steward_words import checked_reason
from sightline.app.subjects import ByNumber, Person, find_person, identity_of_number, subject_token
from sightline.app.tables import UNLINKED
from sightline.app.workspace import Workspace
from sightline.definitions.agreement_terms import NonDisclosureBasis, load_terms
from sightline.errors import InputRefused, Refused
from sightline.ledger import nondisclosure as ledger
from sightline.ledger.subject_models import NonDisclosure
from sightline.model.agreements import LOCAL_TIME
from sightline.model.subjects import SHORTEST_WORDS

LONGEST = timedelta(days=366)
"""A decision is looked at again within a year."""


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision as its officer reads it; nothing in it tells who the person is but the stand-in."""

    number: int
    subject: str
    holder: str
    asked_by: str
    basis: str
    reason: str
    until: date | None
    review_by: date
    at: datetime
    by: str
    stands: bool
    is_overdue: bool
    ended: tuple[datetime, str, str] | None
    reviews: tuple[tuple[datetime, str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "subject": self.subject,
            "holder": self.holder or "partnership",
            "asked_by": self.asked_by,
            "basis": self.basis,
            "reason": self.reason,
            "until": str(self.until) if self.until else None,
            "review_by": str(self.review_by),
            "at": self.at.isoformat(),
            "by": self.by,
            "stands": self.stands,
            "is_overdue": self.is_overdue,
        }


def bases(at: datetime) -> dict[str, NonDisclosureBasis]:
    """Why something may be kept from others, of what is in force as far as the catalogue knows."""
    day = at.astimezone(LOCAL_TIME).date()
    listed = load_terms().nondisclosure.items()
    return {id: each for id, each in listed if each.in_force_from is not None and each.in_force_from <= day}


def decide_not_to_disclose(
    workspace: Workspace,
    named: ByNumber,
    *,
    holder: str,
    asked_by: str,
    basis: str,
    reason: str,
    until: date | None,
    review_by: date,
    by: str,
    agency: str,
    at: datetime,
) -> DecisionLine:
    """Record that what an agency holds of a person is not to be disclosed, from this instant.

    It holds for somebody of whom no return tells yet, too, and goes with their records however they are linked later.

    Args:
        workspace: Where.
        named: The person, by an agency's number.
        holder: Whose records; empty: every agency's.
        asked_by: Who asked for them, or for whom it is decided.
        basis: One of `bases`.
        reason: What was weighed.
        until: The last day it holds; None: until it is ended.
        review_by: The day by which it is looked at again.
        by: The officer.
        agency: The officer's agency; empty for one of the whole partnership.
        at: When.

    Raises:
        NotFound: If there is no such agency.
        InputRefused: If something is missing from it, or a day cannot be.
        Refused: If the officer's agency is not the holder.
    """
    if holder:
        workspace.partnership.agency(holder)
    if agency and holder != agency:
        raise Refused(
            "An agency’s officer decides for that agency alone.",
            hint="Ask the other agency’s officer, or the one of the whole partnership.",
        )
    listed, today = bases(at), at.astimezone(LOCAL_TIME).date()
    if basis not in listed:
        raise InputRefused("Choose why it is not disclosed.", hint=f"One of: {', '.join(listed)}.")
    words, who = checked_reason(reason, without=[named.number]), checked_reason(asked_by, without=[named.number])
    if len(words) < SHORTEST_WORDS:
        raise InputRefused("Say in a sentence what was weighed.", hint=f"At least {SHORTEST_WORDS} characters, without personal details.")
    if until is not None and until < today:
        raise InputRefused("The last day it holds has passed.", hint="Give a day to come, or none.")
    if not today < review_by <= today + LONGEST:
        raise InputRefused("It is looked at again within a year, and not before tomorrow.", hint="Give the day as 2026-12-31.")
    identity = identity_of_number(workspace, named)
    person = find_person(workspace, named) or Person(f"{UNLINKED}{identity}", (identity,))
    row = NonDisclosure(
        person=person.id,
        token=subject_token(workspace, person.id),
        identities=sorted({identity, *person.identities}),
        holder=holder,
        asked_by=who[:200],
        basis=basis,
        reason=words,
        until=until,
        review_by=review_by,
        at=at,
        by=by,
    )
    return _line(ledger.record_decision(row), at)


def look_again(number: int, *, words: str, review_by: date, by: str, agency: str, at: datetime) -> None:
    """Record that an officer looked at a decision again and that it goes on.

    Raises:
        NotFound, Refused: If there is no such decision for this officer, or it no longer holds.
        InputRefused: If no words are given, or the next day is not within a year.
    """
    today = at.astimezone(LOCAL_TIME).date()
    if not today < review_by <= today + LONGEST:
        raise InputRefused("It is looked at again within a year, and not before tomorrow.", hint="Give the day as 2026-12-31.")
    ledger.record_review(number, words=checked_reason(words), review_by=review_by, by=by, agency=agency, at=at)


def end_decision(number: int, *, reason: str, by: str, agency: str, at: datetime) -> None:
    """Let a decision end at this instant.

    Raises:
        NotFound, Refused: If there is no such decision for this officer, or it no longer holds.
        InputRefused: If no reason is given.
    """
    ledger.record_end(number, reason=checked_reason(reason), by=by, agency=agency, at=at)


def list_decisions(agency: str, *, at: datetime) -> list[DecisionLine]:
    """Every decision about what an agency holds (empty: any), those that stand first, the newest first."""
    lines = [_line(row, at) for row in ledger.decision_rows(agency)]
    return sorted(lines, key=lambda line: not line.stands)


def _line(row: NonDisclosure, at: datetime) -> DecisionLine:
    end = getattr(row, "end", None)
    reviews = list(row.reviews.all())
    review_by = reviews[-1].review_by if reviews else row.review_by
    stands = ledger.as_not_disclosed(row).stands(at)
    return DecisionLine(
        number=row.pk,
        subject=row.token,
        holder=row.holder,
        asked_by=row.asked_by,
        basis=load_terms().nondisclosure[row.basis].title,
        reason=row.reason,
        until=row.until,
        review_by=review_by,
        at=row.at,
        by=row.by,
        stands=stands,
        is_overdue=stands and at.astimezone(LOCAL_TIME).date() > review_by,
        ended=(end.at, end.by, end.reason) if end is not None else None,
        reviews=tuple((each.at, each.by, each.words) for each in reviews),
    )
