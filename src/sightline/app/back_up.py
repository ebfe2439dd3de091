"""Back a workspace up, while it is in use: the ledger as of one instant, every object it names, and the files beside them.

Keys go to a second folder, kept apart, so that whoever finds the one cannot use it without the other. A restore needs both.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from django.db import OperationalError, connection

from sightline.app import database
from sightline.app.encryption import WRAPPED
from sightline.app.erase import destroyed_names
from sightline.app.sealed_keys import copy_sealed_keys, forget_keys, refuse_while_moving
from sightline.app.settings import LEDGER_FILE
from sightline.app.sweep import named_objects
from sightline.app.workspace import MARKER, Workspace
from sightline.definitions.sign_in import FILE_NAME as SETTINGS
from sightline.errors import EnvironmentProblem, Place, Refused
from sightline.ledger import audit
from sightline.store.backups import BackupFolder, Manifest, copy_durably, seal

KEPT_FOLDERS = ("partnership", "geography", "reports")
_WAIT = 60
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class BackupMade:
    """A backup, and how much of it was new.

    ``lost`` are objects that were damaged here and in no earlier backup, ``erased`` those that were erased while it was made.
    """

    name: str
    digest: str
    objects: int
    new_objects: int
    audit_events: int
    lost: tuple[str, ...]
    erased: tuple[str, ...]


def back_up(
    workspace: Workspace, *, to: Path, keys_to: Path, by: str, at: datetime, progress: Progress = lambda doing, done, of: None
) -> BackupMade:
    """Make one more backup in a folder of backups.

    Args:
        to: The folder of backups; made if it is not there.
        keys_to: Where the keys go: a folder apart, best on another medium.

    Raises:
        Refused: If the folders lie within each other, or the ledger is on a database server.
        EnvironmentProblem: If something cannot be written; earlier backups are untouched.
    """
    to, keys_to = to.resolve(), keys_to.resolve()
    _refuse_within(workspace.root, to, keys_to)
    if connection.vendor != "sqlite":
        raise Refused(
            "The ledger is on a database server, and this command copies a workspace that holds its own.",
            hint="Back the database up with its own tools (pg_dump), then copy the workspace folder: objects never change.",
        )
    refuse_while_moving(workspace.root)
    folder, name = BackupFolder.make(to), at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    with folder.draft(name) as draft:
        with audit.writing():
            audit.record("backup_begun", name, by=by, at=at)
        erased_before = destroyed_names(workspace)
        events, head = _copy_ledger(draft / LEDGER_FILE)
        files = {LEDGER_FILE: hashlib.sha256((draft / LEDGER_FILE).read_bytes()).hexdigest()}
        files |= {path: copy_durably(workspace.root / path, draft / path) for path in _files(workspace.root)}
        # Asked for after the copy of the ledger, which therefore names nothing else but what is erased meanwhile: facts are only added.
        named, earlier = sorted(named_objects()), folder.sealed()
        taken: dict[str, str] = {}
        new = 0
        lost = []
        for done, digest in enumerate(named, 1):
            kept = folder.take(digest, workspace.objects, earlier)
            if kept is None:
                lost.append(workspace.objects.name(digest))
            else:
                taken[workspace.objects.name(digest)], is_new = kept
                new += is_new
            progress("Copying objects", done, len(named))
        own = [path for path in sorted((workspace.root / "keys").iterdir()) if path.name not in WRAPPED]
        keys = {path.name: copy_durably(path, keys_to / name / path.name) for path in own}
        sealed_keys = copy_sealed_keys(workspace, keys_to)
        # Asked for last of all: what is erased by now is not lost, and no copy of its key stays.
        erased = destroyed_names(workspace)
        if sealed_keys:
            forget_keys(keys_to / sealed_keys, erased)
        erased -= erased_before
        lost = [each for each in lost if each not in erased]
        manifest = Manifest(
            name=name,
            made_at=at.isoformat(),
            sightline=version("sightline"),
            schema=database.schema_version(),
            audit_events=events,
            audit_head=head,
            files=files,
            keys=keys,
            objects=tuple(sorted(workspace.objects.name(digest) for digest in named)),
            lost=tuple(lost),
            sealed=taken if workspace.objects.vault else {},
            sealed_keys=sealed_keys,
            erased=tuple(sorted(erased)),
        )
        digest = seal(draft, manifest)
    with audit.writing():
        audit.record("backup_made", name, by=by, at=at, detail={"manifest": digest, "objects": len(named), "lost": len(lost)})
    return BackupMade(name, digest, len(named), new, events, tuple(lost), tuple(sorted(erased)))


def _copy_ledger(target: Path) -> tuple[int, str]:
    """Copy the ledger as it is at one instant; how many audit events it has, and the hash of the last."""
    connection.ensure_connection()
    try:
        with connection.wrap_database_errors, closing(_open_copy(target)) as copy:
            connection.connection.backup(copy, progress=_patience())
            events, head = copy.execute("select seq, hash from ledger_audithead").fetchone()
    except OperationalError as problem:
        hint = "No backup was made, and earlier ones are untouched. Free some space where it is written, then do it again."
        raise EnvironmentProblem(f"The ledger cannot be copied: {problem}.", hint=hint) from problem
    target.chmod(0o600)
    return int(events), str(head)


def _open_copy(target: Path) -> sqlite3.Connection:
    """A file for the ledger to be copied to, encrypted as the ledger is."""
    if hasattr(connection, "open_copy"):
        encrypted: sqlite3.Connection = connection.open_copy(target)
        return encrypted
    return sqlite3.connect(target)


def _patience() -> Callable[[int, int, int], None]:
    """Somebody writing makes the copy wait; one who never ends must not make it wait for ever, also before its first page was copied."""
    until = time.monotonic() + _WAIT

    def waited(status: int, remaining: int, pages: int) -> None:
        if status != sqlite3.SQLITE_DONE and time.monotonic() > until:
            raise EnvironmentProblem(
                f"The ledger was being written to for {_WAIT} seconds without a pause.", hint="No backup was made. Try again in a while."
            )

    return waited


def _files(root: Path) -> list[str]:
    found = [path for folder in KEPT_FOLDERS for path in (root / folder).rglob("*") if path.is_file()]
    settings = [SETTINGS] if (root / SETTINGS).is_file() else []
    return [MARKER, *settings, *sorted(path.relative_to(root).as_posix() for path in found)]


def _refuse_within(workspace: Path, to: Path, keys_to: Path) -> None:
    for one, other, what in (
        (to, workspace, "The backup would lie within the workspace, or the workspace within it."),
        (keys_to, workspace, "The keys would lie within the workspace, or the workspace within them."),
        (keys_to, to, "The keys would lie with the backup: whoever finds it could read it."),
    ):
        if one.is_relative_to(other) or other.is_relative_to(one):
            raise Refused(what, place=Place(file=str(one)), hint="Choose a folder apart, best on another disk.")
