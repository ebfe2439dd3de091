"""Whatever text people write, by a page, a command or a file of definitions, comes out of every page as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from sightline.app import outputs
from sightline.app.agreements import take_step
from sightline.app.publish_generation import publish_generation
from sightline.app.retention import place_hold
from sightline.app.roles import Role
from sightline.app.users import add_user
from sightline.errors import InputRefused
from sightline.ledger.models import User
from sightline.ledger.subject_models import BreakGlass, NonDisclosure
from sightline.model.agreements import Step
from sightline.model.outputs import Verdict
from sightline.web.pages import assessments
from sightline.web.release_source import WorkspaceSource, _open_workspace, _read, using
from tests.support.agreements import TERMS
from tests.support.emergencies import agree_on_emergencies
from tests.support.outputs import asked, checker, with_release
from tests.support.partnership import NOW, PARTNERSHIP, link_everybody, make_workspace, referral, submit, use_plain_reader
from tests.support.sessions import open_session
from tests.unit.test_agreements_in_force import agreement, agreements
from tests.unit.test_assessments import LONG
from tests.web.reading import document, words_of
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
        outputs.decide_on_output(workspace, number, Verdict.RELEASE, reasons=text("decision"), by=name, agency=agency, at=NOW)
    outputs.take_output(workspace, number, by="reader-analyst", at=NOW)
    outputs.recall_output(number, reason=text("recall"), by="bo", at=NOW)
    outputs.confirm_recall(number, note=text("confirmation"), by="reader-analyst", at=NOW)
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

    assert {
        field for field in ("title", "why", "decision", "recall", "confirmation") if f"said in {field} \"'><x-stored" not in words
    } == set()


def test_no_text_of_an_assessments_sign_off_becomes_markup(tmp_path, sign_in, monkeypatch):
    monkeypatch.setattr(assessments.timezone, "now", lambda: NOW)
    workspace = make_workspace(tmp_path, agreements={"sharing.yml": {**TERMS, **LONG, "caldicott_notes": text("notes")}})
    seen = Seen()
    with using(WorkspaceSource(workspace.root)):
        officer, at = sign_in(Role.DATA_PROTECTION_OFFICER), "/data/agreements/sharing/assessment"
        assert officer.post(at, {"note": text("sign-off")}).status_code == 302
        for client in (officer, sign_in(Role.ANALYST)):
            for address in (at, "/data/agreements/sharing", "/data/agreements/processing"):
                seen(client.get(address))
        seen(officer.get("/audit"))
        file = officer.get(f"{at}.html")
    _read.cache_clear()

    assert seen.lacks("notes", "sign-off") == set()
    assert file.status_code == 200
    harmless(file)
    assert text("sign-off") in document(file).text_content()


class Seen:
    """Every page that was answered, of which nothing became markup, and the words on all of them."""

    def __init__(self) -> None:
        self.words = ""

    def __call__(self, answer):
        assert answer.status_code == 200, words_of(answer)
        harmless(answer)
        self.words += document(answer).text_content()
        return answer

    def lacks(self, *fields: str) -> set[str]:
        return {field for field in fields if f"said in {field} \"'><x-stored" not in self.words}


@pytest.fixture
def child(workspace, submit):
    """A child whom two agencies tell of with such texts in whatever their files hold as words."""
    submit(
        identity_record=[{"local_id": "0", "given_name": text("given name"), "family_name": text("family name"), "aliases": text("alias")}],
        referral=[referral("0", "2026-02-03")],
        narrative=[{"local_id": "0", "about": "referral", "written_on": "2026-02-03", "voice": "child", "text": text("narrative")}],
    )
    episode = {"local_id": "0", "started_at": "2026-02-10 21:30", "grade": "high", "grade_local": text("local grade")}
    submit(agency="police", dataset="police", identity_record=[{"local_id": "0"}], missing_episode=[episode])
    link_everybody(workspace, publish_generation(workspace, by="t", at=NOW).number, children=1)
    agree_on_emergencies(workspace)
    with using(WorkspaceSource(workspace.root)):
        yield workspace
    _open_workspace.cache_clear()


def test_no_text_of_an_emergency_or_of_a_decision_not_to_disclose_becomes_markup(child, sign_in):
    seen, ask, decisions = Seen(), "/people/in-an-emergency", "/people/not-disclosed"
    ann, officer = sign_in(Role.PRACTITIONER, "csc"), sign_in(Role.DATA_PROTECTION_OFFICER, "csc")
    said = {"emergency": "immediate_harm", "words": text("emergency"), "agency": "csc", "number": "0"}
    opened = seen(ann.post(ask, said, follow=True))
    for key in re.findall(r'name="text" value="([0-9a-f]{16})"', opened.content.decode()):
        seen(ann.post(opened.redirect_chain[0][0], {"do": "read", "text": key}))
    number = str(BreakGlass.objects.get().pk)
    seen(officer.post("/people/emergencies-to-review", {"number": number, "justified": "no", "words": text("review")}, follow=True))
    seen(ann.get(ask))

    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    form = {"do": "record", "agency": "csc", "number": "0", "holder": "csc", "asked_by": text("asker"), "basis": "serious_harm"}
    seen(officer.post(decisions, form | {"reason": text("decision"), "review_by": day, "until": ""}, follow=True))
    number = str(NonDisclosure.objects.get().pk)
    seen(officer.post(decisions, {"do": "review", "number": number, "words": text("second look"), "review_by": day}, follow=True))
    seen(officer.post(decisions, {"do": "end", "number": number, "words": text("end")}, follow=True))
    seen(sign_in(Role.DATA_PROTECTION_OFFICER).get("/audit"))

    assert seen.lacks("given name", "family name", "narrative", "local grade", "emergency", "review", "asker", "decision") == set()


def test_no_text_of_a_request_an_erasure_or_a_quarantine_becomes_markup(child, sign_in):
    seen, officer, other = Seen(), sign_in(Role.DATA_PROTECTION_OFFICER), sign_in(Role.DATA_PROTECTION_OFFICER, "csc")
    request = {"agency": "csc", "number": "0", "reference": text("reference")[:64], "asked_by": "person", "received_on": "2026-05-15"}
    assert officer.post("/subject-access", request).status_code == 409, "a reference is a number of theirs"
    seen(officer.post("/subject-access", request | {"reference": "SAR-1"}, follow=True))
    for step in ("identity_checked", "harm_considered"):
        said = {"do": "step", "step": step, "words": text(step.replace("_", " ")), "day": ""}
        page = seen(officer.post("/subject-access/1", said, follow=True))
    for key in dict.fromkeys(re.findall(r'name="record" value="([^"]+)"', page.content.decode())):
        seen(officer.post("/subject-access/1", {"do": "read", "record": key}))
    seen(officer.get("/subject-access"))

    why = {"agency": "csc", "number": "0", "reason": text("erasure")}
    seen(officer.post("/erasures", why | {"do": "ask_person"}, follow=True))
    seen(other.post("/erasures/1", {"do": "refuse", "reason": text("refusal")}, follow=True))
    seen(other.get("/erasures"))
    for do in ("begin", "end"):
        seen(officer.post("/quarantine", {"agency": "police", "do": do, "reason": text(f"quarantine {do}")}, follow=True))
    place_hold(child, agency="csc", reason=text("hold"), until=None, by="t", at=NOW)
    seen(officer.post("/erasures", why | {"do": "plan_person"}))
    seen(officer.get("/audit"))

    assert seen.lacks("identity checked", "harm considered", "narrative", "erasure", "refusal", "quarantine begin", "hold") == set()


@pytest.mark.parametrize("name", ["<script>", "a b", "x\"onload='", "{{7*7}}", "a\nb", "../etc"])
def test_a_sign_in_name_cannot_hold_it(name, workspace):
    with pytest.raises(InputRefused):
        add_user(workspace, name=name, password="three-long-words-1234", role="analyst", agency=None, by="t", at=NOW)
    assert not User.objects.exists()


def test_an_agency_of_somebody_is_one_of_the_partnership(workspace):
    from sightline.errors import NotFound  # only this test refuses in that way

    with pytest.raises(NotFound):
        add_user(workspace, name="ada", password="three-long-words-1234", role="analyst", agency=HARM, by="t", at=NOW)
