"""A small partnership with linked children some of whose records are alike only in part, for tests of clerical review."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from sightline.app.override_links import identity_of
from sightline.app.publish_generation import publish_generation
from sightline.app.review_links import ReviewSet, open_review
from sightline.app.workspace import Workspace
from sightline.definitions.linkage import linkage_model
from sightline.ledger.linkages import record_linkage
from sightline.model.entities import LINK_SCHEMA, PAIR_SCHEMA, PERSON_SCHEMA
from tests.support.partnership import NOW, Q4

GIVEN = ("Ottoline", "Barnaby", "Tamsin", "Ignatius", "Rosalind", "Thaddeus", "Winifred", "Leopold", "Clementine", "Horatio")
MODEL = f"{linkage_model().id} {linkage_model().version}"
FAMILY = ("Hebblewhite", "Winterbourne", "Oxenholme", "Threlkeld", "Quartermain", "Applegarth", "Merriweather", "Postlethwaite")


def child(number: int, **values: Any) -> dict[str, Any]:
    """One agency's record of the child of that number."""
    known = {
        "given_name": GIVEN[number % len(GIVEN)],
        "family_name": FAMILY[number % len(FAMILY)],
        "date_of_birth": f"20{8 + number % 7:02d}-{1 + number % 12:02d}-{1 + number * 7 % 28:02d}",
        "date_of_birth_precision": "day",
        "sex": ("female", "male")[number % 2],
        "postcode": f"QS{1 + number % 9} {1 + number % 9}AA",
        "valid_from": "2025-10-01",
    }
    return {"local_id": f"C{number}", **known, **values}


def at_another_agency(number: int) -> dict[str, Any]:
    """The same child as another agency has written it down: every other with a slip, a change or a gap."""
    record = child(number, local_id=f"P{number}")
    slips: tuple[dict[str, Any], ...] = (
        {},
        {"family_name": record["family_name"][:-1]},
        {"date_of_birth": record["date_of_birth"][:8] + "01", "postcode": "QS9 9ZZ"},
        {"given_name": record["given_name"][:3], "postcode": None},
        {"family_name": "Ravensworth", "postcode": "QS8 8ZZ"},
        {"date_of_birth": None, "postcode": "QS7 7ZZ"},
    )
    return record | slips[number % len(slips)]


# What linkage makes of each of the slips above; written down here because linking takes seconds and these tests are not about it.
_WEIGHED = (
    (0.9999, "likeness", "given:same|family:same|middle:not given|born:same|home:same|sex:same"),
    (0.9995, "likeness", "given:same|family:one slip|middle:not given|born:same|home:same|sex:same"),
    (0.67, None, "given:same|family:same|middle:not given|born:first of the year or month|home:different|sex:same"),
    (0.98, "likeness", "given:alike|family:same|middle:not given|born:same|home:not given|sex:same"),
    (0.86, None, "given:same|family:different|middle:not given|born:same|home:different|sex:same"),
    (0.15, None, "given:same|family:same|middle:not given|born:not given|home:different|sex:same"),
)
_WITHIN = (0.19, None, "given:different|family:different|middle:not given|born:same year|home:different|sex:same")


def linked_children(workspace: Workspace, submit: Callable[..., Any], *, children: int = 40) -> None:
    """Two agencies' records of the same children, published, and a linkage of them as the model would make it."""
    submit(identity_record=[child(number) for number in range(children)])
    submit(agency="police", dataset="police", period=Q4, identity_record=[at_another_agency(number) for number in range(children)])
    publish_generation(workspace, by="tester", at=NOW)
    known = [
        (
            identity_of(workspace, agency="csc", local_id=f"C{number}"),
            identity_of(workspace, agency="police", local_id=f"P{number}"),
        )
        for number in range(children)
    ]
    across = [(*known[number], *_WEIGHED[number % len(_WEIGHED)], None) for number in range(children)]
    within = [
        (known[number][side], known[number + 2][side], *_WITHIN, "two records of one agency") for number in (0, 8, 16) for side in (0, 1)
    ]
    pairs = [
        {
            "left": min(one, other),
            "right": max(one, other),
            "match_weight": math.log2(probability / (1 - probability)),
            "match_probability": probability,
            "rule": rule,
            "forbidden": forbidden,
            "pattern": pattern,
        }
        for one, other, probability, rule, pattern, forbidden in across + within
    ]
    joined = {other: one for one, other, _, rule, _, _ in across if rule}
    links = [
        {"identity_id": identity, "person_id": f"p{joined.get(identity, identity)}", "method": "likeness"}
        for identity in sorted(identity for both in known for identity in both)
    ]
    stored = {
        name: workspace.objects.put_table(pa.Table.from_pylist(rows, schema=schema))
        for name, rows, schema in (
            ("pairs", sorted(pairs, key=lambda pair: (pair["left"], pair["right"])), PAIR_SCHEMA),
            ("links", links, LINK_SCHEMA),
            ("people", [], PERSON_SCHEMA),
        )
    }
    record_linkage(1, **stored, summary={"model": MODEL}, by="tester", at=NOW)


def opened(workspace: Workspace, *, seed: int = 1, **values: Any) -> ReviewSet:
    """A review set of the newest linkage."""
    asked = {"purpose": "how right the links are", "by": "steward", "pairs": 12, "matter_most": 6, **values}
    return open_review(workspace, at=NOW, seed=seed, **asked)
