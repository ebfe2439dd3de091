"""What is held on one person: every stored row of them at each agency, and of those what stands now."""

from __future__ import annotations

import pytest

from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.subject_records import as_it_stands, gather
from sightline.app.subjects import ByNumber, ByPair, find_person, subject_token
from sightline.errors import NotFound
from sightline.ledger.models import LinkReview
from sightline.ledger.reviews import pairs_of
from tests.support.partnership import NOW, Q1, Q4, referral
from tests.support.reviews import linked_children, opened

pytestmark = pytest.mark.django_db


def told(rows):
    return sorted((row.agency, row.entity, row.period) for row in rows)


@pytest.fixture
def child(workspace, submit):
    """One child of social care with two referrals told in two quarters, another child beside, and an incident at the police."""
    submit(period=Q4, identity_record=[{"local_id": "A1", "given_name": "Ottoline"}], referral=[referral("A1", "2025-11-03")])
    submit(
        period=Q1,
        identity_record=[{"local_id": "A1", "given_name": "Ottoline"}, {"local_id": "B2", "given_name": "Barnaby"}],
        referral=[referral("A1", "2026-02-03"), referral("B2")],
        narrative=[{"local_id": "A1", "about": "referral", "written_on": "2026-02-03", "voice": "child", "text": "They made me carry it."}],
    )
    submit(
        agency="police",
        dataset="police",
        identity_record=[{"local_id": "P1", "family_name": "Hebblewhite"}],
        involvement=[{"local_id": "P1", "incident_reference": "I1", "role": "victim", "role_local": "V"}],
        incident=[{"incident_reference": "I1", "incident_type": "violence"}, {"incident_reference": "I2", "incident_type": "theft"}],
    )
    publish_generation(workspace, by="t", at=NOW)
    return workspace


def everything(workspace, person):
    return gather(workspace, person.identities, current_generation(workspace).return_ids)


def test_every_row_of_the_person_is_found_and_none_of_another(child):
    person = find_person(child, ByNumber("csc", "A1"))

    assert told(everything(child, person)) == [
        ("csc", "identity_record", "2025-Q4"),
        ("csc", "identity_record", "2026-Q1"),
        ("csc", "narrative", "2026-Q1"),
        ("csc", "referral", "2025-Q4"),
        ("csc", "referral", "2026-Q1"),
    ]


def test_what_hangs_on_a_record_of_the_person_comes_with_it(child):
    rows = everything(child, find_person(child, ByNumber("police", "P1")))

    assert told(rows) == [("police", "identity_record", "2026-Q1"), ("police", "incident", "2026-Q1"), ("police", "involvement", "2026-Q1")]
    assert [row.values["incident_type"] for row in rows if row.entity == "incident"] == ["violence"]


def test_a_record_told_twice_stands_once_as_the_newest_return_tells_it(workspace, submit):
    submit(period=Q4, identity_record=[{"local_id": "A1"}], referral=[referral("A1", "2026-01-03", source="school")])
    submit(period=Q1, identity_record=[{"local_id": "A1"}], referral=[referral("A1", "2026-01-03", source="police")])
    publish_generation(workspace, by="t", at=NOW)

    rows = everything(workspace, find_person(workspace, ByNumber("csc", "A1")))

    assert len([row for row in rows if row.entity == "referral"]) == 2
    assert [row.values["source"] for row in as_it_stands(rows) if row.entity == "referral"] == ["police"]


def test_what_an_agency_took_back_does_not_stand(workspace, submit):
    submit(period=Q4, identity_record=[{"local_id": "A1"}], referral=[referral("A1", "2026-01-03")])
    submit(period=Q1, identity_record=[{"local_id": "A1"}], referral=[referral("A1", "2026-01-03", retracted=True)])
    publish_generation(workspace, by="t", at=NOW)

    rows = everything(workspace, find_person(workspace, ByNumber("csc", "A1")))

    assert [row.entity for row in as_it_stands(rows)] == ["identity_record"]


def test_somebody_no_return_tells_of_is_not_found(child):
    assert find_person(child, ByNumber("csc", "nobody")) is None
    with pytest.raises(NotFound):
        find_person(child, ByNumber("nowhere", "A1"))


def test_one_person_is_found_by_any_agencys_number_and_by_a_pair_of_the_review(workspace, submit):
    linked_children(workspace, submit)
    opened(workspace)

    by_care, by_police = (find_person(workspace, ByNumber(agency, number)) for agency, number in (("csc", "C0"), ("police", "P0")))

    assert by_care == by_police
    assert len(by_care.identities) == 2
    across = next(pair for pair in pairs_of(LinkReview.objects.get()) if pair.left_agency != pair.right_agency)
    own = across.left if across.left_agency == "csc" else across.right
    assert own in find_person(workspace, ByPair(1, across.position, "csc")).identities
    assert find_person(workspace, ByPair(1, 999, "csc")) is None


def test_the_stand_in_is_the_same_for_one_person_and_tells_nothing(child):
    person = find_person(child, ByNumber("csc", "A1"))

    assert subject_token(child, person.id) == subject_token(child, person.id)
    assert subject_token(child, person.id) != subject_token(child, "p1")
    assert person.identities[0] not in subject_token(child, person.id)
