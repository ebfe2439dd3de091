"""Agreements in the ledger: their versions, signatures and steps, each written once and together with its audit event."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from django.db.models import Max

from sightline.definitions.agreements import Agreement, Signatory
from sightline.errors import NotFound, Refused
from sightline.governance import Happened, Signature, Standing, check_step, newest_of_each
from sightline.ledger import audit
from sightline.ledger.agreement_models import AgreementSignature, AgreementStep, AgreementVersion
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
        now = _standing(row)
        if signatory.party not in now.terms.parties:
            known = ", ".join(now.terms.parties)
            raise NotFound(f'"{signatory.party}" is no party to {now.name}.', hint=f"The parties are: {known}.")
        if any(each.party == signatory.party for each in now.signatures):
            raise Refused(f"{signatory.party} has signed {now.name} before.", hint="Nothing was changed.")
        check_step(now.status(at), Step.SIGN)
        _signature(row, signatory, by=by, at=at).save()
        detail = {"party": signatory.party, "role": signatory.role, "signed_at": signatory.at.isoformat()}
        audit.record("agreement_signed", str(row), by=by, at=at, detail=detail)
        return _standing(row)


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
        return _standing(row)


def standings() -> list[Standing]:
    """Every version of every agreement with all that happened to it."""
    rows = AgreementVersion.objects.prefetch_related("signatures", "steps")
    return [_standing(row) for row in rows]


def standings_of(agreement: str) -> list[Standing]:
    """Every version of one agreement, the newest first.

    Raises:
        NotFound: If there is none.
    """
    rows = AgreementVersion.objects.filter(agreement=agreement).prefetch_related("signatures", "steps").order_by("-version")
    found = [_standing(row) for row in rows]
    if not found:
        raise _unknown(agreement)
    return found


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


def _standing(row: AgreementVersion) -> Standing:
    return Standing(
        terms=Agreement.model_validate(row.terms),
        version=row.version,
        signatures=tuple(Signature(each.party, each.person, each.role, each.signed_at) for each in row.signatures.all()),
        happened=tuple(Happened(Step(each.step), each.at, each.by, each.reason) for each in row.steps.all()),
    )
