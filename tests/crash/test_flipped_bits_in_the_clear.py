"""Single flipped bits anywhere in the folder of a workspace in the clear: each is told, or changes nothing that a figure rests on."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.support import patience
from tests.support.samples import ROOT

FLIPS = int(os.environ.get("SIGHTLINE_FLIPS", "150"))
"""`make every-step` flips 5,000."""


def test_no_flipped_bit_changes_what_a_figure_rests_on_without_a_word(tmp_path):
    command = [sys.executable, "-m", "tests.support.flips", str(tmp_path), str(FLIPS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=patience.SECONDS)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])

    assert told["silent"] == []
    met = {each.partition(":")[0] for each in told["ended"]}
    assert {"geography", "keys", "ledger.sqlite3", "objects", "partnership", "reports", "files.json", "workspace.json"} <= met
    assert sum(count for each, count in told["ended"].items() if each.endswith(("Damaged", "Problem", "Error"))) > FLIPS / 2
