"""A child whom two agencies know, people who act for her and people who look at that afterwards, for tests of emergencies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sightline.app.break_glass import Reader, open_records
from sightline.app.publish_generation import publish_generation
from sightline.app.subjects import ByNumber
from sightline.app.workspace import Workspace
from sightline.ledger.agreement_models import AgreementSignature, AgreementVersion
from sightline.ledger.agreements import digest_of
from sightline.ledger.models import Role, User
from tests.support.agreements import covering
from tests.support.partnership import NOW, Q1, link_everybody, referral

WORDS = "She told her school that they will come for her tonight"
NARRATIVE = "They made me carry a knife to the harbour and I cut myself."
READER = Reader("ann", "csc")


def known_child(workspace: Workspace, submit: Callable[..., Any], **agreed: Any) -> Workspace:
    """Child 0 and child 1, each known to social care and the police under her number; two officers and a practitioner who may sign in."""
    submit(
        period=Q1,
        identity_record=[
            {"local_id": "0", "given_name": "Ottoline", "family_name": "Hebblewhite", "nhs_number": "9434765919"},
            {"local_id": "1", "given_name": "Barnaby", "family_name": "Winterbourne"},
        ],
        referral=[referral("0", "2026-02-03"), referral("1", "2026-02-04")],
        narrative=[
            {
                "local_id": "0",
                "about": "referral",
                "written_on": "2026-02-03",
                "voice": "child",
                "author_role": "interviewer",
                "text": NARRATIVE,
                "redaction": "not_redacted",
            }
        ],
    )
    submit(
        agency="police",
        dataset="police",
        identity_record=[
            {"local_id": "0", "given_name": "Tamsin", "family_name": "Oxenholme", "aliases": "Tam"},
            {"local_id": "1", "given_name": "Leopold", "family_name": "Quartermain"},
        ],
        missing_episode=[
            {"local_id": "0", "started_at": "2026-02-10 21:30", "episode_type": "away", "grade": "high", "grade_local": "High risk"}
        ],
    )
    generation = publish_generation(workspace, by="t", at=NOW)
    link_everybody(workspace, generation.number, children=2)
    agree_on_emergencies(workspace, **agreed)
    for name, role, agency in (
        ("ann", Role.PRACTITIONER, "csc"),
        ("bo", Role.PRACTITIONER, "police"),
        ("officer_csc", Role.DATA_PROTECTION_OFFICER, "csc"),
        ("officer_police", Role.DATA_PROTECTION_OFFICER, "police"),
        ("officer", Role.DATA_PROTECTION_OFFICER, ""),
    ):
        User.objects.create(username=name, role=role, agency=agency)
    return workspace


def agree_on_emergencies(workspace: Workspace, **changes: Any) -> None:
    """Another agreement, signed by all, that lets everything be used to keep a child safe."""
    agreement = covering(workspace.partnership).model_copy(
        update={"id": "emergencies", "title": "Emergencies", "purposes": ("safeguard_a_child",), **changes}
    )
    row = AgreementVersion.objects.create(
        agreement=agreement.id, version=1, terms=agreement.as_document(), digest=digest_of(agreement), at=NOW, by="tester"
    )
    AgreementSignature.objects.bulk_create(
        AgreementSignature(version=row, party=each.party, person=each.person, role=each.role, signed_at=each.at, at=NOW, by="tester")
        for each in agreement.signatories
    )


def opened(workspace: Workspace, *, at: datetime = NOW, reader: Reader = READER, child: str = "0", **more: Any) -> int:
    """An emergency about a child, opened."""
    said = {"emergency": "immediate_harm", "words": WORDS, "is_fresh": True, **more}
    return open_records(workspace, reader, ByNumber(reader.agency, child), at=at, **said)
