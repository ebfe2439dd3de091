"""Time the auditor on seeded tables, rounded and suppressed, with the certificates of suppression and without.

    .venv/bin/python benchmarks/disclosure_audit.py [wards two england overlapping four]

Seconds are of the wall clock and of this process; where others use the machine, the first is the larger. What is audited is made before the
time starts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import disclosure_tables as tables

from sightline.disclosure.audit import audit
from sightline.disclosure.cubes import Cube, hidden
from sightline.disclosure.knowledge import Counts, Told, told_by_rounding, told_by_withholding
from sightline.disclosure.primary import Rules, primary
from sightline.disclosure.rounding import round_cube
from sightline.disclosure.suppression import suppress

KEY = b"a key that is only used in benchmarks"
SECONDS = {"wards": 2.0, "two": 2.0, "england": 15.0, "overlapping": 15.0, "four": 15.0}
Release = tuple[str, Cube, Told, Iterable[Counts]]


def releases(name: str, ways: list[str]) -> Iterator[Release]:
    cube: Cube = getattr(tables, name)()
    if "rounded" in ways:
        rounded = round_cube(cube, key=KEY)
        # Where nobody is shown the atoms, what they were rounded to comes as a certificate.
        proof = [rounded.atoms] if hidden(cube).any() else []
        yield "rounded", cube, told_by_rounding(cube, rounded.margins, error=rounded.within), proof
    if "suppressed" in ways:
        shown = replace(cube, zeros="shown")
        marked = primary(shown, Rules())
        found = suppress(shown, marked)
        told = told_by_withholding(shown, found.mask, marked, least=1, small=Rules().threshold)
        yield "suppressed", shown, told, []
        yield "with certificates", shown, told, (each.table(shown) for each in found.certificates)


def auditing(names: list[str], ways: list[str]) -> bool:
    print(f"{'table':12}{'release':19}{'cells':>9}{'protected':>11}{'wall s':>8}{'cpu s':>8}{'must':>6}{'rounds':>8}", end="")
    print(f"{'programs':>10}{'failures':>10}{'peak MB':>9}")
    met = True
    for name in names:
        for way, cube, told, certificates in releases(name, ways):
            wall, cpu = time.perf_counter(), time.process_time()
            result = audit(cube, told, certificates=certificates)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            how = result.how[0]
            print(
                f"{name:12}{way:19}{how.cells:>9,}{how.protected:>11,}{wall:>8.2f}{cpu:>8.2f}{SECONDS[name]:>6.0f}"
                f"{how.rounds:>8}{how.programs:>10,}{len(result.failures):>10,}{tables.peak_megabytes():>9.0f}",
                flush=True,
            )
            met &= result.is_safe and how.certificates_refused == 0 and cpu <= SECONDS[name]
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", default=["wards", "two"], choices=sorted(SECONDS))
    parser.add_argument("--ways", nargs="+", default=["rounded", "suppressed"], choices=["rounded", "suppressed"])
    chosen = parser.parse_args()
    return 0 if auditing(chosen.tables, chosen.ways) else 1


if __name__ == "__main__":
    sys.exit(main())
