"""Linking with less memory than it takes: what lies on disk meanwhile, in a workspace in the clear and in an encrypted one."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from sightline.app import link_people as linking
from sightline.app.publish_generation import publish_generation
from sightline.app.workspace import Workspace
from sightline.errors import EnvironmentProblem
from sightline.store.objects import ObjectStore
from sightline.store.storage_key import new_storage_key
from sightline.store.vault import Vault
from tests.support import partnership
from tests.support.partnership import NOW, Q4
from tests.support.people import record, records

pytestmark = pytest.mark.django_db

PLANTED = "Quillfeather"
LITTLE = "20MB"
# From Linux's inotify(7): a file or folder made, or moved in; the fixed part of an event; and that events were lost.
MADE = 0x100 | 0x80
EVENT = struct.Struct("iIII")
OVERFLOWN = 0x4000


def many_records(count: int = 4_000) -> pa.Table:
    """Each of somebody else, so that there is much of everything; all of one planted name."""
    return records(*(one_of_many(number) for number in range(count)))


def one_of_many(number: int) -> dict[str, object]:
    names = {"given_name": f"Ottoline{number:x}", "family_name": f"{PLANTED}{number}"}
    return record(f"csc-{number:05}", "csc", **names, address=f"{number} Mill Row")


def sealed(workspace: Workspace) -> Workspace:
    key = new_storage_key()
    store = ObjectStore(workspace.root / "objects", Vault(workspace.root / "object-keys", lambda: key, b"n" * 32))
    return replace(workspace, objects=store)


@contextmanager
def watched(folder: Path) -> Iterator[set[Path]]:
    """What is made below a folder meanwhile, told by the kernel.

    Looking again and again would miss what DuckDB takes away at once, and what it packs holds no name that a search would find.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    queue = libc.inotify_init1(os.O_NONBLOCK)
    below = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    watches = {libc.inotify_add_watch(queue, os.fsencode(path), MADE): path for path in below}
    assert queue >= 0, "the kernel tells nothing"
    assert -1 not in watches, "the kernel watches some of the folders only"
    made: set[Path] = set()
    try:
        yield made
        made.update(told(queue, watches))
    finally:
        os.close(queue)


def told(queue: int, watches: dict[int, Path]) -> Iterator[Path]:
    """The paths of the events that wait, without waiting for more."""
    while True:
        try:
            events = os.read(queue, 1 << 16)
        except BlockingIOError:
            return
        while events:
            watch, mask, _, length = EVENT.unpack_from(events)
            assert not mask & OVERFLOWN, "more was made than the kernel kept"
            yield watches[watch] / os.fsdecode(events[EVENT.size : EVENT.size + length].rstrip(b"\0"))
            events = events[EVENT.size + length :]


def linked_in_little_memory(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """What was made anywhere below the folder while linking ran out of memory."""
    partnership.submit(workspace, tmp_path / "incoming", referral=[partnership.referral("A1")], period=Q4)
    publish_generation(workspace, by="tester", at=NOW)
    table = many_records()
    monkeypatch.setattr(linking, "identity_record_current", lambda *_, **__: table)
    monkeypatch.setattr(Workspace, "memory", lambda *_: LITTLE)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    workspace.spill and workspace.spill.mkdir(exist_ok=True)
    with watched(tmp_path) as made, pytest.raises(EnvironmentProblem, match="do not fit in the memory"):
        linking.link_people(workspace, by="tester", at=NOW, threads=1)
    return made


def test_an_encrypted_workspace_rather_stops_than_puts_a_name_on_disk(workspace, tmp_path, monkeypatch):
    assert linked_in_little_memory(sealed(workspace), tmp_path, monkeypatch) == set()


def test_a_workspace_in_the_clear_spills_into_its_own_folder_and_leaves_nothing(workspace, tmp_path, monkeypatch):
    made = linked_in_little_memory(workspace, tmp_path, monkeypatch)

    assert made, "nothing was spilled in the clear: the test above would prove nothing"
    assert {path.parent for path in made} == {workspace.spill}
    assert not list(workspace.spill.iterdir()), "what was spilled is gone afterwards"
