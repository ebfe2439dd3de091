"""Sealed objects: nothing on disk can be read, moved, cut, exchanged or guessed at without being found out."""

from __future__ import annotations

import hashlib
import io
import json
import random
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused
from sightline.store import ObjectStore, memory
from sightline.store.objects import ObjectDamaged, ObjectMissing
from sightline.store.sealing import FRAME, SealBroken, pieces, pieces_of, seal, size_within, unseal
from sightline.store.storage_key import StorageKey, StorageKeyMissing, join, key_file_content, new_storage_key, read_key_file, split
from sightline.store.vault import ObjectKeyMissing, Vault

KEY, ABOUT = bytes(range(32)), b"an object"
SENTINEL = b"Zebediah Quillfeather-Smythe"
_TAGGED = FRAME + 16


def sealed(content: bytes, key: bytes = KEY, about: bytes = ABOUT) -> bytes:
    file = io.BytesIO()
    seal(pieces(content), file, key=key, about=about)
    return file.getvalue()


def opened(content: bytes, key: bytes = KEY, about: bytes = ABOUT) -> bytes:
    return b"".join(unseal(io.BytesIO(content), key=key, about=about))


def vault(folder: Path, key: StorageKey | None = None) -> Vault:
    chosen = key or StorageKey((KEY,))
    return Vault(folder / "object-keys", lambda: chosen, b"n" * 32)


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path / "objects", vault(tmp_path))


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 2 * FRAME + 7])
def test_what_was_sealed_comes_back_whatever_its_length(size):
    content = random.Random(size).randbytes(size)

    assert opened(sealed(content)) == content
    assert size_within(len(sealed(content))) == size
    assert b"".join(pieces_of(io.BytesIO(content))) == content


@given(st.integers(0, 2**30), st.integers(0, 7))
def test_a_flipped_bit_anywhere_in_a_sealed_object_is_found(place, bit):
    content = bytearray(sealed(b"x" * 300))
    content[place % len(content)] ^= 1 << bit

    with pytest.raises(SealBroken):
        opened(bytes(content))


HEAD = 15
MANIPULATED: dict[str, Callable[[bytes], bytes]] = {
    "cut after a frame": lambda s: s[: HEAD + _TAGGED],
    "cut within a frame": lambda s: s[:-1],
    "cut to its head": lambda s: s[:HEAD],
    "nothing at all": lambda s: b"",
    "frames in another order": lambda s: (
        s[:HEAD] + s[HEAD + _TAGGED : HEAD + 2 * _TAGGED] + s[HEAD : HEAD + _TAGGED] + s[HEAD + 2 * _TAGGED :]
    ),
    "a frame twice": lambda s: s[: HEAD + _TAGGED] + s[HEAD:],
    "a frame left out": lambda s: s[:HEAD] + s[HEAD + _TAGGED :],
    "something after the end": lambda s: s + b"more",
    "a frame of another object": lambda s: sealed(b"y" * (2 * FRAME + 9))[: HEAD + _TAGGED] + s[HEAD + _TAGGED :],
}


@pytest.mark.parametrize("how", MANIPULATED)
def test_frames_are_bound_to_their_place_and_to_the_end(how):
    with pytest.raises(SealBroken):
        opened(MANIPULATED[how](sealed(b"x" * (2 * FRAME + 9))))


@pytest.mark.parametrize("other", [{"key": bytes(32)}, {"about": b"another object"}])
def test_another_key_or_another_name_opens_nothing(other):
    with pytest.raises(SealBroken):
        opened(sealed(b"content"), **other)


def test_keys_that_share_a_folder_are_each_there_for_whoever_opens_it_next(tmp_path):
    names, made = [f"ab{digit * 62}" for digit in "01"], vault(tmp_path)
    keys = [made.key_for_writing(name) for name in names]

    assert [vault(tmp_path).key(name) for name in names] == keys
    assert keys[0] != keys[1]


def test_the_same_bytes_sealed_twice_do_not_look_alike():
    assert sealed(b"content") != sealed(b"content")


def test_a_large_file_is_sealed_and_checked_in_flat_memory(store, tmp_path):
    large = tmp_path / "large"
    with large.open("wb") as file:
        for _ in range(48):
            file.write(b"row\n" * (FRAME // 4))
    tracemalloc.start()
    digest = store.put_file(large)
    store.verify(digest)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 8 * FRAME
    assert store.size(digest) == large.stat().st_size == 48 * FRAME


def test_an_object_keeps_its_digest_and_nothing_of_it_is_on_disk(store, tmp_path):
    content = SENTINEL * 100
    digest = store.put_bytes(content)

    assert digest == hashlib.sha256(content).hexdigest()
    assert store.get_bytes(digest) == content
    on_disk = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(on_disk) == 2, "the object and its key"
    for path in on_disk:
        assert SENTINEL not in path.read_bytes()
        assert digest not in str(path), "a name must not let anybody confirm a guess"


def test_the_same_bytes_are_kept_once_and_put_again_mend_what_was_damaged(store):
    digest = store.put_bytes(b"as it was")
    before = store.path(digest).read_bytes()
    assert store.put_bytes(b"as it was") == digest
    assert store.path(digest).read_bytes() == before

    store.path(digest).write_bytes(before[:-1] + b"?")
    store.put_bytes(b"as it was")
    assert store.get_bytes(digest) == b"as it was"

    store.vault.path(store.name(digest)).write_bytes(b"damaged")
    assert not store.is_sound(digest)
    store.put_bytes(b"as it was")
    assert store.get_bytes(digest) == b"as it was"


def test_many_that_put_the_same_bytes_at_once_leave_an_object_that_opens(tmp_path):
    contents = [b"%d" % number * 50 for number in range(20)]
    at_once = threading.Barrier(4)

    def put() -> None:
        mine = ObjectStore(tmp_path / "objects", vault(tmp_path))
        at_once.wait()
        for content in contents:
            mine.put_bytes(content)

    workers = [threading.Thread(target=put) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    store = ObjectStore(tmp_path / "objects", vault(tmp_path))
    assert [store.get_bytes(hashlib.sha256(content).hexdigest()) for content in contents] == contents


def test_objects_and_keys_that_are_exchanged_are_found(store):
    one, other = (store.put_bytes(content) for content in (b"one", b"other"))
    a, b = store.path(one).read_bytes(), store.path(other).read_bytes()
    store.path(one).write_bytes(b)
    with pytest.raises(ObjectDamaged):
        store.get_bytes(one)
    store.path(one).write_bytes(a)
    keys = [store.vault.path(store.name(digest)) for digest in (one, other)]
    keys[0].write_bytes(keys[1].read_bytes())
    with pytest.raises(ObjectKeyMissing, match="damaged"):
        store.get_bytes(one)


def test_an_object_whose_key_was_destroyed_is_gone_for_good_and_the_others_stay(store):
    gone, kept = store.put_bytes(b"gone"), store.put_bytes(b"kept")

    assert store.vault.destroy(store.name(gone))
    assert not store.vault.destroy(store.name(gone)), "destroying twice changes nothing"
    for read in (store.get_bytes, store.open, store.verify):
        with pytest.raises(ObjectKeyMissing, match="gone"):
            read(gone)
    assert store.get_bytes(kept) == b"kept"
    with pytest.raises(ObjectMissing):
        store.get_bytes("ab12" + "0" * 60)


@pytest.mark.parametrize("in_memory", [True, False])
def test_an_engine_reads_sealed_tables_without_a_copy_on_disk(store, monkeypatch, in_memory):
    if not in_memory:
        monkeypatch.delattr(memory.os, "memfd_create", raising=False)
    old, new = pa.table({"a": ["x"]}), pa.table({"a": ["y", "z"], "b": [1, 2]})
    files = [store.open(store.put_table(table)) for table in (old, new)]
    with DuckDBEngine() as engine:
        engine.register_parquet("rows", files, pa.schema([("a", pa.string()), ("b", pa.int64())]))
        del files
        found = engine.query("select a, b from rows order by a").to_pylist()

    assert found == [{"a": "x", "b": None}, {"a": "y", "b": 1}, {"a": "z", "b": 2}]


def test_a_damaged_table_is_never_handed_to_an_engine(store):
    digest = store.put_table(pa.table({"a": list(range(100))}))
    store.path(digest).write_bytes(store.path(digest).read_bytes()[:-3])

    with pytest.raises(ObjectDamaged):
        store.open(digest)


def test_a_storage_key_is_wrapped_to_for_one_purpose_only():
    key = new_storage_key()
    wrapped = key.wrap(b"secret", about=b"this")

    assert key.unwrap(wrapped, about=b"this") == b"secret"
    assert b"secret" not in wrapped
    with pytest.raises(StorageKeyMissing):
        new_storage_key().unwrap(wrapped, about=b"this")
    both = key.with_new()
    assert both.unwrap(wrapped, about=b"this") == b"secret"
    assert not both.is_wrapped_to_this(wrapped)
    assert "keys" not in repr(both)


@pytest.mark.parametrize("content", ["", "{}", '{"sightline_storage_key": []}', '{"sightline_storage_key": [{"id": "00", "key": "00"}]}'])
def test_a_key_file_that_is_not_whole_is_told(tmp_path, content):
    (tmp_path / "key").write_text(content)
    for path in (tmp_path / "key", tmp_path / "absent"):
        with pytest.raises(StorageKeyMissing):
            read_key_file(path)


def test_every_flipped_bit_in_a_key_file_is_found_or_changes_nothing(tmp_path):
    key = new_storage_key()
    content = key_file_content(key)
    for place in range(len(content) * 8):
        damaged = bytearray(content)
        damaged[place // 8] ^= 1 << place % 8
        (tmp_path / "key").write_bytes(damaged)
        try:
            assert read_key_file(tmp_path / "key") == key
        except StorageKeyMissing:
            continue


def test_any_two_custodians_make_the_key_again_and_one_alone_has_nothing_of_it():
    key = new_storage_key()
    parts = split(key, ["council", "police", "health"])

    for one, other in (("council", "police"), ("police", "health"), ("health", "council")):
        assert join(parts[one], parts[other]) == key
    again = split(key, ["council", "police", "health"])
    for name, part in parts.items():
        held = [bytes.fromhex(piece) for piece in json.loads(part)["with"].values()]
        assert all(piece not in (key.keys[0], *map(bytes.fromhex, json.loads(again[name])["with"].values())) for piece in held)
        for refused in ((part, part), (part, again["police" if name != "police" else "council"]), (part, b"{}"), (part, b"no")):
            with pytest.raises(InputRefused, match="not two custodians' parts"):
                join(*refused)


@pytest.mark.parametrize("custodians", [[], ["one"], ["one", "one"]])
def test_a_key_is_not_split_for_fewer_than_two(custodians):
    with pytest.raises(InputRefused, match="two custodians or more"):
        split(new_storage_key(), custodians)


def test_a_key_is_not_split_while_it_is_being_rotated():
    with pytest.raises(InputRefused, match="being rotated"):
        split(new_storage_key().with_new(), ["one", "two"])
