"""A thousand single flipped bits in what an encrypted workspace keeps: each is told, or changes nothing. None gives another answer."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from sightline.app import encryption
from sightline.app.encryption import Progress, begin_encryption, open_store
from sightline.app.ledger_key import ledger_key
from sightline.errors import SightlineError
from sightline.ledger.cipher import connect, module

FLIPS = 1_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of an encrypted workspace: a few objects, their keys, and a ledger that names them."""
    root = tmp_path / "workspace"
    (root / "keys").mkdir(parents=True)
    begin_encryption(root, tmp_path / "key", state=Progress.DONE)
    store = open_store(root)
    digests = [store.put_table(pa.table({"child": [f"{table}-{row}" for row in range(50)]})) for table in range(4)]
    key = ledger_key(root, root / "ledger.sqlite3")
    assert key is not None
    with closing(connect(key=key(), database=str(root / "ledger.sqlite3"))) as ledger:
        ledger.execute("create table object (digest text, rows integer)")
        ledger.executemany("insert into object values (?, 50)", [(digest,) for digest in digests])
        ledger.commit()
    return root


def counted(root: Path) -> object:
    """What a figure rests on: every row of every object that the ledger names."""
    key = ledger_key(root, root / "ledger.sqlite3")
    if key is None:
        raise encryption.EncryptionUnreadable("The ledger is not what it was.")
    with closing(connect(key=key(), database=str(root / "ledger.sqlite3"))) as ledger:
        named = ledger.execute("select digest, rows from object order by digest").fetchall()
    store = open_store(root)
    return [(digest, rows, store.get_table(digest).to_pydict()) for digest, rows in named]


def test_no_flipped_bit_gives_another_answer(root):
    rng, before, told = random.Random(20261121), counted(root), Counter()
    files = sorted(path for path in root.rglob("*") if path.is_file())
    for number in range(FLIPS):
        path = files[number % len(files)]  # each file in turn, so that small ones are met as often as large
        sound = path.read_bytes()
        damaged = bytearray(sound)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        try:
            assert counted(root) == before, f"a flipped bit in {path.relative_to(root)} gave another answer"
            told["changed nothing"] += 1
        except (SightlineError, module().DatabaseError) as problem:
            told[type(problem).__name__] += 1
        path.write_bytes(sound)

    assert counted(root) == before
    assert told["changed nothing"] < FLIPS / 10, told
    assert {"ObjectDamaged", "ObjectKeyMissing", "EncryptionUnreadable"} <= set(told)
