"""What somebody reads for: chosen once for a session, and put to the decision that every use of data is put to.

A release may be read for a purpose if each return in it was shared for that purpose when the release was made. It stays readable when an
agreement ends later, as a publication does; but never for a purpose that nobody agreed to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sightline.app.roles import ceiling
from sightline.app.steward_words import checked_reason
from sightline.definitions.agreement_terms import load_terms
from sightline.errors import InputRefused
from sightline.governance import Action, Deny, Principal, Resource, decide
from sightline.ledger import audit
from sightline.ledger.agreements import standings
from sightline.ledger.models import ReleaseRecord, ReturnVersion, Role, User
from sightline.ledger.scope import whole_partnership
from sightline.model.agreements import Mode, Tier

_LONGEST = 100


class PurposeRefused(InputRefused):
    """The purpose is none that this person may read for."""

    code = "SL-GOV-022"
    hint = "Choose one of those that are offered; the page says why others are not."


@dataclass(frozen=True, slots=True)
class Choice:
    """A purpose, in the catalogue's words; ``against`` is why a release may not be read for it, by agency."""

    id: str
    title: str
    says: str
    against: tuple[str, ...] = ()


def purpose_title(purpose: str) -> str:
    """A purpose in a few words."""
    return load_terms().purposes[purpose].title


@whole_partnership()
def choices(user: User) -> list[Choice]:
    """The purposes that this person's role may have, each with what stands against reading the releases for it."""
    highest = ceiling(user.role)
    if highest is None:
        return []
    offered = {id: each for id, each in load_terms().purposes.items() if Tier.STRATEGIC <= each.highest_tier <= highest}
    releases = [(record.created_at, _returns_of(record)) for record in _releases()]
    return [Choice(id, each.title, each.says, _against(user, highest, id, releases)) for id, each in offered.items()]


def choose(user: User, purpose: str, *, reference: str = "", at: datetime) -> None:
    """Choose what to read for; it is written down.

    Args:
        user: Who reads.
        purpose: What for.
        reference: The caseload or the meeting it is for; records of people open for nothing less.
        at: When.

    Raises:
        PurposeRefused: If the role may not have it, a return in a release was not shared for it, or records of people open for it and it is
            not said for which caseload or meeting.
        InputRefused: If that says whom it is about.
    """
    found = next((each for each in choices(user) if each.id == purpose), None)
    if found is None:
        raise PurposeRefused("Choose what you read for.")
    if found.against:
        raise PurposeRefused(f"Not everything here was shared to “{found.title.lower()}”. {found.against[0]}")
    about = ""
    if is_operational(purpose):
        if not reference.strip():
            raise PurposeRefused("Say for which caseload or meeting.")
        about = checked_reason(reference)[:_LONGEST]
    with audit.writing():
        detail = {
            "role": user.get_role_display(),
            "agency": user.agency,
            "purpose": f"{found.title}, for: {about}" if about else found.title,
        }
        audit.record("purpose_chosen", purpose, by=user.get_username(), at=at, detail=detail)


def is_operational(purpose: str) -> bool:
    """Whether records of people may be seen for a purpose."""
    found = load_terms().purposes.get(purpose)
    return found is not None and found.highest_tier >= Tier.OPERATIONAL


def _releases() -> list[ReleaseRecord]:
    return list(ReleaseRecord.objects.filter(withdrawn_at=None).order_by("number"))


def _returns_of(record: ReleaseRecord) -> list[ReturnVersion]:
    return list(ReturnVersion.objects.filter(generations__generation=record.generation).order_by("agency", "dataset", "period"))


def _against(user: User, highest: Tier, purpose: str, releases: Iterable[tuple[datetime, list[ReturnVersion]]]) -> tuple[str, ...]:
    """Why not: of each agency's dataset in a release the first reason that is about the purpose of its return."""
    held, found = standings(), dict[tuple[str, str], str]()
    who = Principal(Role(user.role).label, user.agency, highest)
    for made_at, versions in releases:
        for version in versions:
            asked = Resource(version.agency, version.dataset, version.period_from, version.period_to, Mode.AGGREGATE_ONLY)
            answer = decide(who, Action.VIEW, asked, purpose, Tier.STRATEGIC, (), made_at, held)
            if isinstance(answer, Deny):
                found.setdefault((version.agency, version.dataset), f"{version.agency} {version.dataset}: {answer.gap}.")
    return tuple(found.values())
