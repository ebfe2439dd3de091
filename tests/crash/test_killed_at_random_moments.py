"""Three processes hand in, publish, withdraw, erase and back up at once, and are killed at random moments: nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import patience
from tests.support.accidents import EVERY
from tests.support.samples import ROOT

SEED = 20261122
WORKSPACES, ROUNDS = (20, 25) if os.environ.get(EVERY) else (1, 5)


@pytest.mark.parametrize("seed", range(SEED, SEED + WORKSPACES))
def test_whatever_was_acknowledged_before_a_random_kill_is_there_after_it(tmp_path: Path, seed: int) -> None:
    command = [sys.executable, "-m", "tests.support.random_kills", str(tmp_path), str(seed), str(ROUNDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=patience.SECONDS)
    assert done.returncode == 0, done.stderr
    *rounds, end = [json.loads(line) for line in done.stdout.splitlines()]

    assert len(rounds) == ROUNDS
    assert rounds[-1]["returned"] > 0
    for each in rounds:
        assert each["ended"] == [-9, -9, -9], (each, done.stderr)
        assert (each["checked"], each["lost"]) == (0, []), (each, done.stderr)
    assert (end["finished"], end["strangers"], end["restored"]) == (0, [], True), (end, done.stderr)
