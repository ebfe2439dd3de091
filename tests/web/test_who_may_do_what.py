"""Every address × method × role × agency, against the table that people have checked: docs/security/who-may-do-what.csv.

A new address fails here until it has its rows. Cells: ``yes``, ``no``, ``own agency`` (the role, of the agency it is about, only).
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.urls import ResolverMatch, get_resolver

from sightline.app.roles import Role
from sightline.web.permissions import FORMS, PAGES, PermissionMiddleware
from tests.web.test_agreements_pages import POLICE, agreed  # noqa: F401 - a fixture
from tests.web.test_permissions import ADDRESSES

TABLE = Path(__file__).parents[2] / "docs" / "security" / "who-may-do-what.csv"
ROLES = [None, *Role]
HEADER = ["page", "address", "method", "nobody signed in", *(role.label.lower() for role in Role)]
AGENCIES = ("police", "csc", "")


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def addresses() -> dict[str, str]:
    return {pattern.name: "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern)) for pattern in get_resolver().url_patterns}


def answer(page: str, method: str, role: Role | None, agency: str) -> str:
    """What the one place that decides says: ``yes``, ``no`` (refused), or ``sign in``."""
    request = RequestFactory().generic(method, "/")
    request.session = {"second_factor": "totp", "purpose": "data_quality"}
    request.user = AnonymousUser() if role is None else type("Somebody", (), {"is_authenticated": True, "role": role, "agency": agency})()
    request.resolver_match = ResolverMatch(lambda: None, (), {}, url_name=page)
    try:
        held = PermissionMiddleware(lambda request: None).process_view(request, None, (), {})
    except PermissionDenied:
        return "no"
    return "yes" if held is None else "sign in" if held.status_code == 302 else "no"


def test_the_table_has_a_row_for_every_address_and_method_and_no_other():
    with TABLE.open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == HEADER
    wanted = [(name, address, method) for name, address in addresses().items() for method in ("GET", *(["POST"] if name in FORMS else []))]
    wanted.remove(("sign_out", "/sign-out", "GET"))

    found = [(row["page"], row["address"], row["method"]) for row in rows()]

    missing = [",".join((*row, *(answer(row[0], row[2], role, "police") for role in ROLES))) for row in wanted if row not in found]
    assert missing == [], "check each of these by hand, then add it"
    assert [row for row in found if row not in wanted] == []
    assert len(found) == len(set(found))
    assert set(FORMS) <= set(PAGES)


@pytest.mark.parametrize("agency", AGENCIES)
def test_the_one_place_that_decides_says_what_the_table_says(agency):
    differs = []
    for row in rows():
        for role, name in zip(ROLES, HEADER[3:], strict=True):
            said = row[name] if row[name] != "own agency" else "yes"  # the page itself asks whose agency it is: tried below
            if answer(row["page"], row["method"], role, agency) != said:
                differs.append((row["page"], row["method"], name, row[name]))
    assert differs == []


def test_a_page_without_a_form_takes_none(pages, sign_in):
    client = sign_in(Role.ANALYST)

    taken = [name for name in sorted(set(ADDRESSES) - set(FORMS)) if client.post(ADDRESSES[name]).status_code != 405]

    assert taken == []


OWN = {("return_findings", "GET"), ("return_findings_file", "GET"), ("agreement", "POST")}


def test_every_cell_for_the_own_agency_alone_is_tried_below_or_where_it_says():
    said = {(row["page"], row["method"]) for row in rows() for name in HEADER[4:] if row[name] == "own agency"}

    assert said == OWN
    assert [role.label for role in Role if any(row[role.label.lower()] == "own agency" for row in rows())] == ["Agency data officer"]


@pytest.mark.parametrize("agency", AGENCIES)
def test_findings_of_the_police_open_for_their_own_officer_and_no_other(agency, pages, sign_in):
    client = sign_in(Role.AGENCY_DATA_OFFICER, agency=agency)

    for page in ("return_findings", "return_findings_file"):
        assert (client.get(ADDRESSES[page]).status_code == 200) is (agency == "police"), page


@pytest.mark.parametrize("agency", AGENCIES)
def test_what_the_police_agreed_is_suspended_by_their_own_officer_and_no_other(agency, agreed, sign_in):  # noqa: F811
    answered = sign_in(Role.AGENCY_DATA_OFFICER, agency=agency).post(POLICE, {"do": "suspend", "reason": ""})

    assert answered.status_code == (409 if agency == "police" else 403), "409: allowed, and the reason is missing"
