"""The second step of signing in, setting it up, and losing it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.test import Client

from sightline.app import second_factors
from sightline.app.roles import Role, needs_second_factor
from sightline.app.second_factors import WrongCode, add_app, is_right_code, is_right_recovery_code
from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent
from sightline.web.sessions import FRESH, SIGNED_IN_AT
from tests.support.sessions import open_session
from tests.web.conftest import PASSWORD
from tests.web.reading import document, words_of

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = datetime(2026, 5, 15, 9, tzinfo=UTC)


def code_at(at: datetime, secret: str = SECRET) -> str:
    return f"{hotp_value(secret, int(at.timestamp()) // 30):06}"


@pytest.fixture
def alex(django_user_model):
    return django_user_model.objects.create_user("alex", password=PASSWORD, role=Role.ANALYST)


@pytest.fixture
def app(alex) -> list[str]:
    """Alex has an authenticator app, last used long ago; the recovery codes."""
    return add_app(alex, SECRET, code_at(NOW), at=NOW)


def sign_in(client: Client, **more: str):
    return client.post("/sign-in", {"username": "alex", "password": PASSWORD, **more})


def change_session(client: Client, **values: object) -> None:
    session = client.session
    session.update(values)
    session.save()


def test_who_has_a_second_factor_is_nobody_until_it_was_right(alex, app, client, pages):
    answer = sign_in(client, next="/agencies")

    assert (answer.status_code, answer.url) == (302, "/sign-in/code")
    assert client.get("/agencies").url.startswith("/sign-in")
    assert "signed_in" not in AuditEvent.objects.values_list("action", flat=True)
    answer = client.post("/sign-in/code", {"code": code_at(datetime.now(UTC))})
    assert answer.url == "/agencies"
    assert client.get("/agencies").url.startswith("/purpose"), "signed in: what comes next is the purpose"


def test_a_wrong_code_is_refused_in_words_and_written_down_as_a_refused_sign_in(alex, app, client):
    sign_in(client)

    said = words_of(client.post("/sign-in/code", {"code": "000000"}))

    assert "The code is not right, or it was used before" in said
    assert AuditEvent.objects.filter(action="sign_in_failed", actor="alex").count() == 1
    assert client.get("/").status_code == 302


def test_a_code_is_taken_once_also_by_another_browser_and_a_code_before_it_no_more(alex, app):
    at = NOW + timedelta(hours=1)

    assert is_right_code(alex, code_at(at), at=at)
    assert not is_right_code(alex, code_at(at), at=at)
    assert not is_right_code(alex, code_at(at - timedelta(seconds=30)), at=at)
    assert is_right_code(alex, code_at(at + timedelta(seconds=30)), at=at)


@pytest.mark.parametrize(("seconds", "taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_clock_may_be_half_a_minute_off_and_no_more(alex, app, seconds, taken):
    at = NOW + timedelta(hours=1)

    assert is_right_code(alex, code_at(at + timedelta(seconds=seconds)), at=at) is taken


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "１２３４５６", "0" * 3000])
def test_what_is_no_code_is_refused_and_breaks_nothing(alex, app, typed, client):
    sign_in(client)

    assert client.post("/sign-in/code", {"code": typed}).status_code == 200
    assert client.post("/sign-in/code", {"credential": typed}).status_code == 200
    assert client.post("/sign-in/code", {"recovery_code": typed}).status_code == 200


def test_wrong_codes_lock_the_account_together_with_wrong_passwords(alex, app, client):
    for _ in range(3):
        client.post("/sign-in", {"username": "alex", "password": "wrong"})
    sign_in(client)
    answers = [client.post("/sign-in/code", {"code": "000000"}).status_code for _ in range(2)]

    assert answers == [200, 429]
    assert client.post("/sign-in/code", {"code": code_at(datetime.now(UTC))}).status_code == 429
    assert sign_in(Client()).status_code == 429


def test_a_right_password_alone_does_not_set_the_count_of_wrong_codes_back(alex, app, client):
    for _ in range(4):
        sign_in(client)
        client.post("/sign-in/code", {"code": "000000"})
    sign_in(client)

    assert client.post("/sign-in/code", {"code": "000000"}).status_code == 429


def test_a_right_password_waits_ten_minutes_for_its_code(alex, app, client):
    sign_in(client)
    held = client.session["held_sign_in"]
    change_session(client, held_sign_in=held | {"at": held["at"] - 601})

    assert client.post("/sign-in/code", {"code": code_at(datetime.now(UTC))}).url == "/sign-in"


def test_a_password_changed_meanwhile_ends_the_wait(alex, app, client):
    sign_in(client)
    alex.set_password("another long password")
    alex.save()

    assert client.post("/sign-in/code", {"code": code_at(datetime.now(UTC))}).url == "/sign-in"


def test_nobody_comes_to_the_second_step_without_the_first(client):
    assert client.get("/sign-in/code").url == "/sign-in"
    assert client.post("/sign-in/code", {"code": "123456"}).url == "/sign-in"


def test_a_recovery_code_opens_the_door_once_and_is_written_down(alex, app, client, pages):
    sign_in(client)
    assert "Recovery code" in words_of(client.get("/sign-in/code?recovery"))
    assert client.post("/sign-in/code", {"recovery_code": app[3]}).url == "/"
    assert not is_right_recovery_code(alex, app[3], at=NOW)
    assert is_right_recovery_code(alex, f" {app[4][:4]} {app[4][4:]}", at=NOW)

    used = AuditEvent.objects.filter(action="recovery_code_used")
    assert [event.detail["left"] for event in used] == [9, 8]


def test_somebody_whose_role_needs_it_is_led_to_set_it_up_before_anything_else_opens(alex, client, pages):
    assert sign_in(client, next="/places").url == "/places"

    for address in ("/", "/places", "/account", "/data/links/review", "/account/recovery-codes", "/releases/1/figures.csv"):
        answer = client.get(address)
        assert (answer.status_code, getattr(answer, "url", "")) == (302, "/account/second-factor"), address
    page = client.get("/account/second-factor")
    assert "Nothing else opens until this is done" in words_of(page)
    assert "Indicators" not in words_of(page)
    assert AuditEvent.objects.filter(action="page_held_back", object="/places").count() == 1


def test_setting_an_app_up_shows_a_square_its_key_and_then_recovery_codes_once(alex, client, pages):
    sign_in(client)
    page = document(client.get("/account/second-factor/app"))
    key = "".join(page.xpath("string(//code)").split())
    assert page.xpath("//svg[@role='img']/path/@d")[0].startswith("M4 4h1v1h-1z")
    assert page.xpath("count(//svg[@role='img'])") == 1

    assert "The code is not right" in words_of(client.post("/account/second-factor/app", {"code": "000000"}))
    done = client.post("/account/second-factor/app", {"code": code_at(datetime.now(UTC), key)})

    codes = ["".join(each.text_content().split()) for each in document(done).xpath("//main//li/code")]
    assert len(set(codes)) == 10
    assert all(len(code) == 8 and code.isdigit() for code in codes), "26 bits each"
    assert client.get("/account").status_code == 200
    assert not set(codes) & set(words_of(client.get("/account")).split())
    assert is_right_recovery_code(alex, codes[0], at=NOW)


def test_secrets_lie_encrypted_in_the_ledger_and_stand_in_no_event(alex, app):
    kept = str(list(Authenticator.objects.values())) + str(list(AuditEvent.objects.values()))

    assert SECRET not in kept
    assert not any(code in kept for code in app)


def test_after_the_key_of_sessions_was_replaced_no_code_is_right_and_nothing_breaks(alex, app, settings, client):
    settings.SECRET_KEY = "another key"
    sign_in(client)

    assert client.post("/sign-in/code", {"code": code_at(datetime.now(UTC))}).status_code == 200
    assert client.post("/sign-in/code", {"recovery_code": app[0]}).status_code == 200


def test_the_last_factor_of_a_role_that_needs_one_stays_and_of_another_role_goes_with_its_codes(alex, app, client, django_user_model):
    open_session(client, alex)
    own = str(Authenticator.objects.get(type="totp").pk)
    refused = client.post("/account", {"remove": own})
    assert (refused.status_code, "this is the last one" in words_of(refused)) == (409, True)

    alex.role = Role.STRATEGIC_LEAD
    alex.save()
    assert client.post("/account", {"remove": own}).status_code == 302
    assert Authenticator.objects.count() == 0


def test_a_factor_added_or_taken_away_ends_every_other_session_and_not_this_one(alex, client, pages, django_user_model):
    alex.role = Role.STRATEGIC_LEAD
    alex.save()
    there, secret = Client(), second_factors.new_secret()

    def is_in(browser: Client) -> bool:
        return browser.get("/").status_code == 200

    open_session(client, alex)
    open_session(there, alex)
    assert (is_in(client), is_in(there)) == (True, True)
    change_session(client, new_app_secret=secret)
    assert client.post("/account/second-factor/app", {"code": code_at(datetime.now(UTC), secret)}).status_code == 200
    assert (is_in(client), is_in(there)) == (True, False)

    open_session(there, django_user_model.objects.get())
    assert client.post("/account", {"remove": str(Authenticator.objects.get(type="totp").pk)}).status_code == 302
    assert (is_in(client), is_in(there)) == (True, False)


def test_nobody_removes_the_factor_of_another(alex, app, client, django_user_model):
    open_session(client, django_user_model.objects.create_user("sam", role=Role.ANALYST))

    assert client.post("/account", {"remove": str(Authenticator.objects.get(type="totp").pk)}).status_code == 404
    assert client.post("/account", {"remove": "x"}).status_code == 404
    assert Authenticator.objects.filter(type="totp").exists()


def test_how_somebody_signs_in_is_changed_only_shortly_after_signing_in(alex, app, client):
    open_session(client, alex)
    change_session(client, **{SIGNED_IN_AT: (datetime.now(UTC) - FRESH - timedelta(seconds=5)).timestamp()})

    for address in ("/account/second-factor/app", "/account/second-factor/key", "/account/recovery-codes", "/account/password"):
        answer = client.post(address, {"code": "1"})
        assert answer.status_code == 403, address
        assert "Sign in again first" in words_of(answer)
    assert client.post("/account", {"remove": "1"}).status_code == 403
    assert client.get("/account").status_code == 200


def test_new_recovery_codes_end_the_earlier_ones(alex, app, client):
    open_session(client, alex)
    page = document(client.post("/account/recovery-codes"))

    assert len(page.xpath("//main//li/code")) == 10
    assert not is_right_recovery_code(alex, app[0], at=NOW)


def test_recovery_codes_stand_in_for_nothing_where_nothing_is_set_up(client, django_user_model):
    open_session(client, django_user_model.objects.create_user("sam", role=Role.STRATEGIC_LEAD))

    assert "none is set up" in words_of(client.post("/account/recovery-codes"))


def test_an_administrator_takes_a_lost_device_away_which_ends_every_session(workspace, alex, app, client, pages):
    open_session(client, alex)
    second_factors.reset(workspace, "alex", reason="telephone lost, seen in person", by="admin", at=NOW)

    assert client.get("/").url.startswith("/sign-in")
    assert sign_in(client).url == "/"
    assert client.get("/").url == "/account/second-factor"
    event = AuditEvent.objects.get(action="second_factor_reset")
    assert (event.actor, event.object, event.detail["reason"]) == ("admin", "alex", "telephone lost, seen in person")
    audit.verify()
    with pytest.raises(Refused, match="has no second factor"):
        second_factors.reset(workspace, "alex", reason="again", by="admin", at=NOW)
    with pytest.raises(NotFound):
        second_factors.reset(workspace, "nobody", reason="again", by="admin", at=NOW)


def test_the_command_line_shows_codes_of_people_of_the_demo_and_of_nobody_else(workspace, alex, app):
    with pytest.raises(Refused, match="real person"):
        second_factors.demo_code(workspace, "alex", at=NOW)
    alex.is_invented = True
    alex.save()
    at = NOW + timedelta(hours=1)

    assert is_right_code(alex, second_factors.demo_code(workspace, "alex", at=at), at=at)
    assert is_right_code(alex, second_factors.demo_code(workspace, "alex", at=at), at=at), "asked again at once, another code is shown"


def test_a_code_that_the_app_has_not_shown_sets_nothing_up(alex):
    with pytest.raises(WrongCode):
        add_app(alex, SECRET, code_at(NOW - timedelta(minutes=5)), at=NOW)
    assert Authenticator.objects.count() == 0


def test_only_roles_that_see_counts_alone_may_go_without():
    assert {role for role in Role if not needs_second_factor(role)} == {Role.STRATEGIC_LEAD, Role.ELECTED_MEMBER}
    assert needs_second_factor("a role nobody knows")


def test_a_key_page_says_what_to_use_without_a_script(alex, client):
    open_session(client, alex)
    said = words_of(client.get("/account/second-factor/key"))

    assert "needs JavaScript" in said
    assert "Set up an authenticator app instead" in said
    assert "could not be added" in words_of(client.post("/account/second-factor/key", {"credential": "{}"}))


def test_secrets_are_drawn_of_what_nobody_can_draw_again(alex):
    drawn: set[str] = set()
    for _ in range(3):
        random.seed(7)
        numpy.random.seed(7)
        secret = second_factors.new_secret()
        codes = add_app(alex, secret, code_at(NOW, secret), at=NOW) if not drawn else second_factors.new_recovery_codes(alex, at=NOW)
        drawn |= {secret, *codes}

    assert len(drawn) == 33, "three secrets and three times ten codes, none twice"
