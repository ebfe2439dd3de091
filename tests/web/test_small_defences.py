"""Defences that no other test shows, each a claim of docs/security/asvs.csv."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from sightline.app.roles import Role
from sightline.app.users import list_users
from sightline.web.permissions import PAGES, PUBLIC, may_see
from tests.support.partnership import NOW
from tests.support.sessions import open_session
from tests.web.conftest import PASSWORD
from tests.web.reading import document
from tests.web.test_permissions import ADDRESSES

pytestmark = pytest.mark.django_db
STATIC = Path(__file__).parents[2] / "src" / "sightline" / "web" / "static" / "sightline"


@pytest.fixture
def lee(django_user_model):
    return django_user_model.objects.create_user("lee", password=PASSWORD, role=Role.STRATEGIC_LEAD)


def sign_in_as(client: Client, password: str, name: str = "lee"):
    return client.post("/sign-in", {"username": name, "password": password})


def test_fields_for_passwords_are_masked_and_let_password_managers_in(lee, client, pages):
    found = list(document(client.get("/sign-in")).xpath("//main//input[not(@type='hidden')]"))
    open_session(client, lee)
    found += document(client.get("/account/password")).xpath("//main//input[not(@type='hidden')]")

    fields = {each.get("name"): (each.get("type"), each.get("autocomplete")) for each in found}
    assert fields == {
        "username": ("text", "username"),
        "password": ("password", "current-password"),
        "old": ("password", "current-password"),
        "new": ("password", "new-password"),
        "again": ("password", "new-password"),
    }
    assert not re.search(r"onpaste|[\"']paste[\"']", "".join(each.read_text(encoding="utf-8") for each in STATIC.glob("*.js")))


def test_a_password_counts_to_its_last_letter_and_in_its_case(lee, client, pages):
    long = "Harbour Lantern " * 8
    lee.set_password(long)
    lee.save()

    refused = [sign_in_as(client, each).status_code for each in (long[:-2], long.lower(), long[:72])]
    assert refused == [200, 200, 200]
    assert sign_in_as(client, long).status_code == 302


def test_a_password_stays_good_however_old_it_is(lee, client, pages):
    lee.date_joined = lee.last_login = datetime.now(UTC) - timedelta(days=3650)
    lee.save()

    assert sign_in_as(client, PASSWORD).url == "/"


def test_a_new_workspace_has_nobody_who_may_sign_in(workspace):
    assert list_users(at=NOW) == []


def test_signing_in_gives_a_new_session_of_its_own(lee, client, pages):
    client.cookies["sessionid"] = "a" * 32
    sign_in_as(client, PASSWORD)
    first = client.cookies["sessionid"].value
    sign_in_as(other := Client(), PASSWORD)

    assert re.fullmatch(r"[a-z0-9]{32}", first), "36 ** 32 of them: more than 128 bits"
    assert len({first, "a" * 32, other.cookies["sessionid"].value}) == 3


def test_a_session_that_was_ended_opens_nothing_again(lee, client, pages):
    sign_in_as(client, PASSWORD)
    kept = client.cookies["sessionid"].value
    client.post("/sign-out")
    client.cookies["sessionid"] = kept

    assert client.get("/").url == "/sign-in?next=/"


def test_whoever_is_taken_off_has_no_session_any_more(lee, client, pages):
    sign_in_as(client, PASSWORD)
    lee.refresh_from_db()
    lee.is_active = False
    lee.save()

    assert client.get("/").url == "/sign-in?next=/"


def test_every_page_of_somebody_signed_in_has_a_way_out(pages, sign_in):
    role, agency = Role.ANALYST, "police"
    client = sign_in(role, agency)
    asked = {
        name: address
        for name, address in ADDRESSES.items()
        if PAGES[name] is not PUBLIC and may_see(role, name) and not name.endswith("_file") and not name.startswith("ward_")
    }

    without = [name for name, address in asked.items() if not document(client.get(address)).xpath("//form[@action='/sign-out']//button")]

    assert len(asked) > 20
    assert without == []


@pytest.mark.parametrize(
    "address",
    [
        "/.git/config",
        "/static/",
        "/static/sightline/",
        "/static/../settings.py",
        "/openapi.json",
        "/docs",
        "/metrics",
        "/admin/",
        "/ledger.sqlite3",
    ],
)
def test_nothing_beside_the_pages_is_served(address, pages, sign_in, client):
    assert client.get(address).status_code == 404
    assert sign_in().get(address).status_code == 404


def test_debug_is_off_whatever_the_environment_says():
    asked = "from sightline.app import settings; print(settings.DEBUG)"
    environment = {**os.environ, "DEBUG": "1", "DJANGO_DEBUG": "True", "SIGHTLINE_DEBUG": "1"}

    said = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True).stdout

    assert said.strip() == "False"


def test_scripts_keep_nothing_of_data_in_the_browser():
    kept = {
        (path.name, line.strip())
        for path in STATIC.glob("*.js")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"localStorage\.setItem|sessionStorage|indexedDB|document\.cookie|caches\.", line)
    }

    assert kept == {("review.js", 'localStorage.setItem(STORED, box.checked ? "on" : "off");')}


def test_a_field_that_no_form_has_changes_nothing(lee, client, pages):
    open_session(client, lee)
    more = {"role": "administrator", "is_superuser": "1", "is_active": "0", "agency": "police", "username": "root", "session_epoch": "9"}
    typed = {"old": PASSWORD, "new": "harbour lantern pebble", "again": "harbour lantern pebble"}

    assert client.post("/account/password", {**more, **typed}).status_code == 302
    before = (lee.role, lee.is_superuser, lee.is_active, lee.agency, lee.username)
    lee.refresh_from_db()
    assert (lee.role, lee.is_superuser, lee.is_active, lee.agency, lee.username) == before


def test_a_field_sent_twice_or_in_the_address_of_a_form_changes_nothing(lee, client, pages):
    open_session(client, lee)
    in_address = "?" + "&".join(["old=a+long+enough+password", "new=harbour+lantern+pebble", "again=harbour+lantern+pebble"])

    client.post("/account/password" + in_address)
    client.post("/account/password", {"old": [PASSWORD, "wrong"], "new": "harbour lantern pebble", "again": "harbour lantern pebble"})

    lee.refresh_from_db()
    assert lee.check_password(PASSWORD)
