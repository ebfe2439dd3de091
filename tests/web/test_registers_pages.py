"""The incident log and the complaints register as a protection officer meets them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sightline.app.roles import Role
from sightline.web.release_source import WorkspaceSource, using
from tests.support.emergencies import known_child, opened
from tests.web.reading import words_of

pytestmark = pytest.mark.django_db
SAID = {"kind": "read_without_need", "agency": "csc", "words": "Somebody looked at a neighbour's records", "whose": "ann"}
FORM = "%Y-%m-%d %H:%M"


@pytest.fixture
def town(workspace, submit):
    known_child(workspace, submit)
    with using(WorkspaceSource(workspace.root)):
        yield workspace


def test_an_incident_from_the_first_word_to_its_end(town, sign_in):
    now = datetime.now(UTC)
    opened(town, at=now - timedelta(hours=2))
    client, other = sign_in(Role.DATA_PROTECTION_OFFICER, agency="csc"), sign_in(Role.DATA_PROTECTION_OFFICER, agency="police")
    when = {"happened_at": (now - timedelta(hours=3)).strftime(FORM), "noticed_at": (now - timedelta(minutes=90)).strftime(FORM)}

    assert client.post("/incidents", SAID | when | {"noticed_at": "yesterday"}).status_code == 409
    assert client.post("/incidents", SAID | when | {"agency": "police"}).status_code == 409
    answer = client.post("/incidents", SAID | when, follow=True)
    address = answer.redirect_chain[0][0]
    assert "to be decided within 70 hours" in words_of(answer)
    assert other.get(address).status_code == 404
    assert "neighbour" not in words_of(other.get("/incidents"))

    assert "Children whose records were opened or looked at: 1" in words_of(client.post(address, {"do": "affected"}))
    assert other.post(address, {"do": "affected"}).status_code == 404
    refused = client.post(address, {"do": "step", "step": "closed", "words": "It will not happen again here"})
    assert refused.status_code == 409
    assert "First tell the Information Commissioner" in words_of(refused)
    for step in ("not_reported", "people_told", "closed"):
        client.post(address, {"do": "step", "step": step, "words": "Nobody outside the team has seen anything"})
    assert "closed" in words_of(client.get("/incidents"))
    assert "What was done, or decided?" not in words_of(client.get(address))


def test_a_complaint_is_written_down_acknowledged_and_answered(town, sign_in):
    client = sign_in(Role.DATA_PROTECTION_OFFICER, agency="csc")
    day = datetime.now(UTC).date().isoformat()
    said = {"do": "record", "about": "shared", "agency": "csc", "reference": "C/7", "received_on": day}

    for wrong in ({"agency": ""}, {"agency": "police"}, {"received_on": "today"}, {"reference": ""}):
        assert client.post("/complaints", said | wrong).status_code == 409
    answer = words_of(client.post("/complaints", said, follow=True))
    assert "Complaint 1 to be told by" in answer
    assert client.post("/complaints", {"do": "step", "number": "x", "step": "noted", "words": "a"}).status_code == 404
    for step in ("acknowledged", "upheld"):
        client.post("/complaints", {"do": "step", "number": "1", "step": step, "words": "We wrote to them", "day": ""})
    assert "answered: they are right" in words_of(client.get("/complaints"))
    assert "Complaint 1" not in words_of(sign_in(Role.DATA_PROTECTION_OFFICER, agency="police").get("/complaints"))
