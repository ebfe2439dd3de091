"""A source of pages made by hand: the example release with its drawings, and a small calendar of returns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache

from sightline.model.releases import Release
from sightline.publish.attachments import render
from sightline.web.release_source import ReleaseLine
from sightline.web.returns_calendar import DatasetCalendar, FindingLine, Place, Standing, VersionLine
from tests.support.releases import AGENCIES, PERIODS, WARDS, example_release


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


@cache
def example_with_drawings() -> tuple[Release, dict[str, bytes]]:
    drawings = render(example_release(), ward_outlines())
    return replace(example_release(), attachments={name: f"{place:064x}" for place, name in enumerate(drawings)}), drawings


def _findings(agency: str, step: int) -> tuple[FindingLine, ...]:
    if agency != "police":
        return ()
    query = FindingLine("query", "SL-INT-020", "A code is not in the mapping.", "Add it to the mapping's code list.", "15")
    note = FindingLine("note", "SL-INT-031", "Dates were read day first.", "", "withheld")
    return (query, note) if step % 2 else (note,)


def _place(agency: str, period: str, step: int) -> Place:
    standing = Standing.ACCEPTED
    if agency == "housing" and step == 15:
        standing = Standing.OVERDUE
    elif agency == "health" and step == 14:
        standing = Standing.CORRECTED
    elif agency == "education" and step % 4 == 1:
        standing = Standing.NOT_EXPECTED
    arrived = standing in (Standing.ACCEPTED, Standing.CORRECTED)
    versions = [VersionLine(1, "Superseded" if standing is Standing.CORRECTED else "Accepted", "2026-04-20", "")] if arrived else []
    if standing is Standing.CORRECTED:
        versions.append(VersionLine(2, "Accepted", "2026-05-02", "A column was shifted"))
    return Place(
        period=period,
        standing=standing,
        due=None if standing is Standing.NOT_EXPECTED else "2026-04-21",
        received="2026-04-20" if arrived else None,
        late=arrived and agency == "voluntary" and step == 13,
        provisional=arrived and agency == "police" and step > 13,
        versions=tuple(versions),
        findings=_findings(agency, step) if arrived else (),
        not_checked=("Postcodes: the postcode table does not cover them all.",) if agency == "police" else (),
    )


def example_calendars() -> list[DatasetCalendar]:
    return [
        DatasetCalendar(code, name, code, f"{name} quarterly extract", tuple(_place(code, period, step) for step, period in enumerate(PERIODS)))
        for code, name in AGENCIES
    ]


@dataclass
class ExampleSource:
    """What `release_source.Source` asks for, from memory."""

    release: Release | None = None
    drawings: dict[str, bytes] = field(default_factory=dict)
    calendars: list[DatasetCalendar] = field(default_factory=list)

    def current(self) -> Release | None:
        return self.release

    def numbered(self, number: int) -> Release | None:
        return self.release if self.release and self.release.number == number else None

    def all(self) -> list[ReleaseLine]:
        return [ReleaseLine(1, "2026-Q1", "15 May 2026", "1", "current")] if self.release else []

    def attachment(self, release: Release, name: str) -> bytes | None:
        return self.drawings.get(name)

    def returns(self) -> list[DatasetCalendar]:
        return self.calendars


def full_source() -> ExampleSource:
    """A release with every drawing, and a calendar."""
    release, drawings = example_with_drawings()
    return ExampleSource(release, drawings, example_calendars())
