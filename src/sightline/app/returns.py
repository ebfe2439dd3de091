"""What has come in, what is due, what is late, and what intake found: the returns and quality page, and a release's coverage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sightline.app.publish_generation import GenerationSummary
from sightline.app.receipts import findings_of
from sightline.app.submit_return import LOCAL_TIME
from sightline.app.workspace import Workspace
from sightline.definitions.partnership import Agency, Dataset, Partnership
from sightline.ledger.models import ReturnVersion
from sightline.ledger.states import State
from sightline.model.findings import Severity
from sightline.model.periods import Quarter
from sightline.model.releases import AgencyCoverage, DatasetCoverage


class Standing(StrEnum):
    """Where one agency's dataset stands for one period."""

    DUE = "due"
    """The period has ended; its return may still come in time."""
    LATE = "late"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_QUERIES = "accepted with queries"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """One cell of the calendar; the fields of a return are None (or 0) where there is none."""

    agency: str
    agency_name: str
    dataset: str
    dataset_title: str
    period: str
    due_on: date
    state: Standing
    version: int | None = None
    return_id: str | None = None
    received_at: datetime | None = None
    first_received_at: datetime | None = None
    """When the first version came: a correction is not a return that came late."""
    was_late: bool = False
    rows_read: int = 0
    rows_kept: int = 0
    queries: int = 0
    notes: int = 0
    earlier_versions: int = 0
    not_checked: int = 0
    """Checks that could not run on it: what they would have found is not known."""
    kept_by_version: tuple[int, ...] = ()
    """Rows kept of every version that was accepted, the one that holds last."""
    more_may_come: bool = False
    """Whether the dataset's rule, or the day it is due, lets a later version bring more of the same quarter."""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One cause in one accepted return, its places taken together. ``rows`` is a true number: it stays among those who may see it."""

    agency: str
    agency_name: str
    dataset: str
    period: str
    severity: str
    code: str
    text: str
    hint: str
    places: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class DatasetLine:
    """One row of the calendar as a page shows it: a dataset and its periods, oldest first."""

    agency: str
    agency_name: str
    dataset: str
    dataset_title: str
    returns: tuple[ReturnLine, ...]


@dataclass(frozen=True, slots=True)
class ReturnsOverview:
    """The calendar of returns as of a day, and what intake found in those that hold."""

    as_of: date
    periods: tuple[str, ...]
    returns: tuple[ReturnLine, ...]
    findings: tuple[FindingLine, ...]

    @property
    def datasets(self) -> tuple[DatasetLine, ...]:
        """The calendar by agency and dataset, in the partnership's order."""
        grouped: dict[tuple[str, str], list[ReturnLine]] = defaultdict(list)
        for line in self.returns:
            grouped[line.agency, line.dataset].append(line)
        return tuple(
            DatasetLine(agency, lines[0].agency_name, dataset, lines[0].dataset_title, tuple(lines))
            for (agency, dataset), lines in grouped.items()
        )

    def count(self, state: Standing) -> int:
        """How many cells of the calendar stand so."""
        return sum(1 for line in self.returns if line.state is state)


def returns_overview(workspace: Workspace, as_of: date) -> ReturnsOverview:
    """Lay every expected return beside what came.

    Periods that have not ended are left out: nothing is due for them.
    """
    partnership = workspace.partnership
    versions = _by_slot(ReturnVersion.objects.order_by("version"))
    lines = [
        _line(agency, dataset, period, versions.get((agency.id, dataset.id, str(period)), []), as_of)
        for agency in partnership.agencies
        for dataset in agency.datasets
        for period in partnership.periods(dataset, as_of)
    ]
    held = [version for slot in versions.values() for version in slot if version.state == State.ACCEPTED]
    return ReturnsOverview(
        as_of=as_of,
        periods=tuple(sorted({line.period for line in lines})),
        returns=tuple(lines),
        findings=tuple(finding for version in held for finding in _findings(partnership, version)),
    )


def coverage(workspace: Workspace, generation: GenerationSummary, period: Quarter) -> tuple[AgencyCoverage, ...]:
    """How far each agency's returns in a generation reach, for a release whose headline quarter is ``period``."""
    versions = _by_slot(ReturnVersion.objects.filter(id__in=generation.return_ids))
    return tuple(_agency_coverage(workspace.partnership, agency, versions, period) for agency in workspace.partnership.agencies)


_Slots = dict[tuple[str, str, str], list[ReturnVersion]]


def _by_slot(versions: Iterable[ReturnVersion]) -> _Slots:
    slots: _Slots = defaultdict(list)
    for version in versions:
        slots[version.agency, version.dataset, version.period].append(version)
    return slots


def _line(agency: Agency, dataset: Dataset, period: Quarter, versions: list[ReturnVersion], as_of: date) -> ReturnLine:
    due_on = dataset.due_on(period)
    names = (agency.id, agency.name, dataset.id, dataset.title, str(period), due_on)
    held = next((version for version in versions if version.state == State.ACCEPTED), None)
    if held is None:
        if any(version.state in (State.WITHDRAWN, State.ERASED) for version in versions):
            return ReturnLine(*names, state=Standing.WITHDRAWN, earlier_versions=len(versions))
        return ReturnLine(*names, state=Standing.LATE if as_of > due_on else Standing.DUE)
    severities = [item["severity"] for item in held.findings]
    queries = severities.count(Severity.ERROR) + severities.count(Severity.QUERY)
    first = min(version.received_at for version in versions)
    return ReturnLine(
        *names,
        state=Standing.ACCEPTED_WITH_QUERIES if queries else Standing.ACCEPTED,
        version=held.version,
        return_id=held.id,
        received_at=held.received_at,
        first_received_at=first,
        was_late=first.astimezone(LOCAL_TIME).date() > due_on,
        rows_read=held.rows_read,
        rows_kept=held.rows_kept,
        queries=queries,
        notes=severities.count(Severity.NOTE),
        earlier_versions=len(versions) - 1,
        not_checked=len(held.not_checked),
        kept_by_version=tuple(each.rows_kept for each in versions if each.state in (State.SUPERSEDED, State.ACCEPTED)),
        more_may_come=as_of <= dataset.due_on(period.plus(dataset.settles_after)),
    )


def _findings(partnership: Partnership, version: ReturnVersion) -> list[FindingLine]:
    grouped: dict[tuple[str, str, str, str], list[tuple[str, int]]] = defaultdict(list)
    for finding in findings_of(version):
        grouped[finding.severity.value, finding.code, finding.text, finding.hint].append((str(finding.place), finding.rows))
    return [
        FindingLine(
            agency=version.agency,
            agency_name=partnership.agency(version.agency).name,
            dataset=version.dataset,
            period=version.period,
            severity=severity,
            code=code,
            text=text,
            hint=hint,
            places=tuple(place for place, _ in places),
            rows=sum(rows for _, rows in places),
        )
        for (severity, code, text, hint), places in grouped.items()
    ]


def _agency_coverage(partnership: Partnership, agency: Agency, slots: _Slots, period: Quarter) -> AgencyCoverage:
    datasets = tuple(_dataset_coverage(partnership, agency, dataset, slots, period) for dataset in agency.datasets)
    expected_now = [dataset for dataset in agency.datasets if dataset.is_expected(period)]
    complete = all((agency.id, dataset.id, str(period)) in slots for dataset in expected_now)
    return AgencyCoverage(agency=agency.id, name=agency.name, mode=agency.mode.value, complete=complete, datasets=datasets)


def _dataset_coverage(partnership: Partnership, agency: Agency, dataset: Dataset, slots: _Slots, period: Quarter) -> DatasetCoverage:
    expected = [each for each in partnership.periods(dataset, period.next().start) if each <= period]
    held = [each for each in expected if (agency.id, dataset.id, str(each)) in slots]
    latest = held[-1] if held else None
    version = slots[agency.id, dataset.id, str(latest)][0] if latest else None
    # A period settles once that many later quarters have come: until then what is told of it may still grow.
    later = {each.period for slot in slots.values() for each in slot if (each.agency, each.dataset) == (agency.id, dataset.id)}
    settled = dataset.settles_after <= sum(1 for each in later if Quarter.parse(each) > period)
    return DatasetCoverage(
        dataset=dataset.id,
        title=dataset.title,
        returns_expected=len(expected),
        returns_received=len(held),
        latest_period_end=latest.end.isoformat() if latest else None,
        received_on=version.received_at.astimezone(LOCAL_TIME).date().isoformat() if version else None,
        provisional=not settled,
    )
