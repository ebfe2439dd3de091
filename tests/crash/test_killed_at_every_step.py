"""Kill the process at every step of submitting, withdrawing and publishing: what was acknowledged is there, nothing is half there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import patience
from tests.support.samples import ROOT


def killed_at_every_step(folder: Path, what: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.support.crash", str(folder), what]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=patience.SECONDS)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("what", "fewest_steps"), [("correct", 40), ("withdraw", 12)])
def test_whatever_step_a_process_dies_at_nothing_is_lost_or_half_done(tmp_path, what, fewest_steps):
    outcomes = killed_at_every_step(tmp_path, what)

    assert len(outcomes) > fewest_steps
    assert [outcome["ended"] for outcome in outcomes] == [-9] * (len(outcomes) - 1) + [0]
    assert {outcome["checked"] for outcome in outcomes} == {0}
    finished = outcomes[-1]["before"]
    for outcome in outcomes:
        before, acknowledged = outcome["before"], outcome["acknowledged"]
        assert_nothing_acknowledged_is_lost(before, acknowledged, what)
        # Either the world of before or the one of after, never something between: both were looked at whole.
        assert before["versions"] in (UNTOUCHED, finished["versions"])
        assert (before["generation"] == finished["generation"]) == (before["generations"] == 2)
        assert before["before"] == finished["before"]
        # Doing it again comes to the same end, whatever happened the first time, and the sweep leaves no trace of the accident.
        for name in ("versions", "accepted", "generation", "members", "generations"):
            assert outcome["again"][name] == finished[name], outcome["place"]
        assert outcome["swept"]["strangers"] == []
        assert outcome["swept"]["accepted"] == finished["accepted"]


def test_a_backup_killed_at_any_step_leaves_none_or_a_whole_one_and_the_workspace_as_it_was(tmp_path):
    outcomes = killed_at_every_step(tmp_path, "backup")

    assert len(outcomes) > 40
    assert [outcome["ended"] for outcome in outcomes] == [-9] * (len(outcomes) - 1) + [0]
    assert {outcome["checked"] for outcome in outcomes} == {0}
    for outcome in outcomes:
        assert outcome["before"] == outcome["again"] == outcomes[-1]["before"], outcome["place"]
        # Restoring what is there never fails: there is no backup yet, or a whole one.
        code, *worlds = outcome["kept"]
        assert (code, worlds in ([], [outcome["before"]])) == (0, True), outcome["place"]
        assert worlds or not outcome["acknowledged"]


@pytest.mark.parametrize(("what", "fewest_steps"), [("encrypt", 35), ("rotate", 25)])
def test_whatever_step_encrypting_and_rotating_die_at_everything_can_be_read_and_doing_it_again_finishes(tmp_path, what, fewest_steps):
    outcomes = killed_at_every_step(tmp_path, what)

    assert len(outcomes) > fewest_steps
    assert [outcome["ended"] for outcome in outcomes] == [-9] * (len(outcomes) - 1) + [0]
    assert {outcome["checked"] for outcome in outcomes} == {0}
    finished = outcomes[-1]["before"]
    assert finished["sealed"] == {"in_the_clear": 0, "keys": 1, "ledger_in_the_clear": False}
    for outcome in outcomes:
        # Every object was read and held against the ledger in each of these worlds, half-way ones too.
        apart = ("sealed", "strangers")
        assert {name: told for name, told in outcome["before"].items() if name not in apart} == {
            name: told for name, told in finished.items() if name not in apart
        }, outcome["place"]
        assert outcome["again"] == finished, outcome["place"]
        assert not outcome["acknowledged"] or outcome["before"]["sealed"] == finished["sealed"]


UNTOUCHED = [["csc", 1, "accepted"], ["police", 1, "accepted"]]


def assert_nothing_acknowledged_is_lost(before: dict[str, Any], acknowledged: list[str], what: str) -> None:
    if what == "correct" and acknowledged:
        assert acknowledged[0] in before["accepted"]
    if what == "withdraw" and acknowledged:
        assert acknowledged[0].removeprefix("withdrawn ") not in before["accepted"]
    if len(acknowledged) == 2:
        assert before["generation"] == acknowledged[1]
