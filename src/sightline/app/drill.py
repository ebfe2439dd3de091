"""The restore drill: bring the newest backup back into an empty folder, timed, see that it works, and throw it away again.

A backup that was never restored is a hope. Nothing of the workspace is touched but its audit, which keeps that the drill was made.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.core.wsgi import get_wsgi_application

from sightline.app.database import configure
from sightline.app.encryption import find_key_file, read_encryption
from sightline.app.released_figures import ReleasedFigures
from sightline.app.releases import every_release
from sightline.app.restore import restore
from sightline.app.workspace import Workspace
from sightline.errors import Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent

PAGES = ("/healthz", "/sign-in")
"""Pages that anybody may see: asked of the restored workspace, as a browser would."""
Progress = Callable[[str, int, int], None]


class DrillFailed(Refused):
    """What came back from the backup does not work."""

    code = "SL-APP-049"
    hint = "The workspace itself was not touched. Make another backup, drill it, and find out what became of this one."


@dataclass(frozen=True, slots=True)
class Drilled:
    """What was seen: how long it took until pages answered, and that the audit ends where it should. ``behind``: events made since."""

    name: str
    seconds: float
    objects: int
    audit_events: int
    audit_head: str
    behind: int
    release: int | None
    pages: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def drill(
    workspace: Workspace,
    source: Path,
    *,
    keys: Path,
    within: Path,
    key_file: Path | None = None,
    by: str,
    at: datetime,
    clock: Callable[[], float],
    progress: Progress = lambda doing, done, of: None,
) -> Drilled:
    """Restore the newest backup into a new folder, open its newest release, ask for pages, and take the folder away.

    Args:
        workspace: The workspace that was backed up.
        source: The folder of backups.
        keys: The folder the keys were backed up to.
        within: Where the new folder is made; it needs as much space as the workspace.
        key_file: Where the storage key is; where the workspace itself finds it when omitted.
        by: Who drills.
        at: When.
        clock: Seconds of a clock that only goes forward.
        progress: Told what is being done.

    Raises:
        DrillFailed: If a page does not answer, or the audit that came back is none of this workspace's.
        NotFound, StorageKeyMissing, BackupDamaged, EnvironmentProblem: As `restore` does.
    """
    told = read_encryption(workspace.root)
    with tempfile.TemporaryDirectory(prefix="sightline-drill-", dir=within) as folder:
        root, begun = Path(folder) / "workspace", clock()
        try:
            own_key = key_file or (find_key_file(workspace.root, told) if told else None)
            back = restore(source, root, keys=keys, key_file=own_key, by=by, at=at, progress=progress)
            release, pages = _newest_release(root), _pages()
            seconds = clock() - begun
        finally:
            configure(workspace.root)
    event = AuditEvent.objects.filter(seq=back.audit_events).first()
    if event is None or event.hash != back.audit_head:
        raise DrillFailed(f"The backup's audit ends at event {back.audit_events}, which is not the one that this workspace has there.")
    detail = {"seconds": round(seconds, 1), "objects": back.objects, "events": back.audit_events}
    with audit.writing():
        audit.record("restore_drilled", back.name, by=by, at=at, detail=detail)
    behind = AuditEvent.objects.count() - back.audit_events
    return Drilled(back.name, seconds, back.objects, back.audit_events, back.audit_head, behind, release, pages)


def _newest_release(root: Path) -> int | None:
    """The newest release that came back, opened and held against its hash; None where there is none yet."""
    newest = next(iter(every_release()), None)
    return ReleasedFigures(root).release(newest.digest).number if newest else None


def _pages() -> tuple[str, ...]:
    """Ask the pages for what anybody may see."""
    application = get_wsgi_application()
    for address in PAGES:
        status = _asked(application, address)
        if not status.startswith("200"):
            raise DrillFailed(f"The page {address} of what came back answers “{status}”.")
    return PAGES


def _asked(application: Callable[..., Any], address: str) -> str:
    """The status of a page's answer, once all of it came."""
    asked: dict[str, Any] = {"PATH_INFO": address, "HTTP_HOST": "127.0.0.1", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr}
    setup_testing_defaults(asked)
    said = ["nothing"]

    def begin(status: str, headers: object, *more: object) -> None:
        said.append(status)

    answer = application(asked, begin)
    content = b"".join(answer)
    answer.close()
    return said[-1] if content else "nothing"
