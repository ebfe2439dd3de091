"""Pairs counted by hand."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sightline.linkage import evaluate
from sightline.model.entities import LINK_SCHEMA


def links(**person_of):
    rows = [{"identity_id": identity, "person_id": person} for identity, person in person_of.items()]
    return pa.Table.from_pylist(rows, schema=LINK_SCHEMA)


TRUTH = pa.table(
    {
        "identity_id": ["a", "b", "c", "d", "e"],
        "person": [1, 1, 1, 2, 3],
        "agency": ["csc", "police", "health", "csc", "police"],
    }
)


def test_pairs_are_counted_right_linked_and_true():
    # a and b rightly together; d wrongly with e; c missed twice
    found = evaluate(links(a="p", b="p", c="q", d="r", e="r"), TRUTH)

    assert (found.overall.right, found.overall.linked, found.overall.true) == (1, 2, 3)
    assert found.overall.precision == 0.5
    assert found.overall.recall == pytest.approx(1 / 3)
    assert found.overall.f1 == pytest.approx(0.4)
    assert (found.identities, found.people, found.people_linked) == (5, 3, 3)


def test_each_pair_of_agencies_has_its_own_score():
    found = evaluate(links(a="p", b="p", c="q", d="r", e="r"), TRUTH).by_agencies

    assert found["csc", "police"].right == 1
    assert found["csc", "police"].linked == 2
    assert found["csc", "health"].recall == 0.0
    assert ("csc", "csc") not in found


def test_twins_made_one_are_counted():
    found = evaluate(links(a="p", b="p", c="p", d="p", e="q"), TRUTH, twins=[(1, 2), (2, 3), (3, 99)])

    assert (found.twins, found.twins_merged) == (2, 1)


def test_each_ethnic_group_has_its_own_recall():
    people = pa.table({"person": [1, 2, 3], "ethnicity": ["asian", "white", "white"]})

    found = evaluate(links(a="p", b="p", c="q", d="r", e="r"), TRUTH, people=people).by_ethnicity

    assert found["asian"].recall == pytest.approx(1 / 3)
    assert found["white"].precision == 0.0


def test_identities_only_one_side_knows_are_left_out():
    found = evaluate(links(a="p", b="p", stranger="p"), TRUTH)

    assert (found.overall.right, found.overall.linked, found.overall.true) == (1, 1, 1)


def test_nothing_linked_and_nothing_to_link_is_not_an_error():
    found = evaluate(LINK_SCHEMA.empty_table(), TRUTH)

    assert (found.overall.precision, found.overall.recall, found.identities) == (1.0, 1.0, 0)
