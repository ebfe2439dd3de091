"""An encrypted workspace puts no value of anybody on the disk at any moment: read off every write the kernel is asked for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.samples import ROOT
from tests.support.system_calls import may_trace

FAMILY, GIVEN, WORDS = "Quillfeather", "Zebediahna", "hid-behind-the-bakery"
CANARIES = (FAMILY, GIVEN, WORDS)
MAKE = """
import sys
from pathlib import Path
from sightline.app.encrypt_workspace import encrypt_workspace
from tests.support.partnership import NOW, make_workspace
workspace = make_workspace(Path(sys.argv[1]))
if sys.argv[2] == "encrypted":
    encrypt_workspace(workspace, key_file=None, by="t", at=NOW)
"""
WORK = """
import sys
from pathlib import Path
from sightline.app.start import open_workspace
from sightline.app.publish_generation import publish_generation
from sightline.app.link_people import link_people
from tests.support.partnership import NOW, referral, submit, use_plain_reader
from tests.support.reviews import child
root, extracts = Path(sys.argv[1]), Path(sys.argv[2])
use_plain_reader()
workspace = open_workspace(root)
def people(agency):
    return [child(n, local_id=f"{agency}{n}") for n in range(20)] + [
        child(30, local_id=f"{agency}30", family_name="Quillfeather", given_name="Zebediahna")
    ]
for agency, dataset in (("csc", "annex_a"), ("police", "police")):
    told = submit(workspace, extracts / agency, agency=agency, dataset=dataset, identity_record=people(agency),
                  referral=[referral(f"{agency}30", referral_id="hid-behind-the-bakery")])
publish_generation(workspace, by="t", at=NOW)
if sys.argv[3] == "encrypted":  # what is in the clear shows well before that what is looked for can be found
    print("people:", link_people(workspace, by="t", at=NOW).people)
"""
_WRITES = "write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range"
# What lies in memory alone (memfd) is no file; whether the machine swaps it out is for its owner (docs/methods/encryption-at-rest.md).
_OF_A_FILE = re.compile(r"\(\d+<(?P<path>/(?!memfd:)[^>]*)>")


def traced(root: Path, extracts: Path, how: str, to: Path) -> tuple[str, list[str]]:
    """What the work says, and each write to a file, with its bytes and the file."""
    strace = ["strace", "-f", "-qq", "-y", "-s", "1000000", "-e", f"trace={_WRITES}", "-o", str(to)]
    done = subprocess.run(
        [*strace, sys.executable, "-c", WORK, str(root), str(extracts), how], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not [word for word in CANARIES if word in done.stdout + done.stderr]
    lines = to.read_text(encoding="utf-8", errors="replace").splitlines()
    return done.stdout, [line for line in lines if _OF_A_FILE.search(line)]


@pytest.mark.skipif(not may_trace(), reason="strace is not here, or may not look at a process")
@pytest.mark.parametrize("is_encrypted", [True, False])
def test_nothing_of_anybody_is_written_to_any_file_while_a_return_is_taken_in_and_people_are_linked(is_encrypted, tmp_path):
    how = "encrypted" if is_encrypted else "in the clear"
    subprocess.run([sys.executable, "-c", MAKE, str(tmp_path), how], check=True, cwd=ROOT, capture_output=True)
    root, extracts = tmp_path / "workspace", tmp_path / "extracts"

    said, writes = traced(root, extracts, how, tmp_path / "trace")

    assert ("people: " in said) is is_encrypted
    telling = [line for line in writes if any(word in line for word in CANARIES) and f"<{extracts}" not in line]
    assert [line for line in writes if f"<{root}" in line], "writes are seen"
    assert bool(telling) is not is_encrypted, [line[:200] for line in telling[:3]]
    held = [path for path in tmp_path.rglob("*") if path.is_file() and extracts not in path.parents and path.name != "trace"]
    assert any(word.encode() in path.read_bytes() for word in CANARIES for path in held) is not is_encrypted
