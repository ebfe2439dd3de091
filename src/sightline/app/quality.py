"""Quality over time: how complete, timely and conforming each dataset's returns are, and since when the series can be relied on.

Nothing is ranked: datasets stand in the partnership's order, and what cannot be said is said to be unknown. How it is reckoned, and its
limits: docs/methods/robust-series.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sightline.app.returns import FindingLine, ReturnLine, ReturnsOverview, Standing, returns_overview
from sightline.app.submit_return import LOCAL_TIME
from sightline.app.workspace import Workspace

FEWEST_KEPT = 0.95
"""Of the rows read, the share that must be kept for a return to count as complete."""
FEWEST_CONFORMING = 0.90
"""Of the rows read, the share that no error or query speaks of, for a return to count as conforming."""

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth")


@dataclass(frozen=True, slots=True)
class QualityPoint:
    """One dataset's return for one period. Numbers are None where there is no return to tell them of.

    ``days_late`` is below zero for a return that came before its day. ``kept`` and ``conforming`` are shares of the rows read, 0 to 1;
    ``conforming`` is at least that much, since a row that two findings speak of is counted twice. ``against_last`` is rows read divided by
    those of the dataset's return before.
    """

    agency: str
    agency_name: str
    dataset: str
    dataset_title: str
    period: str
    state: Standing
    days_late: int | None = None
    rows: int | None = None
    kept: float | None = None
    conforming: float | None = None
    against_last: float | None = None

    @property
    def is_reliable(self) -> bool:
        """Whether it was accepted, complete and conforming."""
        return (
            self.state in (Standing.ACCEPTED, Standing.ACCEPTED_WITH_QUERIES)
            and self.kept is not None
            and self.kept >= FEWEST_KEPT
            and self.conforming is not None
            and self.conforming >= FEWEST_CONFORMING
        )


@dataclass(frozen=True, slots=True)
class Quality:
    """Every point, in the partnership's order, oldest first within a dataset, and a sentence about each kind of series."""

    as_of: date
    points: tuple[QualityPoint, ...]
    sentences: tuple[str, ...]


def quality_over_time(workspace: Workspace, as_of: date) -> Quality:
    """The quality of every return that was due by a day."""
    return measure_quality(returns_overview(workspace, as_of))


def measure_quality(overview: ReturnsOverview) -> Quality:
    """Measure quality from a calendar and its findings; pure."""
    spoken_of: dict[tuple[str, str, str], int] = defaultdict(int)
    for finding in overview.findings:
        if finding.severity in {"error", "query"}:
            spoken_of[_slot(finding)] += finding.rows
    points = []
    for dataset in overview.datasets:
        last: int | None = None
        for line in dataset.returns:
            points.append(_point(line, spoken_of[_slot(line)], last))
            last = line.rows_read if line.return_id else last
    return Quality(overview.as_of, tuple(points), (robust_sentence(points),))


def _slot(line: FindingLine | ReturnLine) -> tuple[str, str, str]:
    return line.agency, line.dataset, line.period


def _point(line: ReturnLine, spoken_of: int, last: int | None) -> QualityPoint:
    names = (line.agency, line.agency_name, line.dataset, line.dataset_title, line.period, line.state)
    if line.return_id is None or line.received_at is None:
        return QualityPoint(*names)
    days = (line.received_at.astimezone(LOCAL_TIME).date() - line.due_on).days
    if not line.rows_read:
        return QualityPoint(*names, days_late=days, rows=0)
    return QualityPoint(
        *names,
        days_late=days,
        rows=line.rows_read,
        kept=line.rows_kept / line.rows_read,
        conforming=max(0.0, 1 - spoken_of / line.rows_read),
        against_last=line.rows_read / last if last else None,
    )


def robust_sentence(points: Sequence[QualityPoint]) -> str:
    """Since when every expected return of a period was reliable, and has been since; or what stands in the way."""
    by_period: dict[str, list[QualityPoint]] = defaultdict(list)
    for point in points:
        by_period[point.period].append(point)
    if not by_period:
        return "No period has ended yet for which a return is expected."
    periods = sorted(by_period)
    since: str | None = None
    for period in reversed(periods):
        if not all(point.is_reliable for point in by_period[period]):
            break
        since = period
    datasets = len({(point.agency, point.dataset) for point in points})
    if since is not None:
        return (
            f"The {_ordinal(periods.index(since) + 1)} return period, {since}, was the first from which all of the "
            f"{datasets} datasets expected were reported consistently."
        )
    open_points = [point for point in by_period[periods[-1]] if not point.is_reliable]
    return (
        f"No period yet is one from which all of the {datasets} datasets expected were reported consistently; in {periods[-1]} it is for "
        f"{_names(open_points)} that this cannot be said."
    )


def _ordinal(number: int) -> str:
    return _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"


def _names(points: Sequence[QualityPoint]) -> str:
    names = [f"{point.dataset_title} of {point.agency_name}" for point in points]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
