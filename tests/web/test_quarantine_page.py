"""The switch on its page, and that nobody of an agency in quarantine is or stays signed in, by whatever way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from sightline.app.quarantine import end_quarantine, put_in_quarantine
from sightline.app.roles import Role
from sightline.app.second_factors import give_app, new_secret
from sightline.ledger.models import AuditEvent
from sightline.web.release_source import WorkspaceSource, using
from tests.support.sessions import open_session
from tests.web.conftest import PASSWORD
from tests.web.reading import words_of

PAGE = "/quarantine"
WHY = "a sign-in was stolen"


@pytest.fixture
def working(workspace):
    with using(WorkspaceSource(workspace.root)):
        yield workspace


def apart(workspace) -> None:
    put_in_quarantine(workspace, "police", reason=WHY, by="protection", at=datetime.now(UTC))


@pytest.fixture
def officer(db, django_user_model):
    return django_user_model.objects.create_user("officer", password=PASSWORD, role=Role.AGENCY_DATA_OFFICER, agency="police")


@pytest.mark.parametrize("role", [Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR])
def test_who_guards_the_partnership_puts_apart_after_saying_why_and_takes_back(working, sign_in, role) -> None:
    client: Client = sign_in(role)
    assert "Put in quarantine (Police)" in words_of(client.get(PAGE))
    assert "Its people who sign in (0) are signed out" in words_of(client.get(PAGE, {"agency": "police"}))

    unexplained = client.post(PAGE, {"agency": "police", "do": "begin", "reason": " "})
    assert unexplained.status_code == 409
    assert "needs a reason" in words_of(unexplained)
    assert client.post(PAGE, {"agency": "nobody", "do": "begin", "reason": WHY}).status_code == 409
    assert client.post(PAGE, {"agency": "police", "do": "erase", "reason": WHY}).status_code == 404

    assert client.post(PAGE, {"agency": "police", "do": "begin", "reason": WHY}).status_code == 302
    assert f"In quarantine since {datetime.now(UTC):%-d}" in words_of(client.get(PAGE))
    assert WHY in words_of(client.get(PAGE))
    assert client.post(PAGE, {"agency": "police", "do": "begin", "reason": WHY}).status_code == 409
    assert client.post(PAGE, {"agency": "police", "do": "end", "reason": "found"}).status_code == 302
    assert "was in quarantine 1 time" in words_of(client.get(PAGE))
    assert AuditEvent.objects.filter(action__startswith="quarantine_").count() == 2


def test_a_session_ends_at_its_next_page_and_is_not_taken_up_again(working, officer) -> None:
    client = Client()
    open_session(client, officer)
    assert client.get("/data/returns").status_code == 200
    apart(working)

    answer = client.get("/data/returns")

    assert (answer.status_code, answer.url) == (302, "/sign-in?next=/data/returns")


def test_the_right_password_is_refused_in_the_words_of_a_wrong_one(working, officer, client) -> None:
    apart(working)

    right, wrong = (words_of(client.post("/sign-in", {"username": "officer", "password": each})) for each in (PASSWORD, "wrong"))

    assert right == wrong
    assert AuditEvent.objects.filter(action="sign_in_failed", actor="officer").count() == 2
    end_quarantine(working, "police", reason="found", by="protection", at=datetime.now(UTC))
    assert client.post("/sign-in", {"username": "officer", "password": PASSWORD}).status_code == 302


def test_a_password_given_before_does_not_open_the_second_step(working, officer, client) -> None:
    give_app(officer, new_secret(), at=datetime.now(UTC))
    assert client.post("/sign-in", {"username": "officer", "password": PASSWORD}).url == "/sign-in/code"
    assert client.get("/sign-in/code").status_code == 200
    apart(working)

    assert client.get("/sign-in/code").url == "/sign-in"


def test_people_of_other_agencies_and_of_none_go_on(working, sign_in) -> None:
    apart(working)

    assert sign_in(Role.AGENCY_DATA_OFFICER, "csc").get("/data/returns").status_code == 200
    assert sign_in(Role.STRATEGIC_LEAD).get("/data/returns").status_code == 200
