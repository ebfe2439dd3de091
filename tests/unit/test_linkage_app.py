"""Linking as a use case: from the returns of a generation to links the ledger knows of."""

from __future__ import annotations

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sightline.app.link_people import evaluate_links, link_people, random_person_id, twins_among
from sightline.app.publish_generation import publish_generation
from sightline.errors import NotFound
from sightline.ledger.linkages import latest_linkage
from sightline.ledger.models import AuditEvent, Linkage
from sightline.model.entities import LINK_SCHEMA, PERSON_SCHEMA
from tests.support.partnership import NOW, Q1, Q4, referral

pytestmark = pytest.mark.django_db

NHS = "9000000033"


def seen(local_id, given="Ottoline", born="2012-03-07", **values):
    known = {"given_name": given, "family_name": "Hebblewhite", "date_of_birth": born, "postcode": "QS1 1AA", "valid_from": "2025-10-01"}
    return {"local_id": local_id, "date_of_birth_precision": "day", "sex": "female", **known, **values}


def drawn(seed):
    rng = random.Random(seed)
    return lambda: f"p{rng.getrandbits(96):024x}"


@pytest.fixture
def two_agencies(submit):
    submit(identity_record=[seen("C1", nhs_number=NHS), seen("C2", given="Barnaby", born="2010-01-02", sex="male")], period=Q4)
    submit(identity_record=[seen("P1", given="Otoline")], agency="police", dataset="police", period=Q4)


def linked(workspace, *, seed=1):
    publish_generation(workspace, by="tester", at=NOW)
    return link_people(workspace, by="tester", at=NOW, new_person_id=drawn(seed), threads=1)


def test_links_and_people_are_kept_as_objects_that_the_ledger_names(workspace, two_agencies):
    done = linked(workspace)

    kept = Linkage.objects.get()
    assert (kept.links, kept.people) == (done.links, done.people)
    assert workspace.objects.get_table(done.links).schema.equals(LINK_SCHEMA)
    assert workspace.objects.get_table(done.people).schema.equals(PERSON_SCHEMA)
    assert (done.linkage.identities, done.linkage.people) == (3, 2)
    assert workspace.objects.get_table(done.people).column("ward").to_pylist() == ["W01", "W01"]
    assert AuditEvent.objects.filter(action="people_linked", actor="tester").count() == 1


def test_nothing_that_names_anybody_is_kept_with_the_links(workspace, two_agencies):
    done = linked(workspace)

    for digest in (done.links, done.people):
        content = str(workspace.objects.get_table(digest).to_pylist())
        assert not [value for value in ("ttoline", "Hebblewhite", NHS, "QS1", "C1", "2012, 3, 7") if value in content]
    assert "ttoline" not in str(Linkage.objects.get().summary)


def test_linking_the_same_generation_again_writes_nothing(workspace, two_agencies):
    first = linked(workspace)

    again = link_people(workspace, by="tester", at=NOW, new_person_id=drawn(99))

    assert not again.is_new
    assert (again.links, again.people) == (first.links, first.people)
    assert Linkage.objects.count() == 1


def test_a_new_quarter_keeps_the_ids_of_the_last(workspace, submit, two_agencies):
    before = dict_of(workspace, linked(workspace).links)
    submit(identity_record=[seen("C1", nhs_number=NHS), seen("C3", given="Peregrine", born="2015-05-05", sex="male")], period=Q1)

    done = linked(workspace, seed=2)

    after = dict_of(workspace, done.links)
    assert {identity: after[identity] for identity in before} == before
    assert len(after) == 4
    assert (done.linkage.changes.kept, done.linkage.changes.new) == (2, 1)
    assert latest_linkage(Linkage.objects.order_by("-id")[0].generation_id).links == done.links


def test_before_the_first_generation_there_is_nothing_to_link(workspace):
    with pytest.raises(NotFound):
        link_people(workspace, by="tester", at=NOW)


def test_a_generation_that_names_nobody_links_nobody(workspace, submit):
    submit(referral=[referral("C1")])
    done = linked(workspace)

    assert (done.linkage.identities, done.linkage.people) == (0, 0)


def test_links_are_compared_with_the_truth_by_the_agencies_own_numbers(workspace, two_agencies, tmp_path):
    linked(workspace)
    truth = {"agency": ["csc", "csc", "police", "police"], "local_id": ["C1", "C2", "P1", "P9"], "person": [1, 2, 1, 3]}
    pq.write_table(pa.table(truth), tmp_path / "identities.parquet")
    pq.write_table(pa.table({"person": [1, 2, 3], "ethnicity": ["white", "asian", "white"]}), tmp_path / "people.parquet")

    found = evaluate_links(workspace, tmp_path)

    assert (found.overall.precision, found.overall.recall, found.identities) == (1.0, 1.0, 3)


def test_twins_are_told_by_family_and_birth_date():
    people = pa.table({"person": [1, 2, 3, 4], "family": [7, 7, 7, 8], "date_of_birth": ["a", "a", "b", "a"]})

    assert twins_among(people) == [(1, 2)]
    assert twins_among(people.select(["person"])) == []


def test_comparing_needs_links_and_a_truth(workspace, two_agencies, tmp_path):
    publish_generation(workspace, by="tester", at=NOW)
    with pytest.raises(NotFound, match="not linked yet"):
        evaluate_links(workspace, tmp_path)

    linked(workspace)
    with pytest.raises(NotFound, match=r"identities\.parquet"):
        evaluate_links(workspace, tmp_path)


def test_a_drawn_person_id_is_long_and_never_the_same():
    drawn_ids = {random_person_id() for _ in range(1000)}

    assert len(drawn_ids) == 1000
    assert {len(person_id) for person_id in drawn_ids} == {25}


def dict_of(workspace, digest):
    links = workspace.objects.get_table(digest)
    return dict(zip(links.column("identity_id").to_pylist(), links.column("person_id").to_pylist(), strict=True))
