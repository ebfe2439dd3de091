"""How long a session lasts, and what ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from sightline.app.roles import Role
from sightline.app.users import add_user, end_sessions, set_password
from sightline.errors import NotFound
from sightline.ledger.models import AuditEvent
from sightline.web.sessions import SEEN_AT, SIGNED_IN_AT, ended
from tests.support.sessions import open_session
from tests.web.conftest import PASSWORD
from tests.web.reading import document, words_of

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


def test_people_see_where_they_are_signed_in_and_end_every_other_session(lee, client, pages, django_user_model):
    other, stranger = Client(), Client()
    for browser in (client, other):
        open_session(browser, lee)
    open_session(stranger, django_user_model.objects.create_user("ola", password=PASSWORD, role=Role.STRATEGIC_LEAD))
    listed = list(document(client.get("/account")).xpath("//h2[@id='sessions']/following-sibling::ul[1]/li"))
    assert len(listed) == 2, "their own, and nobody else's"
    assert sum("this browser" in each.text_content() for each in listed) == 1

    assert client.post("/account", {"do": "end_sessions"}).status_code == 302

    assert client.get("/account").status_code == 200
    assert other.get("/account").url.startswith("/sign-in")
    assert stranger.get("/account").status_code == 200
    assert len(document(client.get("/account")).xpath("//h2[@id='sessions']/following-sibling::ul[1]/li")) == 1
    assert AuditEvent.objects.get(action="sessions_ended").object == "lee"


def test_other_sessions_are_ended_only_shortly_after_signing_in(lee, client, pages):
    open_session(client, lee)
    session = client.session
    session[SIGNED_IN_AT] = minutes_ago(16, datetime.now(UTC))
    session.save()

    assert client.post("/account", {"do": "end_sessions"}).status_code == 403
    assert not AuditEvent.objects.filter(action="sessions_ended").exists()


@pytest.mark.parametrize(("names", "stays"), [(["lee"], {"ola"}), ([], set())])
def test_an_administrator_ends_the_sessions_of_some_or_of_everybody_at_once(names, stays, lee, pages, django_user_model):
    browsers = {"lee": Client(), "ola": Client()}
    open_session(browsers["lee"], lee)
    open_session(browsers["ola"], django_user_model.objects.create_user("ola", password=PASSWORD, role=Role.STRATEGIC_LEAD))

    assert end_sessions(names, reason="a lost laptop", by="admin", at=NOW) == 2 - len(stays)

    assert {name for name, browser in browsers.items() if browser.get("/account").status_code == 200} == stays
    assert AuditEvent.objects.get(action="sessions_ended").detail == {"reason": "a lost laptop"}


def test_sessions_of_somebody_who_is_not_there_end_nobodys(lee, client, pages):
    open_session(client, lee)
    with pytest.raises(NotFound, match="Nobody signs in as"):
        end_sessions(["lee", "bob"], reason="a lost laptop", by="admin", at=NOW)

    assert client.get("/account").status_code == 200


def test_a_password_that_somebody_else_chose_opens_nothing_but_the_choice_of_ones_own(workspace, client, pages):
    add_user(workspace, name="kit", password=PASSWORD, role="strategic_lead", agency=None, by="admin", at=NOW)
    client.post("/sign-in", {"username": "kit", "password": PASSWORD})

    assert {client.get(each).url for each in ("/", "/account", "/agencies", "/purpose")} == {"/account/password"}
    assert "Somebody else chose the password" in words_of(client.get("/account/password"))
    same = client.post("/account/password", {"old": PASSWORD, "new": PASSWORD, "again": PASSWORD})
    assert "The new password is the present one" in words_of(same)
    assert client.get("/account").url == "/account/password"
    own = "seven-pebbles-in-a-row"
    assert client.post("/account/password", {"old": PASSWORD, "new": own, "again": own}).url == "/"
    assert client.get("/account").status_code == 200

    client.post("/sign-out")
    client.post("/sign-in", {"username": "kit", "password": own})
    assert client.get("/account").status_code == 200, "it is theirs now"
    set_password(workspace, "kit", "four-other-words-99", by="admin", at=NOW)
    client.post("/sign-in", {"username": "kit", "password": "four-other-words-99"})
    assert client.get("/account").url == "/account/password"
