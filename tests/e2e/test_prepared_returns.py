"""An agency prepares, the partnership counts: the same numbers as from the extracts, wherever nothing that was dropped is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.test_every_command import AT, PARTNERSHIP
from tests.support.commands import sightline, told

DATASETS = (("csc", "annex_a", ("--format", "annex_a")), ("health", "emergency", ("--mapping", PARTNERSHIP / "mappings" / "emergency.yml")))

COUNT = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from sightline.app.start import open_workspace
workspace = open_workspace(Path(sys.argv[1]))
from sightline.app.count import count
from sightline.model.figures import Cell
from sightline.model.periods import Quarter
cells = count(workspace, period=Quarter(2026, 1), at=datetime(2026, 5, 15, 9, tzinfo=UTC)).true_cells()
cells = [cell for cell in cells if isinstance(cell, Cell)]
print(json.dumps({"|".join((c.indicator, c.period, c.breakdown, c.category)): [c.numerator, c.denominator] for c in cells}))
"""


@pytest.fixture(scope="module")
def saltmere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "saltmere"
    told("synthesise", folder, "--children", 1500, "--seed", 11, "-q")
    return folder


def extract(saltmere: Path, agency: str, dataset: str) -> Path:
    return saltmere / "extracts" / "2026-Q1" / agency / dataset / "v1"


def counted(saltmere: Path, workspace: Path, files: Callable[[str, str], Path]) -> dict[str, list[int | None]]:
    """The true counts of a workspace that holds these returns."""
    told("init", "--partnership", PARTNERSHIP, "--geography", saltmere / "geography", "--workspace", workspace, *AT)
    for agency, dataset, _ in DATASETS:
        slot = ("--agency", agency, "--dataset", dataset, "--period", "2026-Q1", "--workspace", workspace)
        told("submit", files(agency, dataset), *slot, "-q", *AT)
    told("publish", "--workspace", workspace, *AT)
    told("link", "--workspace", workspace, "-q", *AT)
    done = subprocess.run([sys.executable, "-c", COUNT, workspace], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[int | None]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_prepared_returns_give_the_same_counts_as_the_extracts(saltmere: Path, tmp_path: Path) -> None:
    told("prepare-key", tmp_path / "partnership.key")
    for agency, dataset, reads in DATASETS:
        slot = ("--agency", agency, "--dataset", dataset, "--period", "2026-Q1", "--key", tmp_path / "partnership.key")
        made = told("prepare", extract(saltmere, agency, dataset), *slot, *reads, "--out", tmp_path / f"{dataset}.zip", "-q", *AT[:2])
        assert made["manifest"]["mode"] == "pseudonymised"
        assert {one["outcome"] for one in made["manifest"]["columns"]} >= {"kept", "keyed", "degraded"}

    raw = counted(saltmere, tmp_path / "raw", lambda agency, dataset: extract(saltmere, agency, dataset))
    prepared = counted(saltmere, tmp_path / "prepared", lambda _, dataset: tmp_path / f"{dataset}.zip")

    # One agency's rows need no linkage, and none of these needs a home postcode or an exact date of birth.
    needs_nothing_dropped = {"all", "sex", "referral_source"}
    measures = {"exploitation_referrals", "assessments_naming_exploitation", "emergency_attendances_for_assault"}
    compared = [key for key in raw if key.split("|")[0] in measures and key.split("|")[2] in needs_nothing_dropped]
    assert sum(raw[key][1] or 0 for key in compared if key.startswith("assessments") and "|all|" in key) > 0
    assert {key: prepared.get(key) for key in compared} == {key: raw[key] for key in compared}


def test_a_package_is_the_same_bytes_each_time_and_a_dry_run_writes_none(saltmere: Path, tmp_path: Path) -> None:
    key = tmp_path / "partnership.key"
    told("prepare-key", key)
    files, slot = extract(saltmere, "health", "emergency"), ("--agency", "health", "--dataset", "emergency", "--period", "2026-Q1")
    reads = ("--mapping", PARTNERSHIP / "mappings" / "emergency.yml", "--key", key, "-q", *AT[:2])
    shown = told("prepare", files, *slot, *reads, "--out", tmp_path / "a.zip", "--dry-run")
    assert shown["package"] is None
    assert not (tmp_path / "a.zip").exists()
    first = told("prepare", files, *slot, *reads, "--out", tmp_path / "a.zip")
    again = told("prepare", files, *slot, *reads, "--out", tmp_path / "b.zip")
    assert first["sha256"] == again["sha256"] == shown["sha256"]
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert (tmp_path / "a.zip.sha256").read_text() == f"{first['sha256']}  a.zip\n"
    assert key.read_text().strip().encode() not in (tmp_path / "a.zip").read_bytes()


def test_the_person_at_the_agency_reads_what_leaves_and_what_does_not(saltmere: Path, tmp_path: Path) -> None:
    told("prepare-key", tmp_path / "partnership.key")
    files = extract(saltmere, "health", "emergency")
    slot = ("--agency", "health", "--dataset", "emergency", "--period", "2026-Q1", "--mapping", PARTNERSHIP / "mappings" / "emergency.yml")
    done = sightline("prepare", files, *slot, "--key", tmp_path / "partnership.key", "--out", tmp_path / "a.zip", "--dry-run")
    assert done.returncode == 0, done.stderr
    for words in ("Does not leave", "Leaves less exact", "keyed token", "It is not a release", "Nothing was written", "sha256 "):
        assert words in done.stdout
    counts = sightline("prepare", files, *slot, "--counts", "--out", tmp_path / "c.zip")
    assert counts.returncode == 0, counts.stderr
    assert "counts only, no records" in counts.stdout
    without = sightline("prepare", files, *slot, "--out", tmp_path / "d.zip")
    assert without.returncode == 3
    assert "SL-PRE-004" in without.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.zip", "c.zip.sha256", "partnership.key"]
