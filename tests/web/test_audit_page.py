"""What is read is written down first, and the protection officer can read it back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from sightline.app.audit_digest import COUNTED, STANDS_OUT, digest, month_named
from sightline.app.audit_trail import KEYS
from sightline.app.audit_words import WORDS
from sightline.app.roles import Role
from sightline.errors import EnvironmentProblem
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent
from sightline.ledger.together import Together
from sightline.web.release_source import WorkspaceSource, using
from tests.support.tampering import unguard
from tests.web.reading import document, words_of

NOW = datetime(2026, 5, 15, 9, tzinfo=UTC)


def read_and_did() -> list[tuple[str, str, str]]:
    return list(AuditEvent.objects.order_by("seq").values_list("action", "object", "actor"))


def test_every_page_refusal_and_miss_of_a_person_is_written_down_and_public_pages_are_not(pages, sign_in):
    client = sign_in(Role.STRATEGIC_LEAD)
    unguard()
    AuditEvent.objects.all()._raw_delete("default")
    audit.AuditHead.objects.all().delete()
    for address in (
        "/",
        "/indicators/missing_episodes?quarter=2026-Q1",
        "/audit",
        "/indicators/none_such",
        "/releases/1/figures.csv",
        "/healthz",
    ):
        client.get(address)

    who = client.session["_auth_user_id"] and AuditEvent.objects.first().actor
    assert read_and_did() == [
        ("page_read", "/", who),
        ("page_read", "/indicators/missing_episodes", who),
        ("page_refused", "/audit", who),
        ("page_not_there", "/indicators/none_such", who),
        ("file_taken", "/releases/1/figures.csv", who),
    ]
    first = AuditEvent.objects.first().detail
    assert (first["role"], first["page"], first["status"]) == ("Strategic lead", "overview", 200)
    assert first["release"] >= 1
    assert audit.verify() == 5


def test_what_cannot_be_written_down_is_not_shown(pages, sign_in, monkeypatch):
    client = sign_in(Role.STRATEGIC_LEAD)
    shown = client.get("/indicators/missing_episodes").content

    def full(*given: object, **named: object) -> None:
        raise EnvironmentProblem("The ledger cannot be written: disk full.")

    monkeypatch.setattr("sightline.web.audit_reads.record_read", full)
    answer = client.get("/indicators/missing_episodes")

    assert answer.status_code == 503
    assert "cannot be shown just now" in words_of(answer)
    assert len(answer.content) < len(shown) / 2


def test_signing_in_out_and_being_refused_are_written_down_and_a_name_nobody_has_is_not(pages, client, django_user_model):
    django_user_model.objects.create_user("ann", password="harbour-lantern-42", role=Role.STRATEGIC_LEAD, agency="police")
    for name, password in (("ann", "wrong"), ("my-Password-typed-here", "x"), ("ann", "harbour-lantern-42")):
        client.post("/sign-in", {"username": name, "password": password})
    client.post("/sign-out")

    assert read_and_did() == [
        ("sign_in_failed", "", "ann"),
        ("sign_in_failed", "", ""),
        ("signed_in", "", "ann"),
        ("signed_out", "", "ann"),
    ]
    assert "Password" not in str(list(AuditEvent.objects.values()))


def test_the_protection_officer_reads_events_as_sentences_and_asks_for_some(pages, sign_in):
    with audit.writing():
        for number, (actor, action) in enumerate((("ann", "page_read"), ("bob", "page_refused"), ("ann", "signed_in"))):
            at = NOW + timedelta(days=number)
            audit.record(action, "/places", by=actor, at=at, detail={"role": "Analyst", "agency": "police" if actor == "ann" else ""})
    client = sign_in(Role.DATA_PROTECTION_OFFICER)

    everything = words_of(client.get("/audit"))
    assert "ann (Analyst) read the page /places." in everything
    assert "bob (Analyst) asked for the page /places, which this role is not given, and was refused." in everything
    assert "15 May 2026, 10:00" in everything  # London's clock, not UTC.
    assert "never been signed" in everything
    shown = {
        query: [
            name
            for name in ("ann (Analyst) read", "bob (Analyst)", "ann (Analyst) signed in")
            if name in words_of(client.get(f"/audit?{query}"))
        ]
        for query in (
            "person=bob",
            "agency=police&kind=reads",
            "kind=sign_ins&person=ann",
            "since=2026-05-16&until=2026-05-16",
            "kind=refusals",
            "before=2",
        )
    }
    assert shown == {
        "person=bob": ["bob (Analyst)"],
        "agency=police&kind=reads": ["ann (Analyst) read"],
        "kind=sign_ins&person=ann": ["ann (Analyst) signed in"],
        "since=2026-05-16&until=2026-05-16": ["bob (Analyst)"],
        "kind=refusals": ["bob (Analyst)"],
        "before=2": ["ann (Analyst) read"],
    }
    assert "No event is like that." in words_of(client.get("/audit?person=nobody"))


def test_days_and_kinds_that_are_none_are_said_at_the_form(pages, sign_in):
    client = sign_in(Role.DATA_PROTECTION_OFFICER)

    said = words_of(client.get("/audit?since=yesterday&kind=odd"))
    assert "From: write the day as 2026-05-15." in said
    assert "Choose one of the kinds of event." in said
    assert client.get("/audit?before=x").status_code == 404


def test_a_hundred_events_a_page_and_older_ones_behind_a_link(pages, sign_in):
    with audit.writing():
        for number in range(150):
            audit.record("page_read", f"/p{number}", by="ann", at=NOW)
    client = sign_in(Role.DATA_PROTECTION_OFFICER)

    first = client.get("/audit?person=ann")
    assert words_of(first).count("ann read the page") == 100
    assert "before=51" in first.content.decode()
    second = client.get("/audit?person=ann&before=51")
    assert words_of(second).count("ann read the page") == 50
    assert "Older events" not in words_of(second)


def test_a_file_of_events_needs_a_reason_and_leaves_an_event(pages, sign_in):
    with audit.writing():
        audit.record("page_read", "=cmd()", by="ann", at=NOW)
    client = sign_in(Role.DATA_PROTECTION_OFFICER)

    refused = client.post("/audit/events.csv", {"person": "ann", "reason": "short"})
    assert refused.status_code == 400
    assert "needs a reason" in words_of(refused)
    taken = client.post("/audit/events.csv", {"person": "ann", "reason": "a subject access request"})
    lines = taken.content.decode("utf-8-sig").splitlines()
    assert (lines[0], len(lines)) == ("seq,at,actor,agency,action,object,text", 2)
    assert ",=cmd" not in lines[1]
    event = AuditEvent.objects.get(action="audit_exported")
    assert (event.object, event.detail["reason"]) == ("1 events", "a subject access request")
    assert client.get("/audit/events.csv").status_code == 404


def test_an_officer_of_an_agency_takes_away_what_its_own_people_did(pages, sign_in):
    with audit.writing():
        for name, agency in (("ann", "police"), ("bob", "csc")):
            audit.record("page_read", f"/{name}", by=name, at=NOW, detail={"agency": agency})
    client, why = sign_in(Role.DATA_PROTECTION_OFFICER, agency="police"), {"reason": "an inquiry of the police"}

    taken = client.post("/audit/events.csv", why).content.decode()
    assert "/ann" in taken
    assert "/bob" not in taken
    refused = client.post("/audit/events.csv", why | {"agency": "csc"})
    assert refused.status_code == 400
    assert "takes away what that agency’s people did" in words_of(refused)
    whole = sign_in(Role.DATA_PROTECTION_OFFICER).post("/audit/events.csv", why).content.decode()
    assert "/bob" in whole
    assert AuditEvent.objects.filter(action="audit_exported").count() == 2


def test_what_was_done_about_one_child_is_found_by_the_stand_in(pages, sign_in):
    with audit.writing():
        for subject in ("00aa", "00bb"):
            audit.record("break_glass_read", "emergency 1", by="ann", at=NOW, detail={"subject": subject, "rows": 3})
        audit.record("page_read", "/places", by="ann", at=NOW, detail={})
    client = sign_in(Role.DATA_PROTECTION_OFFICER)

    said = words_of(client.get("/audit?subject=00aa"))
    assert said.count("looked at 3 records of child 00aa") == 1
    assert "00bb" not in said
    assert "read the page" not in said
    assert "00aa" not in words_of(client.get("/audit?subject=00bb&kind=changes"))


def test_no_other_role_sees_it(pages, sign_in):
    assert {role for role in Role if sign_in(role, agency="police").get("/audit").status_code == 200} == {Role.DATA_PROTECTION_OFFICER}


@pytest.fixture
def disk(monkeypatch):
    """A disk on which each write waits until it may go on; keeps what was written together."""

    class Disk:
        def __init__(self) -> None:
            self.written: list[list[str]] = []
            self.batch: list[str] = []
            self.begun, self.goes_on = threading.Event(), threading.Event()

        def __enter__(self) -> None:
            self.batch.clear()
            self.begun.set()

        def __exit__(self, *problem: object) -> None:
            self.goes_on.wait(5)
            self.written.append(list(self.batch))

    disk = Disk()
    monkeypatch.setattr(audit, "writing", lambda: disk)
    monkeypatch.setattr(audit, "record_all", lambda told, **more: disk.batch.extend(each.object for each in told))
    return disk


def test_many_who_read_at_once_share_a_write_and_none_goes_on_before_theirs(disk):
    line = Together()
    with ThreadPoolExecutor(8) as readers:
        waiting = [readers.submit(line.record, "page_read", f"/{number}", by="t", at=NOW, detail={}) for number in range(8)]
        while len(line._waiting) < 7:
            pass
        assert not any(each.done() for each in waiting)
        disk.goes_on.set()
        for each in waiting:
            each.result(5)

    assert [len(each) for each in disk.written] == [1, 7]
    assert sorted(name for each in disk.written for name in each) == [f"/{number}" for number in range(8)]


def read_page(line: Together, name: str, *, begun: threading.Event | None = None, until: threading.Event | None = None) -> None:
    with line.page():
        if begun is not None:
            begun.set()
        if until is not None:
            until.wait(5)
        line.record("page_read", name, by="t", at=NOW, detail={})


def test_a_write_waits_for_the_pages_under_way_and_takes_their_events_along(disk):
    disk.goes_on.set()
    line, begun, until = Together(patience=5), threading.Event(), threading.Event()
    with ThreadPoolExecutor(2) as readers:
        slow = readers.submit(read_page, line, "/slow", begun=begun, until=until)
        begun.wait(5)
        quick = readers.submit(read_page, line, "/quick")
        while not line._is_writing:
            pass
        assert not disk.begun.is_set()
        until.set()
        slow.result(5), quick.result(5)

    assert [sorted(each) for each in disk.written] == [["/quick", "/slow"]]


def test_a_page_that_takes_long_holds_a_write_up_once_and_for_a_moment(disk):
    disk.goes_on.set()
    line, begun, until = Together(patience=0.01), threading.Event(), threading.Event()
    with ThreadPoolExecutor(2) as readers:
        slow = readers.submit(read_page, line, "/slow", begun=begun, until=until)
        begun.wait(5)
        readers.submit(read_page, line, "/quick").result(5)
        assert disk.written == [["/quick"]]
        line.patience = 60
        readers.submit(read_page, line, "/next").result(5)
        until.set()
        slow.result(5)

    assert disk.written == [["/quick"], ["/next"], ["/slow"]]


def test_a_page_begins_after_the_write_that_is_going_on(disk):
    line, begun = Together(patience=5), threading.Event()
    with ThreadPoolExecutor(2) as readers:
        first = readers.submit(read_page, line, "/first")
        disk.begun.wait(5)
        second = readers.submit(read_page, line, "/second", begun=begun)
        assert not begun.wait(0.05)
        disk.goes_on.set()
        first.result(5), second.result(5)

    assert begun.is_set()


def test_a_page_that_writes_nothing_down_is_waited_for_no_longer(disk):
    disk.goes_on.set()
    line = Together(patience=60)
    with ThreadPoolExecutor(1) as readers:
        with line.page():
            pass
        readers.submit(read_page, line, "/").result(5)

    assert disk.written == [["/"]]


def test_everybody_whose_event_could_not_be_written_is_told(monkeypatch):
    def refuse() -> None:
        raise PermissionDenied

    monkeypatch.setattr(audit, "writing", refuse)
    line = Together()
    for _ in range(2):
        with pytest.raises(PermissionDenied):
            line.record("page_read", "/", by="t", at=NOW, detail={})
    assert not line._is_writing


def test_a_month_stands_on_one_sheet_by_the_clock_here_and_an_agency_s_officer_sees_the_own_people(pages, sign_in):
    with audit.writing():
        for name, agency, at in (
            ("ann", "police", datetime(2026, 4, 30, 22, 59, tzinfo=UTC)),  # April still, in London
            ("ann", "police", datetime(2026, 4, 30, 23, 0, tzinfo=UTC)),
            ("ann", "police", NOW),
            ("bob", "csc", datetime(2026, 5, 31, 22, 59, tzinfo=UTC)),
            ("bob", "csc", datetime(2026, 5, 31, 23, 0, tzinfo=UTC)),
        ):
            audit.record("page_read", "/", by=name, at=at, detail={"agency": agency, "role": "Analyst"})
        audit.record("quarantine_begun", "health", by="cat", at=NOW, detail={"reason": "a stolen sign-in", "people": 2})

    month = digest(date(2026, 5, 1))
    assert dict(month.counts)["Pages read"] == 3
    assert [(each.agency, each.people, each.pages) for each in month.readers] == [("csc", 1, 1), ("police", 1, 2)]
    assert [each.action for each in month.stands_out] == ["quarantine_begun"]
    assert digest(date(2026, 4, 1)).as_dict()["counts"]["Pages read"] == 1
    officer = sign_in(Role.DATA_PROTECTION_OFFICER)
    said = words_of(officer.get("/audit/month?month=2026-05"))
    assert "The audit of May 2026" in said
    assert "put health in quarantine" in said
    own = words_of(sign_in(Role.DATA_PROTECTION_OFFICER, agency="police").get("/audit/month?month=2026-05"))
    assert "put health in quarantine" not in own
    wrong = officer.get("/audit/month?month=May")
    assert (wrong.status_code, "Give the month as 2026-05" in words_of(wrong)) == (400, True)
    assert month_named("", at=datetime(2026, 3, 31, 23, 30, tzinfo=UTC)) == date(2026, 3, 1)


def test_what_is_counted_and_what_stands_out_is_what_the_program_records():
    named = {action for actions in COUNTED.values() for action in actions} | set(STANDS_OUT) | set(KEYS)

    assert named <= set(WORDS)
    assert {action for action in WORDS if "storage_key" in action or "token_key" in action or "rotation" in action} <= set(KEYS)


def test_agencies_are_chosen_by_name_and_one_that_left_stays_asked_about(workspace, sign_in):
    with using(WorkspaceSource(workspace.root)):
        page = document(sign_in(Role.DATA_PROTECTION_OFFICER).get("/audit?agency=gone"))

    options = {each.get("value"): each for each in page.xpath("//select[@name='agency']/option")}
    assert options["csc"].text.strip() == "Children's social care"
    assert options["gone"].get("selected") is not None
