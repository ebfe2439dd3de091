"""Erasing on the pages: two people, nothing of a person in an address or written back, and nobody asks about another agency."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sightline.app import erase
from sightline.app.link_people import link_people
from sightline.app.publish_generation import publish_generation
from sightline.app.roles import Role
from sightline.ledger.models import AuditEvent, ReturnVersion
from sightline.ledger.states import State
from sightline.web.release_source import WorkspaceSource, _open_workspace, using
from tests.support.partnership import NOW, referral
from tests.web.reading import words_of

NUMBER = "CASE-77001"
WHO = {"local_id": NUMBER, "family_name": "Quillfeather"}


@pytest.fixture
def held(workspace, submit):
    submit(identity_record=[WHO, {"local_id": "2"}], referral=[referral(NUMBER), referral("2")])
    submit(agency="police", dataset="police", identity_record=[{"local_id": "P1"}], referral=[referral("P1")])
    publish_generation(workspace, by="t", at=NOW)
    link_people(workspace, by="t", at=NOW)
    with using(WorkspaceSource(workspace.root)):
        yield workspace
    _open_workspace.cache_clear()


@pytest.fixture
def officers(held, sign_in):
    """Two protection officers, and the data officers of two agencies."""
    return {
        "first": sign_in(Role.DATA_PROTECTION_OFFICER, "csc"),
        "second": sign_in(Role.DATA_PROTECTION_OFFICER, "police"),
        "csc": sign_in(Role.AGENCY_DATA_OFFICER, "csc"),
        "police": sign_in(Role.AGENCY_DATA_OFFICER, "police"),
    }


def form(do, **more):
    return {"do": do, "agency": "csc", "number": NUMBER, "reason": "an order of the court"} | more


def asked_of_person(client):
    answer = client.post("/erasures", form("ask_person"))
    assert (answer.status_code, answer["Location"]) == (302, "/erasures/1")
    return answer["Location"]


def test_the_plan_is_seen_first_and_the_number_is_not_written_back(officers):
    answer = officers["first"].post("/erasures", form("plan_person"))

    assert answer.status_code == 200
    assert "Rows of the person in csc annex_a 2026-Q1 version 1" in answer.text
    assert "Nothing is changed yet" in answer.text
    assert NUMBER not in answer.text
    assert erase.asked_erasures() == []


def test_one_person_asks_and_another_agrees_and_carries_on_once_a_generation_is_there(officers, held):
    address = asked_of_person(officers["first"])
    own = officers["first"].get(address)
    assert "Agree to the erasure" not in own.text
    assert officers["first"].post(address, {"do": "agree"}).status_code == 409

    assert officers["second"].post(address, {"do": "agree"}).status_code == 302
    waiting = officers["second"].get(address).text
    assert "What it waits for" in waiting
    assert "publish one without them first" in waiting
    publish_generation(held, by="t", at=datetime.now(UTC))
    link_people(held, by="t", at=datetime.now(UTC))
    officers["second"].post(address, {"do": "agree"})

    assert "It is carried out." in officers["second"].get(address).text
    assert ReturnVersion.objects.filter(agency="csc", state=State.ERASED).count() == 1
    kept = str(list(AuditEvent.objects.values_list("object", "detail")))
    assert NUMBER not in kept
    assert "Quillfeather" not in kept


def test_a_data_officer_asks_for_the_own_agency_and_never_agrees(officers):
    refused = officers["police"].post("/erasures", form("plan_person"))
    assert refused.status_code == 409
    assert "Choose the agency" in refused.text
    address = asked_of_person(officers["csc"])

    assert officers["csc"].get(address).status_code == 200
    assert officers["csc"].post(address, {"do": "agree"}).status_code == 403
    assert officers["police"].get(address).status_code == 404
    assert "Erasure 1" not in officers["police"].get("/erasures").text
    assert officers["second"].post(address, {"do": "refuse", "reason": ""}).status_code == 409
    assert officers["second"].post(address, {"do": "refuse", "reason": "still needed"}).status_code == 302
    assert "Why it was refused" in officers["csc"].get(address).text


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (form("ask_person", number=" "), "No number is given"),
        (form("ask_person", number="nobody"), "holds anything of that person"),
        (form("ask_person", reason=" "), "needs a reason"),
        (form("plan", returns=""), "No return is named"),
        (form("ask", returns="nothing"), "There is no return"),
    ],
)
def test_what_cannot_be_asked_is_said_on_the_page(officers, sent, says):
    answer = officers["first"].post("/erasures", sent)

    assert answer.status_code == 409
    assert says in answer.text
    assert NUMBER not in answer.text


def test_whole_returns_are_planned_by_their_receipts(officers):
    csc = ReturnVersion.objects.get(agency="csc").id

    planned = officers["first"].post("/erasures", form("plan", returns=csc)).text
    assert "holds now: withdraw it first" in planned
    assert officers["first"].post("/erasures", form("ask", returns=csc)).status_code == 409
    assert "Name returns of your own agency" in officers["police"].post("/erasures", form("plan", returns=csc)).text
    assert officers["first"].post("/erasures", {"do": "something"}).status_code == 403
    assert officers["first"].get("/erasures/99").status_code == 404


def test_returns_that_could_be_asked_for_are_named_with_their_receipts_to_whom_they_concern(officers, held, submit):
    assert "There is none now." in words_of(officers["first"].get("/erasures"))
    before = ReturnVersion.objects.get(agency="csc").id
    submit(identity_record=[WHO], referral=[referral(NUMBER)])
    assert before not in officers["first"].get("/erasures").text, "the current generation still counts it"
    publish_generation(held, by="t", at=NOW)

    assert f"Children's social care: Annex A lists January to March 2026 1 superseded {before}" in words_of(
        officers["first"].get("/erasures")
    )
    assert before in officers["csc"].get("/erasures").text
    assert before not in officers["police"].get("/erasures").text
