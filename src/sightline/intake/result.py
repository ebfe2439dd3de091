"""What intake hands back: rows of the common model, and everything that has to be said about them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from sightline.model.findings import Finding, MappedField, NotChecked, Severity
from sightline.model.periods import Quarter


@dataclass(frozen=True)
class IntakeResult:
    """One return, read.

    ``tables`` holds rows by entity, in the entity's own columns without its keyed ids, with ``local_id`` (the agency's number for the
    person), ``source_file`` and ``source_row``; it is empty when the return is refused. ``rows_read - rows_kept`` rows were set aside, each
    explained by a finding. ``period`` is the one claimed, or, when none was claimed, the one the files say they are about. ``token_key`` is
    the id of the key that a prepared package's tokens were made with.
    """

    period: Quarter
    tables: dict[str, pa.Table] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    mapped: tuple[MappedField, ...] = ()
    rows_read: int = 0
    rows_kept: int = 0
    token_key: str = ""

    @property
    def refused(self) -> bool:
        return any(finding.severity is Severity.BLOCK for finding in self.findings)
