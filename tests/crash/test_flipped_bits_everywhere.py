"""Single flipped bits anywhere in the folder of a workspace: each is told, or changes nothing that is shown or that figures rest on."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support import patience
from tests.support.samples import ROOT

EVERY_FLIP = os.environ.get("SIGHTLINE_FLIPS")
"""`make every-step` flips 1,000 bits of each workspace, and looks at every page after each."""
FLIPS = EVERY_FLIP or "24"
LOOKS = [] if EVERY_FLIP else ["--looks", "3"]
HOURS = 5 if EVERY_FLIP else 1
"""How much longer than a piece of work in a test looking at every page a thousand times may take."""


@pytest.mark.parametrize("options", [[], ["--encrypted"]] if EVERY_FLIP else [[]], ids=" ".join)
def test_no_flipped_bit_changes_a_figure_or_a_page_without_a_word(tmp_path, options):
    command = [sys.executable, "-m", "tests.support.flips", str(tmp_path), FLIPS, *options, *LOOKS]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=HOURS * patience.SECONDS)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])

    assert told["silent"] == []
    assert told["faults"] == [], "what is damaged is told in words"
    assert told["looked_at"] > 40
    met = {each.partition(", ")[2].partition(":")[0] for each in told["ended"]}
    assert {"geography", "keys", "ledger.sqlite3", "objects"} <= met
    anew = {each: count for each, count in told["ended"].items() if each.startswith("anew")}
    assert sum(anew.values()) == int(FLIPS)
    assert sum(count for each, count in anew.items() if "changed nothing" not in each) > int(FLIPS) / 2
