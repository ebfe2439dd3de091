"""How long a session lasts, and what ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from sightline.app.roles import Role
from sightline.ledger.models import AuditEvent
from sightline.web.sessions import SEEN_AT, SIGNED_IN_AT, ended
from tests.support.sessions import open_session
from tests.web.conftest import PASSWORD
from tests.web.reading import words_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 15, 9, tzinfo=UTC)


@pytest.fixture
def lee(django_user_model):
    return django_user_model.objects.create_user("lee", password=PASSWORD, role=Role.STRATEGIC_LEAD)


def minutes_ago(minutes: float, now: datetime = NOW) -> float:
    return (now - timedelta(minutes=minutes)).timestamp()


@pytest.mark.parametrize(
    ("begun", "seen", "why"),
    [(20, 20, None), (470, 29, None), (470, 31, "idle"), (481, 1, "longest"), (31, None, "idle"), (None, None, "longest")],
)
def test_a_session_ends_after_thirty_minutes_without_a_page_and_after_eight_hours(begun, seen, why):
    marks = {SIGNED_IN_AT: begun, SEEN_AT: seen}

    assert ended({name: minutes_ago(value) for name, value in marks.items() if value is not None}, NOW) == why


@pytest.mark.parametrize(
    ("marks", "says"), [({SEEN_AT: 31}, "nothing was done for 30 minutes"), ({SIGNED_IN_AT: 481}, "for more than 8 hours")]
)
def test_whose_session_ended_is_told_why_and_it_is_written_down(lee, client, pages, marks, says):
    open_session(client, lee)
    session = client.session
    session.update({name: minutes_ago(value, datetime.now(UTC)) for name, value in marks.items()})
    session.save()

    answer = client.get("/agencies")

    assert answer.url == "/sign-in?next=/agencies"
    assert says in words_of(client.get(answer.url))
    assert AuditEvent.objects.filter(action="session_ended", actor="lee").count() == 1
    assert not AuditEvent.objects.filter(action="page_read").exists()


def test_reading_pages_keeps_a_session_and_is_noted_once_a_minute(lee, client, pages):
    open_session(client, lee)
    session = client.session
    session[SEEN_AT] = before = minutes_ago(5, datetime.now(UTC))
    session.save()
    client.get("/")
    noted = client.session[SEEN_AT]
    client.get("/")

    assert noted > before
    assert client.session[SEEN_AT] == noted


def test_a_new_password_ends_every_other_session_and_not_this_one(lee, pages):
    here, there = Client(), Client()
    open_session(here, lee)
    open_session(there, lee)
    typed = {"old": PASSWORD, "new": "harbour lantern pebble", "again": "harbour lantern pebble"}

    assert here.post("/account/password", typed).url == "/account"
    assert here.get("/").status_code == 200
    assert there.get("/").url.startswith("/sign-in")
    assert AuditEvent.objects.filter(action="password_changed", actor="lee", object="lee").count() == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"old": "wrong"}, "present password is not right"),
        ({"again": "harbour lantern pebbles"}, "typed differently"),
        ({"new": "short", "again": "short"}, "too short"),
    ],
)
def test_a_new_password_that_will_not_do_changes_nothing(lee, client, typed, says):
    open_session(client, lee)

    answer = client.post("/account/password", {"old": PASSWORD, "new": "harbour lantern pebble", "again": "harbour lantern pebble"} | typed)

    assert says in words_of(answer)
    lee.refresh_from_db()
    assert lee.check_password(PASSWORD)


def test_the_present_password_cannot_be_guessed_from_a_browser_left_open(lee, client):
    open_session(client, lee)
    answers = [client.post("/account/password", {"old": "wrong", "new": "x", "again": "x"}).status_code for _ in range(5)]

    assert answers[-1] == 429
