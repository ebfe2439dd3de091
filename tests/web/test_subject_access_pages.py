"""Subject access on the pages: nothing of the person in an address, texts closed until asked for, the answer by its hash."""

from __future__ import annotations

import hashlib

import pytest

from sightline.app.publish_generation import publish_generation
from sightline.app.roles import Role
from sightline.ledger.access_models import AccessStep
from sightline.ledger.models import AuditEvent
from sightline.model.access import Step
from sightline.web.release_source import WorkspaceSource, _open_workspace, using
from tests.support.partnership import NOW, link_everybody, referral

NUMBER, WORDS = "0", "She said that Barnaby waited at the harbour."


@pytest.fixture
def officer(workspace, submit, sign_in):
    told = {"about": "referral", "written_on": "2026-02-03", "voice": "child", "text": WORDS}
    submit(
        identity_record=[{"local_id": NUMBER, "given_name": "Ottoline"}],
        referral=[referral(NUMBER)],
        narrative=[{"local_id": NUMBER, **told}],
    )
    submit(agency="police", dataset="police", identity_record=[{"local_id": NUMBER, "given_name": "Tamsin"}])
    link_everybody(workspace, publish_generation(workspace, by="t", at=NOW).number, children=1)
    with using(WorkspaceSource(workspace.root)):
        yield sign_in(Role.DATA_PROTECTION_OFFICER)
    _open_workspace.cache_clear()


def record(client, **more):
    sent = {"agency": "csc", "number": NUMBER, "reference": "SAR-1", "asked_by": "person", "received_on": "2026-05-15"} | more
    return client.post("/subject-access", sent)


def step(client, kind, words="seen with a passport"):
    return client.post("/subject-access/1", {"do": "step", "step": kind, "words": words, "day": ""})


def test_from_request_to_answer(officer):
    assert record(officer)["Location"] == "/subject-access/1"
    page = officer.get("/subject-access/1").text
    assert "waits until it is checked who asks" in page
    assert not any(said in page for said in ("Ottoline", "Tamsin", "She said")), "closed until one is opened"
    assert officer.post("/subject-access/1/answer.html")["Location"] == "/subject-access/1", "not yet"
    for kind in ("identity_checked", "harm_considered"):
        assert step(officer, kind).status_code == 302

    key = page.split('name="record" value="')[1].split('"')[0]
    assert WORDS in officer.post("/subject-access/1", {"do": "read", "record": key}).text
    assert AuditEvent.objects.filter(action="access_text_read").count() == 1
    decision = {"do": "decide", "record": key, "becomes": "redact", "exemption": "third_parties", "words_out": "Barnaby; "}
    assert officer.post("/subject-access/1", {**decision, "words_out": "Nobody"}).status_code == 409
    assert officer.post("/subject-access/1", decision).status_code == 302

    answer = officer.post("/subject-access/1/answer.html")
    assert answer["Content-Disposition"] == 'attachment; filename="answer-1.html"'
    text = answer.content.decode()
    assert "She said that [left out] waited at the harbour." in text
    assert "Tamsin" in text
    assert AccessStep.objects.get(kind=Step.ANSWERED).digest == hashlib.sha256(answer.content).hexdigest()
    assert "It is answered." in officer.get("/subject-access/1").text
    assert officer.get("/subject-access/1/answer.html").status_code == 404
    assert officer.post("/subject-access/1/answer.docx").status_code == 404


def test_an_agencys_officer_sees_that_agencys_requests_only(officer, sign_in):
    own = sign_in(Role.DATA_PROTECTION_OFFICER, "police")
    record(officer)

    assert own.get("/subject-access/1").status_code == 404
    assert "SAR-1" not in own.get("/subject-access").text
    assert record(own).status_code == 409
    assert record(own, agency="police")["Location"] == "/subject-access/2"
    page = officer.get("/subject-access").text
    assert "SAR-1" in page
    assert "Police" in page


@pytest.mark.parametrize(
    ("sent", "says"),
    [({"received_on": "soon"}, "This is not a day"), ({"number": " "}, "empty"), ({"reference": "a b"}, "needs a reference")],
)
def test_what_cannot_be_written_down_is_said_and_the_number_is_not_shown_again(officer, sent, says):
    answer = record(officer, **sent)

    assert answer.status_code == 409
    assert says in answer.text
    assert 'name="number" value' not in answer.text


def test_a_step_that_cannot_be_is_said(officer):
    record(officer)

    assert "Choose what happened" in step(officer, "nothing").text
    assert "Its clock runs" in step(officer, "clock_started").text
    assert "few more words" in step(officer, "identity_checked", "x").text
    assert officer.get("/subject-access/99").status_code == 404
