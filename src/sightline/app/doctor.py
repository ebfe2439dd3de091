"""Examine the machine and the workspace; each check says what was found and how to mend it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from django.db import DatabaseError

from sightline.app.audit_trail import last_signed
from sightline.app.daily_signing import folders_to_sign_into
from sightline.app.database import has_page_checksums, signed_in_as
from sightline.app.encryption import Progress, find_key_file, read_encryption
from sightline.app.incidents import running_clocks
from sightline.app.kept_files import changed_since, damaged_reports
from sightline.app.publish_generation import current_generation
from sightline.app.sealed_keys import mend_sealed
from sightline.app.start import open_workspace
from sightline.app.sweep import named_objects
from sightline.app.workspace import Workspace, is_workspace
from sightline.definitions.working_days import known_until
from sightline.errors import NotFound, SightlineError
from sightline.intake.apart import start_reading_process
from sightline.intake.limits import not_enforced
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent
from sightline.ledger.quarantines import quarantines
from sightline.model.agreements import LOCAL_TIME
from sightline.store.backups import BackupFolder

_NEEDED_GIB = 2
_OLD_BACKUP = 7
"""Days after which the last backup is worth a look."""
_HOLIDAYS_AHEAD = timedelta(days=120)
"""So far ahead bank holidays have to be known: the longest limit that is counted with them is three months."""


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
    return [*_machine(folder), _holidays(at), *_workspace(folder, at)]


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


def _holidays(at: datetime) -> Check:
    """Whether bank holidays are known for every time limit that could be running."""
    until = known_until()
    found = f"known to {until:%Y-%m-%d}"
    if at.astimezone(LOCAL_TIME).date() + _HOLIDAYS_AHEAD <= until:
        return Check("Bank holidays", "fine", f"{found}.")
    hint = "Take a newer version of Sightline, or add them to catalogue/agreements/working_days.yml from gov.uk/bank-holidays."
    return Check("Bank holidays", "look", f"{found}: after that a limit that ends on one is counted as if people were at work.", hint)


def _workspace(folder: Path, at: datetime) -> Iterator[Check]:
    try:
        workspace = open_workspace(folder)
    except SightlineError as problem:
        # A folder without a workspace is no fault; a workspace that cannot be opened is, and nothing of it was looked at.
        where = f" ({problem.place})" if problem.place else ""
        yield Check("Workspace", "mend" if is_workspace(folder) else "not checked", f"{problem.message}{where}", problem.hint)
        return
    except OSError as problem:
        yield _not_read("Workspace", problem)
        return
    yield Check("Workspace", "fine", f"{workspace.partnership.name} in {folder}")
    yield _encryption(workspace)
    yield from _server()
    yield _audit()
    yield _signed_end(workspace, at)
    yield from _quarantine()
    yield from _incidents(at)
    for what, check in (("Objects", _objects), ("Files", _files)):
        try:
            yield check(workspace)
        except OSError as problem:
            yield _not_read(what, problem)
    yield _backups(at)


def _not_read(what: str, problem: OSError) -> Check:
    """A file that this account cannot read, or that is no file: the rest is examined all the same."""
    found = f"{(problem.strerror or type(problem).__name__).lower()}: {problem.filename}."
    return Check(what, "mend", found, "Run Sightline as the account that the workspace belongs to, or give that account its files.")


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
    except (DatabaseError, UnicodeDecodeError):  # the module that reads SQLite quotes a damaged name, and cannot
        return Check(
            "Audit", "mend", "the ledger is damaged and cannot be read to its end.", "Restore it from a backup: sightline restore."
        )
    return Check("Audit", "fine", f"{events:,} events, each carrying the hash of the one before it")


def _server() -> Iterator[Check]:
    """Whether the database server's own rules bind the role that the program signs in with, and whether it notices a page that rotted."""
    told = signed_in_as()
    if told is not None:
        name, is_bound = told
        hint = "Sign in as a role that has sightline_app and owns nothing: docs/how-to/use-postgresql.md."
        found = (
            f"signed in as {name}, whom the database's rules {'bind' if is_bound else 'do not bind: it owns the tables or stands above'}."
        )
        yield Check("Database", "fine" if is_bound else "look", found, "" if is_bound else hint)
    has_checksums = has_page_checksums()
    if has_checksums is not None:
        found = "on: the server refuses a page that changed by itself." if has_checksums else "off: a flipped bit would be another figure."
        hint = "Stop the server and run pg_checksums --enable, or make it anew with initdb --data-checksums: docs/methods/damage.md."
        yield Check("Page checksums", "fine" if has_checksums else "mend", found, "" if has_checksums else hint)


def _signed_end(workspace: Workspace, at: datetime) -> Check:
    """Whether the end of the audit was signed within a day, in every folder it was to go to."""
    try:
        folders = folders_to_sign_into(workspace)
    except SightlineError as problem:
        return Check("Signed end", "mend", problem.message, problem.hint)
    last = last_signed()
    hint = "Sign it: sightline audit sign FOLDER_ELSEWHERE; by itself each day: sign_audit_to in settings.yml, sightline audit schedule."
    if last is None:
        return Check("Signed end", "look", "the end of the audit was never signed.", hint)
    age = at - last.at
    found = f"event {last.seq:,}, {age.days} days and {age.seconds // 3600} hours ago"
    if age >= timedelta(days=1):
        return Check("Signed end", "look", f"{found}: older than a day.", hint)
    if last.unreached:
        return Check("Signed end", "look", f"{found}; {last.unreached} of {len(folders)} folders could not be reached.", "Look at them.")
    return Check("Signed end", "fine", f"{found}.")


def _quarantine() -> Iterator[Check]:
    """Agencies that are set apart: nothing is wrong with the machine, and somebody should know."""
    standing = [each for each in quarantines() if each.ended is None]
    if standing:
        told = ", ".join(f"{each.agency} since {each.at:%Y-%m-%d}" for each in standing)
        yield Check("Quarantine", "look", f"{told}.", "End it when the reason is gone: sightline quarantine AGENCY --end.")


def _incidents(at: datetime) -> Iterator[Check]:
    """Incidents whose 72 hours run: an officer decides about them, and somebody should know."""
    waiting, over = running_clocks(at=at)
    if waiting:
        found = f"{waiting} to be decided within 72 hours of noticing; of {over} the time is over."
        yield Check("Incidents", "look", found, "A data protection officer decides: sightline incidents list.")


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


def _files(workspace: Workspace) -> Check:
    """Reports against what was written, and definitions and places against those the current generation was published with."""
    if damaged := damaged_reports(workspace.root):
        return Check("Files", "mend", f"{', '.join(damaged[:5])}: not what was written.", "Make these reports again.")
    try:
        changed = changed_since(workspace.root, current_generation(workspace).context)
    except NotFound:
        return Check("Files", "fine", "definitions, places and keys are as they were written.")
    if changed:
        found = f"changed since the current generation was published: {', '.join(changed[:5])}."
        return Check("Files", "look", found, "If that was meant, publish again: sightline publish. Else restore them from a backup.")
    return Check("Files", "fine", "definitions and places are those that the current generation was published with.")


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
