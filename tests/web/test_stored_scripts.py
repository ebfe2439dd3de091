"""Whatever text somebody stores, a page shows it as text: no element, no attribute, no address and no template comes of it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import pytest

from sightline.app.roles import Role
from sightline.model.exported import may_be_calculated
from sightline.web.permissions import PAGES, PUBLIC, may_see
from sightline.web.release_source import using
from tests.support.releases import example_release
from tests.web.example import ExampleSource, full_source
from tests.web.reading import document
from tests.web.test_permissions import ADDRESSES

HARM = "\"'><x-stored onmouseover=alert(1)>{{7*7191}}{% if 1 %}</title></script><script>alert(1)</script>"
"""Leaves an attribute, a title and a script, and asks a template to count: 50337."""
READERS = ((Role.ANALYST, ""), (Role.AGENCY_DATA_OFFICER, "police"), (Role.DATA_PROTECTION_OFFICER, ""))


def with_harm(value: Any, before: str = "", after: str = HARM) -> Any:
    """The same with `HARM` at the end of every text that is meant for people, one of several words, or other things around it."""

    def harmed(value: Any) -> Any:
        if isinstance(value, Enum):
            return value
        if isinstance(value, str):
            return before + value + after if " " in value and not value.startswith("select") else value
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{each.name: harmed(getattr(value, each.name)) for each in fields(value) if each.init})
        if isinstance(value, dict):
            return {key: harmed(one) for key, one in value.items()}
        return type(value)(map(harmed, value)) if isinstance(value, tuple | list) and type(value) in (tuple, list) else value

    return harmed(value)


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


FORMULA = "=1+1 "
TABLES = sorted(
    {f"{address.rpartition('.')[0]}.{kind}" for name, address in ADDRESSES.items() if name.endswith("_file") for kind in ("csv", "xlsx")}
)


def calculated(content: bytes) -> list[str]:
    """Cells of a CSV that a program would calculate; of a workbook, those that are formulas."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return [name for name in book.namelist() if re.search(rb"<f[ >/]", book.read(name))]
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [cell for row in rows for cell in row if may_be_calculated(cell)]


def test_no_table_that_can_be_taken_along_holds_a_formula(sign_in):
    """Whatever a release, a return or a definition says: here, that each text begins as a formula does."""
    full = full_source()
    source = HarmfulSource(with_harm(full.release, FORMULA, ""), full.files, full.asked, full.calendar)
    client, taken = sign_in(Role.AGENCY_DATA_OFFICER, "police"), {}
    with using(source):
        for address in TABLES:
            answer = client.get(address)
            if answer.status_code == 200:
                taken[address] = b"".join(answer) if answer.streaming else answer.content

    assert {address: cells for address, content in taken.items() if (cells := calculated(content))} == {}
    assert len([address for address in taken if address.endswith(".csv")]) >= 11
    assert any(address.endswith(".xlsx") for address in taken)
    assert sum(f"'{FORMULA}".encode() in content for address, content in taken.items() if address.endswith(".csv")) >= 8, "it was there"
