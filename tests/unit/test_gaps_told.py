"""An agency that is in no figure, or whose records are counted without links, is named beside every figure it touches."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from sightline.app.figure_coverage import figure_coverage
from sightline.app.gaps_told import LOST, NOT_ROTATED, gaps_told, not_linked_behind
from sightline.app.token_epochs import LeftOut
from sightline.definitions.catalogue import load_catalogue
from sightline.indicators.availability import NotAgreed, Sources
from sightline.model.periods import Quarter
from sightline.model.releases import NOT_AGREED, NOT_LINKED, Gap, release_from_json, release_to_json
from sightline.publish.asked_table import AskedTable
from sightline.publish.board_report import board_report
from sightline.publish.exports import all_figures_file, analysis_file
from sightline.publish.gaps import COUNTS_TWICE, NOT_TOLD, gaps_of_figure, not_agreed_at_all, not_whole, why_missing
from sightline.publish.words import coverage_words
from sightline.web import words
from tests.support.releases import SUSPENDED, with_gaps
from tests.unit.test_figure_coverage import PARTNERSHIP

WHY = f"records of police for 2 quarters to January to March 2026 are not linked with other agencies': {NOT_ROTATED}"


def left_out(agency="police", period="2026-Q1", *, is_lost=False):
    return LeftOut("r1", agency, agency, period, "ab12cd34", is_lost)


def test_a_gap_says_which_records_and_why_once_for_each_agency_and_reason():
    found = gaps_told(
        PARTNERSHIP,
        {("csc", "csc"): NotAgreed("agreement ended 2026-06-30")},
        [left_out(), left_out(period="2025-Q4"), left_out("health", is_lost=True)],
    )

    assert found == (
        Gap("csc", NOT_AGREED, "agreement ended 2026-06-30"),
        Gap("police", NOT_LINKED, WHY),
        Gap("health", NOT_LINKED, f"records of health for January to March 2026 are not linked with other agencies': {LOST}"),
    )


def test_only_figures_counted_from_records_about_people_that_were_left_out_are_touched():
    sources = Sources({"referral": frozenset({("police", "police"), ("csc", "csc")}), "location": frozenset({("police", "police")})}, None)

    assert not_linked_behind(sources, ["referral"], [left_out()]) == ["police"]
    assert not_linked_behind(sources, ["location"], [left_out()]) == []
    assert not_linked_behind(sources, ["referral"], [left_out("health")]) == []


def test_each_indicator_says_whose_records_it_has_without_links():
    catalogue = load_catalogue()
    one = replace(catalogue, indicators=(catalogue.indicator("missing_episodes"),))
    sources = Sources({"missing_episode": frozenset({("police", "police")})}, {("police", "police"): {"2025-Q4", "2026-Q1"}})
    quarters = (Quarter(2025, 4), Quarter(2026, 1))

    def told(*left):
        return [each.not_linked for each in figure_coverage(one, PARTNERSHIP, sources, quarters=quarters, unsettled={}, left_out=left)]

    assert told() == [(), ()]
    assert told(left_out()) == [("police",), ("police",)]


def test_a_release_keeps_its_gaps_and_one_made_before_says_that_it_does_not_tell():
    release = with_gaps(WHY)

    assert release_from_json(release_to_json(release)) == release
    assert gaps_of_figure(release, release.indicators[0].id, "2010-Q1") == [NOT_TOLD]


def test_the_gap_stands_beside_the_number_on_pages_and_in_the_report():
    release = with_gaps(WHY)
    first, other = release.indicators[:2]

    assert words.coverage(release, first).endswith(" · Police not linked")
    assert "not linked" not in words.coverage(release, other)
    assert words.release_coverage(release).endswith("; Police not linked")
    assert coverage_words(release, first).endswith(", Police not linked")
    assert not_whole(release, first.id, release.period) == (
        f"Not in these numbers: Health. Not linked with the records of others: Police. {COUNTS_TWICE}"
    )
    assert not_whole(release, other.id, release.period) == ""
    assert why_missing(release, "health") == f"Health ({SUSPENDED})"
    assert not_agreed_at_all(release) == [f"Health ({SUSPENDED})"]
    report = str(board_report(release, None))
    assert report.count(f"{WHY}. {COUNTS_TWICE}") == 2, "with the five measures, and with the agencies together"
    assert f"Not complete: Health ({SUSPENDED})." in report


def test_every_row_of_a_file_names_the_gap_and_rows_without_one_do_not():
    release = with_gaps(WHY)
    first = release.indicators[0].id
    expected = f"Health: {SUSPENDED}; Police: {WHY}"

    rows = list(csv.DictReader(io.StringIO(all_figures_file(release, "csv").decode("utf-8-sig"))))
    of_first = {row["quarter"]: row["gaps"] for row in rows if row["indicator"] == first}
    assert {quarter: gap for quarter, gap in of_first.items() if gap != NOT_TOLD} == dict.fromkeys(release.periods[-2:], expected)
    assert not any("not linked" in row["gaps"] for row in rows if row["indicator"] != first)
    assert {each["gaps"] for each in json.loads(all_figures_file(release, "json"))["figures"] if each["quarter"] == release.period} >= {
        expected
    }
    analysis = release.analyses[0]
    told = {row["table"]: row["gaps"] for row in csv.DictReader(io.StringIO(analysis_file(release, analysis, "csv").decode("utf-8-sig")))}
    assert told[analysis.tables[0].id] == f"Health ({SUSPENDED}); Police: {WHY}"


def test_an_asked_table_names_the_gaps_of_its_quarter_and_of_every_quarter_of_a_year():
    release = with_gaps(WHY)
    text = release.indicators[0]

    def asked(period):
        return AskedTable(release, text, "t", period, "Sex", "", (), (), (), "Children", "then").gaps

    assert asked(release.period) == [f"Health: {SUSPENDED}", f"Police: {WHY}"]
    assert set(asked(f"year to {release.period}")) == {f"Health: {SUSPENDED}", f"Police: {WHY}", NOT_TOLD}
