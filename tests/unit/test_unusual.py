"""A protection officer is told of looks at records of people that no work explains by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sightline.app.audit_trail import Asked, events
from sightline.app.review_pairs import decide, next_pair
from sightline.app.roles import Role
from sightline.app.subjects import subject_tokens
from sightline.app.unusual import bears_name_of, unusual
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, LinkReviewPair, User
from sightline.model.reviews import ReviewDecision, ReviewReason
from sightline.web.release_source import WorkspaceSource, using
from tests.support.partnership import NOW
from tests.support.reviews import linked_children, opened
from tests.support.sessions import open_session
from tests.web.reading import words_of

pytestmark = pytest.mark.django_db


def write(action: str, *, by: str, days_ago: float = 0, object: str = "emergency 1", **detail: object) -> None:
    with audit.writing():
        audit.record(action, object, by=by, at=NOW - timedelta(days=days_ago), detail=detail)


def told() -> list[tuple[str, str]]:
    return [(each.by, each.words) for each in unusual(at=NOW)]


def test_who_looks_at_one_child_day_after_day_is_told_and_who_looks_often_in_one_day_is_not():
    for days_ago in (0, 1, 2):
        write("break_glass_read", by="ann", days_ago=days_ago, subject="c1")
        write("break_glass_read", by="bob", days_ago=days_ago, subject=f"c{days_ago}")
        write("break_glass_read", by="cat", days_ago=days_ago / 100, subject="c1")

    assert told() == [("ann", "looked at child c1 on 3 days")]


def test_what_is_older_than_thirty_days_or_still_to_come_is_not_told():
    for days_ago in (31, 32, 33, -1):
        write("break_glass_read", by="ann", days_ago=days_ago, subject="c1")

    assert told() == []


@pytest.mark.parametrize(("times", "is_told"), [(2, False), (3, True)])
def test_who_asks_for_numbers_of_nobody_is_told(times, is_told):
    for _ in range(times):
        write("break_glass_refused", by="ann")

    assert told() == ([("ann", "asked 3 times for a child's records in an emergency, and nothing was opened")] if is_told else [])


@pytest.mark.parametrize(("decided", "is_told"), [(5, False), (4, True)])
def test_who_goes_through_pairs_without_deciding_is_told(decided, is_told):
    for number in range(14):
        write("link_review_pair_seen", by="ann", object=f"pair {number}", subjects=[f"c{number}"])
    for number in range(decided):
        write("link_review_decided", by="ann", object=f"pair {number}")

    assert told() == ([("ann", "was shown 10 pairs of records and decided about none of them")] if is_told else [])


@pytest.mark.parametrize(
    ("sign_in", "names", "is_own"),
    [
        ("jo.hebblewhite", ["Hebblewhite"], True),
        ("jo.hebblewhite", ["Smith (also: Hebblewhite-Jones)"], True),
        ("HEBBLEWHITE_2", ["hebblewhite"], True),
        ("jo.hebblewhite", ["Hebblewhites", "Jo-Ann"], False),
        ("jo", ["Jo"], False),
        ("kim", ["Ravensworth"], True),
    ],
)
def test_ones_own_family_name_is_known_by_the_sign_in_name_or_the_name_beside_it(sign_in, names, is_own, django_user_model):
    django_user_model.objects.create_user("kim", last_name="Ravensworth", role=Role.ANALYST)

    assert bears_name_of(sign_in, names) is is_own


@pytest.fixture
def town(workspace, submit):
    linked_children(workspace, submit)
    opened(workspace)
    return workspace


def test_whose_records_a_pair_is_of_is_in_the_audit_and_found_by_either_child(town):
    seen = next_pair(town, 1, by="ann", at=NOW)

    pair = LinkReviewPair.objects.get(position=seen.position)
    tokens = subject_tokens(town, (pair.left, pair.right))
    event = AuditEvent.objects.get(action="link_review_pair_seen")
    assert event.detail["subjects"] == list(tokens)
    for token in tokens:
        assert [each.seq for each in events(Asked(subject=token))] == [event.seq]
    assert events(Asked(subject=tokens[0][:-1])) == []


def test_an_officer_reads_on_the_audit_page_who_was_shown_a_record_with_their_own_name(town, client, monkeypatch):
    name = next(line for line in next_pair(town, 1, by="ann", at=NOW).lines if line.name == "Family name").in_text()[0].casefold()
    decide(town, 1, 1, ReviewDecision.SAME, ReviewReason.WHOLE, by="ann", at=NOW)
    assert told() == []

    next_pair(town, 1, by=f"jo.{name}", at=NOW)

    assert [(by, words.partition(" (")[0]) for by, words in told()] == [(f"jo.{name}", "was shown a record with their own family name")]
    officer = User.objects.create_user("pat", role=Role.DATA_PROTECTION_OFFICER)
    open_session(client, officer)
    # The page asks with its own clock, which is behind what tests write.
    monkeypatch.setattr("sightline.web.pages.audit.unusual", lambda at: unusual(at=NOW))
    with using(WorkspaceSource(town.root)):
        words = words_of(client.get("/audit"))
    assert "Worth asking about" in words
    assert f"jo.{name} was shown a record with their own family name (pair 1 of link review 1)" in words
