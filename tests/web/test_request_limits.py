"""What a request may be at all, and what every answer tells a browser."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from sightline.app.passwords import OwnWords
from sightline.app.roles import Role
from sightline.ledger.models import AuditEvent, User
from sightline.web.request_limits import LONGEST_TEXT, unfit
from tests.web.reading import words_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_no_other_method_reaches_a_page(method, pages, sign_in):
    answer = sign_in().generic(method, "/")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
    assert AuditEvent.objects.latest("seq").detail["status"] == 405


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("q=%00", "control characters"),
        ("q=a%1Bb", "control characters"),
        ("a%07=1", "control characters"),
        (f"q={'x' * (LONGEST_TEXT + 1)}", "longer than 4,000"),
    ],
)
def test_a_text_that_no_field_is_meant_to_take_is_refused_in_words(sent, says, pages, sign_in):
    client = sign_in()

    for answer in (client.get(f"/indicators?{sent}"), client.post("/account", sent, content_type="application/x-www-form-urlencoded")):
        assert answer.status_code == 400
        assert says in words_of(answer)


def test_lines_and_accents_are_text_and_a_security_key_may_say_more():
    assert unfit(QueryDict("reason=one%0D%0Atwo%09three%20%C3%A9")) is None
    assert unfit(QueryDict(f"credential={'x' * 20_000}")) is None


def test_a_form_too_long_for_any_page_and_a_file_are_not_taken(sign_in):
    from django.core.files.uploadedfile import SimpleUploadedFile  # a page that takes a file has none of these tests

    client = sign_in()
    assert client.get("/indicators?" + "&".join(["q=1"] * 501)).status_code == 400
    assert client.post("/account/password", {"old": "x" * 300_000}).status_code == 400
    assert client.post("/account/password", {"old": SimpleUploadedFile("a.csv", b"x")}).status_code == 400


@pytest.mark.parametrize("address", ["/", "/sign-in", "/sign-in/code", "/healthz", "/accessibility", "/nowhere", "/releases/1/figures.csv"])
def test_no_answer_is_kept_in_a_cache_or_read_by_another_site(address, pages, sign_in, client):
    for browser in (sign_in(), client):
        answer = browser.get(address)
        assert "no-store" in answer["Cache-Control"]
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert not answer.has_header("Access-Control-Allow-Origin")
        policy = answer["Content-Security-Policy"]
        assert all(each in policy for each in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"))


def test_signing_out_lets_the_browser_forget_what_it_kept(sign_in, pages):
    assert sign_in().post("/sign-out")["Clear-Site-Data"] == '"cache", "storage"'


def test_over_tls_cookies_and_addresses_stay_there():
    asked = "from sightline.app import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS)"  # noqa: E501 - one statement
    said = subprocess.run(
        [sys.executable, "-c", asked], env={**os.environ, "SIGHTLINE_HTTPS": "1"}, capture_output=True, text=True, check=True
    ).stdout.split()

    assert said == ["__Host-session", "__Host-csrf", "True", "True", "31536000", "True"]


def test_cookies_are_kept_from_scripts_and_other_sites(pages, client, django_user_model):
    django_user_model.objects.create_user("lee", password="a long enough password", role=Role.STRATEGIC_LEAD)
    client.post("/sign-in", {"username": "lee", "password": "a long enough password"})

    assert {name: (each["httponly"], each["samesite"], each["domain"]) for name, each in client.cookies.items()} == {
        "sessionid": (True, "Lax", ""),
        "csrftoken": (True, "Lax", ""),
    }


@pytest.mark.parametrize(
    "password", ["Sightline-2026!", "childrenspolice", "welcome password", "police.police.12", "Safeguarding-Partnership"]
)
def test_words_of_the_place_make_no_password(password):
    with pytest.raises(ValidationError, match="little more than words"):
        OwnWords().validate(password, User(username="ada.lovelace", agency="police"))


@pytest.mark.parametrize("password", ["harbour lantern pebble", "sightline harbour lantern", "ЖЁЛТЫЙ-фонарь-7", "x" * 128])
def test_other_passwords_of_any_letters_and_length_may_be_used(password):
    OwnWords().validate(password, User(username="al", agency=""))
