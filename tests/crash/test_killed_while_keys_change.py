"""Kill the process at every step of a change of the key: no rotation is half taken, none is half made, and doing it again finishes it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict

import pytest

from tests.support import patience
from tests.support.samples import ROOT


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """By piece of work, what came of killing it at each of its steps."""
    command = [sys.executable, "-m", "tests.support.crash_keys", str(tmp_path_factory.mktemp("keys"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=patience.SECONDS)
    assert done.returncode == 0, done.stderr
    found = defaultdict(list)
    for line in done.stdout.splitlines():
        told = json.loads(line)
        found[told["what"]].append(told)
    return found


def test_whatever_step_taking_a_rotation_file_in_dies_at_it_is_taken_whole_or_not_at_all(killed):
    outcomes = killed["take"]

    assert len(outcomes) > 8
    assert [outcome["ended"] for outcome in outcomes] == [-9] * (len(outcomes) - 1) + [0]
    untouched, finished = outcomes[0]["before"], outcomes[-1]["before"]
    assert untouched != finished
    assert len(finished["events"]) == len(untouched["events"]) + 1
    for outcome in outcomes:
        before = {name: told for name, told in outcome["before"].items() if name != "strangers"}
        # What others see is the world of before or the one of after; a stranger among the objects is seen by nobody.
        assert before in [{name: told for name, told in each.items() if name != "strangers"} for each in (untouched, finished)], outcome
        assert {**outcome["again"], "strangers": []} == {**finished, "strangers": []}, outcome["place"]
        assert outcome["swept"]["strangers"] == []
        for name in ("keys", "under", "waiting", "pairs"):
            assert outcome["swept"][name] == finished[name]


def test_whatever_step_an_agency_s_rotation_file_dies_at_it_lies_there_whole_or_not_at_all(killed):
    outcomes = killed["make"]

    assert len(outcomes) > 6
    assert [outcome["ended"] for outcome in outcomes] == [-9] * (len(outcomes) - 1) + [0]
    finished = outcomes[-1]["before"]
    assert (finished["there"], finished["hidden"]) == (True, [])
    assert {outcome["before"]["there"] for outcome in outcomes} == {True, False}
    for outcome in outcomes:
        # A file that has its name is the finished one, to the byte; a second run makes it where a first did not, and leaves no draft.
        assert outcome["before"]["content"] in ("", finished["content"]), outcome["place"]
        assert outcome["again"]["content"] == finished["content"], outcome["place"]
        assert outcome["again"]["hidden"] == [], outcome["place"]
