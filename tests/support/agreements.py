"""Agreements for tests: one to start from, and those that cover everything a tiny partnership sends, year after year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from sightline.definitions.agreements import Agreement
from sightline.definitions.partnership import Partnership
from sightline.governance import Happened, Principal, Resource, Signature, Standing
from sightline.model.agreements import Mode, Step, Tier
from sightline.privacy.entities import STORED

BEGIN = datetime(2025, 4, 1, tzinfo=UTC)
DURING = datetime(2026, 2, 1, 12, tzinfo=UTC)
HUB = Principal("the partnership", "", Tier.OPERATIONAL)
POLICE = Resource("police", "police", date(2026, 1, 1), date(2026, 3, 31), Mode.PSEUDONYMISED)
FIELDS = {name: {column.name for column in entity.columns} for name, entity in STORED.items()}
TERMS: dict[str, Any] = {
    "id": "sharing",
    "title": "Sharing in Testing",
    "parties": ["csc", "police"],
    "controller_role": "joint",
    "purposes": ["strategic_planning", "scrutiny"],
    "legal_bases": ["children_act_2004_s11"],
    "start": "2025-04-01",
    "end": "2026-03-31",
    "review_by": "2026-01-31",
    "datasets": [{"agency": "police", "dataset": "police", "fields": ["flag.*", "referral.received_on"], "mode": "pseudonymised"}],
    "tier_ceiling": "strategic",
    "recipients": ["partnership"],
    "onward_sharing": {"rule": "never"},
    "retention_rule": "end_of_agreement",
    "document_sha256": "a" * 64,
    "dpia_id": "DPIA-1",
}


def terms(**changes: Any) -> Agreement:
    return Agreement.model_validate({**TERMS, **changes})


def dataset(**changes: Any) -> dict[str, Any]:
    return {**TERMS["datasets"][0], **changes}


def signed(agreement: Agreement | None = None, *, version: int = 1, at: datetime = BEGIN, happened: Iterable[Happened] = ()) -> Standing:
    """A version that every party signed."""
    agreement = agreement or terms()
    signatures = tuple(Signature(party, "A. Signatory", "Director", at) for party in agreement.parties)
    return Standing(agreement, version, signatures, tuple(happened))


def suspended(at: datetime, by: str = "protection") -> Happened:
    return Happened(Step.SUSPEND, at, by, "a letter went astray")


def covering(partnership: Partnership) -> Agreement:
    """An agreement that covers everything a partnership's agencies send, over a time so long that no clock comes to its end.

    No file may say so: 24 months is the most. It goes straight into the registry.
    """
    parties = [agency.id for agency in partnership.agencies]
    return terms(
        id="everything",
        title="Everything, for tests of other things",
        parties=parties,
        start="2000-01-01",
        end="2199-12-31",
        review_by="2199-12-31",
        tier_ceiling="operational",
        datasets=[
            {"agency": agency.id, "dataset": each.id, "fields": [f"{name}.*" for name in STORED], "mode": agency.mode}
            for agency in partnership.agencies
            for each in agency.datasets
        ],
        signatories=[{"party": party, "person": "A. Signatory", "role": "Director", "at": "2000-01-01"} for party in parties],
    )


def write_agreements(folder: Path, documents: dict[str, dict[str, Any]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        (folder / name).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return folder
