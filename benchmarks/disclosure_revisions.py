"""What shows of late and recoded records when a release is made again: invented releases of several sizes, seeded.

    python -m benchmarks.disclosure_revisions

For each, the share of counts changed by one to four that are shown as another number, by size of change; the least that any rounding
beside what was shown before could do (a whole-number program that knows both truths); and the same for a second and third revision.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from tests.support.gate import KEY
from tests.support.revised import SIZES, Seen, as_shown, counted, seen, versions

from sightline.disclosure import Marks, Protected, ToRelease, mark_release, protect_release
from sightline.disclosure.linked import Kind, Linked, Name
from sightline.disclosure.linked_trees import BASE
from sightline.disclosure.whole_release import link, numbers_shown

RELEASES = ((300, 8, 8), (300, 30, 8), (600, 30, 6), (1500, 60, 3), (1500, 8, 4))
"""Children, wards, seeds."""
SECONDS = 30


def made(children: int, *, wards: int, seed: int, revisions: int) -> Iterator[tuple[ToRelease, Protected]]:
    """A release and so many revisions of it, each beside the one before."""
    before = None
    for number, records in enumerate(versions(children, wards=wards, seed=seed, revisions=revisions)):
        given = counted(records)
        shown = protect_release(given, key=KEY, before=before)
        yield given, shown
        before = as_shown(shown, Marks(str(number), mark_release(given, key=KEY, of=str(number))))


def fewest_that_show(then: Linked, now: Linked, shown: Mapping[Name, int]) -> int | None:
    """Of the counts that changed by one to four, the fewest that must be shown otherwise; None where no answer was found in time."""
    names = list(now.counts)
    place = {name: at for at, name in enumerate(names)}
    floors = np.array([now.counts[name] // BASE for name in names])
    was = np.array([shown.get(name, -BASE) // BASE for name in names])
    small = np.array([abs(now.counts[name] - then.counts.get(name, now.counts[name])) in SIZES for name in names])
    cost = np.where(small & (was == floors), 1.0, np.where(small & (was == floors + 1), -1.0, 0.0))
    rows: list[tuple[list[int], list[int], float, float]] = []
    for family in now.families():
        whole, parts = place[family.whole], [place[part] for part in family.parts]
        missing = float(floors[whole] - floors[parts].sum())
        if family.kind is not Kind.INSIDE:
            rows.append(([*parts, whole], [*[1] * len(parts), -1], missing, missing if family.kind is Kind.SUM else np.inf))
        if family.kind is not Kind.SUM:
            rows += [([part, whole], [1, -1], -np.inf, float(floors[whole] - floors[part])) for part in parts]
    at = np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows])
    columns, values = (np.concatenate([row[side] for row in rows]) for side in (0, 1))
    answer = milp(
        cost,
        integrality=np.ones(len(names)),
        bounds=Bounds(0, np.array([now.counts[name] % BASE > 0 for name in names], dtype=float)),
        constraints=LinearConstraint(
            sparse.csr_array((values, (at, columns)), shape=(len(rows), len(names))), [row[2] for row in rows], [row[3] for row in rows]
        ),
        options={"time_limit": SECONDS},
    )
    if answer.x is None:
        return None
    numbers = floors + np.rint(answer.x).astype(int)
    return int((small & (was >= 0) & (numbers != was)).sum())


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def main() -> None:
    print("| children, wards | changes of 1-4 | of 1 | of 2 | of 3 | of 4 | all | least | again | and again | processor s |")
    for children, wards, seeds in RELEASES:
        rounds, least, known = [Seen(), Seen(), Seen()], 0, True
        started = time.process_time()
        took = 0.0
        for seed in range(seeds):
            releases = list(made(children, wards=wards, seed=seed, revisions=3))
            took = time.process_time() - started
            for place, ((then, was), (now, is_)) in enumerate(pairwise(releases)):
                rounds[place] = rounds[place].add(seen(then, now, was, is_))
            (then, was), (now, _) = releases[:2]
            fewest = fewest_that_show(link(then), link(now), dict(numbers_shown(then, as_shown(was))))
            least, known = least + (fewest or 0), known and fewest is not None
        first = rounds[0]
        shares = [_share(first.shown_otherwise[size], first.changed[size]) for size in SIZES]
        later = [f"{each.share:.1%}" for each in rounds[1:]]
        lower = _share(least, first.changed.total()) if known else "not found"
        told = [f"{children}, {wards}", str(first.changed.total()), *shares, f"{first.share:.1%}", lower, *later, f"{took:.0f}"]
        print("|", " | ".join(told), "|")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
