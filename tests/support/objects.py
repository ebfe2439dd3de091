"""What the objects of a workspace hold, whether they are sealed or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sightline.app.encryption import open_store, open_vault, read_encryption
from sightline.app.ledger_key import ledger_key
from sightline.app.settings import LEDGER_FILE
from sightline.ledger.cipher import connect
from sightline.store.sealing import unseal


def ledger_text(workspace: Path) -> str:
    """Everything that the ledger holds, row by row, whether it is encrypted or not."""
    ledger = workspace / LEDGER_FILE
    key = ledger_key(workspace, ledger)
    with closing(connect(key=key(), database=str(ledger)) if key else sqlite3.connect(ledger)) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(f"{table} {row}" for table in tables for row in opened.execute(f'SELECT * FROM "{table}"'))


def contents(workspace: Path) -> Iterator[bytes]:
    """The bytes of every object, opened with the storage key where they are sealed; nothing is asked of the ledger."""
    store = open_store(workspace)
    told = read_encryption(workspace)
    vault = open_vault(workspace, told) if told else None
    for name in store.names():
        with store.path_of(name).open("rb") as file:
            yield b"".join(unseal(file, key=vault.key(name), about=name.encode())) if vault else file.read()
