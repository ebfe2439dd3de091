"""Seeing one person's records in an emergency: asked for and opened at once, looked at for an hour, told to officers, reviewed by them.

Every look is written down in the transaction in which it is decided, before anything is shown. What is shown lies in no file and no memory
that outlives the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sightline.app.person_shown import Asking, OfAgency, Permitted, gaps, in_words, permitted
from sightline.app.publish_generation import current_generation
from sightline.app.second_factors import has_second_factor
from sightline.app.steward_words import checked_reason
from sightline.app.subject_records import as_it_stands, gather
from sightline.app.subjects import ByNumber, ByPair, Person, find_person, not_disclosed_of, person_of, subject_token
from sightline.app.unusual import bears_name_of
from sightline.app.workspace import Workspace
from sightline.definitions.partnership import Support
from sightline.errors import InputRefused, Refused
from sightline.governance import Principal, Subject, is_withheld
from sightline.governance.break_glass import MayNotOpen
from sightline.ledger import audit
from sightline.ledger import break_glass as ledger
from sightline.ledger.agreements import standings
from sightline.ledger.models import Role, User
from sightline.ledger.subject_models import BreakGlass, BreakGlassRefused
from sightline.model.agreements import Tier
from sightline.model.subjects import EMERGENCY_WORDS, SHORTEST_WORDS, Emergency

MAY_REVIEW = frozenset({Role.DATA_PROTECTION_OFFICER})
MAY_ASK = frozenset({Role.PRACTITIONER})
"""Those who act for a child. Officers review and see no record; everybody else has no need."""


class NothingToShow(Refused):
    """Nothing can be shown for what was asked; whether nobody is known there or something stands against it is not said."""

    code = "SL-GOV-042"
    hint = (
        "Check the number and the agency. If somebody is in danger, ring that agency or its data protection officer. It was written down."
    )


class NoLongerOpen(Refused):
    """The hour is over, or was ended."""

    code = "SL-GOV-043"
    hint = "If the emergency goes on, ask anew and say why."


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: the name they sign in by, and their agency."""

    name: str
    agency: str


@dataclass(frozen=True, slots=True)
class Review:
    """What one officer said of it; ``agency`` is named, or said to be the partnership."""

    agency: str
    by: str
    justified: bool
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EmergencyLine:
    """One emergency as a list has it; nothing in it tells who the person is but the stand-in."""

    number: int
    subject: str
    emergency: str
    reason: str
    by: str
    agency: str
    at: datetime
    closes_at: datetime
    is_open: bool
    told: tuple[str, ...]
    waits_for: tuple[str, ...]
    due: datetime
    days: int
    reviews: tuple[Review, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "subject": self.subject,
            "emergency": self.emergency,
            "reason": self.reason,
            "by": self.by,
            "agency": self.agency,
            "at": self.at.isoformat(),
            "closes_at": self.closes_at.isoformat(),
            "is_open": self.is_open,
            "told": list(self.told),
            "waits_for": list(self.waits_for),
            "due": self.due.isoformat(),
            "reviews": [{"agency": each.agency, "by": each.by, "justified": each.justified, "words": each.words} for each in self.reviews],
        }


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """Somebody asked and nothing was opened."""

    by: str
    agency: str
    at: datetime
    why: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What one look shows: by agency what it holds, agencies of which nothing is shown, and what no agreement lets be shown of anybody."""

    line: EmergencyLine
    agencies: tuple[OfAgency, ...]
    nothing_of: tuple[str, ...]
    gaps: tuple[str, ...]
    support: tuple[Support, ...]

    @property
    def opened(self) -> bool:
        """Whether a text is open in this look."""
        return any(text.words is not None for agency in self.agencies for text in agency.texts)


def open_records(
    workspace: Workspace, reader: Reader, named: ByNumber | ByPair, *, emergency: str, words: str, is_fresh: bool, at: datetime
) -> int:
    """Open one person's records to a reader for an hour, and tell the officers; the number of the emergency.

    Args:
        workspace: Where.
        reader: Who asks.
        named: Whom they ask about, by a number that an agency's records have, or by a pair of the review of links.
        emergency: One of the three kinds.
        words: What the emergency is.
        is_fresh: Whether the reader gave a second factor minutes ago.
        at: The instant.

    Raises:
        InputRefused: If something is missing from what they say.
        NotFound: If there is no such agency, or nothing is published.
        MayNotOpen: If this reader may not, whomever they ask about.
        NothingToShow: If nobody is known there, or it is not to be disclosed at all.
    """
    kind, reason = _said(emergency, words, named)
    try:
        return _open(workspace, reader, named, kind, reason, is_fresh=is_fresh, at=at)
    except MayNotOpen as refused:
        with audit.writing():
            detail = {"agency": reader.agency, "emergency": kind.value, "why": refused.message}
            audit.record("break_glass_refused", "an emergency", by=reader.name, at=at, detail=detail)
        raise


def look(workspace: Workspace, reader: Reader, number: int, *, at: datetime, opened: str = "") -> Shown:
    """Show one person's records once, and write down that they were shown, and of which agencies; of texts the one asked for.

    Args:
        workspace: Where.
        reader: Who looks.
        number: The emergency that opened them.
        at: The instant.
        opened: The key of the text to open.

    Raises:
        NotFound: If there is no such emergency of this reader, or no such text in it.
        NoLongerOpen: If it is over.
    """
    row = ledger.glass_row(number, by=reader.name)
    _refuse_closed(row, at)
    person = person_of(workspace, row)
    rows = as_it_stands(gather(workspace, person.identities, current_generation(workspace).return_ids))
    with audit.writing():
        row = ledger.glass_row(number, by=reader.name)  # it may have ended while the rows were read
        _refuse_closed(row, at)
        asking = _asking(reader, person, row, at)
        shown = permitted(rows, asking)
        agencies = in_words(workspace, shown, person=row.token, opened=opened)
        _record(row, shown, agencies, opened, at)
    names = {each.id for each in agencies}
    nothing_of = tuple(each.name for each in workspace.partnership.agencies if each.id not in names)
    return Shown(_line(row, at), agencies, nothing_of, tuple(gaps(workspace, asking)), workspace.partnership.support)


def end(reader: Reader, number: int, *, at: datetime) -> None:
    """End it before the hour is over.

    Raises:
        NotFound: If there is no such emergency of this reader.
    """
    ledger.record_end(number, by=reader.name, at=at)


def review(number: int, *, justified: bool, words: str, by: str, agency: str, at: datetime) -> None:
    """Let a protection officer say whether it was justified.

    Raises:
        NotFound, MayNotReview: If there is none, or it is not for this officer to say.
        InputRefused: If no words are given.
    """
    ledger.record_review(number, justified=justified, words=checked_reason(words), by=by, agency=agency, at=at)


def own_emergencies(reader: Reader, *, at: datetime) -> list[EmergencyLine]:
    """What a reader opened, newest first."""
    return [_line(row, at) for row in ledger.glass_rows() if row.by == reader.name]


def emergencies_told(agency: str, *, at: datetime) -> list[EmergencyLine]:
    """What an agency's officer was told of (empty: all), those that wait for them first, the oldest of these first."""
    lines = [_line(row, at) for row in ledger.glass_rows()]
    told = [line for line in lines if not agency or agency in line.told]
    waiting = [line for line in reversed(told) if waits_for(line, agency)]
    return waiting + [line for line in told if line not in waiting]


def waits_for(line: EmergencyLine, agency: str) -> bool:
    """Whether an emergency waits for an agency's officer; of the officer of the whole partnership for anybody's."""
    return agency in line.waits_for if agency else bool(line.waits_for)


def refused_asks(agency: str) -> list[RefusedLine]:
    """When somebody of an agency (empty: any) asked and nothing was opened, newest first.

    Why is told to the officer of the whole partnership only: it may be a decision of another agency that its own officer alone knows of.
    """
    rows = [row for row in ledger.refused_rows() if not agency or row.agency == agency]
    return [RefusedLine(row.by, row.agency, row.at, "it could not be shown" if agency else row.why, row.reason) for row in rows]


def waiting_for_review(agency: str) -> int:
    """How many emergencies wait for an agency's officer; for the officer of the whole partnership of all agencies."""
    return ledger.waiting_for_review(agency)


def reader_named(name: str) -> Reader:
    """Somebody who may ask, for the command line.

    Raises:
        Refused: If nobody of that name may.
    """
    user = User.objects.filter(username=name, role__in=MAY_ASK, is_active=True).first()
    if user is None:
        raise Refused(f'"{name}" is no practitioner.', hint="Only somebody who signs in as a practitioner asks: name them with --by.")
    return Reader(user.get_username(), user.agency)


def officer_agency(name: str) -> str:
    """The agency of a data protection officer, empty for one of the whole partnership; for the command line.

    Raises:
        Refused: If nobody of that name is one.
    """
    user = User.objects.filter(username=name, role=Role.DATA_PROTECTION_OFFICER, is_active=True).first()
    if user is None:
        raise Refused(f'"{name}" is no data protection officer.', hint="Only a data protection officer does this: name them with --by.")
    return user.agency


def has_factor(name: str) -> bool:
    """Whether somebody has a second factor; who has one proved themselves with it."""
    user = User.objects.filter(username=name, is_active=True).first()
    return user is not None and has_second_factor(user)


def _said(emergency: str, words: str, named: ByNumber | ByPair) -> tuple[Emergency, str]:
    try:
        kind = Emergency(emergency)
    except ValueError as unknown:
        raise InputRefused("Choose what kind of emergency it is.", hint="Risk to life, immediate harm, or a court.") from unknown
    reason = checked_reason(words, without=[named.number] if isinstance(named, ByNumber) else [])
    if len(reason) < SHORTEST_WORDS:
        raise InputRefused("Say in a sentence what the emergency is.", hint=f"At least {SHORTEST_WORDS} characters, and no name or number.")
    return kind, reason


def _open(
    workspace: Workspace, reader: Reader, named: ByNumber | ByPair, kind: Emergency, reason: str, *, is_fresh: bool, at: datetime
) -> int:
    ledger.check_may_open(reader.name, reader.agency, is_fresh=is_fresh, at=at)  # before anybody is looked for
    person = find_person(workspace, named)
    why = "nobody is known there"
    if person is not None:
        if not is_withheld(not_disclosed_of(person.id, person.identities), "", at):
            return ledger.record_opened(
                _row(workspace, reader, person, kind=kind, reason=reason, at=at), is_fresh=is_fresh, told=_told(workspace, reader, person)
            ).pk
        why = f"not to be disclosed ({subject_token(workspace, person.id)})"
    ledger.record_refused(
        BreakGlassRefused(why=why, emergency=kind.value, reason=reason, at=at, by=reader.name, agency=reader.agency),
    )
    raise NothingToShow("Nothing can be shown for this number.")


def _row(workspace: Workspace, reader: Reader, person: Person, *, kind: Emergency, reason: str, at: datetime) -> BreakGlass:
    return BreakGlass(
        person=person.id,
        token=subject_token(workspace, person.id),
        identities=list(person.identities),
        emergency=kind.value,
        reason=reason,
        at=at,
        by=reader.name,
        agency=reader.agency,
    )


def _told(workspace: Workspace, reader: Reader, person: Person) -> set[str]:
    """The reader's agency, and every agency that knows the person, whether or not anything of it can be shown."""
    returns = current_generation(workspace).return_ids
    return {reader.agency} | {row.agency for row in gather(workspace, person.identities, returns, entities={"identity_record"})}


def _asking(reader: Reader, person: Person, row: BreakGlass, at: datetime) -> Asking:
    decided = not_disclosed_of(row.person, {*person.identities, *row.identities})
    subject = Subject(row.token, decided, ledger.as_glass(row))
    return Asking(Principal(reader.name, reader.agency, Tier.OPERATIONAL), subject, at, tuple(standings()))


def _record(row: BreakGlass, shown: Iterable[Permitted], agencies: Iterable[OfAgency], opened: str, at: datetime) -> None:
    kept = list(shown)
    of = sorted({each.row.agency for each in kept})
    under = sorted({name for each in kept for name in each.agreements})
    detail: dict[str, Any] = {"agencies": of, "rows": len(kept), "agreements": under}
    if bears_name_of(row.by, [str(each.row.values["family_name"] or "") for each in kept if "family_name" in each.columns]):
        detail["own_name"] = True
    if not opened:
        ledger.record_look(row, "break_glass_read", agencies=of, detail=detail, at=at)
        return
    found = [(agency.name, text) for agency in agencies for text in agency.texts if text.words is not None]
    if not found:
        raise InputRefused("There is no such text here.", hint="Go back to the records and choose one of them.")
    detail |= {"text": opened, "of": found[0][0]}
    ledger.record_look(row, "break_glass_text_read", agencies=of, detail=detail, at=at)


def _refuse_closed(row: BreakGlass, at: datetime) -> None:
    if not ledger.as_glass(row).is_open(at):
        raise NoLongerOpen("These records are closed again.")


def _line(row: BreakGlass, at: datetime) -> EmergencyLine:
    glass = ledger.as_glass(row)
    return EmergencyLine(
        number=row.pk,
        subject=row.token,
        emergency=EMERGENCY_WORDS[Emergency(row.emergency)],
        reason=row.reason,
        by=row.by,
        agency=row.agency,
        at=row.at,
        closes_at=glass.closes_at,
        is_open=glass.is_open(at),
        told=tuple(each.agency for each in row.told.all()),
        waits_for=ledger.waits_for(row),
        due=ledger.review_due_of(row),
        days=(at - row.at).days,
        reviews=tuple(Review(each.agency, each.by, each.justified, each.words, each.at) for each in row.reviews.all()),
    )
