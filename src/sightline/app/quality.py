"""Quality over time: how complete, timely and conforming each dataset's returns are, and since when the series can be relied on.

Nothing is ranked: datasets stand in the partnership's order, and what cannot be said is said to be unknown. How it is reckoned, and its
limits: docs/methods/robust-series.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sightline.app.first_complete import FirstComplete, first_complete
from sightline.app.returns import FindingLine, ReturnLine, ReturnsOverview, Standing, returns_overview
from sightline.app.submit_return import LOCAL_TIME
from sightline.app.workspace import Workspace
from sightline.model.periods import Quarter

FEWEST_KEPT = 0.95
"""Of the rows read, the share that must be kept for a return to count as complete."""
FEWEST_CONFORMING = 0.90
"""Of the rows read, the share that no error or query speaks of, for a return to count as conforming."""

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth")

_NOTHING_CAME = {Standing.LATE: "did not come", Standing.DUE: "may still come in time", Standing.WITHDRAWN: "was taken back"}


@dataclass(frozen=True, slots=True)
class QualityPoint:
    """One dataset's return for one period. Numbers are None where there is no return to tell them of.

    ``days_late`` is of the first version, and below zero for a return that came before its day. ``kept`` and ``conforming`` are shares
    of the rows read, 0 to 1; ``conforming`` is at least that much, since a row that two findings speak of is counted twice.
    ``not_checked`` checks could not run: what they would have found is in no share. ``against_last`` is rows read divided by those of
    the dataset's return before.
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
    not_checked: int | None = None

    @property
    def may_still_come(self) -> bool:
        """Whether nothing has come and the day it is due has not passed: nothing can be said of it yet, good or bad."""
        return self.state is Standing.DUE

    @property
    def in_the_way(self) -> str:
        """Why it does not count as reliable, in words; empty where it does."""
        if self.kept is None or self.conforming is None:
            return _NOTHING_CAME.get(self.state, "came without rows")
        reasons = []
        if self.kept < FEWEST_KEPT:
            reasons.append(f"fewer than {FEWEST_KEPT * 100:.0f} rows in 100 were kept")
        if self.conforming < FEWEST_CONFORMING:
            reasons.append(f"errors or queries may speak of more than {(1 - FEWEST_CONFORMING) * 100:.0f} rows in 100")
        return " and ".join(reasons)

    @property
    def is_reliable(self) -> bool:
        """Whether it was accepted, complete and conforming."""
        return not self.in_the_way


@dataclass(frozen=True, slots=True)
class Series:
    """One dataset's returns as one series: since when it can be relied on, or what stands in the way.

    ``since`` is the first period from which every return was reliable, ``place`` which of its returns that was (1 is the first);
    ``latest`` is the newest period of which something can be said, None where there is none, and ``in_the_way`` what is wrong with it.
    """

    agency: str
    agency_name: str
    dataset: str
    dataset_title: str
    since: str | None
    place: int | None
    latest: str | None
    in_the_way: str


@dataclass(frozen=True, slots=True)
class Quality:
    """Every point and every series, in the partnership's order, oldest first within a dataset, and what is true of them all."""

    as_of: date
    points: tuple[QualityPoint, ...]
    series: tuple[Series, ...]
    sentences: tuple[str, ...]
    first_complete: tuple[FirstComplete, ...] = ()


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
    series = tuple(_series([point for point in points if _dataset(point) == each]) for each in dict.fromkeys(map(_dataset, points)))
    complete = first_complete(overview.datasets)
    return Quality(overview.as_of, tuple(points), series, (robust_sentence(points), *map(_later_versions, _filling(complete))), complete)


def _filling(complete: Sequence[FirstComplete]) -> list[FirstComplete]:
    return [each for each in complete if each.usual is not None and each.usual > 1]


def _later_versions(each: FirstComplete) -> str:
    usual, of = each.usual or 1, len(each.versions)
    return (
        f"{each.dataset_title} of {each.agency_name}: a quarter is first complete with the {ordinal(usual)} version of its return, as "
        f"{each.count(usual)} of {of} returns show of which no more is expected."
    )


def _dataset(point: QualityPoint) -> tuple[str, str]:
    return point.agency, point.dataset


def _series(points: Sequence[QualityPoint]) -> Series:
    settled = [point for point in points if not point.may_still_come]
    steady = len(settled)
    while steady and settled[steady - 1].is_reliable:
        steady -= 1
    holds = steady < len(settled)
    return Series(
        agency=points[0].agency,
        agency_name=points[0].agency_name,
        dataset=points[0].dataset,
        dataset_title=points[0].dataset_title,
        since=settled[steady].period if holds else None,
        place=steady + 1 if holds else None,
        latest=settled[-1].period if settled else None,
        in_the_way=settled[-1].in_the_way if settled else "",
    )


def _slot(line: FindingLine | ReturnLine) -> tuple[str, str, str]:
    return line.agency, line.dataset, line.period


def _point(line: ReturnLine, spoken_of: int, last: int | None) -> QualityPoint:
    names = (line.agency, line.agency_name, line.dataset, line.dataset_title, line.period, line.state)
    if line.return_id is None or line.first_received_at is None:
        return QualityPoint(*names)
    days = (line.first_received_at.astimezone(LOCAL_TIME).date() - line.due_on).days
    if not line.rows_read:
        return QualityPoint(*names, days_late=days, rows=0, not_checked=line.not_checked)
    return QualityPoint(
        *names,
        days_late=days,
        rows=line.rows_read,
        kept=line.rows_kept / line.rows_read,
        conforming=max(0.0, 1 - spoken_of / line.rows_read),
        against_last=line.rows_read / last if last else None,
        not_checked=line.not_checked,
    )


def robust_sentence(points: Sequence[QualityPoint]) -> str:
    """Since when every expected return of a period was reliable, and has been since; or what stands in the way.

    A return that may still come in time is held against nobody, but what already failed in its period is; such a period is named, and is
    never itself the first.
    """
    by_period: dict[str, list[QualityPoint]] = defaultdict(list)
    for point in points:
        by_period[point.period].append(point)
    if not by_period:
        return "No period has ended yet for which a return is expected."
    periods = sorted(by_period)
    lacking = {period: [point for point in by_period[period] if not (point.is_reliable or point.may_still_come)] for period in periods}
    still_open = [period for period in periods if any(point.may_still_come for point in by_period[period])]
    steady = len(periods)
    while steady and not lacking[periods[steady - 1]]:
        steady -= 1
    since = next((period for period in periods[steady:] if period not in still_open), None)
    everybody = _all_of(len({_dataset(point) for point in points}))
    if since is not None:
        place = ordinal(periods.index(since) + 1)
        said = f"The {place} quarterly return, {_title(since)}, was the first from which {everybody} reported consistently."
    elif steady:
        names = _listed([f"{point.dataset_title} of {point.agency_name}" for point in lacking[periods[steady - 1]]])
        said = (
            f"There is no quarter yet from which {everybody} reported consistently; in {_title(periods[steady - 1])} "
            f"it is for {names} that this cannot be said."
        )
    else:
        said = "Nothing can be said yet."
    waiting = _listed([_title(period) for period in still_open])
    return f"{said} Not complete yet, because returns may still come in time: {waiting}." if waiting else said


def _all_of(datasets: int) -> str:
    return "the one dataset expected was" if datasets == 1 else f"all of the {datasets} datasets expected were"


def _title(period: str) -> str:
    return Quarter.parse(period).title


def ordinal(number: int) -> str:
    """A place in a row, as it is said.

    >>> ordinal(3), ordinal(12), ordinal(21), ordinal(113)
    ('third', 'twelfth', '21st', '113th')
    """
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _listed(names: Sequence[str]) -> str:
    return "".join(names) if len(names) < 2 else f"{', '.join(names[:-1])} and {names[-1]}"
