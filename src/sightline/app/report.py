"""Write the board report of a release: a tagged PDF and one self-contained HTML file, the same bytes each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from sightline.app.releases import attachment_or_none, read_release
from sightline.app.report_bytes import KINDS, report_bytes
from sightline.app.report_files import check_formats, write_files
from sightline.app.workspace import Workspace
from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.releases import current_release_record, release_record
from sightline.model.releases import Release


def board_report(
    workspace: Workspace,
    *,
    release_number: int | None = None,
    folder: Path,
    formats: Sequence[str] = ("pdf", "html"),
    by: str,
    at: datetime,
) -> list[Path]:
    """Write the board report of one release (the current one unless a number is given) and say where.

    That it was made is written down first: agencies are told which reports their returns went into.

    Raises:
        NotFound: If there is no such release, or none yet.
        Refused: If it was withdrawn.
        InputRefused: If a format is not known.
        EnvironmentProblem: If the folder cannot be written.
    """
    chosen = check_formats(formats, KINDS)
    release = _release(workspace, release_number)
    attachment = partial(attachment_or_none, workspace, release)
    name = f"board-report-{release.period}-release-{release.number}"
    files = {f"{name}.{format}": report_bytes(release, format, attachment=attachment) for format in chosen}
    with audit.writing():
        audit.record("report_made", f"release {release.number}", by=by, at=at, detail={"formats": list(chosen)})
    return write_files(folder, files)


def _release(workspace: Workspace, number: int | None) -> Release:
    record = current_release_record() if number is None else release_record(number)
    if record is None:
        raise NotFound("There is no release yet.", hint="Make one with `sightline release`.")
    if record.withdrawn_at is not None:
        raise Refused(f"Release {record.number} was withdrawn.", hint="Name another release, or none for the current one.")
    return read_release(workspace, record)
