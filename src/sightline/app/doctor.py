"""Examine the machine and the workspace; each check says what was found and how to mend it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from django.db import DatabaseError

from sightline.app.encryption import Progress, find_key_file, read_encryption
from sightline.app.sealed_keys import mend_sealed
from sightline.app.start import open_workspace
from sightline.app.sweep import named_objects
from sightline.app.workspace import Workspace, is_workspace
from sightline.errors import SightlineError
from sightline.intake.apart import start_reading_process
from sightline.intake.limits import not_enforced
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent
from sightline.store.backups import BackupFolder

_NEEDED_GIB = 2
_OLD_BACKUP = 7
"""Days after which the last backup is worth a look."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing examined. ``verdict`` "not checked" is never the same as "fine"."""

    what: str
    verdict: Literal["fine", "look", "mend", "not checked"]
    found: str
    hint: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def examine(folder: Path, *, at: datetime) -> list[Check]:
    """Every check of the machine, then of the workspace if there is one."""
    return [*_machine(folder), *_workspace(folder, at)]


def _machine(folder: Path) -> Iterator[Check]:
    yield Check("Python", "fine", sys.version.split()[0])
    yield Check("Sightline", "fine", version("sightline"))
    yield Check("Engines", "fine", f"DuckDB {version('duckdb')}, Splink {version('splink')}, typst {version('typst')}")
    here = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(here).free / 2**30
    low = free < _NEEDED_GIB
    yield Check("Free space", "look" if low else "fine", f"{free:.1f} GiB", "Free some space before a large return." if low else "")
    writable = os.access(here, os.W_OK)
    yield Check("Writable folder", "fine" if writable else "mend", str(here), "" if writable else "Choose a folder you may write to.")
    yield _reading()
    for program, use in (("chromium", "browser tests"), ("java", "counting on Spark")):
        found = shutil.which(program)
        yield Check(program, "fine" if found else "not checked", found or f"absent; only needed for {use}")


def _reading() -> Check:
    """Whether foreign files can be read in a process of their own, and which of its limits this system holds."""
    try:
        limits = start_reading_process()
    except SightlineError as problem:
        return Check("Reading apart", "mend", problem.message, problem.hint)
    found = f"{limits.memory / 2**30:.1f} GiB of memory, {limits.seconds} seconds and {limits.seconds_per_mib} more for each MiB"
    lacking = not_enforced()
    if lacking:
        return Check("Reading apart", "look", f"{found}; not held on this system: {', '.join(lacking)}", "Read unknown files on Linux.")
    return Check("Reading apart", "fine", found)


def _workspace(folder: Path, at: datetime) -> Iterator[Check]:
    try:
        workspace = open_workspace(folder)
    except SightlineError as problem:
        # A folder without a workspace is no fault; a workspace that cannot be opened is, and nothing of it was looked at.
        yield Check("Workspace", "mend" if is_workspace(folder) else "not checked", problem.message, problem.hint)
        return
    yield Check("Workspace", "fine", f"{workspace.partnership.name} in {folder}")
    yield _encryption(workspace)
    yield _audit()
    yield _objects(workspace)
    yield _backups(at)


def _encryption(workspace: Workspace) -> Check:
    """Whether what lies on this disk can be read without the storage key."""
    told = read_encryption(workspace.root)
    if told is None:
        hint = "Encrypt it: sightline encrypt. Until then whoever holds the disk can read every return."
        return Check("Encryption", "look", "objects lie in the clear.", hint)
    if told.state is Progress.MOVING:
        return Check("Encryption", "mend", "begun and not finished: part of the objects lie in the clear.", "Finish it: sightline encrypt.")
    where = find_key_file(workspace.root, told)
    ledger = "the ledger too" if told.ledger else "the ledger, which holds no names, lies in the clear"
    hint = "" if told.ledger else "Encrypt it too: install the extra sightline[encryption] and run sightline encrypt."
    return Check(
        "Encryption", "fine" if told.ledger else "look", f"objects are sealed, {ledger}; storage key {told.key_id} in {where}.", hint
    )


def _audit() -> Check:
    try:
        events = audit.verify()
    except SightlineError as problem:
        return Check("Audit", "mend", problem.message, problem.hint)
    except DatabaseError:
        return Check(
            "Audit", "mend", "the ledger is damaged and cannot be read to its end.", "Restore it from a backup: sightline restore."
        )
    return Check("Audit", "fine", f"{events:,} events, each carrying the hash of the one before it")


def _objects(workspace: Workspace) -> Check:
    """Every object against its name, and the ledger against the objects."""
    store, named = workspace.objects, named_objects()
    unsound = [store.name(digest) for digest in sorted(named) if not store.is_sound(digest)]
    strangers = set(store.names()) - {store.name(digest) for digest in named} - named
    unsound += [] if store.vault else [name for name in sorted(strangers) if not store.is_sound(name)]
    unnamed = len(strangers)
    if unsound:
        listed = ", ".join(f"{name[:12]}…" for name in unsound[:5])
        hint = "Put them back from a backup: sightline doctor --mend-from BACKUPS. Figures that need them cannot be made until then."
        return Check("Objects", "mend", f"{len(unsound):,} of {len(named) + unnamed:,} damaged or missing: {listed}.", hint)
    beside = f"; {unnamed:,} that nothing names, left by work that was cut short" if unnamed else ""
    hint = "Take them away after a day: sightline doctor --sweep." if unnamed else ""
    return Check("Objects", "look" if unnamed else "fine", f"{len(named):,}, each there and matching its name{beside}.", hint)


def _backups(at: datetime) -> Check:
    made = AuditEvent.objects.filter(action="backup_made").order_by("seq").last()
    hint = "Make one: sightline backup BACKUPS --keys-to KEYS."
    if made is None:
        return Check("Backup", "look", "none was ever made.", hint)
    days = (at - made.at).days
    return Check("Backup", "look" if days >= _OLD_BACKUP else "fine", f"the last, {made.object}, is {days} days old.", hint if days else "")


def mend_from(workspace: Workspace, source: Path, *, keys: Path | None = None, by: str, at: datetime) -> int:
    """Put objects that are damaged or missing back from a folder of backups; how many.

    Args:
        workspace: What to mend.
        source: The folder of backups.
        keys: The folder its keys were backed up to, from which keys of sealed objects are put back.

    Raises:
        NotFound: If the folder holds no backups.
        EnvironmentProblem: If they cannot be written.
    """
    folder = BackupFolder.open(source)
    unsound = [digest for digest in sorted(named_objects()) if not workspace.objects.is_sound(digest)]
    if workspace.objects.vault is not None:
        mended = mend_sealed(workspace, folder, unsound, keys=keys)
    else:
        backups = folder.objects
        mended = [digest for digest in unsound if backups.is_sound(digest) and workspace.objects.put_file(backups.path(digest)) == digest]
    if mended:
        with audit.writing():
            audit.record("objects_mended", f"{len(mended)} objects", by=by, at=at, detail={"objects": mended})
    return len(mended)
