"""Agreements as people handle them: add one from its file, sign, suspend, resume, withdraw, and see how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sightline.app.workspace import Workspace
from sightline.definitions.agreement_terms import load_terms
from sightline.definitions.agreements import PARTNERSHIP, Agreement, Signatory, load_agreement
from sightline.definitions.partnership import Partnership
from sightline.errors import InputRefused, NotFound, Place
from sightline.governance import Action, Deny, Principal, Resource, Standing, decide, due, newest_of_each
from sightline.ledger import agreements as registry
from sightline.model.agreements import LOCAL_TIME, Status, Step, Tier
from sightline.privacy.entities import STORED

FOLDER = "agreements"
"""Where a partnership's definition keeps them, beside ``partnership.yml``."""
FIELDS = {name: frozenset(column.name for column in entity.columns) | {"local_id"} for name, entity in STORED.items()}
STATUS_WORDS = {
    Status.DRAFT: "draft",
    Status.AGREED: "agreed, not begun",
    Status.IN_FORCE: "in force",
    Status.SUSPENDED: "suspended",
    Status.EXPIRED: "ended",
    Status.WITHDRAWN: "withdrawn",
}


class ForeignAgreement(InputRefused):
    """An agreement names agencies or datasets that the partnership does not have."""

    code = "SL-GOV-010"
    hint = "Correct the agreement, or add them to partnership.yml first. Nothing was added."


@dataclass(frozen=True, slots=True)
class Line:
    """How one agreement stands; ``warn_within`` is 90, 30 or 7 where it ends within so many days."""

    id: str
    version: int
    title: str
    status: Status
    parties: tuple[str, ...]
    start: date
    end: date
    review_by: date
    days_left: int
    warn_within: int | None

    @property
    def words(self) -> str:
        return STATUS_WORDS[self.status]

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "title": self.title,
            "status": self.status.value,
            "parties": list(self.parties),
            "start": str(self.start),
            "end": str(self.end),
            "review_by": str(self.review_by),
            "days_left": self.days_left,
            "warn_within": self.warn_within,
        }


@dataclass(frozen=True, slots=True)
class Detail:
    """One agreement: the version that counts, its terms and everything that happened to it; ``later`` is a version not yet counting."""

    line: Line
    standing: Standing
    versions: tuple[Standing, ...]
    legal_bases: tuple[tuple[str, str], ...]
    purposes: tuple[str, ...]
    retention: str
    unsigned: tuple[str, ...]
    waits: int | None = None
    """A version that goes further than what was assessed, and is not in force before its assessment is signed."""

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.line.as_dict(),
            "terms": self.standing.terms.as_document(),
            "signatures": [
                {"party": each.party, "person": each.person, "role": each.role, "at": each.at.isoformat()}
                for each in self.standing.signatures
            ],
            "unsigned": list(self.unsigned),
            "happened": [
                {"version": one.version, "step": each.step.value, "at": each.at.isoformat(), "by": each.by, "reason": each.reason}
                for one in self.versions
                for each in one.happened
            ],
        }


def agreement_files(partnership_folder: Path) -> list[Path]:
    """The files of agreements in a partnership's definition, in order of name."""
    return sorted((partnership_folder / FOLDER).glob("*.yml"))


def read_agreement(file: Path, partnership: Partnership) -> Agreement:
    """Read an agreement and hold it against the catalogue and the partnership.

    Raises:
        NotFound, CatalogueProblems: If there is no such file, or it has mistakes.
        ForeignAgreement: If it names an agency or a dataset that the partnership does not have.
    """
    agreement = load_agreement(file, fields=FIELDS)
    agencies = {agency.id: {dataset.id for dataset in agency.datasets} for agency in partnership.agencies}
    strange = [f"{each.agency} {each.dataset}" for each in agreement.datasets if each.dataset not in agencies.get(each.agency, ())]
    if strange:
        raise ForeignAgreement(f"{partnership.name} has no {', '.join(strange)}.", place=Place(file=file.name))
    return agreement


def register_agreements(workspace: Workspace, *, by: str, at: datetime) -> int:
    """Take the agreements of a partnership's definition into the registry of a new workspace; how many were not there yet."""
    files = agreement_files(workspace.root / "partnership")
    found = [terms for file in files if not registry.is_known(terms := read_agreement(file, workspace.partnership))]
    for terms in sorted(found, key=lambda one: (one.start, one.id)):
        registry.add_version(terms, by=by, at=at)
    return len(found)


def add_agreement(workspace: Workspace, file: Path, *, by: str, at: datetime) -> Line:
    """Add an agreement, or a new version of one, from its file.

    Raises:
        NotFound, CatalogueProblems, ForeignAgreement: As `read_agreement` does.
        Refused: If the newest version says the same.
    """
    row = registry.add_version(read_agreement(file, workspace.partnership), by=by, at=at)
    return _line(registry.standings_of(row.agreement)[0], at)


def sign_agreement(workspace: Workspace, id: str, *, party: str, person: str, role: str, by: str, at: datetime) -> Line:
    """Write down that a party signed the newest version.

    Raises:
        NotFound, Refused: If there is no such agreement or party, or it cannot be signed.
        InputRefused: If it is not said who signed.
    """
    if not person.strip() or not role.strip():
        raise InputRefused("A signature needs a name and a role.", hint="Say who signed for the party, and in what role.")
    try:
        signatory = Signatory(party=party, person=person.strip(), role=role.strip(), at=at)
    except ValidationError:  # whatever is no id is no party
        raise NotFound(f'There is no party "{party}".', hint="`sightline agreements show` names the parties.") from None
    return _line(registry.sign(id, signatory, by=by, at=at), at)


def take_step(workspace: Workspace, id: str, step: Step, *, reason: str, by: str, at: datetime) -> Line:
    """Suspend, resume or withdraw an agreement, from this instant.

    Raises:
        NotFound, StepNotPossible: If there is no such agreement, or it stands where that cannot be done.
        InputRefused: If no reason is given.
    """
    if not reason.strip():
        raise InputRefused("This needs a reason.", hint="Say why in a few words, without personal details.")
    return _line(registry.take_step(id, step, reason=reason.strip(), by=by, at=at), at)


def list_agreements(workspace: Workspace, *, at: datetime) -> tuple[Line, ...]:
    """How every agreement stands, those that hold first, then by the day they end."""
    order = (Status.SUSPENDED, Status.IN_FORCE, Status.AGREED, Status.DRAFT, Status.EXPIRED, Status.WITHDRAWN)
    lines = [_line(each, at) for each in newest_of_each(registry.standings(), at)]
    return tuple(sorted(lines, key=lambda line: (order.index(line.status), line.end, line.id)))


def show_agreement(workspace: Workspace, id: str, *, at: datetime) -> Detail:
    """One agreement with its terms, its signatures and everything that happened to it.

    Raises:
        NotFound: If there is none of that name.
    """
    versions = registry.standings_of(id)
    standing, terms = newest_of_each(versions, at)[0], load_terms()
    agreement = standing.terms
    bases = [(terms.legal_bases[each].title, terms.legal_bases[each].source) for each in agreement.legal_bases]
    return Detail(
        line=_line(standing, at),
        standing=standing,
        versions=tuple(versions),
        legal_bases=tuple(bases),
        purposes=tuple(terms.purposes[each].title for each in agreement.purposes),
        retention=terms.retention[agreement.retention_rule].title,
        unsigned=tuple(party for party in agreement.parties if party not in standing.signed_by(at)),
        waits=next((each.version for each in versions if not each.is_assessed(at)), None),
    )


def bodies_named() -> tuple[str, ...]:
    """Every body outside the partnership that an agreement names as one to share with or pass on to."""
    terms = [each.terms for each in registry.standings()]
    named = {id for each in terms for id in (*each.recipients, *each.onward_sharing.bodies)}
    return tuple(sorted(named.difference([PARTNERSHIP], *(each.parties for each in terms))))


def check_agreements(workspace: Workspace, *, at: datetime) -> tuple[str, ...]:
    """What somebody should look at: datasets that nothing in force covers, agreements about to end, reviews that are due."""
    standings: Sequence[Standing] = registry.standings()
    found = [
        f"{each.terms.title} ({each.name}) ends on {each.terms.end}, within {within} days: agree and sign a new version."
        for each, within in due(standings, at)
    ]
    found += [
        f"{each.terms.title} ({each.name}) was to be reviewed by {each.terms.review_by}."
        for each in newest_of_each(standings, at)
        if each.status(at) is Status.IN_FORCE and each.days_left(at) < (each.terms.end - each.terms.review_by).days
    ]
    day = at.astimezone(LOCAL_TIME).date()
    for agency in workspace.partnership.agencies:
        for dataset in agency.datasets:
            asked = Resource(agency.id, dataset.id, day, day)
            answer = decide(Principal(agency.name), Action.SUBMIT, asked, "", Tier.COMMUNITY, (), at, standings)
            if isinstance(answer, Deny):
                found.append(f"{agency.name} cannot share {dataset.title}: {answer.reasons[0]}")
    return tuple(found)


def _line(standing: Standing, at: datetime) -> Line:
    terms = standing.terms
    warning = [within for _, within in due([standing], at)]
    return Line(
        id=terms.id,
        version=standing.version,
        title=terms.title,
        status=standing.status(at),
        parties=terms.parties,
        start=terms.start,
        end=terms.end,
        review_by=terms.review_by,
        days_left=standing.days_left(at),
        warn_within=warning[0] if warning else None,
    )


def today_of(workspace: Workspace, now: datetime) -> datetime:
    """The instant that counts for what is shown: noon of an invented partnership's own today, otherwise now."""
    today = workspace.partnership.today
    return now if today is None else datetime.combine(today, time(12), LOCAL_TIME)
