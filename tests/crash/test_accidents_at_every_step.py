"""Whatever work on an encrypted workspace dies at, or finds the disk full at: what was there is there, and doing it again finishes it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support import patience
from tests.support.samples import ROOT

WORKS = ("submit", "correct", "withdraw", "publish", "erase", "migrate", "backup", "rotate")
SEEN = ("versions", "accepted", "published", "outputs", "erasures")
PARTLY: Mapping[str, Mapping[str, list[list[str]]]] = {
    # Work in several acknowledged parts: worlds between the first and the last that may be seen.
    "erase": {"erasures": [["agreed, not carried out to the end"]]},
    "outputs": {"outputs": [["waiting"], ["released"]]},
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What was seen at each step, by work; the first entry of a work says how it ends without an accident."""
    folder = tmp_path_factory.mktemp("accidents")
    command = [sys.executable, "-m", "tests.support.accidents", str(folder), *WORKS]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=patience.SECONDS)
    assert done.returncode == 0, done.stderr
    by_work: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in done.stdout.splitlines():
        facts = json.loads(line)
        by_work[facts.pop("work")].append(facts)
    return by_work


@pytest.mark.parametrize("name", WORKS)
def test_an_accident_at_any_step_loses_nothing_and_doing_it_again_finishes_it(told, name):
    (first, *outcomes) = told[name]
    assert first["finished"]["is_done"]
    assert {each["accident"] for each in outcomes} == {"killed", "full"}
    for outcome in outcomes:
        where = f"{name} {outcome['accident']} at step {outcome['step']}, {outcome['kind']}"
        assert outcome["checked"] == 0, where
        after = outcome["after"]
        for what in SEEN:
            # The world of before or the one of after, never something between; both were looked at whole.
            allowed = [first["untouched"][what], first["finished"]["again"][what], *PARTLY.get(name, {}).get(what, [])]
            assert after["before"][what] in allowed, (where, what)
            assert after["again"][what] == first["finished"]["again"][what], (where, what)
        assert after["is_done"], where
        assert after["swept"] == after["again"], where
        if outcome["accident"] == "killed":
            # Objects may lie in a folder less than when the steps were learned: then the last folder is not made.
            never_met = "done" in outcome["said"] and "object" in outcome["kind"]
            assert outcome["ended"] == (0 if never_met else -9), where
        else:
            assert_a_full_disk_is_said(outcome, where, was_done=after["was_done"])


def assert_a_full_disk_is_said(outcome: dict[str, Any], where: str, *, was_done: bool) -> None:
    """One clear error, and reading goes on in the same process; or the work is done all the same, and is there."""
    said = outcome["said"]
    assert outcome["ended"] == 0, where
    if "done" in said:
        assert was_done or where.startswith("migrate"), where
        return
    assert "full" in said["says"] or "no space left" in said["says"].lower(), (where, said)
    assert said["reading"], where
