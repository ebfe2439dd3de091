"""Small seeded cubes, a checker of certificates that adds everything up itself, and the fewest cells that will do, by trying all."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from sightline.disclosure.cubes import Cube, Dimension, Group, hidden, margins
from sightline.disclosure.suppression import Suppressed


def plain(name: str, many: int) -> Dimension:
    return Dimension(name, tuple(f"{name} {each}" for each in range(many)))


def wards_in_areas(areas: int, wards: int) -> Dimension:
    leaves = tuple(f"ward {area}.{ward}" for area in range(areas) for ward in range(wards))
    groups = [Group(f"area {area}", leaves[area * wards : (area + 1) * wards]) for area in range(areas)]
    return Dimension("place", leaves, (*groups, Group("all", tuple(group.code for group in groups))), "geography")


def overlapping_places(length: int) -> Dimension:
    """A row of pieces: wards of two, beats of three that do not nest with them; pieces are never served."""
    pieces = tuple(f"piece {each}" for each in range(length))
    wards = [Group(f"ward {start}", pieces[start : start + 2]) for start in range(0, length, 2)]
    beats = [Group(f"beat {start}", pieces[start : start + 3]) for start in range(0, length, 3)]
    return Dimension("place", pieces, (*wards, *beats), "geography", overlapping=True, hidden=pieces)


def random_cube(seed: int) -> Cube:
    """Two or three dimensions, trees or overlapping, all tables of them, counts of which many are small."""
    rng = np.random.default_rng(seed)
    place = (wards_in_areas(int(rng.integers(2, 4)), int(rng.integers(2, 4))), overlapping_places(6), plain("place", 5))[
        int(rng.integers(3))
    ]
    dimensions = (place, plain("age", int(rng.integers(2, 5))), *([plain("sex", 2)] if rng.random() < 0.5 else []))
    served: list[tuple[str, ...]] = [()]
    for dimension in dimensions:
        served += [(*names, dimension.name) for names in served]
    atoms = rng.poisson(rng.gamma(1.5, 4, tuple(len(dimension.leaves) for dimension in dimensions)))
    return Cube(f"seed {seed}", dimensions, atoms, served=tuple(reversed(served)), zeros="shown" if rng.random() < 0.5 else "with_small")


def two_way(rows: list[list[int]], *, zeros: str = "with_small") -> Cube:
    atoms = np.array(rows, dtype=np.int64)
    served = (("row", "column"), ("row",), ("column",), ())
    return Cube("two way", (plain("row", atoms.shape[0]), plain("column", atoms.shape[1])), atoms, served=served, zeros=zeros)  # type: ignore[arg-type]


def problems_of(cube: Cube, found: Suppressed, *, singletons: np.ndarray | None = None) -> list[str]:
    """Everything that is wrong with a suppression and its certificates."""
    problems = []
    truth, served = margins(cube, cube.atoms), ~hidden(cube)
    if (found.primary & served & ~found.mask).any():
        problems.append("a primary is shown")
    proved = np.zeros(len(truth), dtype=bool)
    for certificate in found.certificates:
        table = certificate.table(cube)
        values = margins(cube, table)
        moved = values - truth
        if (table < 0).any() or table.shape != cube.atoms.shape:
            problems.append("a certificate holds a negative count, or is not complete")
        if moved[served & ~found.mask].any():
            problems.append("a certificate differs from what is shown")
        if cube.zeros == "shown" and (values[found.mask & (truth > 0)] < 1).any():
            problems.append("a certificate has a zero where zeros are shown")
        if (np.abs(moved[certificate.proves]) < found.width).any():
            problems.append("a certificate proves less than the width")
        if singletons is not None and len(certificate.proves) and not certificate_is_for_singletons(moved, singletons, certificate.proves):
            problems.append("a certificate moves what a single contributor knows")
        proved[certificate.proves] = True
    if (found.primary & ~proved).any():
        problems.append("a primary has no certificate")
    return problems


def certificate_is_for_singletons(moved: np.ndarray, singletons: np.ndarray, proves: np.ndarray) -> bool:
    known = np.flatnonzero((moved != 0) & singletons)
    return len(known) == 0 or (len(proves) == 1 and set(known.tolist()) <= set(proves.tolist()))


def fewest_withheld(cube: Cube, primary: np.ndarray, width: int, most: int) -> int:
    """The fewest cells that protect all primaries, found by trying every set of them against every table with counts up to ``most``."""
    truth = margins(cube, cube.atoms)
    grids = np.indices((most + 1,) * cube.atoms.size).reshape(cube.atoms.size, -1).T
    columns = np.array([margins(cube, unit.reshape(cube.atoms.shape)) for unit in np.eye(cube.atoms.size, dtype=np.int64)])
    moved = grids @ columns - truth
    moved = moved[(np.abs(moved[:, primary]) >= width).any(axis=1)]
    others = np.flatnonzero(~primary)
    for many in range(len(others) + 1):
        for chosen in combinations(others.tolist(), many):
            shown = ~primary
            shown[list(chosen)] = False
            alike = moved[~moved[:, shown].any(axis=1)]
            if (np.abs(alike[:, primary]) >= width).any(axis=0).all():
                return int(primary.sum()) + many
    raise ValueError("no set of cells protects the primaries")
