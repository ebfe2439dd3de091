"""A backup made while others work: what is erased meanwhile is told as erased and not as lost, and nobody is waited for without an end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sightline.app import back_up
from sightline.errors import EnvironmentProblem
from sightline.ledger import audit
from sightline.store.backups import BackupFolder
from tests.support.partnership import NOW
from tests.support.samples import ROOT

NAMES = ("20260517T090000Z", "20260517T090001Z")
ERASE_AT = """
import json, sys
from datetime import timedelta
from pathlib import Path
from sightline.app import back_up
from sightline.app.encrypt_workspace import encrypt_workspace
from sightline.app.encryption import default_key_file
from sightline.app.erase import agree_to_erase, ask_to_erase
from sightline.app.publish_generation import publish_generation
from sightline.app.restore import restore
from sightline.app.start import open_workspace
from sightline.app.withdraw_return import withdraw_return
from tests.support.partnership import NOW, make_workspace, referral, submit, use_plain_reader
folder, kind, step, later = Path(sys.argv[1]), sys.argv[2], sys.argv[3], NOW + timedelta(days=2)
use_plain_reader()
workspace = make_workspace(folder)
if kind == "sealed":
    encrypt_workspace(workspace, key_file=None, by="t", at=NOW)
    workspace = open_workspace(workspace.root)
gone = submit(workspace, folder, referral=[referral("A1")]).return_id
submit(workspace, folder, agency="police", dataset="police", referral=[referral("P1")])
withdraw_return(workspace, return_id=gone, reason="wrong", by="t", at=NOW)
publish_generation(workspace, by="t", at=NOW)
asked = ask_to_erase(workspace, [gone], reason="the agency asked", by="ann", at=later)
original, before = getattr(back_up, step), set(workspace.objects.names())
first = ""
def then_erased(*arguments):
    found = original(*arguments)
    setattr(back_up, step, original)
    agree_to_erase(workspace, asked.number, by="ben", at=later)
    return found
setattr(back_up, step, then_erased)
for count in range(2):
    at = later + timedelta(seconds=count)
    made = back_up.back_up(workspace, to=folder / "backups", keys_to=folder / "keys", by="t", at=at)
    first = first or made.name
    print(json.dumps([made.name, made.lost, made.erased]))
print(json.dumps(sorted(before - set(workspace.objects.names()))))
key = default_key_file(workspace.root)
back = restore(folder / "backups", folder / "restored", keys=folder / "keys", name=first, key_file=key, by="t", at=later)
print(json.dumps([back.name, back.lost, back.erased]))
"""


@pytest.mark.parametrize(
    ("kind", "step"),
    [("sealed", "_copy_ledger"), ("sealed", "named_objects"), ("sealed", "copy_sealed_keys"), ("in the clear", "named_objects")],
)
def test_what_is_erased_while_a_backup_is_made_is_told_as_erased_and_not_as_lost(tmp_path: Path, kind: str, step: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ERASE_AT, str(tmp_path), kind, step], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    first, second, gone, back = (json.loads(line) for line in done.stdout.splitlines())

    assert len(gone) >= 2
    assert first == [NAMES[0], [], gone]
    assert second == [NAMES[1], [], []]
    assert back == [NAMES[0], [], gone]
    kept = {path.name for folder in ("keys", "restored") for path in (tmp_path / folder).rglob("*")}
    assert kept.isdisjoint(gone), "no copy of a key stays, and nothing comes back"


def test_a_backup_does_not_wait_for_ever_for_a_ledger_that_is_held_before_its_first_page_is_copied(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(back_up, "_WAIT", 0)

    with audit.writing(), pytest.raises(EnvironmentProblem, match="being written to"):
        back_up.back_up(workspace, to=tmp_path / "backups", keys_to=tmp_path / "keys", by="t", at=NOW)
    assert BackupFolder(tmp_path / "backups").names() == []
