"""Several processes submitting at once: all get through, none sees "locked", and the same bytes are one return."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support import patience
from tests.support.samples import ROOT

SUBMIT_FIVE = """
import json, sys
from pathlib import Path
from sightline.app.start import open_workspace
from sightline.app.submit_return import submit_return
from sightline.app.publish_generation import publish_generation
from sightline.model.periods import quarters_between, Quarter
from tests.support.partnership import NOW, Q1, referral, use_plain_reader, write_extract
root, folder, name, agency, dataset = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
use_plain_reader()
workspace = open_workspace(root)
print("ready", flush=True)
sys.stdin.readline()
receipts = []
for period in quarters_between(Quarter(2025, 1), Q1):
    extract = write_extract(folder / name / f"{period}.json", referral=[referral(f"{agency}-{period}")])
    receipt = submit_return(workspace, agency=agency, dataset=dataset, period=period, files=[extract], by=name, at=NOW)
    receipts.append([receipt.return_id, receipt.already_had])
    publish_generation(workspace, by=name, at=NOW)
print(json.dumps(receipts))
"""
LOOK = """
import json, sys
from pathlib import Path
from sightline.app.start import open_workspace
from sightline.app.publish_generation import current_generation
from sightline.ledger import audit
from sightline.ledger.models import ReturnVersion
workspace = open_workspace(Path(sys.argv[1]))
print(json.dumps([ReturnVersion.objects.count(), audit.verify() > 0, current_generation(workspace).returns]))
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", script, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


@pytest.fixture
def root(tmp_path):
    made = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys; from pathlib import Path; from tests.support.partnership import make_workspace; make_workspace(Path(sys.argv[1]))",
            str(tmp_path),
        ],
        check=True,
        cwd=ROOT,
    )
    assert made.returncode == 0
    return tmp_path / "workspace"


def test_three_processes_at_once_lose_nothing_and_wait_for_each_other(root, tmp_path):
    senders = [("one", "csc", "annex_a"), ("two", "csc", "annex_a"), ("three", "police", "police")]
    running = [start(SUBMIT_FIVE, str(root), str(tmp_path), *sender) for sender in senders]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    done = [process.communicate("go\n", timeout=patience.SECONDS) for process in running]

    assert [process.returncode for process in running] == [0, 0, 0], done
    receipts = [json.loads(output) for output, _ in done]
    one, two, other = receipts
    assert [id for id, _ in one] == [id for id, _ in two]
    # Of two that send the same bytes, exactly one made the return and the other is told that it was kept already.
    assert [had_one != had_two for (_, had_one), (_, had_two) in zip(one, two, strict=True)] == [True] * 5
    assert [had for _, had in other] == [False] * 5
    looked = start(LOOK, str(root)).communicate(timeout=patience.SECONDS)
    assert json.loads(looked[0]) == [10, True, 10], looked
