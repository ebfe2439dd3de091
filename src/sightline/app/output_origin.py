"""Which release made a file, byte for byte: then what is known of the release holds for the file.

A file is taken at its word for the release that it names, made again from that release, and compared. One changed byte, and nobody made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sightline.app.released_files import ReadFiles, take
from sightline.app.releases import attachment_or_none
from sightline.app.report_bytes import KINDS, report_bytes
from sightline.app.workspace import Workspace
from sightline.ledger.models import ReleaseRecord
from sightline.ledger.releases import current_release_record
from sightline.model.releases import Release, release_from_json
from sightline.publish.exports import all_figures_file, analysis_file, indicator_file

REPORTS = KINDS


def release_that_made(workspace: Workspace, content: bytes, kind: str) -> int | None:
    """The number of the release whose export or board report this is; None where there is none."""
    record, read = _named_by(content, kind)
    if record is None:
        return None
    release = release_from_json(workspace.objects.get_bytes(record.digest))
    made = [_report(workspace, release, kind)] if kind in REPORTS else _exports(release, read, kind)
    return record.number if any(each == content for each in made) else None


def report_of_release(workspace: Workspace, number: int | None, kind: str) -> tuple[int, bytes] | None:
    """The board report of a release (the current one unless a number is given), with its number; None where there is no release."""
    record = current_release_record() if number is None else ReleaseRecord.objects.filter(number=number, withdrawn_at=None).first()
    if record is None:
        return None
    release = release_from_json(workspace.objects.get_bytes(record.digest))
    return record.number, _report(workspace, release, kind)


def _named_by(content: bytes, kind: str) -> tuple[ReleaseRecord | None, ReadFiles]:
    read = ReadFiles()
    if kind in REPORTS:
        return current_release_record(), read
    if kind in ("csv", "json"):
        take(read, "file", content)
    return ReleaseRecord.objects.filter(number=read.number).first() if read.number is not None else None, read


def _report(workspace: Workspace, release: Release, kind: str) -> bytes:
    return report_bytes(release, kind, attachment=partial(attachment_or_none, workspace, release))


def _exports(release: Release, read: ReadFiles, kind: str) -> Iterator[bytes]:
    """What the file may be, by what is in it."""
    named = {figure.indicator for figures in read.figures.values() for figure in figures}
    yield from (indicator_file(release, each, kind) for each in release.indicators if named == {each.id})
    if len(named) > 1:
        yield all_figures_file(release, kind)
    analyses = {analysis for tables in read.tables.values() for analysis, _, _ in tables}
    yield from (analysis_file(release, each, kind) for each in release.analyses if analyses == {each.id})
