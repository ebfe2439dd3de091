"""A source of pages made by hand: the example release with its drawings, and a small calendar of returns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from sightline.app.releases import ReleaseListing
from sightline.app.returns import FindingLine, ReturnLine, ReturnsOverview, Standing
from sightline.model.periods import Quarter
from sightline.model.releases import Release
from sightline.publish.attachments import render
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


def _line(agency: str, name: str, period: str, step: int) -> ReturnLine:
    state = Standing.LATE if agency == "housing" and step == 15 else Standing.ACCEPTED
    if agency == "police":
        state = Standing.ACCEPTED_WITH_QUERIES if step % 2 else Standing.ACCEPTED
    held = state is not Standing.LATE
    return ReturnLine(
        agency=agency,
        agency_name=name,
        dataset=agency,
        dataset_title=f"{name} extract",
        period=period,
        due_on=Quarter.parse(period).end + timedelta(days=21),
        state=state,
        version=(2 if agency == "health" and step == 14 else 1) if held else None,
        received_at=datetime(2026, 4, 20, 9, tzinfo=UTC) if held else None,
        was_late=agency == "voluntary" and step == 13,
        queries=int(state is Standing.ACCEPTED_WITH_QUERIES),
        earlier_versions=int(agency == "health" and step == 14),
    )


def _finding(severity: str, code: str, text: str, rows: int, period: str) -> FindingLine:
    return FindingLine("police", "Police", "police", period, severity, code, text, "Look at it together.", ("occurrence.csv",), rows)


def example_returns() -> ReturnsOverview:
    """Eight agencies with one dataset each: one late, one corrected, one with findings; education only sends twice a year."""
    lines = [
        _line(code, name, period, step) for code, name in AGENCIES for step, period in enumerate(PERIODS) if code != "education" or step % 2
    ]
    findings = [_finding("note", "SL-INT-031", "Dates were read day first.", 7, period) for period in PERIODS]
    findings += [_finding("query", "SL-INT-020", "A code is not in the mapping.", 17, period) for period in PERIODS[1::2]]
    return ReturnsOverview(date(2026, 5, 15), PERIODS, tuple(lines), tuple(findings))


@dataclass
class ExampleSource:
    """What `release_source.Source` asks for, from memory."""

    release: Release | None = None
    drawings: dict[str, bytes] = field(default_factory=dict)
    calendar: ReturnsOverview | None = None

    def current(self) -> Release | None:
        return self.release

    def numbered(self, number: int) -> Release | None:
        return self.release if self.release and self.release.number == number else None

    def all(self) -> list[ReleaseListing]:
        return [ReleaseListing(1, "2026-Q1", "0" * 64, 1, datetime(2026, 5, 15, 9, 5, tzinfo=UTC), "analyst", None)] if self.release else []

    def attachment(self, release: Release, name: str) -> bytes | None:
        return self.drawings.get(name)

    def returns(self) -> ReturnsOverview | None:
        return self.calendar


def full_source() -> ExampleSource:
    """A release with every drawing, and a calendar."""
    release, drawings = example_with_drawings()
    return ExampleSource(release, drawings, example_returns())
