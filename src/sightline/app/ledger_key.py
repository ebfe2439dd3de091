"""Whether a workspace's ledger is encrypted, and with which key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from sightline.app.encryption import LEDGER, open_key, read_encryption, read_wrapped, write_encryption
from sightline.errors import Place, Refused
from sightline.ledger.cipher import CipherMissing, encrypt_ledger, is_available, is_encrypted


class LedgerInTheClear(Refused):
    """The ledger was encrypted, and what lies in its place is not."""

    code = "SL-LED-021"
    hint = "Somebody may have put another in its place: restore it from a backup, and find out who."


def ledger_key(root: Path, ledger: Path) -> Callable[[], bytes] | None:
    """What gives the ledger's key when it is asked; None where the ledger lies in the clear.

    A new ledger of an encrypted workspace is encrypted where sqlcipher3 is installed.

    Raises:
        CipherMissing: If the ledger is encrypted and sqlcipher3 is not installed.
        LedgerInTheClear: If it is said to be encrypted and is not.
        EncryptionUnreadable: If it cannot be told how the workspace is encrypted.
    """
    told, found = read_encryption(root), is_encrypted(ledger)
    if told is None:
        return None
    if told.ledger and found is False:
        raise LedgerInTheClear("The ledger lies in the clear, and was encrypted before.", place=Place(file=str(ledger)))
    if found is False or (found is None and not is_available()):
        return None
    if not is_available():
        raise CipherMissing("The ledger is encrypted, and sqlcipher3 is not installed.", place=Place(file=str(ledger)))
    return partial(_open, root)


def seal_ledger(root: Path, ledger: Path) -> bool:
    """Encrypt a ledger that lies in the clear, where sqlcipher3 is installed, and write down that it is; whether it is encrypted now.

    Raises:
        EnvironmentProblem: If it is in use or cannot be written.
    """
    told = read_encryption(root)
    if told is None or is_encrypted(ledger) is None or not is_available():
        return False
    encrypt_ledger(ledger, _open(root))
    if not told.ledger:
        write_encryption(root, replace(told, ledger=True))
    return True


def _open(root: Path) -> bytes:
    told = read_encryption(root)
    if told is None:
        raise Refused("The workspace is not encrypted any more.", hint="Open it again.")
    return read_wrapped(root, LEDGER, open_key(root, told))
