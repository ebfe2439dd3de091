from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.urls import ResolverMatch, get_resolver, reverse

from sightline.app.roles import Role
from sightline.model.agreements import Tier
from sightline.web import permissions
from sightline.web.permissions import EVERYONE, PAGES, PUBLIC, TIERS, PermissionMiddleware, is_within, may_see, who_may_see
from tests.web.reading import words_of

ADDRESSES = {
    "overview": "/",
    "indicators": "/indicators",
    "indicator": "/indicators/missing_episodes",
    "indicator_made": "/indicators/missing_episodes/made",
    "indicator_file": "/releases/1/indicators/missing_episodes.csv",
    "ask_table": "/indicators/missing_episodes/table",
    "ask_table_file": "/releases/1/indicators/missing_episodes/table.xlsx",
    "whole_table_file": "/releases/1/tables/age_sex_ethnicity.parquet",
    "release_file": "/releases/1/figures.json",
    "board_report_file": "/releases/1/board-report.html",
    "agencies": "/agencies",
    "sources": "/sources",
    "flags": "/flags",
    "journeys": "/journeys",
    "missing": "/missing",
    "needs": "/needs",
    "people_who_cause_harm": "/people-who-cause-harm",
    "screening": "/screening",
    "reach": "/reach",
    "voice": "/voice",
    "sources_file": "/releases/1/sources/referral_sources.csv",
    "flags_file": "/releases/1/flags/flags_compared.json",
    "journeys_file": "/releases/1/journeys/journeys.csv",
    "missing_file": "/releases/1/missing/episodes.csv",
    "needs_file": "/releases/1/needs/needs.csv",
    "people_who_cause_harm_file": "/releases/1/people-who-cause-harm/people.csv",
    "screening_file": "/releases/1/screening/screening.csv",
    "reach_file": "/releases/1/reach/representation.csv",
    "voice_file": "/releases/1/voice/places.csv",
    "places": "/places",
    "ward_boundaries": "/places/wards.geojson",
    "ward_figures": "/places/figures.json",
    "returns": "/data/returns",
    "return_detail": "/data/returns/police/police",
    "quality": "/data/quality",
    "uses": "/data/uses",
    "definitions": "/data/definitions",
    "agreements": "/data/agreements",
    "can_share": "/data/agreements/can-share",
    "processing": "/data/agreements/processing",
    "processing_file": "/data/agreements/processing/record.json",
    "links": "/data/links",
    "links_file": "/data/links/statement.json",
    "link_reviews": "/data/links/review",
    "return_findings": "/data/returns/police/police/2026-Q1",
    "return_findings_file": "/data/returns/police/police/2026-Q1/findings.json",
    "outputs": "/outputs",
    "output_ask": "/outputs/ask",
    "erasures": "/erasures",
    "quarantine": "/quarantine",
    "subject_access": "/subject-access",
    "audit": "/audit",
    "audit_month": "/audit/month",
    "break_glass": "/people/in-an-emergency",
    "break_glass_reviews": "/people/emergencies-to-review",
    "not_disclosed": "/people/not-disclosed",
    "incidents": "/incidents",
    "complaints": "/complaints",
    "releases": "/releases",
    "release": "/releases/1",
    "release_attacked": "/releases/1/attacked",
    "about_this_data": "/about-this-data",
    "accessibility": "/accessibility",
    "purpose": "/purpose",
    "account": "/account",
    "second_factor": "/account/second-factor",
    "second_factor_app": "/account/second-factor/app",
    "second_factor_key": "/account/second-factor/key",
    "recovery_codes": "/account/recovery-codes",
    "new_password": "/account/password",
    "sign_in": "/sign-in",
    "sign_in_code": "/sign-in/code",
    "health": "/healthz",
}


def test_every_address_has_a_name_that_stands_in_the_table():
    named = {pattern.name for pattern in get_resolver().url_patterns}

    assert named == set(PAGES)


def test_every_page_that_is_not_public_names_who_may_see_it():
    assert {page for page, roles in PAGES.items() if roles is PUBLIC} == {
        "sign_in",
        "sign_in_code",
        "openid_connect_login",
        "openid_connect_callback",
        "sign_out",
        "health",
        "accessibility",
    }
    assert all(roles <= EVERYONE and roles for roles in PAGES.values() if roles is not PUBLIC)


def test_every_address_says_for_which_tier_it_is():
    """One without a tier is seen by nobody, so that this cannot be forgotten for long."""
    assert set(TIERS) == {pattern.name for pattern in get_resolver().url_patterns}
    for page, roles in PAGES.items():
        assert {role for role in roles if not is_within(role, TIERS[page])} == set(), f"{page} is beyond a role that is given it"
        assert roles is not PUBLIC or TIERS[page] is None, f"{page} is for anybody, and shows data"


def test_a_page_without_a_tier_or_beyond_the_role_is_seen_by_nobody(monkeypatch):
    everybody = {"forgotten": EVERYONE, "records": EVERYONE, "figures": EVERYONE}
    monkeypatch.setattr(permissions, "PAGES", everybody)
    monkeypatch.setattr(permissions, "TIERS", {"records": Tier.OPERATIONAL, "figures": Tier.STRATEGIC})

    seen = {page: {role for role in Role if may_see(role, page)} for page in everybody}

    assert seen["forgotten"] == set()
    assert EVERYONE - seen["records"] == {Role.STRATEGIC_LEAD, Role.ELECTED_MEMBER, Role.ADMINISTRATOR}
    assert EVERYONE - seen["figures"] == {Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_the_pages_of_the_table_and_no_others(role, pages, sign_in):
    client = sign_in(role, agency="police")

    answers = {name: client.get(address).status_code for name, address in ADDRESSES.items()}

    signed_in_already = {"sign_in": 302, "sign_in_code": 302}
    assert answers == {name: 200 if may_see(role, name) else 403 for name in ADDRESSES} | signed_in_already


def test_an_administrator_is_shown_no_returns_of_children_by_place(pages, sign_in):
    client = sign_in(Role.ADMINISTRATOR)

    assert client.get("/places").status_code == 403
    assert client.get("/places/figures.json").status_code == 403


def test_elected_members_and_practitioners_see_no_returns():
    assert "Elected member" not in who_may_see("returns")
    assert "Practitioner" not in who_may_see("return_detail")


def test_a_refusal_says_which_roles_are_given_the_page(pages, sign_in):
    answer = sign_in(Role.ADMINISTRATOR).get("/agencies")

    assert answer.status_code == 403
    assert "It is for these roles: strategic lead, analyst" in words_of(answer)


def test_the_menu_offers_only_what_the_reader_may_see(pages, sign_in):
    menu = words_of(sign_in(Role.ELECTED_MEMBER).get("/"))

    assert "Agencies together" in menu
    assert "Returns and quality" not in menu


@pytest.mark.django_db
@pytest.mark.parametrize("address", [address for name, address in ADDRESSES.items() if PAGES[name] is not PUBLIC])
def test_nobody_sees_a_page_before_signing_in(address, client, pages):
    answer = client.get(address)

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("sign_in") + "?next=/")


def test_an_address_that_the_table_lacks_is_refused_even_to_a_leader():
    request = RequestFactory().get("/forgotten")
    request.user = type("Leader", (), {"is_authenticated": True, "role": Role.STRATEGIC_LEAD})()
    request.resolver_match = ResolverMatch(lambda: None, (), {}, url_name="forgotten")

    with pytest.raises(PermissionDenied):
        PermissionMiddleware(lambda request: None).process_view(request, None, (), {})


def test_an_administrator_begins_with_people_and_comes_to_no_figure(pages, sign_in):
    client = sign_in(Role.ADMINISTRATOR)
    said = words_of(client.get("/"))

    assert "You look after sign-ins, and are shown no figures" in said
    assert "administrator- Administrator" in said
    for address in ("/indicators", "/releases/1", "/releases/1/figures.json", "/data/quality", "/data/links", "/data/uses"):
        assert client.get(address).status_code == 403, address


@pytest.mark.parametrize("field", ["role_until", "trained_until"])
def test_no_page_opens_to_somebody_whose_role_or_training_has_ended_also_in_an_open_session(field, pages, sign_in, django_user_model):
    client, yesterday = sign_in(Role.DATA_PROTECTION_OFFICER), date.today() - timedelta(days=2)
    assert client.get("/audit").status_code == 200
    django_user_model.objects.filter(role=Role.DATA_PROTECTION_OFFICER).update(**{field: yesterday})

    opened = {name for name, address in ADDRESSES.items() if client.get(address).status_code == 200}

    assert {PAGES[name] for name in opened} == {PUBLIC}
