"""A small partnership with linked children some of whose records are alike only in part, for tests of clerical review."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from sightline.app.link_people import link_people
from sightline.app.publish_generation import publish_generation
from sightline.app.review_links import ReviewSet, open_review
from sightline.app.workspace import Workspace
from tests.support.partnership import NOW, Q4

GIVEN = ("Ottoline", "Barnaby", "Tamsin", "Ignatius", "Rosalind", "Thaddeus", "Winifred", "Leopold", "Clementine", "Horatio")
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


def linked_children(workspace: Workspace, submit: Callable[..., Any], *, children: int = 40) -> None:
    """Two agencies' records of the same children, published and linked."""
    submit(identity_record=[child(number) for number in range(children)])
    submit(agency="police", dataset="police", period=Q4, identity_record=[at_another_agency(number) for number in range(children)])
    publish_generation(workspace, by="tester", at=NOW)
    drawn = random.Random(1)
    link_people(workspace, by="tester", at=NOW, new_person_id=lambda: f"p{drawn.getrandbits(96):024x}", threads=1)


def opened(workspace: Workspace, *, seed: int = 1, **values: Any) -> ReviewSet:
    """A review set of the newest linkage."""
    asked = {"purpose": "how right the links are", "by": "steward", "pairs": 12, "matter_most": 6, **values}
    return open_review(workspace, at=NOW, rng=np.random.default_rng(seed), seed=str(seed), **asked)
