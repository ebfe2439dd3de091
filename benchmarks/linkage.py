"""Measure linkage against recordlinkage's ECM classifier and Splink's own settings, side by side in one run.

    make bench-linkage
    .venv/bin/python benchmarks/linkage.py [--only historical_50k] [--engine sightline] [--without-ceilings] [--json out.json]

Below each set: every figure asked of it, what Sightline reaches, and how high it could be (linkage_ceilings.py says in which senses).
Every measurement runs in a process of its own, so that its peak memory is its own; the time is that of linking, without reading the
data. What is measured on, and in which measures, is said in linkage_data.py and linkage_scores.py. Peers: `uv sync --group bench`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from linkage_ceilings import ceilings, lines  # a script's neighbours
from linkage_data import ACROSS, CASES, Absent, Case
from linkage_engines import ENGINES
from linkage_scores import measure

_CEILINGS = "ceilings"


def one(folder: Path, name: str, engine: str) -> dict[str, Any]:
    """Link one set with one engine, in this process."""
    case = Case.read(folder)
    if engine == _CEILINGS:
        return {"set": name, "engine": engine, "highest": ceilings(case, name, across=name in ACROSS)}
    begun = time.perf_counter()
    found = ENGINES[engine](case.records, across=name in ACROSS)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    columns = (case.records.column(column).to_pylist() for column in ("identity_id", "agency_id"))
    sources = dict(zip(*columns, strict=True)) if name in ACROSS else None
    scores = measure(found, case.truth, case.people, case.twins, sources)
    return {"set": name, "engine": engine, "records": case.records.num_rows, "seconds": seconds, "peak_mb": peak, **scores}


def apart(folder: Path, name: str, engine: str) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--folder", str(folder), "--only", name, "--engine", engine]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"set": name, "engine": engine, "failed": (done.stderr.strip().splitlines() or ["no reason given"])[-1]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


_HEAD = (
    f"{'set':<20} {'engine':<10} {'pair F1':>8} {'prec.':>7} {'recall':>7} {'B-cubed':>8} {'cluster':>8} {'twins':>7} {'gap':>7}"
    f" {'homes':>6} {'time':>8} {'peak':>8}"
)


def line(row: dict[str, Any]) -> str:
    """One row of the table."""
    start = f"{row['set']:<20} {row['engine']:<10} "
    if "failed" in row:
        return f"{start}{row['failed']}"
    twins = "-" if row["twins_merged"] is None else f"{row['twins_merged']:.1%}"
    gap = "-" if row["recall_gap"] is None else f"{row['recall_gap']:.2%}"
    homes = "-" if row["in_households"] is None else str(row["in_households"])
    return (
        f"{start}{row['pair_f1']:8.4f} {row['pair_precision']:7.4f} {row['pair_recall']:7.4f} {row['b_cubed']:8.4f}"
        f" {row['cluster_f1']:8.4f} {twins:>7} {gap:>7} {homes:>6} {row['seconds']:6.1f} s {row['peak_mb']:5.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=CASES, action="append", help="one set (may be repeated)")
    parser.add_argument("--engine", choices=[*ENGINES, _CEILINGS], action="append", help=f"one of {', '.join(ENGINES)} (may be repeated)")
    parser.add_argument("--without-ceilings", action="store_true", help="say only what is reached")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.folder:
        print(json.dumps(one(asked.folder, asked.only[0], asked.engine[0])))
        return
    rows = []
    print(_HEAD, flush=True)
    for name in asked.only or CASES:
        try:
            case = CASES[name]()
        except Absent as reason:
            print(f"{name:<20} not measured: {reason}", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            case.write(Path(folder))
            del case
            for engine in asked.engine or ENGINES:
                rows.append(apart(Path(folder), name, engine))
                print(line(rows[-1]), flush=True)
            reached = next((row for row in rows if row["set"] == name and row["engine"] == "sightline" and "failed" not in row), None)
            if reached:
                highest = {} if asked.without_ceilings else apart(Path(folder), name, _CEILINGS)
                if "failed" in highest:
                    print(f"{name:<20} ceilings not measured: {highest['failed']}", flush=True)
                elif highest:
                    rows.append(highest)
                print("\n".join(lines(name, reached, highest.get("highest", {}))), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
