"""The calendar of returns as the pages show it: for each agency and dataset, one place for each quarter, always with a word in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Standing(Enum):
    """How one place of the calendar stands: its word, the style of its label, and what it means."""

    ACCEPTED = ("accepted", "here", "a return was accepted")
    CORRECTED = ("corrected", "here", "a later version took the place of the first")
    NOT_YET_DUE = ("not yet due", "", "nothing has arrived and nothing was due")
    OVERDUE = ("not arrived", "gone", "a return was due and nothing was accepted")
    HELD = ("being checked", "part", "a return arrived and is not accepted yet")
    WITHDRAWN = ("withdrawn", "gone", "the agency took its return back")
    NOT_EXPECTED = ("none due", "", "this dataset has no return for this quarter")

    def __init__(self, word: str, style: str, meaning: str) -> None:
        self.word = word
        self.style = style
        self.meaning = meaning


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding of a return: one cause, in words, and how many rows it concerns as it may be shown."""

    severity: str
    code: str
    text: str
    hint: str
    rows: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a return, as its history lists it."""

    version: int
    state: str
    received: str
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """One quarter of one dataset."""

    period: str
    standing: Standing
    due: str | None
    received: str | None
    late: bool
    provisional: bool
    versions: tuple[VersionLine, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    not_checked: tuple[str, ...] = ()

    @property
    def queries(self) -> int:
        return sum(finding.severity != "note" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class DatasetCalendar:
    """One dataset of one agency, oldest quarter first."""

    agency: str
    agency_name: str
    dataset: str
    title: str
    places: tuple[Place, ...]

    @property
    def expected(self) -> int:
        return sum(each.standing not in (Standing.NOT_EXPECTED, Standing.NOT_YET_DUE) for each in self.places)

    @property
    def accepted(self) -> int:
        return sum(each.standing in (Standing.ACCEPTED, Standing.CORRECTED) for each in self.places)
