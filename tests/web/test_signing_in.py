from __future__ import annotations

import logging

import pytest

from tests.support.sessions import open_session
from tests.web.conftest import PASSWORD
from tests.web.reading import document, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alex(django_user_model):
    return django_user_model.objects.create_user("alex", password=PASSWORD, role="analyst")


def attempt(client, name, password, **more):
    return client.post("/sign-in", {"username": name, "password": password, **more})


def test_somebody_who_signs_in_goes_where_they_wanted_to_be(alex, client):
    answer = attempt(client, "alex", PASSWORD, next="/agencies")

    assert (answer.status_code, answer.url) == (302, "/agencies")


def test_signing_in_never_leads_to_another_site(alex, client):
    assert attempt(client, "alex", PASSWORD, next="https://elsewhere.example/").url == "/"


def test_a_refusal_is_the_same_whether_or_not_the_name_exists(alex, client, django_user_model):
    django_user_model.objects.create_user("gone", password=PASSWORD, role="analyst", is_active=False)

    known, unknown, inactive = (
        words_of(attempt(client, name, password)) for name, password in (("alex", "wrong"), ("nobody", "wrong"), ("gone", PASSWORD))
    )

    assert "There is a problem The sign-in name or the password is not right" in known
    assert known == unknown == inactive


def test_an_empty_form_is_refused_in_the_same_words(client):
    assert "is not right" in words_of(attempt(client, "", ""))


def test_after_five_attempts_the_way_is_closed_for_a_name_that_exists_and_for_one_that_does_not(alex, client):
    for name in ("alex", "nobody"):
        answers = [attempt(client, name, "wrong") for _ in range(6)]

        assert answers[-1].status_code == 429
        assert "Wait 15 minutes" in words_of(answers[-1])
    assert attempt(client, "alex", PASSWORD).status_code == 429


def test_who_guesses_from_elsewhere_locks_nobody_out(alex, client):
    for _ in range(6):
        guessed = client.post("/sign-in", {"username": "alex", "password": "wrong"}, REMOTE_ADDR="198.51.100.7")

    assert guessed.status_code == 429
    assert attempt(client, "alex", PASSWORD).status_code == 302


def test_a_failed_attempt_leaves_no_name_and_no_password_in_the_log(client, caplog):
    with caplog.at_level(logging.DEBUG):
        attempt(client, "somebody-real", "their-secret")

    assert "somebody-real" not in caplog.text
    assert "their-secret" not in caplog.text


def test_signing_out_takes_a_form_and_ends_the_session(alex, client, pages):
    open_session(client, alex)

    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 302
    assert client.get("/").status_code == 302


def test_a_form_without_its_token_is_refused_in_our_own_words(alex):
    from django.test import Client

    answer = attempt(Client(enforce_csrf_checks=True), "alex", PASSWORD)

    assert answer.status_code == 403
    assert "open for too long" in words_of(answer)


def test_the_name_is_given_back_as_text(client):
    page = document(attempt(client, '"><b>x', "wrong"))

    assert page.xpath("//input[@id='id_username']/@value") == ['"><b>x']
    assert not page.xpath("//b")
