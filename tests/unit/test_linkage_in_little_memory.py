"""Linking with less memory than it takes: what lies on disk meanwhile, in a workspace in the clear and in an encrypted one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from sightline.app import link_people as linking
from sightline.app.publish_generation import publish_generation
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import DuckDBEngine
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
def watched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[Path]]:
    """The files that held a planted name meanwhile: looked for again and again, and before an engine takes away what it spilled."""
    found: set[Path] = set()
    over = threading.Event()
    close = DuckDBEngine.close

    def look() -> None:
        for path in folder.rglob("*"):
            try:
                content = path.read_bytes().lower()
            except OSError:  # a folder, or gone by now
                continue
            if PLANTED.lower().encode() in content:
                found.add(path)

    def look_and_close(engine: DuckDBEngine) -> None:
        look()
        close(engine)

    def look_on() -> None:
        while not over.wait(0.05):
            look()

    monkeypatch.setattr(DuckDBEngine, "close", look_and_close)
    watcher = threading.Thread(target=look_on)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()


def linked_in_little_memory(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """The files that held a planted name while linking ran out of memory."""
    partnership.submit(workspace, tmp_path / "incoming", referral=[partnership.referral("A1")], period=Q4)
    publish_generation(workspace, by="tester", at=NOW)
    table = many_records()
    monkeypatch.setattr(linking, "identity_record_current", lambda *_, **__: table)
    monkeypatch.setattr(Workspace, "memory", lambda *_: LITTLE)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with watched(tmp_path, monkeypatch) as found, pytest.raises(EnvironmentProblem, match="do not fit in the memory"):
        linking.link_people(workspace, by="tester", at=NOW, threads=1)
    return found


def test_an_encrypted_workspace_rather_stops_than_puts_a_name_on_disk(workspace, tmp_path, monkeypatch):
    assert linked_in_little_memory(sealed(workspace), tmp_path, monkeypatch) == set()


def test_the_search_finds_what_a_workspace_in_the_clear_spills(workspace, tmp_path, monkeypatch):
    found = linked_in_little_memory(workspace, tmp_path, monkeypatch)

    assert found, "nothing was spilled in the clear: the test above would prove nothing"
    assert {path.parent for path in found} == {workspace.spill}
    assert not list(workspace.spill.iterdir()), "what was spilled is gone afterwards"
