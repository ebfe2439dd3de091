"""What the last accepted return of a dataset held, for a return to be compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from sightline.app.workspace import Workspace
from sightline.definitions.formats import Format
from sightline.definitions.partnership import Dataset
from sightline.errors import SightlineError
from sightline.intake import IntakeResult
from sightline.intake.compare import compare_with_last, count_held
from sightline.ledger.models import ObjectKind, ReturnVersion
from sightline.ledger.returns import Slot
from sightline.ledger.states import State
from sightline.model.findings import Finding, NotChecked, Severity
from sightline.model.periods import Quarter

_DAYS_OF_GRACE = 5
"""Quarters differ by two days, years by one: that is the same length of time."""

Compared = tuple[tuple[Finding, ...], tuple[NotChecked, ...]]


@dataclass(frozen=True, slots=True)
class Against:
    """An earlier return to compare with: what reads the dataset, and what adds to a result how it differs."""

    reader: Format
    compare: Callable[[IntakeResult], IntakeResult]


def compare_with_last_return(workspace: Workspace, slot: Slot, dataset: Dataset, tables: Mapping[str, pa.Table]) -> Compared:
    """What a return holds beside the newest accepted return for an earlier period of the same dataset.

    Args:
        workspace: Where earlier returns are.
        slot: The agency, dataset and period of the return.
        dataset: The dataset, which says how long a time the return covers.
        tables: The rows of the return, as they were read.
    """
    last = _last_accepted(slot)
    if last is None:
        return compare_with_last(count_held(tables), None, earlier="")
    first, until = dataset.covers(Quarter.parse(slot.period))
    if abs((until - first) - (last.period_to - last.period_from)).days > _DAYS_OF_GRACE:
        return compare_with_last(
            count_held(tables), None, earlier=last.period, reason=f"the last return ({last.period}) covers another length of time"
        )
    try:
        earlier = {part.entity: workspace.objects.get_table(part.digest) for part in last.parts.filter(kind=ObjectKind.TABLE)}
    except SightlineError as error:
        return compare_with_last(count_held(tables), None, earlier=last.period, reason=f"the last return cannot be read ({error.code})")
    return compare_with_last(count_held(tables), count_held(earlier), earlier=last.period)


def against_last_return(workspace: Workspace, *, agency: str, dataset: str, period: Quarter) -> Against:
    """What `check_extract` needs to compare an extract with the last return of its dataset.

    Raises:
        NotFound: If there is no such agency or dataset.
    """
    wanted = workspace.partnership.agency(agency).dataset(dataset)
    slot = Slot(agency, dataset, str(period))
    return Against(
        reader=workspace.format_of(wanted),
        compare=lambda result: with_what_changed(result, compare_with_last_return(workspace, slot, wanted, result.tables)),
    )


def with_what_changed(result: IntakeResult, compared: Compared) -> IntakeResult:
    """A result with what the comparison found, in the order of all findings."""
    found, unchecked = compared
    order = list(Severity)
    findings = sorted((*result.findings, *found), key=lambda finding: order.index(finding.severity))
    return replace(result, findings=tuple(findings), not_checked=(*result.not_checked, *unchecked))


def _last_accepted(slot: Slot) -> ReturnVersion | None:
    """Periods are written so that their order as text is their order in time."""
    before = ReturnVersion.objects.filter(agency=slot.agency, dataset=slot.dataset, state=State.ACCEPTED, period__lt=slot.period)
    return before.order_by("-period").first()
