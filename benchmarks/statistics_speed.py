"""Time statistics beside the official package that reckons row by row, and on as many cells as a whole framework makes.

    .venv/bin/python benchmarks/statistics_speed.py [--peer PYTHON] [--groups 20000] [--cells 13800000]

The peer is PHStatsMethods (GPL-3, never shipped): installed with `uv sync --group bench`, or in an environment of its own whose
interpreter is given with --peer. Each measurement runs in a process of its own, so that its peak memory is its own; inputs are the
same, made beforehand and not in the time, and both answers are compared before any time is told. Ours is the best of five runs, the
peer's is one: it takes seconds, so what a first run costs beside that is little.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

STRATA = 5
SEED = 20
BLOCK = 1_000_000
MUST_BE_TIMES = 200
MUST_BE_SECONDS = 30.0
CLOSE = 1e-9
Columns = dict[str, np.ndarray]


def make_groups(groups: int) -> Columns:
    """Counts of groups and of their strata, none of them without an event, since the peer has no answer there."""
    rng = np.random.default_rng(SEED)
    people = rng.integers(400, 9_000, (groups, STRATA))
    events = rng.poisson(people * 0.004)
    events[:, 0] += events.sum(axis=1) == 0
    return {"events": events, "people": people, "standard": np.arange(STRATA, 0, -1) * 1_000}


# ours: arrays in, arrays out


def ours(task: str, data: Columns) -> np.ndarray:
    from sightline.stats import intervals, rates

    events, people = data["events"], data["people"]
    match task:
        case "proportions":
            found: Any = intervals.wilson_intervals(events.sum(axis=1), people.sum(axis=1))
        case "rates":
            found = intervals.rate_intervals(events.sum(axis=1), people.sum(axis=1), per=100_000)
        case "standardised ratios":
            due = rates.expected_events(people, events.sum(axis=0), people.sum(axis=0))
            found = rates.standardised_ratios(events.sum(axis=1), due, per=100)
        case _:
            found = rates.directly_standardised_rates(events, people, data["standard"], per=100_000)
    return np.column_stack([found.lower, found.upper])


# the peer: the same as its documentation shows; this part runs in its own environment


def peers(task: str, data: Columns) -> Callable[[], np.ndarray]:
    import pandas as pd
    import PHStatsMethods as peer

    events, people = data["events"], data["people"]
    groups = events.shape[0]
    whole = pd.DataFrame({"area": np.arange(groups), "events": events.sum(axis=1), "people": people.sum(axis=1)})
    strata = pd.DataFrame(
        {
            "area": np.repeat(np.arange(groups), STRATA),
            "events": events.ravel(),
            "people": people.ravel(),
            "standard": np.tile(data["standard"], groups),
            "all_events": np.tile(events.sum(axis=0), groups),
            "all_people": np.tile(people.sum(axis=0), groups),
        }
    )

    def run() -> np.ndarray:
        match task:
            case "proportions":
                found = peer.ph_proportion(whole, "events", "people", "area")
            case "rates":
                found = peer.ph_rate(whole, "events", "people", "area")
            case "standardised ratios":
                found = peer.ph_ISRatio(strata, "events", "people", "all_events", "all_people", "area", refvalue=100)
            case _:
                found = peer.ph_dsr(strata, "events", "people", "standard", "area", euro_standard_pops=False)
        names = [name for name in found.columns if "lower" in name.lower() or "upper" in name.lower()]
        return found.sort_values("area")[names].to_numpy(dtype=np.float64)

    return run


TASKS = ("proportions", "rates", "standardised ratios", "directly standardised rates")


def a_zero_count(data: Columns) -> Columns:
    """One group more in which nothing happened."""
    return {
        "events": np.vstack([data["events"][:50], np.zeros((1, STRATA), dtype=np.int64)]),
        "people": data["people"][:51],
        "standard": data["standard"],
    }


def many_cells(cells: int) -> float:
    """Seconds for a percentage or a rate of each cell with its interval, a block after the other as a breakdown comes after another."""
    from sightline.stats.intervals import rate_intervals, wilson_intervals

    taken = 0.0
    rng = np.random.default_rng(SEED)
    for start in range(0, cells, BLOCK):
        size = min(BLOCK, cells - start)
        people = rng.integers(20, 3_000, size)
        events = np.minimum(rng.negative_binomial(0.5, 0.03, size), people)
        begun = time.perf_counter()
        half = size // 2
        share, low, high = np.empty(size), np.empty(size), np.empty(size)
        share[:half] = events[:half] / people[:half] * 100
        low[:half], high[:half] = wilson_intervals(events[:half], people[:half])
        share[half:] = events[half:] / people[half:] * 10_000
        low[half:], high[half:] = rate_intervals(events[half:], people[half:])
        taken += time.perf_counter() - begun
        if not (np.isfinite(high).all() and (low <= high).all()):
            raise SystemExit("an interval is not a range")
    return taken


def measure(kind: str, task: str, file: Path, out: Path, cells: int) -> dict[str, Any]:
    """One measurement, in this process."""
    if kind == "cells":
        return {"seconds": many_cells(cells)}
    with np.load(file) as stored:
        data = {name: stored[name] for name in stored.files}
    if kind == "zero":
        data = a_zero_count(data)
    run = peers(task, data) if out.stem.startswith("peer") else lambda: ours(task, data)
    times = []
    for _ in range(1 if out.stem.startswith("peer") else 5):
        begun = time.perf_counter()
        try:
            answer = run()
        except (ValueError, ZeroDivisionError) as refused:
            return {"refused": f"{type(refused).__name__}: {refused}"}
        times.append(time.perf_counter() - begun)
    np.save(out, answer)
    return {"seconds": min(times)}


def apart(python: str, kind: str, task: str, folder: Path, *, cells: int = 0, side: str = "ours") -> dict[str, Any]:
    """The same in a process of its own."""
    out = folder / f"{side}-{kind}-{task.replace(' ', '-')}.npy"
    command = [python, __file__, "--child", kind, task, str(folder / "groups.npz"), str(out), str(cells)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    if done.returncode:
        raise SystemExit(f"{task} ({side}) did not end well:\n{done.stderr[-2_000:]}")
    return {**json.loads(done.stdout.splitlines()[-1]), "answer": out}


def beside_the_peer(python: str, groups: int, folder: Path) -> bool:
    np.savez(folder / "groups.npz", **make_groups(groups))
    print(f"{groups:,} groups, {STRATA} strata each, 95% intervals")
    print(f"{'':30}{'ours':>12}{'peer':>12}{'times':>9}   largest difference")
    good = True
    for task in TASKS:
        own, other = apart(sys.executable, "groups", task, folder), apart(python, "groups", task, folder, side="peer")
        if "refused" in other:
            raise SystemExit(f"the peer refused {task}: {other['refused']}")
        a, b = np.load(own["answer"]), np.load(other["answer"])
        if not np.array_equal(np.isnan(a), np.isnan(b)):
            raise SystemExit(f"{task}: the two have no answer for different groups")
        apart_by = float(np.nanmax(np.abs(a - b) / np.maximum(np.abs(b), 1e-12)))
        times = other["seconds"] / own["seconds"]
        good &= apart_by < CLOSE and times >= MUST_BE_TIMES
        print(f"{task:30}{own['seconds'] * 1e3:9.2f} ms{other['seconds']:10.2f} s{times:9,.0f}   {apart_by:.1e}")
    print("\nOne group more, in which nothing happened:")
    for task in TASKS:
        own, other = apart(sys.executable, "zero", task, folder), apart(python, "zero", task, folder, side="peer")
        print(f"{task:30}ours: {last_of(own):26} peer: {last_of(other)}")
        good &= "refused" not in own
    return good


def last_of(found: dict[str, Any]) -> str:
    """What was said of the last group."""
    if "refused" in found:
        return str(found["refused"])
    low, high = np.load(found["answer"])[-1]
    return "no rate below ten events" if np.isnan(low) else f"{low:.4g} to {high:.4g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default=sys.executable, help="interpreter of an environment that has PHStatsMethods")
    parser.add_argument("--groups", type=int, default=20_000)
    parser.add_argument("--cells", type=int, default=13_800_000)
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        kind, task, file, out, cells = asked.child
        found = measure(kind, task, Path(file), Path(out), int(cells))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**found, "peak_mb": peak}))
        return
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} at the start")
    good = True
    with tempfile.TemporaryDirectory() as name:
        has_peer = subprocess.run([asked.peer, "-c", "import PHStatsMethods"], capture_output=True, check=False).returncode == 0
        if has_peer:
            good = beside_the_peer(asked.peer, asked.groups, Path(name))
        else:
            print("PHStatsMethods is not in that environment: nothing is compared (give --peer, or uv sync --group bench)")
        cells = apart(sys.executable, "cells", "cells", Path(name), cells=asked.cells)
    rate = asked.cells / cells["seconds"] / 1e6
    print(f"\n{asked.cells:,} cells with intervals: {cells['seconds']:.1f} s, {rate:.1f} million a second, peak {cells['peak_mb']:,.0f} MB")
    good &= cells["seconds"] <= MUST_BE_SECONDS
    print("reached" if good and has_peer else "NOT all reached" if has_peer else "reached, without the peer" if good else "NOT reached")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
