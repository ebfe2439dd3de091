"""Encrypt a workspace that lies in the clear, change its storage key, and give that key to custodians.

Each is a row of steps of which any may be the last: what was done holds, and doing it again goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sightline.app import database, encryption
from sightline.app.encryption import WRAPPED, Encryption, Progress, find_key_file, open_key, open_vault, read_encryption
from sightline.app.sealed_keys import refuse_while_moving
from sightline.app.sweep import named_objects
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, Place, Refused
from sightline.ledger import audit
from sightline.store.backups import write_durably
from sightline.store.objects import ObjectStore
from sightline.store.storage_key import StorageKey, join, read_key_file, split
from sightline.store.vault import ObjectKeyMissing, locked

Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Encrypted:
    """How many objects were sealed, whether the ledger is, and where the storage key is."""

    objects: int
    ledger: bool
    key_file: Path
    key_id: str


def encrypt_workspace(
    workspace: Workspace, *, key_file: Path | None, by: str, at: datetime, progress: Told = lambda doing, done, of: None
) -> Encrypted:
    """Seal every object of a workspace. Nothing else may work on it meanwhile; begun again, it goes on.

    Args:
        workspace: Which.
        key_file: Where the storage key goes, or is; beside the workspace when None.
        by: Who does.
        at: When.
        progress: Told how far it has come.

    Raises:
        Refused: If objects are damaged or missing: what cannot be read cannot be sealed.
        EnvironmentProblem: If something cannot be written.
    """
    root = workspace.root
    told = read_encryption(root)
    if told is None:
        _refuse_if_unsound(workspace)
        told = encryption.begin_encryption(root, key_file or encryption.default_key_file(root), state=Progress.MOVING)
    store = ObjectStore(root / "objects", open_vault(root, told), moving=True)
    plain = sorted(named_objects() | _strangers(store))
    sealed = 0
    for done, digest in enumerate(plain, 1):
        sealed += store.seal_plain(digest)
        progress("Sealing objects", done, len(plain))
    _clear(root)
    ledger = database.seal_ledger(root)
    told = read_encryption(root) or told
    if sealed or told.state is Progress.MOVING:
        with audit.writing():
            audit.record("workspace_encrypted", f"{sealed} objects", by=by, at=at, detail={"key": told.key_id})
    encryption.write_encryption(root, replace(told, state=Progress.DONE))
    return Encrypted(sealed, ledger, find_key_file(root, told), told.key_id)


def _strangers(store: ObjectStore) -> set[str]:
    """Files in the clear that nothing names: work that was cut short. They are sealed like the others, and swept in their time."""
    keyed = set(store.vault.names()) if store.vault else set()
    return set(store.names()) - keyed


def _refuse_if_unsound(workspace: Workspace) -> None:
    unsound = sum(not workspace.objects.is_sound(digest) for digest in named_objects())
    if unsound:
        raise Refused(
            f"{unsound} objects are damaged or missing, and what cannot be read cannot be sealed.",
            hint="Put them back first: sightline doctor --mend-from BACKUPS.",
        )


def _clear(root: Path) -> None:
    """Take away what work that was cut short left in the clear."""
    for folder in (root / "objects", root / "tmp"):
        for left in folder.glob("incoming-*" if folder.name == "objects" else "*"):
            if left.is_file():
                left.unlink()


def rotate_storage_key(workspace: Workspace, *, by: str, at: datetime, progress: Told = lambda doing, done, of: None) -> str:
    """Take a new storage key: every key is wrapped to it, and no object is touched. The new key's id.

    The key file holds both keys until everything is wrapped to the new one; a rotation that was cut short is gone on with, and the
    workspace can be used meanwhile.

    Raises:
        Refused: If the workspace is not encrypted, or keys of objects are damaged: they could not be put back from a backup any more.
    """
    root = workspace.root
    told = _encrypted(root)
    vault = open_vault(root, told)
    with locked(vault.folder, alone=True):
        path, key = find_key_file(root, told), open_key(root, told)
        names = list(vault.names())
        _refuse_if_keys_damaged(names, vault.key)
        if not key.is_rotating:
            key = key.with_new()
            encryption.write_key_file(path, key)
        for name in WRAPPED:
            encryption.rewrap(root, name, key)
        vault.storage_key = key
        for done, name in enumerate(names, 1):
            vault.rewrap(name)
            progress("Wrapping keys", done, len(names))
        encryption.write_encryption(root, replace(told, key_id=key.id))
        with audit.writing():
            audit.record(
                "storage_key_rotated", f"{len(names)} keys of objects", by=by, at=at, detail={"before": told.key_id, "key": key.id}
            )
        encryption.write_key_file(path, key.newest_only())
    return key.id


def _refuse_if_keys_damaged(names: Sequence[str], open_one: Callable[[str], bytes]) -> None:
    damaged = 0
    for name in names:
        try:
            open_one(name)
        except ObjectKeyMissing:
            damaged += 1
    if damaged:
        raise Refused(
            f"{damaged} keys of objects are damaged, and those in backups open with the storage key of now only.",
            hint="Put them back first: sightline doctor --mend-from BACKUPS --keys KEYS.",
        )


def split_storage_key(workspace: Workspace, custodians: Sequence[tuple[str, Path]], *, by: str, at: datetime) -> list[Path]:
    """Give each custodian a part of the storage key, of which any two together are the key and one alone is nothing.

    Raises:
        Refused: If the workspace is not encrypted.
        InputRefused: If there are fewer than two custodians, or a file is in the way.
    """
    root = workspace.root
    told = _encrypted(root)
    for _, path in custodians:
        if path.exists() or path.resolve().is_relative_to(root):
            raise InputRefused(
                "A part of the key is not written over another file, or into the workspace.",
                place=Place(file=str(path)),
                hint="Name a new file on the custodian's own medium.",
            )
    parts = split(open_key(root, told), [name for name, _ in custodians])
    for name, path in custodians:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, parts[name])
    with audit.writing():
        audit.record("storage_key_split", ", ".join(parts), by=by, at=at, detail={"key": told.key_id})
    return [path for _, path in custodians]


def join_storage_key(parts: tuple[Path, Path], to: Path) -> StorageKey:
    """Make the key file again from two custodians' parts. It needs no workspace: that may be what was lost.

    Raises:
        InputRefused: If they are not parts of one key, or a file is in the way.
    """
    if to.exists():
        raise InputRefused("There is a file of that name already.", place=Place(file=str(to)), hint="Name a new one.")
    key = join(*(_read(path) for path in parts))
    to.parent.mkdir(parents=True, exist_ok=True)
    encryption.write_key_file(to, key)
    return read_key_file(to)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise InputRefused("A custodian's part cannot be read.", place=Place(file=str(path)), hint="Check its name.") from problem


def _encrypted(root: Path) -> Encryption:
    told = read_encryption(root)
    if told is None:
        raise Refused("The workspace is not encrypted.", hint="Encrypt it: sightline encrypt.")
    refuse_while_moving(root)
    return told
