"""Hold suppression beside pytauargus (Tau-Argus with HiGHS) on the same seeded tables: the same primaries, each to rise by the width.

    .venv/bin/python benchmarks/disclosure_beside.py PYTHON [fewest two three wards] [--method OPT MOD] [--seconds 300]

PYTHON is of an environment that has pytauargus, which is no dependency and runs in a process of its own: `python -m venv DIRECTORY`,
`DIRECTORY/bin/pip install pytauargus`, then DIRECTORY/bin/python. What it withholds is attacked by Sightline's auditor.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parent))
import disclosure_tables as tables
import numpy as np
from disclosure_suppression import WIDTH, table_named

from sightline.disclosure import suppression
from sightline.disclosure.audit import audit
from sightline.disclosure.cubes import Cube, Dimension, cells
from sightline.disclosure.knowledge import told_by_withholding
from sightline.disclosure.primary import Rules, primary
from sightline.disclosure.protection_system import System, system_of
from sightline.disclosure.suppression import suppress

RUNNER = Path(__file__).parent / "pytauargus_runner.py"
TOP = "Total"
SMALL = {
    "fewest": (tables.places(3, 12), tables.plain("age", 19)),
    "three": (tables.places(4, 6), tables.plain("age", 5), tables.plain("sex", 2)),
}
"""Tables of two and of three dimensions that the other program finishes."""


def cube_named(name: str) -> Cube:
    if name not in SMALL:
        return table_named(name)
    made = tables.cube_of(name, SMALL[name], mean=4, seed=1)
    return replace(made, zeros="shown")


def question(cube: Cube, marked: np.ndarray, folder: Path, method: str, minutes: int) -> dict[str, object]:
    """What the other program is asked: one record for each child, the tree of places, and how far each primary must be able to rise."""
    listed = cells(cube)
    names = [dimension.name for dimension in cube.dimensions]
    codes = {dimension.name: _codes(dimension) for dimension in cube.dimensions}
    records = {name: [] for name in names}
    for place in np.argwhere(cube.atoms > 0):
        count = int(cube.atoms[tuple(place)])
        for name, dimension, code in zip(names, cube.dimensions, place.tolist(), strict=True):
            records[name].extend([codes[name][dimension.leaves[code]]] * count)
    levels = []
    for cell in np.flatnonzero(marked).tolist():
        of = dict(listed.name(cell))
        if of.get("place") == "all":
            continue
        levels.append([*(codes[name][of[name]] if name in of else TOP for name in names), WIDTH])
    (folder / "place.hrc").write_text("".join(f"{'@' * depth}{codes['place'][code]}\n" for depth, code in _tree(cube)))
    return {
        "names": names,
        "records": records,
        "levels": levels,
        "threshold": Rules().threshold,
        "suppress": f"OPT(1,{minutes})" if method == "OPT" else "MOD(1)",
        "folder": str(folder),
    }


def _codes(dimension: Dimension) -> dict[str, str]:
    """Codes of one length, which the other program's fixed columns need."""
    return {code: f"c{place:04d}" for place, code in enumerate(dimension.codes)}


def _tree(cube: Cube) -> list[tuple[int, str]]:
    """Places with their depth, each group before its parts, without the one that is all."""
    parts = {group.code: group.parts for group in cube.dimensions[0].groups}

    def below(code: str, depth: int) -> list[tuple[int, str]]:
        return [row for part in parts.get(code, ()) for row in ((depth, part), *below(part, depth + 1))]

    return below("all", 0)


def withheld_by(answer: dict[str, list[list[str]]], cube: Cube) -> np.ndarray:
    """The cells that the other program withholds, in the flat order; both names of one number where a cube has two."""
    listed, mask = cells(cube), np.zeros(len(cells(cube)), dtype=bool)
    names = [dimension.name for dimension in cube.dimensions]
    codes = {dimension.name: {other: code for code, other in _codes(dimension).items()} for dimension in cube.dimensions}
    for row in answer["withheld"]:
        chosen = {name: codes[name][code] for name, code in zip(names, row, strict=True) if code != TOP}
        mask[listed.index(chosen)] = True
        if "place" not in chosen:
            mask[listed.index({"place": "all", **chosen})] = True
    return mask


def beside(python: str, name: str, method: str, seconds: int) -> None:
    cube = cube_named(name)
    marked = primary(cube, Rules())
    wall = time.perf_counter()
    own = suppress(cube, marked, width=WIDTH)
    own_seconds = time.perf_counter() - wall
    with tempfile.TemporaryDirectory() as folder:
        asked = question(cube, marked, Path(folder), method, max(1, seconds // 60))
        (Path(folder) / "asked.json").write_text(json.dumps(asked))
        wall = time.perf_counter()
        try:
            # In the folder that goes away: the other program leaves files of its own wherever it runs.
            ran = subprocess.run(
                [str(Path(python).absolute()), str(RUNNER.resolve()), f"{folder}/asked.json"],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            print(f"{name}: ours {int(own.mask.sum())} in {own_seconds:.1f} s; pytauargus {method} not finished in {seconds} s", flush=True)
            return
        wall = time.perf_counter() - wall
        if ran.returncode:
            print(f"{name}: pytauargus {method} failed ({ran.returncode}): {ran.stderr.strip().splitlines()[-1:]}", flush=True)
            return
        theirs = withheld_by(json.loads((Path(folder) / "answer.json").read_text()), cube)
    print(
        f"{name}: {int(marked.sum())} primary; ours {int(own.mask.sum())} withheld in {own_seconds:.1f} s ({on_their_terms(cube, marked)} "
        f"if a withheld cell may be zero, as pytauargus takes it); pytauargus {method} "
        f"{int((theirs | marked).sum())} in {wall:.1f} s; primaries that it shows: {int((marked & ~theirs).sum())}; primaries that the "
        f"auditor places within less than {WIDTH}: ours {failures(cube, own.mask, marked, least=1)}, pytauargus "
        f"{failures(cube, theirs | marked, marked, least=1)} ({failures(cube, theirs | marked, marked, least=0)} of them by a reader who "
        "does not know that zeros are shown)",
        flush=True,
    )


def on_their_terms(cube: Cube, marked: np.ndarray) -> int:
    """How many cells Sightline withholds if it answers the question that the other program does: a withheld cell may be zero."""

    def forgetful(cube: Cube, primary: np.ndarray) -> System:
        system = system_of(cube, primary)
        return replace(system, least=np.where(system.shown, 0, -system.values))

    with patch.object(suppression, "system_of", forgetful):
        return int(suppress(cube, marked, width=WIDTH).mask.sum())


def failures(cube: Cube, mask: np.ndarray, marked: np.ndarray, *, least: int) -> int:
    """How many primaries the auditor places too closely; a withheld cell is at least ``least``, as readers know where zeros are shown."""
    return len(audit(cube, told_by_withholding(cube, mask, marked, least=least, small=Rules().threshold)).failures)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python")
    parser.add_argument("tables", nargs="*", default=["fewest", "two", "three", "wards"])
    parser.add_argument("--method", nargs="+", default=["MOD", "OPT"], choices=["MOD", "OPT"])
    parser.add_argument("--seconds", type=int, default=300)
    given = parser.parse_args()
    for name in given.tables:
        for method in given.method:
            beside(given.python, name, method, given.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
