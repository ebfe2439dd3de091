"""The impact assessment and the record of processing as pages: what they say, who signs, which files there are."""

from __future__ import annotations

import pytest

from sightline.app.agreements import add_agreement
from sightline.app.roles import Role
from sightline.ledger.agreements import standings
from sightline.web.pages import assessments as page
from sightline.web.release_source import WorkspaceSource, using
from tests.support.agreements import TERMS, write_agreements
from tests.support.partnership import NOW, make_workspace
from tests.unit.test_assessments import LONG
from tests.web.reading import words_of

pytestmark = pytest.mark.django_db
AT = "/data/agreements/sharing/assessment"


@pytest.fixture
def wider(tmp_path, db, monkeypatch):
    """The pages of a partnership whose agreement has a second version that goes further."""
    monkeypatch.setattr(page.timezone, "now", lambda: NOW)
    made = make_workspace(tmp_path, agreements={"sharing.yml": {**TERMS, **LONG}})
    write_agreements(tmp_path, {"next.yml": {**TERMS, **LONG, "purposes": ["strategic_planning", "scrutiny", "data_quality"]}})
    add_agreement(made, tmp_path / "next.yml", by="t", at=NOW)
    with using(WorkspaceSource(made.root)):
        yield made


def test_a_protection_officer_signs_the_assessment_and_the_version_is_in_force(wider, sign_in):
    client = sign_in(Role.DATA_PROTECTION_OFFICER)
    words = words_of(client.get(AT))
    assert "It is not in force until a data protection officer signs this assessment" in words
    assert "new purpose: data_quality" in words
    assert "I sign this assessment" in words
    assert "Version 2 waits for it to be signed" in words_of(client.get("/data/agreements/sharing"))

    assert client.post(AT, {"note": "look again in a year"}).status_code == 302

    words = words_of(client.get(AT))
    assert "look again in a year" in words
    assert "I sign this assessment" not in words
    assert all(each.is_assessed(NOW) for each in standings())
    assert client.post(AT, {}).status_code == 409


@pytest.mark.parametrize("role", [Role.ANALYST, Role.CHECKER, Role.STRATEGIC_LEAD, Role.ADMINISTRATOR])
def test_nobody_else_signs(wider, sign_in, role):
    client = sign_in(role)

    assert "I sign this assessment" not in words_of(client.get(AT))
    assert client.post(AT, {}).status_code == 403


def test_the_record_of_processing_tells_of_every_agreement_and_is_taken_along(wider, sign_in):
    client = sign_in(Role.ANALYST)

    words = words_of(client.get("/data/agreements/processing"))
    assert "Sharing in Testing" in words
    assert "Plan what we provide" in words
    assert "sharing@1" in words, "the version that counts, not the one that waits"
    for kind, begins in (("json", b"{"), ("html", b"<!"), ("pdf", b"%PDF")):
        assert client.get(f"/data/agreements/processing/record.{kind}").content.startswith(begins)
        assert client.get(f"{AT}.{kind}").content.startswith(begins)
    assert client.get(f"{AT}.docx").status_code == 404
    assert client.get("/data/agreements/nothing/assessment").status_code == 404


def test_without_a_workspace_nothing_is_processed(empty_pages, sign_in):
    assert "There is no agreement, so nothing is taken in or counted." in words_of(sign_in().get("/data/agreements/processing"))
