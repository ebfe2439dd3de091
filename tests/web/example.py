"""A source of pages made by hand: the example release with its drawings, and a small calendar of returns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from sightline.app.cubes import files_of
from sightline.app.definitions_in_use import CodeInUse, CodesInUse, DatasetDefinitions
from sightline.app.lineage import DatasetFields, IndicatorLineage, Step
from sightline.app.releases import ReleaseListing
from sightline.app.returns import FindingLine, ReturnLine, ReturnsOverview, Standing
from sightline.app.workspace import Workspace
from sightline.definitions.lineage import Origin, Use
from sightline.definitions.mappings import SourceDefinition
from sightline.errors import Place
from sightline.model.cubes import ReleasedTable
from sightline.model.findings import Blocks, Finding, Fix, MappedField, NotChecked, Severity
from sightline.model.periods import Quarter
from sightline.model.releases import Release
from sightline.publish.attachments import WARDS as WARD_OUTLINES
from sightline.publish.findings_report import FindingsReport, findings_report
from sightline.publish.linkage_statement import LinkageStatement
from tests.support.asked import example_tables
from tests.support.releases import AGENCIES, PERIODS, WARDS, example_release
from tests.support.statements import example_statement


def ward_outlines() -> bytes:
    """Six squares in two rows, at sea."""
    features = []
    for place, (code, name) in enumerate(WARDS):
        west, south = 1.5 + 0.05 * (place % 3), 54.6 + 0.03 * (place // 3)
        ring = [[west, south], [west + 0.05, south], [west + 0.05, south + 0.03], [west, south + 0.03], [west, south]]
        features.append(
            {
                "type": "Feature",
                "properties": {"ward_code": code, "ward_name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


_ROWS_READ = 300


def _line(agency: str, name: str, period: str, step: int) -> ReturnLine:
    state = Standing.LATE if agency == "housing" and step == 15 else Standing.ACCEPTED
    if agency == "police":
        state = Standing.ACCEPTED_WITH_QUERIES if step % 2 else Standing.ACCEPTED
    if agency == "csc" and step == 15:
        state = Standing.DUE
    if agency == "voluntary" and step == 11:
        state = Standing.WITHDRAWN
    held = state in (Standing.ACCEPTED, Standing.ACCEPTED_WITH_QUERIES)
    due_on = Quarter.parse(period).end + timedelta(days=61 if agency == "csc" else 21)
    came = datetime.combine(due_on, time(9), UTC) + timedelta(days=12 if agency == "voluntary" and step == 13 else (step % 3) * 3 - 7)
    return ReturnLine(
        agency=agency,
        agency_name=name,
        dataset=agency,
        dataset_title=f"{name} extract",
        period=period,
        due_on=due_on,
        state=state,
        version=(2 if agency == "health" and step == 14 else 1) if held else None,
        return_id=f"{agency}-{period}" if held else None,
        received_at=came + timedelta(days=40 if agency == "health" and step == 14 else 0) if held else None,
        first_received_at=came if held else None,
        was_late=agency == "voluntary" and step == 13,
        queries=int(state is Standing.ACCEPTED_WITH_QUERIES),
        rows_read=_ROWS_READ + 7 * step if held else 0,
        rows_kept=_ROWS_READ + 7 * step - (30 if agency == "early_help" and step < 13 else 2) if held else 0,
        earlier_versions=int(agency == "health" and step == 14),
        not_checked=2 if agency == "youth_justice" and held else 0,
        kept_by_version=((70, 90, 100) if agency == "police" else (100,)) if held else (),
        more_may_come=agency == "police" and step >= 14,
    )


def _finding(severity: str, code: str, text: str, rows: int, period: str) -> FindingLine:
    return FindingLine("police", "Police", "police", period, severity, code, text, "Look at it together.", ("occurrence.csv",), rows)


def example_returns() -> ReturnsOverview:
    """Eight agencies with one dataset each: one return missing, one that may still come, one taken back, one late, one corrected;
    the police have findings, education sends only twice a year.
    """
    lines = [
        _line(code, name, period, step) for code, name in AGENCIES for step, period in enumerate(PERIODS) if code != "education" or step % 2
    ]
    findings = [_finding("note", "SL-INT-031", "Dates were read day first.", 7, period) for period in PERIODS]
    findings += [_finding("query", "SL-INT-020", "A code is not in the mapping.", 17, period) for period in PERIODS[1::2]]
    return ReturnsOverview(date(2026, 5, 15), PERIODS, tuple(lines), tuple(findings))


def example_findings(*, clean: bool = False) -> FindingsReport:
    """One of each severity that an accepted return can have; ``clean``: none of them."""
    place = Place(file="occurrence.csv", column="Offence group", letter="F")
    findings = (
        Finding(
            "SL-INT-030",
            Severity.ERROR,
            'Rows have no person number in "Person" and were set aside.',
            "Give every row the agency's own number.",
            Place(file="occurrence.csv", column="Person", letter="A"),
            rows=3,
            examples=(4, 9, 12),
            values=("(blank)",),
            expected="the agency's own number for the person",
            blocks=(Blocks.ROWS,),
        ),
        Finding(
            "SL-INT-024",
            Severity.QUERY,
            'Codes in "Offence group" are not known: "105/9x".',
            "Add the codes to the mapping, or correct them at the source.",
            place,
            rows=1417,
            examples=(2, 3, 5, 8, 13),
            rule="8510",
            values=("105/9x",),
            expected='"Violence", "Theft"',
            fix=Fix('"105/9x" may mean "105/9".', 0.83),
            also=(replace(place, file="occurrence_2.csv", row=7),),
        ),
        Finding("SL-INT-044", Severity.NOTE, "The text is not UTF-8.", "Check accented names.", Place(file="occurrence.csv")),
    )
    return findings_report(
        title="Findings: Police extract",
        subtitle="Police, version 1, received 20 April 2026",
        format="police@1",
        period="January to March 2026",
        rows_read=2000,
        rows_kept=2000 if clean else 1997,
        findings=() if clean else findings,
        not_checked=(NotChecked("Custody", "nothing in the files is named custody or has its headers"),),
        mapped=(MappedField("occurrence.csv", None, "Offence group", "incident", "offence"),),
    )


def example_definitions() -> tuple[DatasetDefinitions, ...]:
    """Two agencies: the police define one flag and have codes of their own, housing defines nothing."""
    flag = SourceDefinition(
        title="Concern about exploitation",
        exploitation_type=("sexual",),
        certainty="suspected",
        threshold="An officer's judgement after one report",
        applied_by="Any officer",
        ends="Closed by a supervisor",
        in_force_from=date(2023, 4, 1),
    )
    codes = CodesInUse("concern", "exploitation_type", (CodeInUse("sexual", "Sexual", ("CSE", "Marker 7")), CodeInUse("criminal", "", ())))
    return (
        DatasetDefinitions("police", "Police", "police", "Police extract", "police@1/abc", (("cse_marker", flag),), (codes,)),
        DatasetDefinitions("housing", "Housing", "housing", "Housing extract", "housing@1/def", (), ()),
    )


def example_lineage(indicator: str) -> IndicatorLineage:
    """An indicator made from two columns of one dataset of the police."""
    counted = Origin("missing_episode.started_on", "missing episodes", Use.VALUE, ("Date went missing",), "Day it began")
    joined = Origin("identity_record.birth_date", "people", Use.VALUE, ("DOB", "Date of birth"), "Birth date")
    return IndicatorLineage(
        indicator=indicator,
        title="Missing episodes",
        numerator="Episodes that began in the quarter",
        denominator=None,
        version="1",
        steps=(Step("missing_episodes", "Each episode once.", "select episode_id from missing_episode"),),
        columns=("missing_episode.started_on",),
        lists=("quarter.period",),
        joins_people=True,
        datasets=(DatasetFields("police", "Police", "record_level", "police", "Police extract", "police@1/abc", (counted,), (joined,)),),
        unfilled=("missing_episode.found_at",),
    )


@dataclass
class ExampleSource:
    """What `release_source.Source` asks for, from memory."""

    release: Release | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    asked: tuple[ReleasedTable, ...] = ()
    calendar: ReturnsOverview | None = None
    workspace: Workspace | None = None

    def current(self) -> Release | None:
        return self.release

    def numbered(self, number: int) -> Release | None:
        return self.release if self.release and self.release.number == number else None

    def all(self) -> list[ReleaseListing]:
        return [ReleaseListing(1, "2026-Q1", "0" * 64, 1, datetime(2026, 5, 15, 9, 5, tzinfo=UTC), "analyst", None)] if self.release else []

    def attachment(self, release: Release, name: str) -> bytes | None:
        return self.files.get(name)

    def tables(self, release: Release) -> tuple[ReleasedTable, ...]:
        return self.asked

    def returns(self) -> ReturnsOverview | None:
        return self.calendar

    def definitions(self) -> tuple[DatasetDefinitions, ...]:
        return example_definitions() if self.calendar else ()

    def lineage(self, indicator: str) -> IndicatorLineage | None:
        return example_lineage(indicator) if self.release else None

    def linkage_statement(self) -> LinkageStatement | None:
        return example_statement() if self.calendar else None

    def findings(self, agency: str, dataset: str, period: str) -> FindingsReport | None:
        return example_findings() if (agency, dataset, period) == ("police", "police", "2026-Q1") and self.calendar else None


def full_source() -> ExampleSource:
    """A release with its outlines of wards, and a calendar."""
    release = replace(example_release(), attachments={WARD_OUTLINES: "0" * 64})
    return ExampleSource(release, {WARD_OUTLINES: ward_outlines(), **files_of(example_tables())}, example_tables(), example_returns())
