"""Objects: whole or absent, the same bytes once, and never silently wrong."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

import pyarrow as pa
import pytest

from sightline.errors import EnvironmentProblem, InputRefused
from sightline.store import ObjectStore, file_digest
from sightline.store.objects import ObjectDamaged, ObjectMissing


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path / "objects")


def test_an_object_is_named_by_its_bytes(store, tmp_path):
    source = tmp_path / "extract.csv"
    source.write_bytes(b"one\ntwo\n" * 300_000)

    digest = store.put_file(source)

    assert digest == hashlib.sha256(source.read_bytes()).hexdigest() == file_digest(source)
    assert store.get_bytes(digest) == source.read_bytes()
    assert store.size(digest) == source.stat().st_size
    assert store.put_bytes(source.read_bytes()) == digest
    assert list(store.names()) == [digest]


def test_the_same_rows_give_the_same_object_however_they_were_put_together(store):
    whole = pa.table({"a": ["x", "y", None], "b": [1, 2, 3]})
    pieces = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])

    assert store.put_table(whole) == store.put_table(pieces)
    assert store.get_table(store.put_table(pieces)).equals(whole)


def test_a_flipped_bit_anywhere_is_an_error_never_a_wrong_figure(store):
    digest = store.put_table(pa.table({"a": list(range(200))}))
    path, rng = store.path(digest), random.Random(7)
    sound = path.read_bytes()
    for _ in range(50):
        damaged = bytearray(sound)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        for read in (store.get_bytes, store.get_table, store.verify):
            with pytest.raises(ObjectDamaged):
                read(digest)


def test_putting_the_right_bytes_again_mends_a_damaged_object(store):
    digest = store.put_bytes(b"as it was")
    store.path(digest).write_bytes(b"as it is not")

    store.put_bytes(b"as it was")

    assert store.get_bytes(digest) == b"as it was"


def test_a_missing_object_is_named(store):
    for read in (store.get_bytes, store.get_table, store.verify, store.size):
        with pytest.raises(ObjectMissing, match="ab12"):
            read("ab12" + "0" * 60)


def test_a_failed_write_leaves_nothing_behind(store, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentProblem, match="no space left"):
        store.put_bytes(b"much")
    monkeypatch.undo()

    assert list(store.names()) == []
    assert [path for path in store.root.rglob("*") if path.is_file()] == []
    assert store.get_bytes(store.put_bytes(b"much")) == b"much"


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(EnvironmentProblem, match="Choose a folder"):
        ObjectStore(tmp_path / "file" / "objects")


def test_a_file_that_cannot_be_read_is_refused(store, tmp_path):
    for read in (store.put_file, file_digest):
        with pytest.raises(InputRefused, match="cannot be read"):
            read(tmp_path / "absent.csv")


def test_a_sweep_takes_old_strangers_and_nothing_else(store):
    kept, old, fresh = (store.put_bytes(content) for content in (b"kept", b"old", b"fresh"))
    broken_off = store.root / "incoming-left"
    broken_off.touch()
    for path in (store.path(kept), store.path(old), broken_off):
        os.utime(path, (1_000, 1_000))

    assert store.sweep(keep={kept}, older_than=2_000) == [old]
    assert set(store.names()) == {kept, fresh}
    assert not broken_off.exists()


def test_an_old_stranger_that_is_put_again_is_young_again(store):
    digest = store.put_bytes(b"old")
    os.utime(store.path(digest), (1_000, 1_000))

    store.put_bytes(b"old")

    assert store.sweep(keep=set(), older_than=2_000) == []
