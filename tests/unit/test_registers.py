"""The incident log and the complaints register: how each entry stands, who keeps them, and whose data an incident concerns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from typer.testing import CliRunner

from sightline.app import break_glass, complaints, incidents
from sightline.app.audit_trail import Asked, events
from sightline.app.proofs import NotProved
from sightline.cli.main import app
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger import audit, reviews
from sightline.ledger.models import AuditEvent, Linkage, LinkReview, LinkReviewPair, User
from sightline.ledger.register_models import Complaint, Incident
from sightline.ledger.subject_models import BreakGlass
from tests.support.emergencies import READER, known_child, opened
from tests.support.partnership import NOW

WORDS = "A laptop with an open session was left on a train"
HOUR = timedelta(hours=1)


def noticed(workspace, **changes):
    said = {
        "kind": "lost_device",
        "agency": "csc",
        "words": WORDS,
        "happened_at": NOW - HOUR,
        "noticed_at": NOW + HOUR,
        "until": None,
        "whose": "",
        "by": "officer",
        "own_agency": "",
        "at": NOW + 2 * HOUR,
    }
    return incidents.record_incident(workspace, **said | changes)


def done(number, step, *, at, own="", **more):
    incidents.take_incident_step(number, step=step, words=WORDS, happened_at=None, by="officer", own_agency=own, at=at, **more)


def test_the_log_says_how_each_incident_stands_and_those_whose_clock_runs_come_first(workspace):
    made = noticed(workspace)
    due = NOW + 73 * HOUR
    assert (made.due, made.stands) == (due, "to be decided within 71 hours")
    later = noticed(workspace, noticed_at=NOW + 2 * HOUR, kind="attack")
    assert [line.number for line in incidents.list_incidents("", at=NOW + 2 * HOUR)] == [made.number, later.number]
    assert incidents.running_clocks(at=due - timedelta(seconds=1)) == (2, 0)
    assert incidents.running_clocks(at=due) == (2, 1)
    assert "were over 0 hours ago" in incidents.show_incident(made.number, "", at=due).stands

    done(made.number, "regulator_told", at=due + HOUR)
    assert incidents.show_incident(made.number, "", at=due + HOUR).stands == "the Commissioner was told late"
    done(later.number, "not_reported", at=due)
    done(later.number, "people_not_told", at=due)
    assert incidents.show_incident(later.number, "", at=due).stands == "the Commissioner is not told"
    done(later.number, "closed", at=due)
    assert incidents.show_incident(later.number, "", at=due).stands == "closed"
    assert incidents.running_clocks(at=due) == (0, 0)


def test_what_was_told_in_time_and_written_down_later_was_in_time(workspace):
    made, at = noticed(workspace), NOW + 100 * HOUR

    incidents.take_incident_step(made.number, step="regulator_told", words=WORDS, happened_at=made.due, by="officer", own_agency="", at=at)

    assert incidents.show_incident(made.number, "", at=at).stands == "the Commissioner was told"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "bad"}, "Choose what went wrong"),
        ({"agency": "nobody"}, "nobody"),
        ({"own_agency": "police"}, "that agency alone"),
        ({"agency": "", "own_agency": "csc"}, "that agency alone"),
        ({"whose": "nobody"}, "Nobody signs in"),
        ({"noticed_at": NOW - 2 * HOUR}, "cannot be"),
        ({"noticed_at": NOW + 3 * HOUR}, "cannot be"),
        ({"until": NOW - 2 * HOUR}, "cannot be"),
        ({"until": NOW + 3 * HOUR}, "cannot be"),
        ({"words": "lost"}, "Say in a sentence"),
        ({"words": "He was born on 2011-05-04, and his file is gone"}, "date or a number"),
    ],
)
def test_what_cannot_be_an_incident_is_not_written_down(workspace, changes, told):
    with pytest.raises((InputRefused, NotFound, Refused), match=told):
        noticed(workspace, **changes)
    assert Incident.objects.count() == 0


def test_an_officer_keeps_the_log_and_the_register_of_the_own_agency(workspace):
    made = noticed(workspace)

    with pytest.raises(NotFound):
        done(made.number, "contained", at=NOW + 2 * HOUR, own="police")
    assert incidents.list_incidents("police", at=NOW + 2 * HOUR) == []
    done(made.number, "contained", at=NOW + 2 * HOUR, own="csc")
    for wrong, told in (({"step": "odd"}, "Choose"), ({"happened_at": NOW - 2 * HOUR}, "at that instant")):
        said = {"step": "noted", "words": WORDS, "happened_at": None, "by": "o", "own_agency": "", "at": NOW + 2 * HOUR}
        with pytest.raises(InputRefused, match=told):
            incidents.take_incident_step(made.number, **said | wrong)


def test_a_complaint_from_its_arrival_to_its_answer(workspace):
    said = {"agency": "csc", "about": "wrong", "received_on": date(2026, 5, 1), "by": "officer", "own_agency": "csc", "at": NOW}
    for wrong, told in (
        ({"reference": "two words"}, "reference"),
        ({"about": "odd"}, "Choose"),
        ({"received_on": date(2026, 12, 1)}, "to come"),
        ({"agency": "police"}, "that agency alone"),
    ):
        with pytest.raises((InputRefused, Refused), match=told):
            complaints.record_complaint(workspace, **{"reference": "C/1"} | said | wrong)
    assert Complaint.objects.count() == 0

    made = complaints.record_complaint(workspace, reference="C/1", **said)
    assert made.stands == "to be told by 2026-05-30 that it arrived"
    late = datetime(2026, 5, 31, 9, tzinfo=UTC)
    assert [line.is_overdue for line in complaints.list_complaints("csc", at=late - timedelta(days=1))] == [False]
    assert [line.is_overdue for line in complaints.list_complaints("csc", at=late)] == [True]
    assert complaints.list_complaints("police", at=late) == []

    def step(kind, **more):
        told = {"words": "We wrote to them", "day": None, "by": "officer", "own_agency": "csc", "at": late}
        complaints.take_complaint_step(made.number, step=kind, **told | more)

    for wrong, told in (({"day": date(2026, 4, 30)}, "on that day"), ({"own_agency": "police"}, "no complaint")):
        with pytest.raises((InputRefused, NotFound), match=told):
            step("acknowledged", **wrong)
    with pytest.raises(InputRefused, match="Choose"):
        step("odd")
    step("acknowledged")
    assert complaints.list_complaints("csc", at=late)[0].stands == "told that it arrived; no answer yet"
    step("partly_upheld")
    assert complaints.list_complaints("", at=late)[0].stands == "answered: they are right in part"


@pytest.fixture
def town(workspace, submit):
    return known_child(workspace, submit)


def test_the_audit_tells_whose_data_an_incident_concerns(town):
    """The reader opened child 0, looked, and saw a pair of the review with child 1's records; somebody else opened child 1."""
    number = opened(town)
    break_glass.look(town, READER, number, at=NOW + HOUR / 4)
    other = opened(town, reader=break_glass.Reader("bo", "police"), child="1")
    tokens = {row.pk: row.token for row in BreakGlass.objects.all()}
    pair = pair_of(*BreakGlass.objects.get(pk=other).identities)
    with audit.writing():
        for page in range(3):
            audit.record("page_read", f"/{page}", by="ann", at=NOW, detail={"agency": "csc"})
        audit.record("file_taken", "/releases/1/figures.csv", by="ann", at=NOW, detail={"agency": "csc"})

    made = noticed(town, whose="ann")
    found = incidents.affected_by(town, made.number, "csc", by="officer_csc", at=NOW + 2 * HOUR)
    assert [(child.subject, child.events) for child in found.children] == [(tokens[number], 2)]
    assert (found.agencies, found.pages, found.unknown_pairs) == (("csc", "police"), 3, 0)
    assert found.files == (("/releases/1/figures.csv", 1),)
    assert AuditEvent.objects.get(action="incident_affected").detail["children"] == 1

    with audit.writing():  # one of before such events named whose the records are
        audit.record("link_review_pair_seen", str(pair), by="ann", at=NOW + HOUR, detail={"purpose": "x"})
        audit.record("link_review_pair_seen", "pair 9 of link review 9", by="ann", at=NOW + HOUR, detail={"purpose": "x"})
    made = noticed(town, whose="ann", until=NOW + 2 * HOUR)
    found = incidents.affected_by(town, made.number, "", by="officer", at=NOW + 2 * HOUR)
    assert {child.subject: child.events for child in found.children} == {tokens[number]: 2, tokens[other]: 1}
    assert found.unknown_pairs == 1

    reviews.record_seen(pair, purpose="x", by="cy", at=NOW + HOUR / 2, about={"subjects": ["00aa", tokens[other]]})
    assert [event.actor for event in events(Asked(subject="00aa"))] == ["cy"]
    newest = noticed(town, whose="", agency="", happened_at=NOW + HOUR / 2)
    told = incidents.affected_by(town, newest.number, "", by="officer", at=NOW + 2 * HOUR)
    assert "00aa" in {child.subject for child in told.children}
    whole = noticed(town, agency="", noticed_at=NOW + HOUR / 3)
    everybody = incidents.affected_by(town, whole.number, "", by="officer", at=NOW + 2 * HOUR)
    assert {child.subject for child in everybody.children} == set(tokens.values())
    before = noticed(town, happened_at=NOW - 2 * HOUR, noticed_at=NOW - HOUR, whose="ann")
    assert incidents.affected_by(town, before.number, "", by="officer", at=NOW).is_empty


def pair_of(left, right):
    """A pair of the review of links."""
    linkage = Linkage.objects.get()
    review = LinkReview.objects.create(linkage=linkage, purpose="x", model="m", cut=0.5, population=1, seed="0", at=NOW, by="t")
    sides = {"left": left, "right": right, "left_agency": "csc", "right_agency": "police"}
    numbers = {"position": 1, "population": 1, "weight": 1.0, "probability": 0.9}
    return LinkReviewPair.objects.create(review=review, stratum="s", matters=False, linked=True, pattern="", **sides, **numbers)


def test_the_commands_lead_from_an_incident_to_its_end_and_from_a_complaint_to_its_answer(town):
    officer = User.objects.get(username="officer")
    officer.set_password("harbour-lantern-42")  # a code of an app proves them once in half a minute
    officer.save()

    def run(*arguments, typed="harbour-lantern-42"):
        line = [*map(str, arguments), "--by", "officer", "--workspace", str(town.root), "--json"]
        return CliRunner().invoke(app, line, input=f"{typed}\n")

    at = ("--at", "2026-05-15T12:00")
    said = ("--kind", "attack", "--agency", "partnership", "--words", WORDS, "--noticed", "2026-05-15T10:00", *at)
    assert isinstance(run("incidents", "record", *said, typed="wrong").exception, NotProved)
    assert Incident.objects.count() == 0
    assert '"due": "2026-05-18T10:00:00+00:00"' in run("incidents", "record", *said).stdout
    assert '"stands": "the Commissioner was told"' in run("incidents", "step", 1, "regulator_told", "--words", WORDS, *at).stdout
    assert '"number": 1' in run("incidents", "list").stdout
    assert '"children": []' in run("incidents", "affected", 1).stdout

    complaint = ("--about", "read", "--agency", "csc", "--reference", "C/1", "--received", "2026-05-01")
    assert '"due": "2026-05-30"' in run("complaints", "record", *complaint, *at).stdout
    assert run("complaints", "step", 1, "not_upheld", "--words", "Nobody looked", *at).exit_code == 0
    assert "nothing was found to be wrong" in run("complaints", "list").stdout
