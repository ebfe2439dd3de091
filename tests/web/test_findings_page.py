"""The findings of one return as its own agency's data officer sees them, and as files to take along."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from python_calamine import CalamineWorkbook

from sightline.app.roles import Role
from sightline.web.release_source import using
from tests.web.example import ExampleSource, example_findings, example_returns
from tests.web.reading import words_of

HERE = "/data/returns/police/police/2026-Q1"


def test_the_page_says_of_each_cause_all_that_is_needed_to_mend_it(pages, sign_in):
    words = words_of(sign_in(Role.AGENCY_DATA_OFFICER, agency="police").get(HERE))

    for part in (
        'Codes in "Offence group" are not known: "105/9x".',
        "occurrence.csv, column F “Offence group”",
        "1,417 rows: 2, 3, 5, 8, 13 (in the first place) and 1,412 more",
        '"105/9x" may mean "105/9". (confidence 83%)',
        "SL-INT-024, 8510 of the publisher",
        "these rows",
        "occurrence_2.csv, column F “Offence group”, first in row 7",
    ):
        assert part in words


def test_what_asks_for_most_comes_first(pages, sign_in):
    words = words_of(sign_in(Role.AGENCY_DATA_OFFICER, agency="police").get(HERE))

    assert words.index("Certainly wrong") < words.index("Please look") < words.index("For information") < words.index("Not checked")


def test_another_agencys_officer_is_told_there_is_nothing(pages, sign_in):
    client = sign_in(Role.AGENCY_DATA_OFFICER, agency="health")

    assert client.get(HERE).status_code == 404
    assert client.get(f"{HERE}/findings.json").status_code == 404


def test_a_return_that_is_not_held_has_no_page(pages, sign_in):
    assert sign_in(Role.AGENCY_DATA_OFFICER, agency="police").get("/data/returns/police/police/2025-Q1").status_code == 404


def test_a_return_with_nothing_found_says_what_that_covers_and_what_it_does_not(sign_in):
    class Clean(ExampleSource):
        def findings(self, agency, dataset, period):
            return example_findings(clean=True)

    with using(Clean(calendar=example_returns())):
        words = words_of(sign_in(Role.AGENCY_DATA_OFFICER, agency="police").get(HERE))

    assert "Nothing was found that asks for anything. Some things could not be checked." in words
    assert "Custody" in words
    assert "occurrence.csv" in words


@pytest.mark.parametrize("kind", ["html", "xlsx", "json"])
def test_every_file_tells_every_finding_and_every_gap(kind, pages, sign_in):
    answer = sign_in(Role.AGENCY_DATA_OFFICER, agency="police").get(f"{HERE}/findings.{kind}")

    told = _texts(kind, answer.content)
    assert f'filename="findings-police-police-2026-Q1.{kind}"' in answer["Content-Disposition"]
    for finding in example_findings().findings:
        assert finding.text in told
        assert finding.hint in told
        assert finding.expected in told
    assert "nothing in the files is named custody or has its headers" in told


def _texts(kind, content):
    if kind == "html":
        return words_of(type("Answer", (), {"content": content})())
    if kind == "json":
        return " ".join(_strings(json.loads(content)))
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return " ".join(str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row)


def _strings(value):
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return [str(value)]


def test_a_file_of_no_known_kind_is_not_there(pages, sign_in):
    assert sign_in(Role.AGENCY_DATA_OFFICER, agency="police").get(f"{HERE}/findings.exe").status_code == 404


def test_the_page_of_the_dataset_leads_there_for_the_own_officer_only(pages, sign_in):
    own = sign_in(Role.AGENCY_DATA_OFFICER, agency="police").get("/data/returns/police/police")
    analyst = sign_in(Role.ANALYST).get("/data/returns/police/police")

    assert HERE in own.content.decode()
    assert HERE not in analyst.content.decode()


def test_the_same_findings_give_the_same_bytes_in_every_kind():
    from sightline.app.findings_files import CONTENT_TYPES, findings_file

    for kind in CONTENT_TYPES:
        assert findings_file(example_findings(), kind) == findings_file(replace(example_findings()), kind)


def test_the_workbook_holds_no_formula_whatever_a_header_says():
    from sightline.publish.findings_xlsx import findings_xlsx

    report = example_findings()
    evil = replace(report.findings[0], place=replace(report.findings[0].place, column='=HYPERLINK("http://x","y")', sheet="+1+1"))
    book = CalamineWorkbook.from_filelike(io.BytesIO(findings_xlsx(replace(report, findings=(evil,)))))

    cells = [str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]
    assert '\'=HYPERLINK("http://x","y")' in cells
    assert "'+1+1" in cells


def test_the_html_needs_nothing_else_and_lets_no_text_become_markup():
    from sightline.publish.findings_html import findings_html

    report = example_findings()
    evil = replace(report.findings[0], text="<script>alert(1)</script>")
    page = findings_html(replace(report, findings=(evil,))).decode()

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "src=" not in page
