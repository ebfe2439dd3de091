"""A workspace that is encrypted: the same answers, nothing of anybody on disk, and no key without which it opens."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sightline.store.storage_key import key_file_content, new_storage_key
from tests.support.commands import sightline, told
from tests.support.samples import ROOT

NAME = "20260515T090000Z"
SENTINEL = "Zebediah-Quillfeather"
MAKE = """
import shutil, sys
from pathlib import Path
from sightline.app.publish_generation import publish_generation
from tests.support.partnership import NOW, make_workspace, referral, submit, use_plain_reader
folder = Path(sys.argv[1])
use_plain_reader()
workspace = make_workspace(folder)
submit(workspace, folder / "incoming", referral=[referral("A1", referral_id="Zebediah-Quillfeather")])
publish_generation(workspace, by="t", at=NOW)
submit(workspace, folder / "incoming", agency="police", dataset="police", referral=[referral("P1")])
publish_generation(workspace, by="t", at=NOW)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in the clear, with two returns."""
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, "-c", MAKE, str(folder)], check=True, cwd=ROOT)
    return folder / "workspace"


@pytest.fixture
def plain(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "workspace"))


@pytest.fixture
def sealed(plain: Path) -> Path:
    told("encrypt", "-w", plain, "--quiet")
    return plain


def holding(folder: Path, sentinel: str = SENTINEL) -> list[str]:
    """Files that hold a word in the clear, in the two ways in which programs write words."""
    words = (sentinel.encode(), sentinel.encode("utf-16-le"))
    return [str(path) for path in folder.rglob("*") if path.is_file() and any(word in path.read_bytes() for word in words)]


def check(workspace: Path, what: str, *more: object) -> dict[str, str]:
    done = sightline("doctor", "-w", workspace, "--json", "--at", "2026-05-16T09:00", *more)
    return {each["what"]: each for each in json.loads(done.stdout)["checks"]}[what]


def answers(workspace: Path) -> Any:
    return told("returns", "-w", workspace, "--at", "2026-05-16")["returns"], told("as-at", "2026-05-14T09:00", "-w", workspace)


def test_a_workspace_in_the_clear_is_encrypted_and_answers_the_same(plain):
    before = answers(plain)
    assert holding(plain / "objects")
    assert check(plain, "Encryption")["verdict"] == "look"

    done = told("encrypt", "-w", plain, "--quiet")

    assert done["objects"] > 3
    assert not holding(plain)
    assert answers(plain) == before
    assert check(plain, "Objects")["verdict"] == "fine"
    assert Path(done["key_file"]) == plain.with_name("workspace.storage-key")
    assert Path(done["key_file"]).stat().st_mode & 0o077 == 0
    assert told("encrypt", "-w", plain, "--quiet")["objects"] == 0, "encrypting twice changes nothing"


def test_what_comes_afterwards_is_sealed_too(sealed, tmp_path):
    again = told("publish", "-w", sealed, "--at", "2026-05-16T09:00")

    assert again["is_new"] is False
    assert check(sealed, "Objects")["verdict"] == "fine"
    assert {path.name for path in (sealed / "objects").glob("??/*")} == {path.name for path in (sealed / "object-keys").glob("??/*")}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda key: key.unlink(), "The storage key is not there"),
        (lambda key: key.write_text("{}"), "cannot be read, or is damaged"),
        (lambda key: key.write_bytes(key_file_content(new_storage_key())), "not the storage key of this workspace"),
    ],
)
def test_without_its_key_a_workspace_says_so_and_nothing_else(sealed, spoil, why):
    spoil(sealed.with_name("workspace.storage-key"))
    done = sightline("returns", "-w", sealed)

    assert (done.returncode, "SL-STO-005" in done.stderr, why in done.stderr) == (5, True, True), done.stderr
    looked = sightline("doctor", "-w", sealed, "--json")
    told_of = {each["what"]: each for each in json.loads(looked.stdout)["checks"]}["Workspace"]
    assert (told_of["verdict"], why in told_of["found"]) == ("mend", True)
    assert looked.returncode != 0, "what could not be looked at never looks sound"


@pytest.mark.parametrize(
    ("part", "told_by"),
    [
        ("encryption.json", "Workspace"),
        ("keys/naming", "Workspace"),
        ("keys/ledger", "Workspace"),
        ("ledger.sqlite3", "Workspace"),
        ("objects", "Objects"),
        ("object-keys", "Objects"),
    ],
)
def test_a_flipped_bit_in_what_opens_the_workspace_is_told(sealed, part, told_by):
    path = sorted((sealed / part).glob("??/*"))[0] if (sealed / part).is_dir() else sealed / part
    content = bytearray(path.read_bytes())
    content[30] ^= 4
    path.write_bytes(content)

    assert check(sealed, told_by)["verdict"] == "mend"


def test_the_key_is_found_where_it_is_named(sealed, tmp_path, monkeypatch):
    elsewhere = tmp_path / "safe" / "key"
    elsewhere.parent.mkdir()
    sealed.with_name("workspace.storage-key").rename(elsewhere)
    environment = {**os.environ, "SIGHTLINE_KEY_FILE": str(elsewhere)}
    command = [sys.executable, "-c", "from sightline.cli.main import run; run()", "returns", "-w", str(sealed), "--json"]

    assert subprocess.run(command, capture_output=True, env=environment, check=False).returncode == 0


def test_the_key_does_not_go_into_the_workspace(plain):
    done = sightline("encrypt", "-w", plain, "--key-file", plain / "keys" / "storage")

    assert (done.returncode, "would lie within the workspace" in done.stderr) == (6, True)
    assert not (plain / "encryption.json").exists()


def test_what_cannot_be_read_is_not_sealed(plain):
    victim = sorted((plain / "objects").glob("??/*"))[0]
    victim.write_bytes(b"damaged")
    done = sightline("encrypt", "-w", plain)

    assert (done.returncode, "1 objects are damaged" in done.stderr) == (6, True)
    assert victim.read_bytes() == b"damaged"


def test_a_rotated_key_opens_everything_and_no_object_was_touched(sealed):
    key = sealed.with_name("workspace.storage-key")
    before, objects = answers(sealed), {path.name: path.read_bytes() for path in (sealed / "objects").glob("??/*")}
    old = key.read_bytes()

    told("storage-key", "rotate", "-w", sealed, "--quiet")

    assert {path.name: path.read_bytes() for path in (sealed / "objects").glob("??/*")} == objects
    assert answers(sealed) == before
    assert check(sealed, "Objects")["verdict"] == "fine"
    key.write_bytes(old)
    assert "SL-STO-005" in sightline("returns", "-w", sealed).stderr, "the old key opens nothing any more"


def test_keys_that_are_damaged_stop_a_rotation(sealed):
    sorted((sealed / "object-keys").glob("??/*"))[0].write_bytes(b"damaged")
    done = sightline("storage-key", "rotate", "-w", sealed)

    assert (done.returncode, "1 keys of objects are damaged" in done.stderr) == (6, True)


def test_the_loss_drill_of_the_how_to(sealed, tmp_path):
    """docs/how-to/keep-the-storage-key.md: machine lost, one custodian lost, all of it restored with two of three parts."""
    parts = {name: tmp_path / f"{name}.json" for name in ("council", "police", "health")}
    told("storage-key", "split", "-w", sealed, *(word for name, path in parts.items() for word in ("--custodian", f"{name}={path}")))
    told("backup", tmp_path / "backups", "--keys-to", tmp_path / "keys", "-w", sealed, "--quiet")
    before = answers(sealed)
    shutil.rmtree(sealed)
    sealed.with_name("workspace.storage-key").unlink()
    parts["police"].unlink()

    restore = ("restore", tmp_path / "backups", tmp_path / "new", "--keys", tmp_path / "keys", "--quiet")
    alone = sightline(*restore)
    assert (alone.returncode, "SL-STO-005" in alone.stderr) == (5, True), "the machine's backups alone open nothing"
    assert not (tmp_path / "new").exists(), "the key is asked for before anything is copied"
    told("storage-key", "join", parts["council"], parts["health"], "--to", tmp_path / "new.storage-key")

    assert told(*restore)["lost"] == []
    assert answers(tmp_path / "new") == before
    refused = sightline("storage-key", "join", parts["council"], parts["council"], "--to", tmp_path / "x")
    assert (refused.returncode, (tmp_path / "x").exists()) == (3, False)


def backed_up(workspace: Path, hour: int) -> dict[str, Any]:
    here = workspace.parent
    return told("backup", here / "backups", "--keys-to", here / "keys", "-w", workspace, "--at", f"2026-05-15T{hour:02}:00", "--quiet")


def test_backups_hold_nothing_in_the_clear_and_are_restored_also_after_a_rotation(sealed, tmp_path):
    before = answers(sealed)
    first = backed_up(sealed, 9)
    assert not holding(tmp_path / "backups")
    assert backed_up(sealed, 10)["new_objects"] == 0
    told("storage-key", "rotate", "-w", sealed, "--quiet")
    backed_up(sealed, 11)

    where = ("--keys", tmp_path / "keys", "--key-file", sealed.with_name("workspace.storage-key"), "--quiet")
    done = told("restore", tmp_path / "backups", tmp_path / "new", "--name", NAME, *where)
    assert (first["name"], done["objects"]) == (NAME, first["objects"])
    assert answers(tmp_path / "new") == before
    assert check(tmp_path / "new", "Objects")["verdict"] == "fine"


OPEN = """
import json, sys
from pathlib import Path
from sightline.app.start import open_workspace
workspace = open_workspace(Path(sys.argv[1]))
from sightline.errors import SightlineError
from sightline.ledger.models import ReturnObject
opened = {}
for part in ReturnObject.objects.all():
    try:
        opened[part.digest] = workspace.objects.get_bytes(part.digest)
    except SightlineError as problem:
        opened[part.digest] = None
print(json.dumps([content is not None and b"Zebediah-Quillfeather" in content for content in opened.values()]))
print(json.dumps([content is None for content in opened.values()]))
"""


ERASE = """
import sys
from datetime import timedelta
from pathlib import Path
from sightline.app.start import open_workspace
workspace = open_workspace(Path(sys.argv[1]))
from sightline.app.erase import agree_to_erase, ask_to_erase
from sightline.app.publish_generation import publish_generation
from sightline.app.withdraw_return import withdraw_return
from sightline.ledger.models import ReturnVersion
from tests.support.partnership import NOW
gone, later = ReturnVersion.objects.get(agency="csc").id, NOW + timedelta(hours=1)
withdraw_return(workspace, return_id=gone, reason="wrong", by="t", at=later)
publish_generation(workspace, by="t", at=later)
asked = ask_to_erase(workspace, [gone], reason="wrong", by="ann", at=later)
assert agree_to_erase(workspace, asked.number, by="ben", at=later).state == "carried out"
"""


def opened(workspace: Path) -> tuple[int, int]:
    """Of every object that a return ever had: how many hold the planted name, and how many cannot be opened."""
    done = subprocess.run([sys.executable, "-c", OPEN, str(workspace)], check=True, cwd=ROOT, capture_output=True, text=True)
    found, closed = (json.loads(line) for line in done.stdout.splitlines()[-2:])
    return sum(found), sum(closed)


def test_what_was_erased_is_in_no_backup_of_before_that_is_restored_with_the_keys_of_now(sealed, tmp_path):
    assert opened(sealed) == (1, 0)
    backed_up(sealed, 9)
    assert opened_from_backup(sealed, tmp_path / "before") == (1, 0), "until then it is there to be restored"

    subprocess.run([sys.executable, "-c", ERASE, str(sealed)], check=True, cwd=ROOT)
    backed_up(sealed, 11)

    found, closed = opened_from_backup(sealed, tmp_path / "after")
    assert found == 0
    assert closed > 0
    assert not holding(tmp_path)


def opened_from_backup(workspace: Path, to: Path) -> tuple[int, int]:
    """The oldest backup, restored with the keys of backups as they are now."""
    where = ("--keys", workspace.parent / "keys", "--key-file", workspace.with_name("workspace.storage-key"), "--quiet")
    sightline("restore", workspace.parent / "backups", to, "--name", NAME, *where)
    return opened(to)


@pytest.mark.parametrize("what", ["objects", "object-keys"])
def test_sealed_objects_and_their_keys_are_mended_from_a_backup(sealed, tmp_path, what):
    backed_up(sealed, 9)
    damaged, missing, *_ = sorted((sealed / what).glob("??/*"))
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    missing.unlink()
    assert check(sealed, "Objects")["found"].startswith("2 of ")

    assert check(sealed, "Objects", "--mend-from", tmp_path / "backups", "--keys", tmp_path / "keys")["verdict"] == "fine"


def test_a_backup_of_a_damaged_sealed_workspace_keeps_the_sound_copy_it_has(sealed, tmp_path):
    backed_up(sealed, 9)
    victim = sorted((sealed / "objects").glob("??/*"))[0]
    victim.write_bytes(b"damaged")
    assert backed_up(sealed, 10)["lost"] == []
    shutil.rmtree(sealed)

    told("restore", tmp_path / "backups", sealed, "--keys", tmp_path / "keys", "--quiet")
    assert check(sealed, "Objects")["verdict"] == "fine"


def test_a_backup_waits_until_a_workspace_is_wholly_encrypted(sealed, tmp_path):
    told_of = json.loads((sealed / "encryption.json").read_text())
    (sealed / "encryption.json").write_text(json.dumps(told_of | {"state": "moving"}))
    for command in (("backup", tmp_path / "b", "--keys-to", tmp_path / "k"), ("storage-key", "rotate")):
        done = sightline(*command, "-w", sealed)
        assert (done.returncode, "being encrypted" in done.stderr) == (6, True)
    assert check(sealed, "Encryption")["verdict"] == "mend"
