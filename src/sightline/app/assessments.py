"""The impact assessment of an agreement and the record of processing, generated from the registry; signing the first.

Nothing in them is typed in: they say what the agreements, the catalogue and the common model say, and carry the digest of all of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sightline.app.agreements import STATUS_WORDS
from sightline.app.can_share import ONWARD_WORDS
from sightline.app.report_files import check_formats, write_files
from sightline.app.workspace import Workspace
from sightline.definitions.agreement_terms import Terms, load_terms
from sightline.definitions.agreements import PARTNERSHIP, AgreedDataset, OnwardSharing
from sightline.definitions.partnership import Partnership
from sightline.errors import Refused
from sightline.governance import Standing, newest_of_each
from sightline.ledger import agreements as registry
from sightline.ledger.models import Role, User
from sightline.model.agreements import LOCAL_TIME
from sightline.model.columns import Privacy
from sightline.privacy.entities import STORED
from sightline.publish.assessment_report import FORMATS, assessment_file
from sightline.publish.words import day_in_words

MEASURES = (
    (
        "Agreements are enforced",
        "Without one in force nothing is taken in, counted or passed on; a field that is not listed is dropped.",
    ),
    ("Numbers are made safe", "Small numbers are withheld, others rounded; every release is attacked before it is written."),
    ("Outputs are checked", "What leaves the partnership is checked by two people of two agencies and given out by its hash."),
    ("Roles", "Each page names the roles that see it; an address that is in no list is refused."),
    ("Audit", "Every read, refusal, sign-in and change is written down before bytes leave, in a chain of hashes."),
    ("Pseudonyms", "Identifiers are keyed; names are opened only to link records and to review links."),
    ("Integrity", "Every object is verified against its hash when it is read."),
)
"""What is done for all processing alike."""
RISKS = (
    (
        "A child is known again from a small number",
        "Withholding, rounding, attacks before each release",
        "tests/attacks",
    ),
    ("Data is used for something that was not agreed", "One decision on every use, closed by default", "tests/unit/test_decide.py"),
    (
        "More is shared than was agreed",
        "Fields and precision are cut at the door; richer files are refused",
        "tests/unit/test_minimise.py",
    ),
    (
        "Somebody reads what they have no need to",
        "A permission for each page, an audit of every read",
        "tests/web/test_permissions.py",
    ),
    ("A file goes further than it should", "Output checking, release by hash, recall", "tests/unit/test_outputs.py"),
    ("Records of two children are taken for one", "Links are reviewed, calibrated and can be undone", "tests/unit/test_link_review.py"),
    ("Data is changed or lost", "Returns are kept for ever under their hash; backups are verified", "tests/crash"),
)
"""Risk, what is done, what tries it."""
_CATEGORIES = {
    Privacy.IDENTIFIED: "names and numbers that identify",
    Privacy.SENSITIVE: "facts about a person, among them special categories and suspected crime",
    Privacy.PSEUDONYM: "keyed stand-ins for people and records",
    Privacy.CONTEXT: "circumstances that say nothing about one person",
}


def assessment_of(workspace: Workspace, id: str, *, at: datetime, version: int | None = None) -> dict[str, Any]:
    """The facts of the impact assessment of one version of an agreement, the newest unless one is named.

    Raises:
        NotFound: If there is no such agreement.
    """
    versions = registry.standings_of(id)
    standing = next((each for each in versions if each.version == version), versions[0])
    made_of = _made_of([standing])
    facts = {
        "partnership": workspace.partnership.name,
        "agreement": _terms_in_words(standing, workspace.partnership, at),
        "widens": list(standing.widens),
        "consulted": [
            f"{_named(each.party, workspace.partnership)}: {each.person}, {each.role}, {_day(each.at)}" for each in standing.signatures
        ],
        "risks": [list(each) for each in RISKS],
        "made_of": made_of,
    }
    digest = digest_of(made_of)
    signed = registry.assessments_of(id, standing.version)
    return {
        **facts,
        "digest": digest,
        "version": standing.version,
        "signed": [f"{each.by}, {_day(each.at)}{f': {each.note}' if each.note else ''}" for each in signed],
        "stale": bool(signed) and signed[0].digest != digest,
        "blocks": not standing.is_assessed(at),
        "made_at": at.isoformat(),
    }


def record_of_processing(workspace: Workspace, *, at: datetime) -> dict[str, Any]:
    """The facts of the record of processing: every agreement as it stands, the version that counts and no other."""
    standings = sorted(newest_of_each(registry.standings(), at), key=lambda each: (each.terms.start, each.terms.id), reverse=True)
    made_of = _made_of(standings)
    return {
        "partnership": workspace.partnership.name,
        "agreements": [_terms_in_words(each, workspace.partnership, at) for each in standings],
        "measures": [list(each) for each in MEASURES],
        "made_of": made_of,
        "digest": digest_of(made_of),
        "made_at": at.isoformat(),
    }


def sign_assessment(workspace: Workspace, id: str, *, version: int | None = None, note: str = "", by: str, at: datetime) -> dict[str, Any]:
    """Sign the impact assessment of a version as it is generated now; what was signed is kept as it was.

    Raises:
        NotFound: If there is no such agreement.
        Refused: If somebody else than a data protection officer signs, or it was signed as it is.
    """
    if not User.objects.filter(username=by, role=Role.DATA_PROTECTION_OFFICER).exists():
        raise Refused(f'"{by}" is no data protection officer.', hint="Only one who signs in as such signs an impact assessment: name them.")
    facts = assessment_of(workspace, id, at=at, version=version)
    document = workspace.objects.put_bytes(assessment_file(facts, "json"))
    registry.record_assessment(id, facts["version"], digest=facts["digest"], document=document, note=note.strip(), by=by, at=at)
    return assessment_of(workspace, id, at=at, version=facts["version"])


def write_facts(facts: Mapping[str, Any], folder: Path, name: str, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write an assessment, or a record of processing, to a folder.

    Raises:
        InputRefused: If a format is not known.
        EnvironmentProblem: If the folder cannot be written.
    """
    return write_files(folder, {f"{name}.{kind}": assessment_file(facts, kind) for kind in check_formats(formats, FORMATS)})


def digest_of(made_of: Mapping[str, str]) -> str:
    """One digest of everything that a document was made of."""
    return _hash(dict(made_of))


def _made_of(standings: Sequence[Standing]) -> dict[str, str]:
    """The digest of each thing that goes in: terms, what they refer to in the catalogue, the classes of fields, measures and risks."""
    terms = load_terms()
    found = {each.name: registry.digest_of(each.terms) for each in standings}
    found["catalogue of agreements"] = _hash(terms.model_dump(mode="json"))
    found["fields and their classes"] = _hash(
        {f"{name}.{each.name}": each.privacy.name for name, one in STORED.items() for each in one.columns}
    )
    found["measures and risks"] = _hash([MEASURES, RISKS])
    return found


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def _terms_in_words(standing: Standing, partnership: Partnership, at: datetime) -> dict[str, Any]:
    """An agreement's terms as both documents say them: in names where the registry has ids."""
    agreement, terms = standing.terms, load_terms()
    fields = [field for each in agreement.datasets for field in each.fields]
    return {
        "id": agreement.id,
        "name": standing.name,
        "version": standing.version,
        "title": agreement.title,
        "status": STATUS_WORDS[standing.status(at)],
        "start": str(agreement.start),
        "end": str(agreement.end),
        "parties": [_named(each, partnership) for each in agreement.parties],
        "controller_role": agreement.controller_role.value,
        "purposes": [terms.purposes[each].title for each in agreement.purposes],
        "whose": "Children who are or may be harmed or exploited, those who care for them, and people who cause harm",
        "categories": _categories(fields),
        "recipients": [_named(each, partnership) for each in agreement.recipients],
        "onward": _onward(agreement.onward_sharing, partnership),
        "tier": agreement.tier_ceiling.name.lower(),
        "retention": _retention(terms, agreement.retention_rule),
        "legal_bases": [_basis(terms, each) for each in agreement.legal_bases],
        "caldicott_notes": agreement.caldicott_notes,
        "dpia_id": agreement.dpia_id,
        "datasets": [_dataset(each, partnership) for each in agreement.datasets],
    }


def _dataset(agreed: AgreedDataset, partnership: Partnership) -> dict[str, str]:
    titles = {(agency.id, each.id): each.title for agency in partnership.agencies for each in agency.datasets}
    return {
        "agency": _named(agreed.agency, partnership),
        "dataset": titles.get((agreed.agency, agreed.dataset), agreed.dataset),
        "mode": agreed.mode.value.replace("_", " "),
        "fields": ", ".join(agreed.fields),
        "precision": "; ".join(f"{field}: {limit}" for field, limit in sorted(agreed.precision.items())) or "as it is",
    }


def _onward(rule: OnwardSharing, partnership: Partnership) -> str:
    return ": ".join(filter(None, (ONWARD_WORDS[rule.rule.value], ", ".join(_named(each, partnership) for each in rule.bodies))))


def _named(body: str, partnership: Partnership) -> str:
    """An agency by its name, the partnership as its agencies; a body outside it has no other name than its id."""
    if body == PARTNERSHIP:
        return "the agencies of the partnership"
    return next((each.name for each in partnership.agencies if each.id == body), body.replace("_", " "))


def _categories(fields: Sequence[str]) -> list[str]:
    """The classes of privacy that the fields belong to, in words."""
    found = set()
    for field in fields:
        entity, _, column = field.partition(".")
        found |= {each.privacy for each in STORED[entity].columns if column in ("*", each.name)} if entity in STORED else set()
    return [words for privacy, words in _CATEGORIES.items() if privacy in found]


def _retention(terms: Terms, id: str) -> str:
    rule = terms.retention[id]
    return f"{rule.title}: {rule.months or 'no fixed'} months from {rule.trigger}, then {rule.action} ({rule.source})"


def _basis(terms: Terms, id: str) -> dict[str, str]:
    basis = terms.legal_bases[id]
    articles = f"Article {basis.article_6}" + (f", Article {basis.article_9}" if basis.article_9 else "")
    return {
        "title": basis.title,
        "articles": articles + (f", Schedule 1 {basis.schedule_1}" if basis.schedule_1 else ""),
        "source": basis.source,
    }


def _day(at: datetime) -> str:
    return day_in_words(at.astimezone(LOCAL_TIME).date().isoformat())
