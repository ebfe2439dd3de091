"""What returns tell of ages and parts in harm reaches linkage."""

from __future__ import annotations

import pytest

from sightline.app.link_ages import told_of_ages
from sightline.app.link_people import link_people
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.engine.duckdb import DuckDBEngine
from sightline.ledger.models import Linkage
from tests.support.partnership import NOW, Q4, referral

pytestmark = pytest.mark.django_db


def seen(local_id, born="2012-03-07", **values):
    known = {
        "given_name": "Ottoline",
        "family_name": "Hebblewhite",
        "date_of_birth": born,
        "postcode": "QS1 1AA",
        "valid_from": "2025-10-01",
    }
    return {"local_id": local_id, "date_of_birth_precision": "day", "sex": "female", **known, **values}


def part(local_id, role):
    return {"local_id": local_id, "incident_reference": f"I-{local_id}", "role": role, "role_local": role, "certainty": "suspected"}


@pytest.fixture
def published(workspace, submit):
    submit(identity_record=[seen("C1")], referral=[referral("C1", "2025-10-05")], period=Q4)
    people = [seen("P1"), seen("P2", born="1988-01-01"), seen("P3", born=None), seen("P4", born="1970-01-01")]
    incidents = [{"incident_reference": f"I-{who['local_id']}", "recorded_at": "2025-10-02T10:00:00"} for who in people]
    parts = [part("P1", "suspect"), part("P2", "associate"), part("P3", "suspect"), part("P4", "victim")]
    submit(identity_record=people, incident=incidents, involvement=parts, agency="police", dataset="police", period=Q4)
    publish_generation(workspace, by="tester", at=NOW)
    return workspace


def test_services_and_parts_are_told_by_keyed_id_alone(published):
    with DuckDBEngine() as engine:
        told = told_of_ages(published, current_generation(published), engine)

    assert told.since == published.partnership.first_period.start
    assert sorted(told.roles.column("told_as").to_pylist()) == ["child", "harm", "harm", "harm"]
    assert not {"C1", "P1", "P2", "P3"} & set(told.roles.column("identity_id").to_pylist())


def test_the_summary_counts_adults_and_those_of_unknown_age_and_a_child_named_as_suspect_stays_one_child(published):
    done = link_people(published, by="tester", at=NOW, threads=1).linkage

    assert (done.identities, done.people) == (5, 4)
    assert (done.adults, done.adults_told_of_harm, done.age_not_known) == (2, 1, 1)


def test_places_are_kept_keyed_with_ids_that_stay(workspace, submit):
    home = {"address": "4 Mill Lane", "postcode": "QS1 1AA"}
    submit(identity_record=[seen("C1", **home), seen("C2", born="2009-01-01", address=None)], period=Q4)
    place = {
        "location_reference": "L1",
        "label": "Four",
        "address": "4, Mill Ln, Saltmere",
        "postcode": "QS1 1AA",
        "location_type": "dwelling",
    }
    submit(identity_record=[seen("P1", address="9 High Street")], location=[place], agency="police", dataset="police", period=Q4)
    publish_generation(workspace, by="tester", at=NOW)

    done = link_people(workspace, by="tester", at=NOW, threads=1)
    again = link_people(workspace, by="tester", at=NOW, threads=1)

    assert (done.places.written, done.places.places, done.places.by_address, done.places.shared) == (3, 2, 2, 0)
    assert not again.is_new
    kept = str(workspace.objects.get_table(Linkage.objects.get().places).to_pylist())
    assert not [word for word in ("Mill", "High", "QS1", "L1") if word in kept]
    assert Linkage.objects.get().summary["places"]["places"] == 2
