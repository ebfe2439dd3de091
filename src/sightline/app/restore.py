"""Restore a workspace from a backup into an empty folder: everything is held against the backup's list before it counts as a workspace."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sightline.app import database
from sightline.app.encryption import open_store
from sightline.app.sealed_keys import put_back_keys, told_of_encryption
from sightline.app.settings import LEDGER_FILE
from sightline.app.sweep import named_objects
from sightline.app.workspace import FOLDERS, MARKER, Workspace, refuse_if_taken
from sightline.errors import EnvironmentProblem, NotFound, Place, Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditHead
from sightline.store import ObjectStore, file_digest
from sightline.store.backups import BackupDamaged, BackupFolder, Manifest, copy_durably

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; ``audit_head`` is the end of the audit chain, equal to the one when the backup was made."""

    name: str
    objects: int
    lost: tuple[str, ...]
    audit_events: int
    audit_head: str
    erased: tuple[str, ...] = ()
    """Objects that were erased while the backup was made, or whose keys were destroyed after it: they cannot come back."""


@dataclass(frozen=True, slots=True)
class BackupKept:
    """One backup of a folder of backups."""

    name: str
    made_at: str
    objects: int
    audit_events: int
    lost: int


def backups_in(source: Path) -> list[BackupKept]:
    """The backups of a folder, oldest first.

    Raises:
        NotFound: If the folder holds none.
        BackupDamaged: If the list of one was changed.
    """
    folder = BackupFolder.open(source)
    listed = [folder.manifest(name) for name in folder.names()]
    return [BackupKept(one.name, one.made_at, len(one.objects), one.audit_events, len(one.lost)) for one in listed]


def restore(
    source: Path,
    root: Path,
    *,
    keys: Path,
    name: str | None = None,
    key_file: Path | None = None,
    by: str,
    at: datetime,
    progress: Progress = lambda doing, done, of: None,
) -> Restored:
    """Make the workspace of a backup in a new or empty folder. One cut short is no workspace yet; restoring again finishes it.

    Args:
        source: The folder of backups.
        root: Where the workspace is to be.
        keys: The folder the keys were backed up to.
        name: Which backup; the newest when omitted.
        key_file: Where the storage key of an encrypted workspace is; beside the new folder when omitted.

    Raises:
        NotFound: If there is no such backup, or no keys for it.
        StorageKeyMissing: If an encrypted workspace's storage key is not there.
        Refused: If the folder is taken.
        BackupDamaged: If anything is not as it was when the backup was made.
    """
    folder = BackupFolder.open(source)
    if not folder.names():
        raise NotFound("No backup in this folder is whole.", place=Place(file=str(source)), hint="Make one with `sightline backup`.")
    manifest = folder.manifest(name or folder.names()[-1])
    root = root.resolve()
    refuse_if_taken(root)
    sealed_keys = keys / manifest.sealed_keys
    encryption = told_of_encryption(sealed_keys, root, key_file=key_file) if manifest.sealed_keys else None
    erased = set(manifest.erased)
    try:
        for made in FOLDERS:
            (root / made).mkdir(parents=True, exist_ok=True)
        root.chmod(0o700)
        (root / f"{LEDGER_FILE}-journal").unlink(missing_ok=True)
        _copy_keys(keys / manifest.name, root / "keys", manifest)
        if encryption:
            erased |= set(put_back_keys(sealed_keys, root, [name for name in manifest.objects if name not in erased], encryption))
            _copy_sealed(folder, open_store(root), manifest, erased, progress)
        else:
            _copy_objects(folder, ObjectStore(root / "objects"), manifest, progress)
        _copy_files(folder.folder(manifest.name), root, manifest)
    except OSError as problem:
        raise EnvironmentProblem(
            f"The workspace cannot be restored: {(problem.strerror or 'no reason given').lower()}.",
            place=Place(file=str(root)),
            hint="Free some space or choose another folder, then restore again.",
        ) from problem
    _check_chain(root, manifest)
    shutil.copyfile(folder.folder(manifest.name) / MARKER, root / f".{MARKER}")
    (root / f".{MARKER}").replace(root / MARKER)
    _check_sealed(Workspace.open(root), {*manifest.lost, *erased})
    with audit.writing():
        detail = {"objects": len(manifest.objects), "erased": len(erased)}
        audit.record("workspace_restored", manifest.name, by=by, at=at, detail=detail)
    return Restored(manifest.name, len(manifest.objects), manifest.lost, manifest.audit_events, manifest.audit_head, tuple(sorted(erased)))


def _copy_keys(source: Path, target: Path, manifest: Manifest) -> None:
    for name, digest in manifest.keys.items():
        if not (source / name).is_file():
            raise NotFound(
                f"The {name} key of backup {manifest.name} is missing.",
                place=Place(file=str(source / name)),
                hint="Give the folder that the keys were backed up to (--keys); without them the backup cannot be used.",
            )
        if copy_durably(source / name, target / name) != digest:
            raise BackupDamaged(f"The {name} key is not the one of backup {manifest.name}.", place=Place(file=str(source / name)))


def _copy_objects(folder: BackupFolder, target: ObjectStore, manifest: Manifest, progress: Progress) -> None:
    wanted = [digest for digest in manifest.objects if digest not in {*manifest.lost, *manifest.erased}]
    for done, digest in enumerate(wanted, 1):
        path = folder.objects.path(digest)
        if not path.is_file() or target.put_file(path) != digest:
            raise BackupDamaged(f"Object {digest[:12]}… of backup {manifest.name} is damaged or missing.", place=Place(file=str(path)))
        progress("Copying objects", done, len(wanted))


def _copy_sealed(folder: BackupFolder, target: ObjectStore, manifest: Manifest, erased: set[str], progress: Progress) -> None:
    """Sealed objects as they are on disk; one whose key is gone is left where it is."""
    wanted = {name: kept for name, kept in manifest.sealed.items() if name not in erased}
    for done, (name, kept) in enumerate(wanted.items(), 1):
        path = folder.objects.path(kept)
        if not path.is_file() or copy_durably(path, target.path_of(name)) != kept:
            raise BackupDamaged(f"Object {name[:12]}… of backup {manifest.name} is damaged or missing.", place=Place(file=str(path)))
        progress("Copying objects", done, len(wanted))


def _check_sealed(workspace: Workspace, gone: set[str]) -> None:
    """Open each sealed object with its key: that it was copied right says nothing of the key."""
    if workspace.objects.vault is not None:
        for digest in sorted(named_objects()):
            if workspace.objects.name(digest) not in gone:
                workspace.objects.verify(digest)


def _copy_files(source: Path, root: Path, manifest: Manifest) -> None:
    """All but the marker, which is written last of all."""
    for path, digest in manifest.files.items():
        if not (root / path).resolve().is_relative_to(root):
            raise BackupDamaged("The backup's list names a file outside the workspace.", place=Place(file=str(source)))
        is_there = (source / path).is_file()
        if not is_there or (file_digest(source / path) if path == MARKER else copy_durably(source / path, root / path)) != digest:
            raise BackupDamaged(f"A file of backup {manifest.name} is damaged or missing.", place=Place(file=str(source / path)))


def _check_chain(root: Path, manifest: Manifest) -> None:
    """Walk the restored audit chain to its end, which has to be the one the backup was made with."""
    database.configure(root)
    database.check_ledger()
    if manifest.schema != database.schema_version():
        database.migrate()
    audit.verify()
    head = AuditHead.objects.get(id=1)
    if (head.seq, head.hash) != (manifest.audit_events, manifest.audit_head):
        raise Refused(
            "The ledger restored ends elsewhere than the one that was backed up.",
            place=Place(file=str(root / LEDGER_FILE)),
            hint="Restore another backup, and report this.",
        )
