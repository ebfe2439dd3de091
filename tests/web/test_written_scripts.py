"""Whatever text people write, by a page, a command or a file of definitions, comes out of every page as text."""

from __future__ import annotations

import pytest

from sightline.app import outputs
from sightline.app.agreements import take_step
from sightline.app.roles import Role
from sightline.app.users import add_user
from sightline.errors import InputRefused
from sightline.ledger.models import User
from sightline.model.agreements import Step
from sightline.model.outputs import Verdict
from sightline.web.release_source import WorkspaceSource, _read, using
from tests.support.outputs import asked, checker, with_release
from tests.support.partnership import NOW, PARTNERSHIP, make_workspace, referral, submit, use_plain_reader
from tests.support.sessions import open_session
from tests.unit.test_agreements_in_force import agreement, agreements
from tests.web.reading import document
from tests.web.test_stored_scripts import HARM, harmless

pytestmark = pytest.mark.django_db


def text(field: str) -> str:
    """A text of that field that a browser or a template could take for more than text."""
    return f"said in {field} {HARM}"


SHOWN = {
    "agency": {"/data/agreements", "/data/quality", "/data/returns"},
    "dataset": {"/data/agreements", "/data/quality", "/data/returns"},
    "agreement": {"/data/agreements", "/data/agreements/police_sharing"},
    "signatory": {"/data/agreements/police_sharing"},
    "signatory role": {"/data/agreements/police_sharing"},
    "suspension": {"/data/agreements/police_sharing"},
    "person": {"/", "/account"},
}
"""For each text, pages that show it to somebody."""
PAGES = (
    *(
        "/",
        "/agencies",
        "/indicators",
        "/about-this-data",
        "/account",
        "/releases",
        "/releases/1",
        "/audit",
        "/data/uses",
        "/data/definitions",
    ),
    *("/data/agreements", "/data/agreements/police_sharing", "/data/agreements/can-share", "/data/returns", "/data/returns/police/police"),
    *("/data/quality", "/data/links", "/data/links/review", "/outputs", "/outputs/ask"),
)
READERS = ((Role.ANALYST, "csc"), (Role.AGENCY_DATA_OFFICER, "police"), (Role.DATA_PROTECTION_OFFICER, ""), (Role.CHECKER, "education"))


@pytest.fixture
def town(tmp_path, db, monkeypatch):
    """A partnership in whose every text stands what a browser could take for more."""
    use_plain_reader(monkeypatch.setattr)
    named = PARTNERSHIP.replace("name: Police", f"name: {quoted(text('agency'))}").replace(
        "title: Occurrences", f"title: {quoted(text('dataset'))}"
    )
    signature = {"party": "police", "person": text("signatory"), "role": text("signatory role"), "at": "2025-06-01"}
    police = agreement("police", title=text("agreement"), signatories=[signature])
    made = make_workspace(tmp_path, named, agreements=agreements(police=police))
    sent = submit(made, tmp_path / "incoming", agency="police", dataset="police", referral=[referral("A1")])
    with_release(made, returns=(sent.return_id,))
    write_what_people_write(made)
    with using(WorkspaceSource(made.root)):
        yield made
    _read.cache_clear()


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def write_what_people_write(workspace) -> None:
    take_step(workspace, "police_sharing", Step.SUSPEND, reason=text("suspension"), by="protection", at=NOW)


def test_no_text_that_people_write_becomes_markup_and_each_is_there(town, client, django_user_model):
    seen: dict[str, set[str]] = {field: set() for field in SHOWN}
    for role, agency in READERS:
        user = django_user_model.objects.create(
            username=f"reader-{role}", role=role, agency=agency, first_name=text("person")[:150], last_name="x"
        )
        open_session(client, user)
        for address in PAGES:
            answer = client.get(address)
            assert answer.status_code in (200, 403, 404), address
            harmless(answer)
            words = document(answer).text_content()
            for field in SHOWN:
                if f"said in {field} \"'><x-stored" in words:
                    seen[field].add(address)

    assert {field: pages - seen[field] for field, pages in SHOWN.items() if pages - seen[field]} == {}


def test_no_text_of_an_output_its_decisions_or_its_recall_becomes_markup(workspace, submit, client, django_user_model):
    with_release(workspace, returns=(submit(referral=[referral("A1")]).return_id,))
    number = asked(workspace, title=text("title")[:200], why=text("why")).line.number
    for name, agency in (("ann", "police"), ("bo", "education")):
        checker(name, agency)
        outputs.decide_on_output(number, Verdict.RELEASE, reasons=text("decision"), by=name, agency=agency, at=NOW)
    outputs.take_output(workspace, number, by="reader-analyst", at=NOW)
    outputs.recall_output(number, reason=text("recall"), by="bo", at=NOW)
    words = ""
    with using(WorkspaceSource(workspace.root)):
        for role, agency in READERS:
            user = django_user_model.objects.create(username=f"reader-{role}", role=role, agency=agency)
            open_session(client, user)
            for address in ("/outputs", f"/outputs/{number}", "/audit"):
                answer = client.get(address)
                harmless(answer)
                words += document(answer).text_content()
    _read.cache_clear()

    assert {field for field in ("title", "why", "decision", "recall") if f"said in {field} \"'><x-stored" not in words} == set()


@pytest.mark.parametrize("name", ["<script>", "a b", "x\"onload='", "{{7*7}}", "a\nb", "../etc"])
def test_a_sign_in_name_cannot_hold_it(name, workspace):
    with pytest.raises(InputRefused):
        add_user(workspace, name=name, password="three-long-words-1234", role="analyst", agency=None, by="t", at=NOW)
    assert not User.objects.exists()


def test_an_agency_of_somebody_is_one_of_the_partnership(workspace):
    from sightline.errors import NotFound  # only this test refuses in that way

    with pytest.raises(NotFound):
        add_user(workspace, name="ada", password="three-long-words-1234", role="analyst", agency=HARM, by="t", at=NOW)
