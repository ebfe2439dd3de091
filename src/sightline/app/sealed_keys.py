"""What is wrapped to the storage key, kept with the keys of backups: one folder, always as of the newest backup.

Old backups are opened with today's storage key, because what is wrapped to it is copied again after every rotation. And an object whose key
was destroyed is gone from every backup with the next one that is made: its key is taken out of this folder too.

::

    sealed-…/naming, ledger       the workspace's own wrapped keys
    sealed-…/encryption.json      which storage key opens them
    sealed-…/object-keys/ab/…     the wrapped key of each object
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sightline.app.encryption import (
    FILE,
    NAMING,
    WRAPPED,
    Encryption,
    Progress,
    default_key_file,
    open_key,
    read_encryption,
    read_wrapped,
    write_encryption,
)
from sightline.app.workspace import Workspace
from sightline.errors import NotFound, Place, Refused
from sightline.store.backups import BackupFolder, copy_durably
from sightline.store.vault import KEY_FOLDER

__all__ = ["copy_sealed_keys", "forget_keys", "mend_sealed", "put_back_keys", "refuse_while_moving", "told_of_encryption"]


def refuse_while_moving(root: Path) -> None:
    """Refuse what needs a workspace that is wholly encrypted, or not at all.

    Raises:
        Refused: While it is being encrypted.
    """
    encryption = read_encryption(root)
    if encryption is not None and encryption.state is Progress.MOVING:
        raise Refused("The workspace is being encrypted, and part of it still lies in the clear.", hint="Finish that: sightline encrypt.")


def copy_sealed_keys(workspace: Workspace, keys_to: Path) -> str:
    """Copy what is wrapped to the storage key. A key that is missing stays in the folder: it may be what a damaged disk lost.

    Returns:
        The name of the folder, or nothing for a workspace that is not encrypted.
    """
    root, vault = workspace.root, workspace.objects.vault
    encryption = read_encryption(root)
    if vault is None or encryption is None:
        return ""
    naming = read_wrapped(root, NAMING, open_key(root, encryption))
    folder = keys_to / f"sealed-{hashlib.blake2b(naming, digest_size=8, person=b'sl-workspace').hexdigest()}"
    for name in WRAPPED:
        copy_durably(root / "keys" / name, folder / name)
    copy_durably(root / FILE, folder / FILE)
    for name in vault.names():
        target = folder / KEY_FOLDER / name[:2] / name
        with suppress(FileNotFoundError):  # destroyed in this instant, by an erasure
            if vault.path(name).read_bytes() != (target.read_bytes() if target.is_file() else b""):
                copy_durably(vault.path(name), target)
    return folder.name


def forget_keys(folder: Path, names: Collection[str]) -> int:
    """Take keys that were destroyed on purpose out of a folder of keys of backups; how many were still there."""
    there = [path for name in names if (path := folder / KEY_FOLDER / name[:2] / name).is_file()]
    for path in there:
        path.write_bytes(bytes(path.stat().st_size))
        path.unlink()
    return len(there)


def told_of_encryption(source: Path, root: Path, *, key_file: Path | None) -> Encryption:
    """How a workspace that is to be restored is encrypted, after asking for its storage key: nothing is written before it is there.

    Raises:
        NotFound: If the folder of keys is not there.
        StorageKeyMissing: If the storage key is not there, or another's.
    """
    if not (source / FILE).is_file() or (told := read_encryption(source)) is None:
        raise NotFound(
            "The keys of the backup's sealed objects are missing.",
            place=Place(file=str(source)),
            hint="Give the folder that the keys were backed up to (--keys); without them the backup cannot be used.",
        )
    told = replace(told, key_file=str((key_file or default_key_file(root)).resolve()))
    open_key(root, told)
    return told


def put_back_keys(source: Path, root: Path, names: Iterable[str], encryption: Encryption) -> tuple[str, ...]:
    """Put what is wrapped to the storage key into a workspace that is being restored; the objects that have no key any more."""
    for name in WRAPPED:
        copy_durably(source / name, root / "keys" / name)
    gone = []
    for name in names:
        key = source / KEY_FOLDER / name[:2] / name
        if key.is_file():
            copy_durably(key, root / KEY_FOLDER / name[:2] / name)
        else:
            gone.append(name)
    write_encryption(root, encryption)
    return tuple(gone)


def mend_sealed(workspace: Workspace, folder: BackupFolder, unsound: Iterable[str], *, keys: Path | None) -> list[str]:
    """Put sealed objects, and keys of theirs that are damaged or missing, back from backups; which are sound again."""
    store, vault, mended = workspace.objects, workspace.objects.vault, []
    kept = folder.sealed()
    for digest in unsound:
        name = store.name(digest)
        if keys and vault:
            for held in keys.glob(f"sealed-*/{KEY_FOLDER}/{name[:2]}/{name}"):
                copy_durably(held, vault.path(name))
        if name in kept and folder.objects.is_sound(kept[name]) and not store.is_sound(digest):
            store.put_sealed(name, folder.objects.path(kept[name]))
        if store.is_sound(digest):
            mended.append(digest)
    return mended
