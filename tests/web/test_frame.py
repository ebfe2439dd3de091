"""What holds on every page: its frame, its language, its headers."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from django.test import RequestFactory

from sightline.app.roles import Role
from sightline.web.pages.problems import failed
from tests.support.samples import ROOT
from tests.web.phrases import blaming_words
from tests.web.reading import document, text_of, words_of
from tests.web.test_permissions import ADDRESSES

WEB = ROOT / "src" / "sightline" / "web"

STATIC = Path(__file__).parents[2] / "src" / "sightline" / "web" / "static"
OWN = "/data/returns/police/police/2026-Q1"
"""Shown to the own agency's data officer only, who therefore opens every page here that nobody else may see."""
NOT_PAGES = ("sign_in", "sign_in_code", "health", "ward_boundaries", "ward_figures")
PAGES = [address for name, address in ADDRESSES.items() if name not in NOT_PAGES and not name.endswith("_file")]

OF_OFFICERS = (
    "/audit",
    "/audit/month",
    "/quarantine",
    "/erasures",
    "/subject-access",
    "/people/emergencies-to-review",
    "/people/not-disclosed",
    "/incidents",
    "/complaints",
)


def reader(sign_in, address):
    if address in OF_OFFICERS:
        return sign_in(Role.DATA_PROTECTION_OFFICER)
    if address == "/people/in-an-emergency":
        return sign_in(Role.PRACTITIONER, agency="csc")
    return sign_in(Role.AGENCY_DATA_OFFICER, agency="police") if address == OWN else sign_in()


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_a_title_one_heading_a_skip_link_and_its_language(address, pages, sign_in):
    page = document(reader(sign_in, address).get(address))

    assert page.get("lang") == "en-GB"
    assert page.find(".//title").text.endswith(" – Sightline")
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//body//a")[0].get("href") == "#main-content"
    assert page.xpath("//main[@id='main-content']")


@pytest.mark.parametrize("address", [page for page in PAGES if page != "/"])
def test_every_page_but_the_first_says_where_it_stands(address, pages, sign_in):
    crumbs = document(reader(sign_in, address).get(address)).xpath("//nav[@aria-label='Breadcrumb']//li")

    assert text_of(crumbs[0]) == "Overview"
    assert crumbs[-1].get("aria-current") == "page"


@pytest.mark.parametrize("address", PAGES)
def test_headings_do_not_skip_a_level(address, pages, sign_in):
    levels = [int(heading.tag[1]) for heading in document(reader(sign_in, address).get(address)).xpath("//h1|//h2|//h3|//h4")]

    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("address", [*PAGES, "/nowhere"])
def test_no_page_says_what_blames_a_child(address, pages, sign_in):
    assert blaming_words(words_of(reader(sign_in, address).get(address))) == []


@pytest.mark.django_db
def test_the_sign_in_page_says_nothing_that_blames_a_child_either(client):
    words = words_of(client.get("/sign-in"))

    assert "Sign in" in words
    assert blaming_words(words) == []


@pytest.mark.parametrize("address", PAGES)
def test_nothing_in_a_page_needs_what_the_policy_forbids(address, pages, sign_in):
    answer = reader(sign_in, address).get(address)

    page = document(answer)
    assert not page.xpath("//script[not(@src)] | //style | //@style | //@*[starts-with(name(), 'on')]")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("address", PAGES)
def test_everything_a_page_asks_for_is_on_the_same_server(address, pages, sign_in):
    page = document(reader(sign_in, address).get(address))

    asked = page.xpath("//script/@src | //link/@href | //img/@src | //@data-boundaries | //@data-figures")
    assert asked
    assert all(each.startswith("/") and not each.startswith("//") for each in asked)


@pytest.mark.parametrize("address", PAGES)
def test_ids_are_unique_and_labels_point_at_something(address, pages, sign_in):
    page = document(reader(sign_in, address).get(address))

    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    pointed_at = {each for words in page.xpath("//@aria-labelledby | //@aria-describedby | //label/@for") for each in words.split()}
    assert pointed_at <= set(ids)


def test_a_long_page_begins_with_its_parts_and_each_leads_to_a_place_on_it(pages, sign_in):
    client = sign_in()
    for address in ("/data/quality", "/data/links"):
        page = document(client.get(address))
        links = page.xpath("//nav[@aria-labelledby='on-this-page']//a/@href")

        assert len(links) > 2, address
        assert {link[1:] for link in links} <= set(page.xpath("//section//h2/@id")), address


def test_every_file_the_pages_name_is_served(pages, sign_in, client):
    page = document(sign_in().get("/places"))

    for address in page.xpath("//script/@src | //link/@href"):
        assert (STATIC / address.removeprefix("/static/").partition("?")[0]).is_file(), address


def test_static_files_hold_no_crown_no_official_typeface_and_load_nothing():
    sheet = (STATIC / "sightline" / "sightline.css").read_text(encoding="utf-8")

    assert "GDS Transport" not in sheet
    assert "crown" not in sheet.lower()
    assert "url(" not in sheet
    assert "@import" not in sheet
    for script in STATIC.rglob("*.js"):
        assert "sourceMappingURL" not in script.read_text(encoding="utf-8")


def test_a_signed_in_page_is_kept_in_no_cache_and_seen_in_no_frame(pages, sign_in):
    answer = sign_in().get("/")

    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_the_health_page_answers_anybody_and_tells_nothing_else(client):
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_page_that_does_not_exist_is_not_found_in_our_own_style(client):
    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert "There is no such page" in words_of(answer)
    assert b"sightline.css" in answer.content


def test_a_request_for_another_host_is_refused_in_our_own_style(client):
    answer = client.get("/sign-in", headers={"host": "elsewhere.example"})

    assert answer.status_code == 400
    assert "could not be understood" in words_of(answer)


def test_the_page_for_a_failure_needs_neither_ledger_nor_release_and_hides_its_cause():
    answer = failed(RequestFactory().get("/"))

    assert answer.status_code == 500
    assert "It is a fault of the service, not of what you did." in words_of(answer)
    assert "Traceback" not in words_of(answer)


def test_every_component_that_pages_use_is_in_the_style_sheet():
    """A component without its styles is drawn as the browser likes: radios over their words, say."""
    used = {name for page in (WEB / "templates").rglob("*.html") for name in re.findall(r"components/([a-z-]+)/macro", page.read_text())}
    sheet = (WEB / "styles" / "sightline.scss").read_text()
    built = (WEB / "static" / "sightline" / "sightline.css").read_text()

    assert used
    assert not {name for name in used if f'components/{name}"' not in sheet}
    assert not {name for name in used if f".govuk-{name}" not in built}, "build the sheet again: styles/README.md"
