"""Backup and restore: what comes back is what was there, and what is not is never taken for it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support import patience
from tests.support.commands import sightline, told
from tests.support.samples import ROOT

NAME = "20260515T090000Z"
MAKE = """
import shutil, sys
from pathlib import Path
from sightline.app.publish_generation import publish_generation
from tests.support.partnership import NOW, make_workspace, referral, submit, use_plain_reader
folder = Path(sys.argv[1])
use_plain_reader()
workspace = make_workspace(folder)
submit(workspace, folder / "incoming", referral=[referral("A1")])
publish_generation(workspace, by="t", at=NOW)
shutil.copytree(workspace.root, folder / "one")
submit(workspace, folder / "incoming", agency="police", dataset="police", referral=[referral("P1")])
workspace.root.rename(folder / "two")
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two states of one workspace on disk: ``one`` return, and ``two``."""
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, "-c", MAKE, str(folder)], check=True, cwd=ROOT)
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Path:
    """A folder with a workspace of one return, and one backup of it."""
    shutil.copytree(made / "one", tmp_path / "workspace")
    assert backed_up(tmp_path, 9)["name"] == NAME
    return tmp_path


def backed_up(here: Path, hour: int) -> dict[str, Any]:
    folders = (here / "backups", "--keys-to", here / "keys", "-w", here / "workspace")
    return told("backup", *folders, "--at", f"2026-05-15T{hour:02}:00", "--quiet")


def grow(here: Path, made: Path) -> None:
    """The same workspace, later: with a second return, and without what the first backup wrote into its audit."""
    shutil.rmtree(here / "workspace")
    shutil.copytree(made / "two", here / "workspace")


def restored(here: Path, *more: object) -> Any:
    return sightline("restore", here / "backups", here / "new", "--keys", here / "keys", "--quiet", *more)


def doctor(workspace: Path, *more: object) -> dict[str, dict[str, str]]:
    done = sightline("doctor", "-w", workspace, "--json", "--at", "2026-05-16T09:00", *more)
    return {check["what"]: check for check in json.loads(done.stdout)["checks"]}


def agencies(workspace: Path) -> list[str]:
    return sorted(one["agency"] for one in told("returns", "-w", workspace)["returns"] if one["state"] == "accepted")


def flip(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def objects(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "objects").rglob("*") if path.is_file())


def test_a_restored_workspace_is_the_one_backed_up_to_the_last_byte(here):
    answer = json.loads(restored(here, "--json").stdout)

    manifest = json.loads((here / "backups" / "made" / NAME / "manifest.json").read_text())
    assert (answer["audit_events"], answer["audit_head"]) == (manifest["audit_events"], manifest["audit_head"])
    for folder in ("objects", "keys", "partnership", "geography"):
        there = {path.relative_to(here / "workspace"): path for path in (here / "workspace" / folder).rglob("*") if path.is_file()}
        assert there
        assert all((here / "new" / name).read_bytes() == path.read_bytes() for name, path in there.items())
    assert agencies(here / "new") == ["csc"]
    assert {name: doctor(here / "new")[name]["verdict"] for name in ("Audit", "Objects")} == {"Audit": "fine", "Objects": "fine"}
    assert (here / "new" / "keys" / "identity").stat().st_mode & 0o077 == 0
    assert not [path for path in (here / "backups").rglob("*") if path.name in ("identity", "rounding", "session")]


def test_a_drill_brings_the_newest_backup_back_times_it_and_leaves_nothing_but_an_event(here):
    before = sorted(here.iterdir())

    said = told("drill", here / "backups", "--keys", here / "keys", "-w", here / "workspace", "--quiet")

    manifest = json.loads((here / "backups" / "made" / NAME / "manifest.json").read_text())
    assert (said["name"], said["audit_events"], said["audit_head"]) == (NAME, manifest["audit_events"], manifest["audit_head"])
    assert said["pages"] == ["/healthz", "/sign-in"]
    assert 0 < said["seconds"] < patience.SECONDS
    assert said["release"] is None
    assert sorted(here.iterdir()) == before
    events = told("audit", "list", "-w", here / "workspace")["events"]
    assert events[0]["text"].startswith(f"{events[0]['actor']} tried restoring backup {NAME}: ")
    assert told("audit", "verify", "-w", here / "workspace")["events"] == events[0]["seq"]


def test_a_drill_finds_a_backup_of_another_workspace_and_one_that_lacks_something(here, made):
    grow(here, made)
    other = sightline("drill", here / "backups", "--keys", here / "keys", "-w", here / "workspace", "--quiet")
    assert other.returncode == 6
    assert "is not the one that this workspace has there" in " ".join(other.stderr.split())

    flip(objects(here / "backups")[0])
    damaged = sightline("drill", here / "backups", "--keys", here / "keys", "-w", here / "workspace", "--quiet")
    assert damaged.returncode != 0
    assert "is damaged or missing" in " ".join(damaged.stderr.split())
    assert not list(here.glob("sightline-drill-*"))


def test_the_next_backup_copies_only_what_is_new_and_both_can_be_restored(here, made):
    grow(here, made)
    second = backed_up(here, 10)

    assert 0 < second["new_objects"] < second["objects"]
    kept = told("restore", here / "backups", "--list")["backups"]
    assert [one["name"] for one in kept] == [NAME, "20260515T100000Z"]
    assert restored(here, "--name", NAME).returncode == 0
    assert agencies(here / "new") == ["csc"]
    shutil.rmtree(here / "new")
    assert restored(here).returncode == 0
    assert agencies(here / "new") == ["csc", "police"]


@pytest.mark.parametrize(
    "part",
    [
        f"backups/made/{NAME}/ledger.sqlite3",
        f"backups/made/{NAME}/partnership/partnership.yml",
        f"backups/made/{NAME}/manifest.json",
        f"backups/made/{NAME}/workspace.json",
        f"keys/{NAME}/identity",
        "object",
    ],
)
def test_a_flipped_bit_anywhere_in_a_backup_is_found_and_no_workspace_comes_of_it(here, part):
    flip(objects(here / "backups")[0] if part == "object" else here / part)
    done = restored(here)

    assert (done.returncode, "SL-STO-003" in done.stderr) == (1, True), done.stderr
    assert sightline("returns", "-w", here / "new").returncode == 4


def test_a_restore_that_was_cut_short_is_no_workspace_and_restoring_again_finishes_it(here):
    key = here / "keys" / NAME / "rounding"
    key.rename(here / "aside")
    done = restored(here)
    assert done.returncode == 4
    assert "The rounding key of backup" in done.stderr
    (here / "aside").rename(key)

    assert restored(here).returncode == 0
    again = restored(here)
    assert (again.returncode, "There is a workspace here already" in again.stderr) == (6, True)


def test_damaged_and_missing_objects_are_told_and_put_back_from_the_backup(here):
    damaged, missing, *_ = objects(here / "workspace")
    flip(damaged)
    missing.unlink()
    assert doctor(here / "workspace")["Objects"]["verdict"] == "mend"
    assert doctor(here / "workspace")["Objects"]["found"].startswith("2 of ")

    assert doctor(here / "workspace", "--mend-from", here / "backups")["Objects"]["verdict"] == "fine"
    refused = sightline("doctor", "-w", here / "workspace", "--mend-from", here)
    assert (refused.returncode, "holds no backups" in refused.stderr) == (4, True)


def test_what_broken_off_work_left_is_told_and_taken_away_after_a_day(here):
    content = b"a return that was never acknowledged"
    orphan = here / "workspace" / "objects" / hashlib.sha256(content).hexdigest()[:2] / hashlib.sha256(content).hexdigest()
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(content)
    assert "1 that nothing names" in doctor(here / "workspace")["Objects"]["found"]
    old = datetime(2026, 5, 14, 9, tzinfo=UTC).timestamp()
    os.utime(orphan, (old, old))

    told_of = doctor(here / "workspace", "--sweep")["Objects"]
    assert (told_of["verdict"], orphan.exists()) == ("fine", False)


def test_a_backup_of_a_damaged_workspace_says_what_is_lost_and_keeps_the_sound_copy_it_has(here, made):
    grow(here, made)
    kept = {path.name for path in objects(here / "backups")}
    old, new = (next(path for path in objects(here / "workspace") if (path.name in kept) is is_old) for is_old in (True, False))
    flip(old)
    flip(new)
    done = sightline("backup", here / "backups", "--keys-to", here / "keys", "-w", here / "workspace", "--json", "--quiet")

    assert done.returncode == 5
    assert json.loads(done.stdout)["lost"] == [new.name]
    assert restored(here).returncode == 0
    assert doctor(here / "new")["Objects"]["verdict"] == "mend"


def test_a_backup_tells_when_the_last_one_was_made(here, made):
    assert doctor(here / "workspace")["Backup"]["found"] == f"the last, {NAME}, is 1 days old."
    grow(here, made)
    assert doctor(here / "workspace")["Backup"]["verdict"] == "look"


@pytest.mark.parametrize(
    ("to", "keys", "why"),
    [
        ("workspace/backups", "keys", "would lie within the workspace"),
        (".", "/elsewhere", "would lie within the workspace"),
        ("b", "b/keys", "would lie with the backup"),
        ("b", "workspace/keys", "keys would lie within the workspace"),
        ("full", "keys", "holds other files"),
    ],
)
def test_folders_within_each_other_or_in_use_are_refused(made, tmp_path, to, keys, why):
    shutil.copytree(made / "one", tmp_path / "workspace")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    before = sorted(tmp_path.rglob("*"))
    done = sightline("backup", tmp_path / to, "--keys-to", tmp_path / keys, "-w", tmp_path / "workspace")

    assert (done.returncode, why in done.stderr) == (6, True), done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_a_list_that_names_files_outside_the_workspace_is_refused(here):
    folder = here / "backups" / "made" / NAME
    told_of = json.loads((folder / "manifest.json").read_text())
    told_of["files"]["../outside"] = told_of["files"].pop("partnership/partnership.yml")
    (folder / "manifest.json").write_text(json.dumps(told_of))
    (folder / "manifest.sha256").write_text(hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest())
    shutil.copy(folder / "partnership" / "partnership.yml", folder.parent / "outside")

    assert "SL-STO-003" in restored(here).stderr
    assert not (here / "outside").exists()
