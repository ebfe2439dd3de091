"""Output checking as people meet it on the pages: asking from a download, deciding blind, taking, and being told of a recall."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from sightline.app import outputs
from sightline.app.roles import Role
from sightline.ledger.models import AuditEvent
from sightline.ledger.output_models import OutputRequest
from sightline.model.outputs import OutputState
from sightline.web.release_source import WorkspaceSource, _read, using
from tests.support.outputs import with_release
from tests.support.partnership import NOW, referral
from tests.web.reading import words_of

pytestmark = pytest.mark.django_db
FILE = "/releases/1/indicators/missing_episodes.csv"
FORM = {
    "file": FILE,
    "title": "Missing episodes",
    "recipient": "police",
    "other": "",
    "purpose": "strategic_planning",
    "why": "The panel asked for the figures of the year.",
}


@pytest.fixture
def town(workspace, submit):
    sent = submit(referral=[referral("A1")])
    with_release(workspace, returns=(sent.return_id,))
    with using(WorkspaceSource(workspace.root)):
        yield workspace
    _read.cache_clear()


def as_checker(sign_in, agency):
    client = sign_in(Role.CHECKER, agency)
    checker_of = f"{Role.CHECKER}-{agency}"
    outputs.train_checker(checker_of, until=date(2199, 1, 1), by="t", at=NOW)
    return client


def asked(sign_in, **changes):
    client = sign_in(Role.ANALYST, "csc")
    answer = client.post("/outputs/ask", {**FORM, **changes})
    return client, answer


DECIDE = {"do": "decide", "reasons": "read every line of it"}


def test_an_empty_list_says_what_outputs_are_for(town, sign_in):
    words = words_of(sign_in(Role.CHECKER, "police").get("/outputs"))

    assert "Nothing has been asked for yet" in words
    assert "Ask that a file may leave" not in words


def test_a_download_is_asked_for_checked_by_two_agencies_and_taken_as_it_was(town, sign_in):
    analyst, answer = asked(sign_in)
    assert answer.url == "/outputs/1"
    assert "waits for checkers" in words_of(analyst.get("/outputs/1"))
    assert analyst.get("/outputs/1/file").status_code == 404

    police, education = as_checker(sign_in, "police"), as_checker(sign_in, "education")
    assert "Waits for you" in words_of(police.get("/outputs"))
    assert "stops it" not in words_of(police.get("/outputs/1"))
    checked = police.get("/outputs/1/file")
    assert police.post("/outputs/1", {**DECIDE, "verdict": "release"}).status_code == 302
    assert "Waits for you" not in words_of(police.get("/outputs"))
    assert education.post("/outputs/1", {**DECIDE, "verdict": "release"}).status_code == 302

    taken = analyst.get("/outputs/1/file")
    assert taken.content == checked.content == analyst.get(FILE).content
    assert taken["Content-Disposition"] == 'attachment; filename="missing_episodes-release-1.csv"'
    assert AuditEvent.objects.filter(action="output_taken", actor="analyst-csc").count() == 1


def test_a_checker_sees_nothing_of_the_other_decision_before_the_own(town, sign_in):
    asked(sign_in)
    police, education = as_checker(sign_in, "police"), as_checker(sign_in, "education")
    before = words_of(education.get("/outputs/1"))

    police.post("/outputs/1", {"do": "decide", "verdict": "return", "reasons": "The caveat is missing."})

    assert words_of(education.get("/outputs/1")) == before
    assert "The caveat is missing." in words_of(police.get("/outputs/1"))


def test_what_two_checkers_gave_back_tells_the_requester_why(town, sign_in):
    analyst, _ = asked(sign_in)
    for agency in ("police", "education"):
        as_checker(sign_in, agency).post("/outputs/1", {"do": "decide", "verdict": "return", "reasons": f"{agency} misses the caveat."})

    words = words_of(analyst.get("/outputs/1"))
    assert "This output is given back." in words
    assert "police misses the caveat. (Police" in words
    assert "education misses the caveat. (Education" in words


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"do": "decide", "verdict": "perhaps", "reasons": "read every line"}, 409),
        ({"do": "decide", "verdict": "release", "reasons": "ok"}, 409),
        ({"do": "withdraw", "reason": "no"}, 403),
        ({"do": "burn"}, 403),
    ],
)
def test_what_is_no_decision_is_not_taken_down(town, sign_in, sent, status):
    asked(sign_in)

    assert as_checker(sign_in, "police").post("/outputs/1", sent).status_code == status
    assert outputs.list_outputs()[0].state is OutputState.WAITING


@pytest.mark.parametrize(("role", "agency"), [(Role.ANALYST, "csc"), (Role.STRATEGIC_LEAD, ""), (Role.DATA_PROTECTION_OFFICER, "")])
def test_nobody_but_a_checker_decides(town, sign_in, role, agency):
    analyst, _ = asked(sign_in)
    client = analyst if role == Role.ANALYST else sign_in(role, agency)

    assert client.post("/outputs/1", {**DECIDE, "verdict": "release"}).status_code == 403


@pytest.mark.parametrize(
    "file",
    [
        "https://example.org/releases/1/figures.csv",
        "//example.org/releases/1/figures.csv",
        "/audit/events.csv",
        "/data/links/statement.json",
        "/releases/7/figures.csv",
        "/releases/1/figures.exe",
        "/nowhere",
        "",
    ],
)
def test_only_a_download_of_a_release_can_be_asked_for(town, sign_in, file):
    _, answer = asked(sign_in, file=file)

    assert answer.status_code == 400
    assert OutputRequest.objects.count() == 0


def test_the_form_comes_filled_in_from_beside_a_download_and_keeps_what_was_written(town, sign_in):
    page = sign_in(Role.ANALYST).get("/outputs/ask", {"file": FILE}).content.decode()
    assert f'<option value="{FILE}"' in page

    _, answer = asked(sign_in, title="")
    assert "An output needs a title." in words_of(answer)
    assert "The panel asked for the figures of the year." in answer.content.decode()


def test_a_protection_officer_recalls_and_whoever_took_it_is_told_on_every_page_until_they_confirm(town, sign_in):
    analyst, _ = asked(sign_in)
    for agency in ("police", "education"):
        as_checker(sign_in, agency).post("/outputs/1", {**DECIDE, "verdict": "release"})
    analyst.get("/outputs/1/file")
    assert "was recalled" not in words_of(analyst.get("/indicators"))

    assert analyst.post("/outputs/1", {"do": "recall", "reason": "wrong"}).status_code == 403
    officer = sign_in(Role.DATA_PROTECTION_OFFICER)
    assert officer.post("/outputs/1", {"do": "recall", "reason": "a number was wrong"}).status_code == 302

    assert analyst.get("/outputs/1/file").status_code == 404
    assert "Output 1, Missing episodes, which you took, was recalled." in words_of(analyst.get("/indicators"))
    assert "was recalled" not in words_of(officer.get("/indicators"))
    assert analyst.post("/outputs/1", {"do": "confirm", "note": "deleted"}).status_code == 302
    assert "was recalled" not in words_of(analyst.get("/indicators"))
    assert "deleted" in words_of(officer.get("/outputs/1"))


def test_the_board_report_can_be_taken_along_and_asked_for(town, sign_in):
    client = sign_in(Role.ANALYST)

    assert client.get("/releases/1/board-report.html")["Content-Disposition"].endswith('release-1.html"')
    assert client.get("/releases/1/board-report.docx").status_code == 404
    assert reverse("board_report_file", args=[1, "pdf"]) in client.get("/outputs/ask").content.decode()


def test_an_output_that_is_none_is_not_there(town, sign_in):
    client = sign_in(Role.ANALYST)

    assert client.get("/outputs/7").status_code == client.get("/outputs/7/file").status_code == 404
