"""Whatever text somebody stores, a page shows it as text: no element, no attribute, no address and no template comes of it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import pytest

from sightline.app.roles import Role
from sightline.web.permissions import PAGES, PUBLIC, may_see
from sightline.web.release_source import using
from tests.support.releases import example_release
from tests.web.example import ExampleSource, full_source
from tests.web.reading import document
from tests.web.test_permissions import ADDRESSES

HARM = "\"'><x-stored onmouseover=alert(1)>{{7*7191}}{% if 1 %}</title></script><script>alert(1)</script>"
"""Leaves an attribute, a title and a script, and asks a template to count: 50337."""
READERS = ((Role.ANALYST, ""), (Role.AGENCY_DATA_OFFICER, "police"), (Role.DATA_PROTECTION_OFFICER, ""))


def with_harm(value: Any) -> Any:
    """The same with `HARM` at the end of every text that is meant for people: one of several words."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value + HARM if " " in value and not value.startswith("select") else value
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: with_harm(getattr(value, each.name)) for each in fields(value) if each.init})
    if isinstance(value, dict):
        return {key: with_harm(one) for key, one in value.items()}
    return type(value)(map(with_harm, value)) if isinstance(value, tuple | list) and type(value) in (tuple, list) else value


def harmless(answer) -> bool:
    """Whether nothing stored became anything but text; and whether the text was there at all."""
    page, text = document(answer), answer.content.decode()
    assert not page.xpath("//x-stored | //@*[starts-with(name(), 'on')] | //script[not(@src) and not(starts-with(@type, 'application/'))]")
    assert not [
        each for each in page.xpath("//@href | //@src | //@action") if each.lower().lstrip().startswith(("javascript:", "data:text"))
    ]
    assert "<x-stored" not in text
    assert "50337" not in text
    return "x-stored" in text


class HarmfulSource(ExampleSource):
    """The example pages with the text in everything that a release, a return or a definition says."""

    def returns(self):
        return with_harm(super().returns())

    def definitions(self):
        return with_harm(super().definitions())

    def lineage(self, indicator):
        return with_harm(super().lineage(indicator))

    def linkage_statement(self):
        return with_harm(super().linkage_statement())

    def findings(self, agency, dataset, period):
        return with_harm(super().findings(agency, dataset, period))


@pytest.fixture(scope="module")
def harmful() -> HarmfulSource:
    full = full_source()
    release = with_harm(replace(example_release(), attachments=full.release.attachments))
    return HarmfulSource(release, full.files, tuple(map(with_harm, full.asked)), full.calendar)


QUIET = {"accessibility", "account", "second_factor", "second_factor_app", "second_factor_key", "recovery_codes", "new_password", "audit"}
"""Pages that say nothing of a release, a return or a definition."""
SHOWN = [
    (name, address)
    for name, address in ADDRESSES.items()
    if PAGES[name] is not PUBLIC and not name.endswith("_file") and not name.startswith("ward_")
]
HTML_FILES = ["/data/returns/police/police/2026-Q1/findings.html", "/data/links/statement.html", "/releases/1/board-report.html"]


@pytest.mark.parametrize(("name", "address"), SHOWN)
def test_no_text_of_a_release_a_return_or_a_definition_becomes_markup(name, address, harmful, sign_in):
    readers = (*READERS, (Role.PRACTITIONER, "csc"))
    role, agency = next((each for each in readers if may_see(each[0], name)), (Role.CHECKER, "police"))

    with using(harmful):
        answer = sign_in(role, agency).get(address)

    assert answer.status_code == 200
    harmless(answer)


def test_the_text_is_there_to_be_harmless(harmful, sign_in):
    """Or the test above would show nothing."""
    client = sign_in(Role.AGENCY_DATA_OFFICER, "police")
    with using(harmful):
        said = {address for name, address in SHOWN if may_see(Role.AGENCY_DATA_OFFICER, name) and harmless(client.get(address))}

    assert said >= {"/", "/indicators", "/indicators/missing_episodes", "/agencies", "/sources", "/flags", "/missing", "/data/returns"}
    assert said >= {
        "/data/definitions",
        "/data/quality",
        "/data/links",
        "/data/returns/police/police/2026-Q1",
        "/indicators/missing_episodes/made",
    }


@pytest.mark.parametrize("address", HTML_FILES)
def test_no_text_becomes_markup_in_a_file_that_a_browser_opens(address, harmful, sign_in):
    with using(harmful):
        answer = sign_in(Role.AGENCY_DATA_OFFICER, "police").get(address)

    page = document(answer)
    assert answer["Content-Disposition"].startswith("attachment")
    assert not page.xpath("//x-stored | //@*[starts-with(name(), 'on')] | //script")
    assert "x-stored" in answer.content.decode()
