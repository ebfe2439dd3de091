"""Whatever work on an encrypted workspace dies at, or finds the disk full at: what was there is there, and doing it again finishes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import patience
from tests.support.accidents import EVERY
from tests.support.samples import ROOT
from tests.support.system_calls import may_trace
from tests.support.works import WORKS

HOURS = 10 if os.environ.get(EVERY) else 1
"""How much longer than a piece of work in a test the accidents at every step may take."""
SEEN = ("versions", "accepted", "published", "as_at", "outputs", "erasures", "keys")


def accidents(folder: Path, means: str, *names: str) -> dict[str, list[dict[str, Any]]]:
    """What was seen at each step, by work; the first entry of a work says how it ends without an accident."""
    command = [sys.executable, "-m", "tests.support.accidents", str(folder), means, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=HOURS * patience.SECONDS)
    assert done.returncode == 0, done.stderr
    by_work: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in done.stdout.splitlines():
        facts = json.loads(line)
        by_work[facts.pop("work")].append(facts)
    return by_work


@pytest.fixture(scope="module")
def told_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[dict[str, Any]]]:
    """What was seen of one work. At every step each goes alone, so that two processors share them."""
    folder, means = tmp_path_factory.mktemp("accidents"), "kernel" if may_trace() else "hook"
    if os.environ.get(EVERY):
        return lambda name: accidents(folder, means, name)[name]
    return accidents(folder, means).__getitem__


@pytest.mark.parametrize("name", WORKS)
def test_an_accident_at_any_step_loses_nothing_and_doing_it_again_finishes_it(told_of, name):
    assert_nothing_is_lost(name, told_of(name))


def test_where_the_kernel_cannot_be_asked_hooks_strike_the_same_work(tmp_path):
    told = accidents(tmp_path, "hook", "withdraw")

    assert_nothing_is_lost("withdraw", told["withdraw"])
    assert {"before INSERT", "after commit"} <= {outcome["where"].partition(",")[0] for outcome in told["withdraw"][1:]}


def assert_nothing_is_lost(name: str, told: list[dict[str, Any]]) -> None:
    (first, *outcomes) = told
    assert first["finished"]["is_done"]
    assert {each["accident"] for each in outcomes} == {"killed", "full"}
    for outcome in outcomes:
        assert_one(name, first, outcome)
    # A call or two may be more or fewer than when they were learned, as keys are drawn anew.
    assert sum(outcome["met"] for outcome in outcomes) >= 0.9 * len(outcomes)


def assert_one(name: str, first: dict[str, Any], outcome: dict[str, Any]) -> None:
    where = f"{name} {outcome['accident']} at {outcome['where']}"
    assert outcome["checked"] == 0, where
    stages, after, acknowledged = first["stages"], outcome["after"], outcome["said"]["acknowledged"]
    for what in SEEN:
        # The world after the last part that was acknowledged or after the next, never something between; both were looked at whole.
        allowed = [stage[what] for stage in stages[acknowledged : acknowledged + 2]] + first["midway"].get(what, [])
        assert after["before"][what] in allowed, (where, what)
        assert after["again"][what] == first["finished"]["again"][what], (where, what)
    assert after["is_done"], where
    assert after["swept"] == after["again"], where
    assert after["strangers"] == [], where
    is_done = acknowledged == len(stages) - 1
    if outcome["accident"] == "killed":
        # The last call is never met where there are fewer.
        assert outcome["ended"] == (0 if is_done else -9), where
    elif outcome["met"] and not is_done:
        assert_a_full_disk_is_said(outcome, where)


def assert_a_full_disk_is_said(outcome: dict[str, Any], where: str) -> None:
    """One clear error that says what helps, and reading goes on in the same process."""
    said = outcome["said"]
    assert outcome["ended"] == 0, (where, said)
    assert any(words in said["says"].lower() for words in ("disk is full", "no space left", "free some space")), (where, said)
    assert not said["hint"] or "free some space" in said["hint"].lower(), (where, said)
    assert said["reading"], where
