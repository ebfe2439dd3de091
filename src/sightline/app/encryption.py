"""How a workspace's objects are encrypted, and where its storage key is: ``encryption.json`` in the workspace says so.

The key file lies apart from the workspace: whoever finds the one cannot use it without the other. Where it is, in this order:
``SIGHTLINE_KEY_FILE``; where ``encryption.json`` says that it was put; beside the workspace, under its name and ``.storage-key``.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from sightline.errors import EnvironmentProblem, Place, Refused
from sightline.store import ObjectStore
from sightline.store.backups import write_durably
from sightline.store.sealing import KEY_BYTES
from sightline.store.storage_key import (
    StorageKey,
    StorageKeyMissing,
    WrapBroken,
    key_file_content,
    new_storage_key,
    read_key_file,
)
from sightline.store.vault import KEY_FOLDER, Vault, sync_folder

FILE = "encryption.json"
NAMING = "naming"
LEDGER = "ledger"
WRAPPED = (NAMING, LEDGER)
"""Keys in the workspace's folder of keys that are wrapped to the storage key."""
KEY_FILE_VARIABLE = "SIGHTLINE_KEY_FILE"


class Progress(StrEnum):
    """How far the encrypting of a workspace has come."""

    MOVING = "moving"
    """What came before still lies in the clear, in part; what comes is sealed."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Encryption:
    """What ``encryption.json`` says. ``ledger`` tells that the ledger is encrypted too, and a plain one is not to be taken for it."""

    state: Progress
    key_id: str
    key_file: str
    ledger: bool = False


class EncryptionUnreadable(EnvironmentProblem):
    """What says how the workspace is encrypted, or one of the keys that belong to that, is damaged."""

    code = "SL-APP-060"
    hint = "Restore it from the newest backup; nothing else in the workspace is changed by that."


def read_encryption(root: Path) -> Encryption | None:
    """How a workspace is encrypted; None where it is not.

    Raises:
        EncryptionUnreadable: If that cannot be told.
    """
    path = root / FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Encryption(Progress(told["state"]), str(told["key_id"]), str(told["key_file"]), told["ledger"] is True)
    except FileNotFoundError:
        if (root / KEY_FOLDER).is_dir():
            raise EncryptionUnreadable(f"The workspace is encrypted, and its {FILE} is missing.", place=Place(file=str(path))) from None
        return None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise EncryptionUnreadable(f"The workspace's {FILE} cannot be read.", place=Place(file=str(path))) from problem


def write_encryption(root: Path, encryption: Encryption) -> None:
    """Say how a workspace is encrypted from now on."""
    write_durably(root / FILE, json.dumps(asdict(encryption)).encode(), mode=0o600)
    sync_folder(root)


def default_key_file(root: Path) -> Path:
    """Where the storage key of a workspace goes unless another place is named."""
    return root.with_name(f"{root.name}.storage-key")


def find_key_file(root: Path, encryption: Encryption) -> Path:
    """Where the storage key of a workspace is to be found."""
    named = os.environ.get(KEY_FILE_VARIABLE)
    if named:
        return Path(named)
    recorded = Path(encryption.key_file)
    return recorded if recorded.is_file() else default_key_file(root)


def open_store(root: Path) -> ObjectStore:
    """The objects of a workspace, opened with the storage key where they are sealed.

    Raises:
        StorageKeyMissing: If the key is not there, or another.
        EncryptionUnreadable: If a key of the workspace is damaged.
        EnvironmentProblem: If the folder is out of reach.
    """
    encryption = read_encryption(root)
    if encryption is None:
        return ObjectStore(root / "objects")
    return ObjectStore(root / "objects", open_vault(root, encryption), moving=encryption.state is Progress.MOVING)


def open_vault(root: Path, encryption: Encryption) -> Vault:
    """The keys of a workspace's objects; raises as `open_store` does."""

    def now() -> StorageKey:
        return open_key(root, read_encryption(root) or encryption)

    return Vault(root / KEY_FOLDER, now, read_wrapped(root, NAMING, now()))


def open_key(root: Path, encryption: Encryption) -> StorageKey:
    """The storage key of a workspace.

    Raises:
        StorageKeyMissing: If it is not there, or another's.
    """
    path = find_key_file(root, encryption)
    key = read_key_file(path)
    if encryption.key_id not in {StorageKey((each,)).id for each in key.keys}:
        raise StorageKeyMissing("This is not the storage key of this workspace.", place=Place(file=str(path)))
    return key


def read_wrapped(root: Path, name: str, key: StorageKey) -> bytes:
    """One of the workspace's own keys that are wrapped to the storage key.

    Raises:
        EncryptionUnreadable: If it is missing or damaged.
    """
    path = root / "keys" / name
    try:
        return key.unwrap(path.read_bytes(), about=_about(name))
    except (OSError, WrapBroken) as problem:
        raise EncryptionUnreadable(f"The workspace's {name} key is missing or damaged.", place=Place(file=str(path))) from problem


def begin_encryption(root: Path, key_file: Path, *, state: Progress) -> Encryption:
    """Make what an encrypted workspace needs; begun again after it was cut short, it goes on with what is there.

    Raises:
        Refused: If the key would lie within the workspace.
        EnvironmentProblem: If the key cannot be written.
    """
    key_file = key_file.resolve()
    if key_file.is_relative_to(root):
        raise Refused(
            "The storage key would lie within the workspace: whoever finds the one would have the other.",
            place=Place(file=str(key_file)),
            hint="Choose a place apart, best on another medium.",
        )
    try:
        if not key_file.exists():
            key_file.parent.mkdir(parents=True, exist_ok=True)
            write_key_file(key_file, new_storage_key())
        key = read_key_file(key_file)
        for name in WRAPPED:
            if not (root / "keys" / name).exists():
                write_durably(root / "keys" / name, key.wrap(secrets.token_bytes(KEY_BYTES), about=_about(name)))
        sync_folder(root / "keys")
        encryption = Encryption(state, key.id, str(key_file))
        open_vault(root, encryption)
        write_encryption(root, encryption)
        # Only now: a workspace with such a folder and nothing that says how it is encrypted is taken for a damaged one.
        (root / KEY_FOLDER).mkdir(exist_ok=True)
    except OSError as problem:
        raise EnvironmentProblem(
            f"The storage key cannot be written: {(problem.strerror or 'no reason given').lower()}.",
            place=Place(file=str(key_file)),
            hint="Free some space, or name another place with --key-file, where you may write.",
        ) from problem
    return encryption


def write_key_file(path: Path, key: StorageKey) -> None:
    """Write a key file whole, readable by its owner only."""
    write_durably(path, key_file_content(key))
    sync_folder(path.parent)


def rewrap(root: Path, name: str, key: StorageKey) -> None:
    """Wrap one of the workspace's own keys to the newest storage key."""
    path = root / "keys" / name
    if not key.is_wrapped_to_this(path.read_bytes()):
        write_durably(path, key.wrap(read_wrapped(root, name, key), about=_about(name)))


def _about(name: str) -> bytes:
    return b"workspace key " + name.encode()
