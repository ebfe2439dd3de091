"""Events of the audit as a file for somebody who asked for them: CSV for a spreadsheet, JSON for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sightline.app.audit_trail import Asked, Told, export
from sightline.errors import EnvironmentProblem, InputRefused, Place
from sightline.model.exported import harmless_text
from sightline.store.backups import write_durably

COLUMNS = ("seq", "at", "actor", "agency", "action", "object", "text")


def as_bytes(found: Sequence[Told], kind: str) -> bytes:
    """The events as ``csv`` or ``json``. No text begins a formula."""
    if kind == "json":
        return json.dumps([asdict(event) for event in found], default=str, ensure_ascii=False, indent=1).encode()
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(COLUMNS)
    writer.writerows(
        [event.seq, event.at.isoformat(), *(harmless_text(str(getattr(event, name))) for name in COLUMNS[2:])] for event in found
    )
    return sink.getvalue().encode("utf-8-sig")


def write_events(path: Path, asked: Asked, *, reason: str, by: str, own_agency: str = "", at: datetime) -> int:
    """Write the events asked for to a file; how many.

    Raises:
        InputRefused: If the file's name ends in neither .csv nor .json, or no reason is given.
        Refused: If another agency's events are asked for.
        EnvironmentProblem: If it cannot be written.
    """
    kind = path.suffix.removeprefix(".")
    if kind not in ("csv", "json"):
        raise InputRefused("Events are written as .csv or .json.", place=Place(file=path.name), hint="Let the file's name end in one.")
    found = export(asked, reason=reason, by=by, own_agency=own_agency, at=at)
    try:
        write_durably(path, as_bytes(found, kind))
    except OSError as problem:
        raise EnvironmentProblem(
            f"The file cannot be written: {(problem.strerror or 'no reason given').lower()}.", place=Place(file=str(path))
        ) from problem
    return len(found)
