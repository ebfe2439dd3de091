"""Agreements in the ledger: their versions, signatures and steps, each written once and together with its audit event."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from django.db.models import Max, Model, QuerySet

from sightline.definitions.agreement_terms import load_terms
from sightline.definitions.agreements import Agreement, Signatory
from sightline.errors import NotFound, Refused
from sightline.governance import Happened, Quarantined, Signature, Standing, check_step, newest_of_each
from sightline.governance.assessment import widening
from sightline.ledger import audit
from sightline.ledger.agreement_models import AgreementSignature, AgreementStep, AgreementVersion
from sightline.ledger.output_models import AssessmentSignOff
from sightline.ledger.quarantine_models import Quarantine, QuarantineEnd
from sightline.ledger.quarantines import quarantines
from sightline.model.agreements import Step

_DONE = {Step.SUSPEND: "suspended", Step.RESUME: "resumed", Step.WITHDRAW: "withdrawn"}


def add_version(terms: Agreement, *, by: str, at: datetime) -> AgreementVersion:
    """Write a version down, with the signatures that its file names.

    Raises:
        Refused: If the newest version says the same, or the agreement was withdrawn.
    """
    document, digest = terms.as_document(), digest_of(terms)
    with audit.writing():
        before = AgreementVersion.objects.filter(agreement=terms.id).order_by("-version").first()
        if before is not None and before.digest == digest:
            raise Refused(f"{before} says so already.", hint="Nothing was added.")
        number = int(AgreementVersion.objects.filter(agreement=terms.id).aggregate(last=Max("version"))["last"] or 0) + 1
        made = AgreementVersion.objects.create(agreement=terms.id, version=number, terms=document, digest=digest, at=at, by=by)
        AgreementSignature.objects.bulk_create(_signature(made, signatory, by=by, at=at) for signatory in terms.signatories)
        detail = {
            "digest": digest,
            "document": terms.document_sha256,
            "start": str(terms.start),
            "end": str(terms.end),
            "signed": {each.party: each.at.isoformat() for each in terms.signatories},
        }
        audit.record("agreement_added", str(made), by=by, at=at, detail=detail)
    return made


def is_known(terms: Agreement) -> bool:
    """Whether the newest version of the agreement says the same."""
    before = AgreementVersion.objects.filter(agreement=terms.id).order_by("-version").first()
    return before is not None and before.digest == digest_of(terms)


def sign(agreement: str, signatory: Signatory, *, by: str, at: datetime) -> Standing:
    """Write down that a party signed the newest version.

    Raises:
        NotFound: If there is no such agreement, or no such party to it.
        Refused: If the party signed before, or the version can no longer be signed.
    """
    with audit.writing():
        row = _newest_row(agreement)
        now = _one(row)
        if signatory.party not in now.terms.parties:
            known = ", ".join(now.terms.parties)
            raise NotFound(f'"{signatory.party}" is no party to {now.name}.', hint=f"The parties are: {known}.")
        if any(each.party == signatory.party for each in now.signatures):
            raise Refused(f"{signatory.party} has signed {now.name} before.", hint="Nothing was changed.")
        check_step(now.status(at), Step.SIGN)
        _signature(row, signatory, by=by, at=at).save()
        detail = {"party": signatory.party, "role": signatory.role, "signed_at": signatory.at.isoformat()}
        audit.record("agreement_signed", str(row), by=by, at=at, detail=detail)
        return _one(row)


def take_step(agreement: str, step: Step, *, reason: str, by: str, at: datetime) -> Standing:
    """Suspend, resume or withdraw the version that counts now; the audit says so in the same transaction.

    Raises:
        NotFound: If there is no such agreement.
        StepNotPossible: If it stands where that cannot be done.
    """
    with audit.writing():
        held = [each for each in standings() if each.terms.id == agreement]
        if not held:
            raise _unknown(agreement)
        now = newest_of_each(held, at)[0]
        moment = max([at, *(each.at for each in now.happened)])
        check_step(now.status(moment), step)
        row = AgreementVersion.objects.get(agreement=agreement, version=now.version)
        AgreementStep.objects.create(version=row, step=step, reason=reason, at=moment, by=by)
        audit.record(f"agreement_{_DONE[step]}", now.name, by=by, at=moment, detail={"reason": reason})
        return _one(row)


def record_assessment(agreement: str, version: int, *, digest: str, document: str, note: str, by: str, at: datetime) -> Standing:
    """Write down that a data protection officer signed the impact assessment of a version; ``digest`` is of what it was made of.

    Raises:
        NotFound: If there is no such version.
        Refused: If it was signed as it is before.
    """
    with audit.writing():
        row = AgreementVersion.objects.filter(agreement=agreement, version=version).first()
        if row is None:
            raise _unknown(agreement)
        if row.assessments.filter(digest=digest).exists():
            raise Refused(f"The impact assessment of {row} was signed as it is.", hint="Nothing was changed.")
        AssessmentSignOff.objects.create(version=row, digest=digest, document=document, note=note, at=at, by=by)
        audit.record("assessment_signed", str(row), by=by, at=at, detail={"digest": digest, "widens": list(_one(row).widens)})
        return _one(row)


def assessments_of(agreement: str, version: int) -> list[AssessmentSignOff]:
    """Every sign-off of a version's impact assessment, the newest first."""
    return list(AssessmentSignOff.objects.filter(version__agreement=agreement, version__version=version).order_by("-id"))


def standings() -> list[Standing]:
    """Every version of every agreement with all that happened to it."""
    return _held(AgreementVersion.objects.all())


def standings_of(agreement: str) -> list[Standing]:
    """Every version of one agreement, the newest first.

    Raises:
        NotFound: If there is none.
    """
    found = _held(AgreementVersion.objects.filter(agreement=agreement))
    if not found:
        raise _unknown(agreement)
    return found[::-1]


def last_change() -> datetime | None:
    """When an agreement was last suspended, resumed or withdrawn, or an agency set apart or taken back; None while none ever was."""
    rows: tuple[type[Model], ...] = (AgreementStep, Quarantine, QuarantineEnd)
    newest = [row._default_manager.aggregate(last=Max("at"))["last"] for row in rows]
    return max(filter(None, newest), default=None)


def _newest_row(agreement: str) -> AgreementVersion:
    row = AgreementVersion.objects.filter(agreement=agreement).order_by("-version").first()
    if row is None:
        raise _unknown(agreement)
    return row


def _unknown(agreement: str) -> NotFound:
    return NotFound(f'There is no agreement "{agreement}".', hint="`sightline agreements list` shows them.")


def digest_of(terms: Agreement) -> str:
    """The hash of an agreement's terms."""
    return hashlib.sha256(json.dumps(terms.as_document(), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _signature(row: AgreementVersion, signatory: Signatory, *, by: str, at: datetime) -> AgreementSignature:
    return AgreementSignature(
        version=row, party=signatory.party, person=signatory.person, role=signatory.role, signed_at=signatory.at, at=at, by=by
    )


def _held(rows: QuerySet[AgreementVersion]) -> list[Standing]:
    """Versions in order, each held against the newest earlier one that an impact assessment covers.

    Against that one and not the last: a wide version that was never assessed would otherwise make the next, as wide, look narrow.
    """
    found: list[Standing] = []
    assessed: dict[str, Agreement] = {}
    months = {id: rule.months for id, rule in load_terms().retention.items()}
    apart = tuple(quarantines())
    for row in rows.prefetch_related("signatures", "steps", "assessments").order_by("agreement", "version"):
        terms = Agreement.model_validate(row.terms)
        before = assessed.get(terms.id)
        standing = _standing(row, terms, widening(before, terms, months) if before else (), apart)
        found.append(standing)
        if not standing.widens or standing.assessed_at:
            assessed[terms.id] = terms
    return found


def _one(row: AgreementVersion) -> Standing:
    """One version as it stands in the ledger now."""
    held = _held(AgreementVersion.objects.filter(agreement=row.agreement, version__lte=row.version))
    return held[-1]


def _standing(row: AgreementVersion, terms: Agreement, widens: tuple[str, ...], apart: tuple[Quarantined, ...]) -> Standing:
    return Standing(
        terms=terms,
        version=row.version,
        widens=widens,
        assessed_at=min((each.at for each in row.assessments.all()), default=None),
        signatures=tuple(Signature(each.party, each.person, each.role, each.signed_at) for each in row.signatures.all()),
        happened=tuple(Happened(Step(each.step), each.at, each.by, each.reason) for each in row.steps.all()),
        quarantines=apart,
    )
