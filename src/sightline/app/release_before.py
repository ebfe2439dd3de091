"""What earlier releases showed, for the gate: a number stays while it can, and once a year all of them are rounded anew.

Readers have every release, so what was shown last of a count is held on to, whether that release was withdrawn or not. With the years a
number that only ever stays would lie at the edge of what it may be off; the first release of a year starts afresh and says so.

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sightline.app.count import Counted
from sightline.app.cubes import tables_of_release
from sightline.app.releases import read_attachment, read_release
from sightline.app.single_counts import FLAGGED_BY_NONE, KEPT, singles_of
from sightline.app.workspace import Workspace
from sightline.disclosure import METHOD, Before, Marks
from sightline.ledger.models import ReleaseRecord
from sightline.ledger.releases import releases_before
from sightline.model.figures import Released, Shown
from sightline.model.releases import Release

ANEW = " This is the first release of {year}: every number was rounded anew, so one that differs from before need not have changed."


@dataclass(frozen=True)
class Earlier:
    """What the gate is given of earlier releases; ``note`` tells readers where all numbers are rounded anew."""

    before: Before | None = None
    note: str = ""


def told_by(release: Release) -> str:
    """What a release's marks are told by: no release of other counts has it too."""
    return "/".join((release.period, release.generation, *(release.methods.get(name, "") for name in ("linkage", "measures", "analyses"))))


def keep(singles: Mapping[str, Shown], marks: bytes) -> bytes:
    """The content of `KEPT`."""
    shown = {name: each.value if isinstance(each, Released) else None for name, each in singles.items()}
    return json.dumps({"marks": marks.hex(), "singles": shown}, sort_keys=True, separators=(",", ":")).encode()


def earlier_releases(workspace: Workspace, counted: Counted, at: datetime) -> Earlier:
    """What releases made before an instant showed of what is counted now.

    Figures say their quarter, so the newest release tells most; analyses and sets are of the year to the headline quarter, which the newest
    release of that quarter tells.
    """
    records = releases_before(at)
    if not records:
        return Earlier()
    newest = read_release(workspace, records[-1])
    if not _is_of_the_same_records(newest, counted):
        records = _since_rounded_anew(records, at.year)
    if not records:
        return Earlier(note=ANEW.format(year=at.year))
    of_the_quarter = next((each for each in reversed(records) if each.period == str(counted.quarters[-1])), None)
    alike = newest if of_the_quarter is None or of_the_quarter == records[-1] else read_release(workspace, of_the_quarter)
    return Earlier(_before(workspace, newest, alike, str(counted.quarters[-1])))


def _since_rounded_anew(records: Sequence[ReleaseRecord], year: int) -> list[ReleaseRecord]:
    """The releases of this year; one of records that a release of a former year was made of was not rounded anew, and is left out."""
    former = {each.generation_id for each in records if each.created_at.year < year}
    return [each for each in records if each.created_at.year == year and each.generation_id not in former]


def _is_of_the_same_records(release: Release, counted: Counted) -> bool:
    """Whether it counts the same: then it would show the same children twice, rounded in two ways."""
    methods = {"linkage": counted.linkage, "measures": counted.catalogue.version, "analyses": counted.analyses.version}
    return release.generation == counted.generation.name and methods.items() <= release.methods.items()


def _before(workspace: Workspace, newest: Release, alike: Release, period: str) -> Before | None:
    if newest.methods.get("disclosure") != METHOD:
        return None
    if alike.period != period or alike.methods.get("disclosure") != METHOD:
        tables = tables_of_release(workspace, newest)
        return Before(newest.figures, singles=singles_of(workspace, newest), marks=_marks(workspace, newest), cubes=tables)
    return Before(
        newest.figures,
        {(analysis.id, table.id): table for analysis in alike.analyses for table in analysis.tables},
        {each.agencies[0]: each.children for each in alike.agency_sets},
        {frozenset(each.agencies): each.children for each in alike.combinations},
        {**singles_of(workspace, alike), FLAGGED_BY_NONE: alike.flagged_by_none, **singles_of(workspace, newest)},
        tuple(dict.fromkeys((*_marks(workspace, newest), *_marks(workspace, alike)))),
        tables_of_release(workspace, newest),
    )


def _marks(workspace: Workspace, release: Release) -> tuple[Marks, ...]:
    if KEPT not in release.attachments:
        return ()
    return (Marks(told_by(release), bytes.fromhex(json.loads(read_attachment(workspace, release, KEPT))["marks"])),)
