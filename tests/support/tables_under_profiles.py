"""A workspace with enough children for tables: so many in each ward, by sex, referred by somebody, some of them siblings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

import pyarrow as pa

from sightline.app.protection_profiles import sign_profile
from sightline.app.publish_generation import publish_generation
from sightline.app.workspace import Workspace
from sightline.definitions.protection import profile_by_id
from sightline.ledger.linkages import record_linkage
from sightline.model.entities import LINK_SCHEMA, PERSON_SCHEMA
from sightline.privacy.pseudonyms import identity_id
from tests.support.partnership import NOW, Q1, Q4

INDICATOR = "children_referred_again"
Counts = Mapping[tuple[str, str], int]
"""Ward and sex → how many children."""


def with_children(
    workspace: Workspace, submit: Callable[..., object], counts: Counts, *, at: datetime = NOW, siblings: Sequence[tuple[int, int]] = ()
) -> None:
    """Submit two referrals for each child, publish, and link every child to one of a ward and a sex."""
    places = [place for place, many in counts.items() for _ in range(many)]
    first = [{"local_id": str(n), "received_on": "2025-11-03", "source": "police"} for n in range(len(places))]
    second = [{"local_id": str(n), "received_on": "2026-02-03", "source": "school"} for n in range(len(places))]
    ties = [
        {
            "local_id": str(one),
            "other_identity_id": identity_id(str(other), key=workspace.identity_key, agency="csc"),
            "association_type": "family",
            "first_seen_on": "2026-01-05",
        }
        for one, other in siblings
    ]
    submit(period=Q4, referral=first, at=at)
    submit(period=Q1, referral=second, at=at, **({"association": ties} if ties else {}))
    generation = publish_generation(workspace, by="tester", at=at)
    assert generation.number is not None
    ids = [(identity_id(str(n), key=workspace.identity_key, agency=a), f"p{n}") for n in range(len(places)) for a in ("csc", "police")]
    links = [{"identity_id": identity, "person_id": person, "match_probability": 1.0, "method": "test"} for identity, person in sorted(ids)]
    people = [
        {"person_id": f"p{n}", "birth_month": date(2012, 5, 1), "sex": sex, "ethnicity": "white", "ward": ward}
        for n, (ward, sex) in enumerate(places)
    ]
    record_linkage(
        generation.number,
        links=workspace.objects.put_table(pa.Table.from_pylist(links, LINK_SCHEMA)),
        people=workspace.objects.put_table(pa.Table.from_pylist(people, PERSON_SCHEMA)),
        summary={},
        by="tester",
        at=at,
    )


def signed(workspace: Workspace, *profiles: str) -> None:
    """Sign profiles off as they are."""
    for id in profiles:
        sign_profile(workspace, id, version=profile_by_id(id).version, note="", by="lead", at=NOW)
