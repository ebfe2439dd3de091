"""Time disclosure control on seeded tables, and tell how far it moved them.

    .venv/bin/python benchmarks/disclosure.py round [wards england four two overlapping]
    .venv/bin/python benchmarks/disclosure.py least [overlapping]
    .venv/bin/python benchmarks/disclosure.py filters
    .venv/bin/python benchmarks/disclosure.py suppress [wards england four two overlapping]
    .venv/bin/python benchmarks/disclosure.py fewest

Seconds are of the wall clock and of this process; where others use the machine, the first is the larger. Each table is made before the
time starts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import disclosure_suppression as suppression
import disclosure_tables as tables

from sightline.disclosure.cubes import Cube, cells, hidden, margins
from sightline.disclosure.rounding import BASE, NOISE, RoundedCube, _noise, answer, free_atoms, round_cube
from sightline.disclosure.rounding_programs import program_of, solve

KEY = b"a key that is only used in benchmarks"
TABLES: dict[str, tuple[Callable[[], Cube], float, int]] = {
    "wards": (tables.wards, 1.0, 4),
    "england": (tables.england, 15.0, 4),
    "four": (tables.four, 60.0, 9),
    "two": (tables.two, 1.0, 4),
    "overlapping": (tables.overlapping, 60.0, 4),
    "sparser": (lambda: tables.overlapping(mean=2), 60.0, 4),
    "denser": (lambda: tables.wards(mean=30), 1.0, 4),
}
"""The table, the seconds it may take to round, and the largest error it may have."""
MOST_MEAN = 1.4
FILTERS = 400
MOST_FILTER_SECONDS = 0.1


def rounding(names: Sequence[str]) -> bool:
    print(f"{'table':12}{'cells':>9}{'wall s':>9}{'cpu s':>8}{'must':>6}{'largest':>9}{'mean':>7}{'of >0':>7}", end="")
    print(f"{'additive':>10}{'peak MB':>9}  how")
    met = True
    for name in names:
        make, seconds, largest = TABLES[name]
        cube = make()
        wall, cpu = time.perf_counter(), time.process_time()
        rounded = round_cube(cube, key=KEY)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        truth = margins(cube, cube.atoms)
        shown = ~hidden(cube)
        errors = np.abs(rounded.margins - truth)[shown]
        additive = bool((margins(cube, rounded.atoms) == rounded.margins).all())
        print(
            f"{name:12}{len(cells(cube)):>9,}{wall:>9.2f}{cpu:>8.2f}{seconds:>6.0f}{errors.max():>9}{errors.mean():>7.3f}"
            f"{errors[truth[shown] > 0].mean():>7.3f}{additive!s:>10}{tables.peak_megabytes():>9.0f}  {rounded.how}",
            flush=True,
        )
        met &= additive and errors.max() <= largest and errors.mean() <= MOST_MEAN and cpu <= seconds
    return met


def least(names: Sequence[str], keys: int = 5) -> bool:
    """The least mean error that any rounding can have in which every cell errs by less than the base, without a key and with five.

    With a key, only what it decides alone is held, so no search, however long, finds less; rounding itself may allow it less freedom.
    """
    for name in names:
        cube = TABLES[name][0]()
        free = free_atoms(cube, BASE)
        told = []
        for key in [None, *(KEY + bytes([each]) * bool(each) for each in range(keys))]:
            noise = _noise(cube, free, key) if key else np.zeros(len(free.atoms))
            alone = np.abs(noise) > NOISE * BASE
            solution = solve(program_of(free, np.where(alone, noise, 0)), time_limit=None)
            incidence = free.incidence()
            residues, ups = incidence @ free.residues, incidence @ solution
            left = residues % BASE
            # Between the two multiples beside it the error of a cell is a straight line, and 0 where it is one itself.
            errors = np.where(left == 0, 0, left + (ups - residues // BASE) * (BASE - 2 * left))
            told.append(float(errors[~hidden(cube)].mean()))
        print(
            f"{name}: at least {told[0]:.4f} without a key; {', '.join(f'{each:.4f}' for each in told[1:])} with what a key decides alone"
        )
    return True


def filters() -> bool:
    """Unions of codes on a million atoms: of one dimension, of all, and of several boxes."""
    cube = tables.million()
    atoms = cube.atoms // 5 * 5
    rounded = RoundedCube(cube.id, cube.dimensions, cube.served, cube.zeros, 5, atoms, margins(cube, atoms), 4, 4, 1.0, "made for filters")
    rng = np.random.default_rng(2)
    taken = []
    for each in range(FILTERS):
        boxes = []
        for _ in range(1 if each % 2 else 4):
            parts = [dimension for dimension in cube.dimensions if rng.random() < 0.7]
            chosen = {
                part.name: rng.choice(part.codes, int(rng.integers(1, len(part.codes) + 1)), replace=False).tolist() for part in parts
            }
            boxes.append(chosen)
        start = time.perf_counter()
        answer(rounded, boxes)
        taken.append(time.perf_counter() - start)
    half, most = np.quantile(taken, [0.5, 0.95])
    print(f"{FILTERS} filters on {cube.atoms.size:,} atoms: median {half * 1000:.1f} ms, p95 {most * 1000:.1f} ms (must be under 100)")
    return bool(most < MOST_FILTER_SECONDS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["round", "least", "filters", "suppress", "fewest"])
    parser.add_argument("tables", nargs="*")
    given = parser.parse_args()
    parts = {
        "round": lambda: rounding(given.tables or list(TABLES)),
        "least": lambda: least(given.tables or ["overlapping"]),
        "filters": filters,
        "suppress": lambda: suppression.suppressing(given.tables or list(suppression.SECONDS)),
        "fewest": suppression.fewest,
    }
    return 0 if parts[given.part]() else 1


if __name__ == "__main__":
    sys.exit(main())
