"""SQLCipher without Django: open an encrypted ledger, tell one from a plain one, and make one of a plain one.

The file's own first bytes say which it is, so that a ledger whose encrypting was cut short is always one or the other.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

from sightline.errors import EnvironmentProblem, Place
from sightline.store.vault import sync_folder

_PLAIN = b"SQLite format 3\x00"


class CipherMissing(EnvironmentProblem):
    """The ledger is encrypted, and what reads such a ledger is not installed."""

    code = "SL-LED-020"
    hint = "Install it: pip install 'sightline[encryption]' (the module sqlcipher3)."


def is_available() -> bool:
    """Whether encrypted ledgers can be opened here."""
    try:
        module()
    except CipherMissing:
        return False
    return True


def module() -> ModuleType:
    """The module that opens encrypted ledgers.

    Raises:
        CipherMissing: If it is not installed.
    """
    try:
        # An extra of its own: without it everything works but this.
        from sqlcipher3 import dbapi2  # type: ignore[import-untyped, unused-ignore]
    except ImportError as problem:
        raise CipherMissing("The ledger is encrypted, and sqlcipher3 is not installed.") from problem
    found: ModuleType = dbapi2
    return found


def is_encrypted(path: Path) -> bool | None:
    """Whether a ledger's file is encrypted; None where there is none yet."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_PLAIN))
    except FileNotFoundError:
        return None
    return start != _PLAIN if start else None


def connect(*, key: bytes, **params: Any) -> Any:
    """Open an encrypted ledger. The key is taken as it is: it is random, and needs no stretching."""
    made = module().connect(**params)
    made.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    # What is sorted or grouped in passing stays in memory, and never in a file in the clear.
    made.execute("PRAGMA temp_store = MEMORY")
    return made


def encrypt_ledger(path: Path, key: bytes) -> bool:
    """Put an encrypted ledger in the place of a plain one, in one step; whether it was plain.

    Nobody else may have it open: whoever still has finds the old file empty, so that nothing is written where nobody would look.

    Raises:
        CipherMissing: If sqlcipher3 is not installed.
        EnvironmentProblem: If the ledger is in use or cannot be written.
    """
    if is_encrypted(path) is not False:
        return False
    draft = path.with_name(f".{path.name}-encrypted")
    draft.unlink(missing_ok=True)
    dbapi = module()
    try:
        with closing(dbapi.connect(str(path), isolation_level=None, timeout=30)) as old:
            old.execute("PRAGMA locking_mode = EXCLUSIVE")
            old.execute("BEGIN EXCLUSIVE")
            old.execute("COMMIT")  # the lock stays; what is attached would not be let into a transaction
            old.execute("ATTACH DATABASE ? AS encrypted KEY ?", (str(draft), f"x'{key.hex()}'"))
            # A draft that is cut short counts for nothing, and what is whole is made durable below: no journal, and no wait for the disk.
            old.execute("PRAGMA encrypted.journal_mode = OFF")
            old.execute("PRAGMA encrypted.synchronous = OFF")
            old.execute("SELECT sqlcipher_export('encrypted')")
            old.execute("DETACH DATABASE encrypted")
            _sync(draft)
            draft.chmod(path.stat().st_mode & 0o777)
            with path.open("r+b") as before:
                draft.replace(path)
                sync_folder(path.parent)
                size = os.fstat(before.fileno()).st_size
                before.write(bytes(size))
                before.flush()
                os.fsync(before.fileno())
                before.truncate(0)
    except dbapi.Error as problem:
        raise EnvironmentProblem(
            f"The ledger cannot be encrypted: {problem}.",
            place=Place(file=str(path)),
            hint="Stop all other work on the workspace, free some space if the disk is full, then do it again; nothing was changed.",
        ) from problem
    finally:
        draft.unlink(missing_ok=True)
    return True


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
