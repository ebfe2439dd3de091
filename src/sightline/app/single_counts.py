"""Single counts of a release: their names at the gate, and how each was shown last, for whoever shows one of them elsewhere.

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sightline.app.releases import read_attachment, read_release
from sightline.app.workspace import Workspace
from sightline.disclosure import protect_count
from sightline.ledger.releases import releases_before
from sightline.model.figures import Released, Shown, Withheld
from sightline.model.releases import QualityLine, Release

KEPT = "rounding.json"
"""The attachment that the next release is rounded beside: single counts as they were shown, and marks that only the gate can read."""
FLAGGED_BY_NONE = "children flagged by none"
WITHOUT_WARD = "people without a home ward"


def rows_name(line: QualityLine) -> str:
    """The name at the gate of the rows that a finding of intake is about."""
    return f"rows {line.agency} {line.dataset} {line.period} {line.code} {line.text}"


def singles_of(workspace: Workspace, release: Release) -> dict[str, Shown]:
    """The single counts of a release as they were shown, by name."""
    shown: dict[str, Shown] = {rows_name(line): line.rows for line in release.quality}
    if KEPT in release.attachments:
        kept: dict[str, int | None] = json.loads(read_attachment(workspace, release, KEPT))["singles"]
        shown |= {name: Withheld.WITHHELD if number is None else Released(number) for name, number in kept.items()}
    return shown


def shown_single(workspace: Workspace, name: str, count: int) -> Released | Withheld:
    """One single count as a release shows it, or as the next one will."""
    records = releases_before(datetime.max.replace(tzinfo=UTC))
    before = singles_of(workspace, read_release(workspace, records[-1])).get(name) if records else None
    return protect_count(count, key=workspace.rounding_key, name=name, earlier=before)
