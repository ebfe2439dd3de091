"""Small declared cubes, releases of them that were made without any method of ours, and every table that could be true, counted out."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from sightline.disclosure.cubes import Cube, Dimension, Group, atoms_of, cells, margins
from sightline.disclosure.knowledge import UNBOUNDED, Told

Counts = NDArray[np.int64]


def dimension(name: str, leaves: int, *, total: bool = True, halves: bool = False) -> Dimension:
    """Codes a, b, c …, with a group of the first two if asked, and one of all."""
    codes = tuple("abcdefghijklmnopqrstuvwxyz"[place] if leaves <= 26 else f"{name}{place}" for place in range(leaves))
    groups: list[Group] = []
    if halves and leaves > 2:
        groups.append(Group("first", codes[:2]))
    if total:
        groups.append(Group("all", ("first", *codes[2:]) if groups else codes))
    return Dimension(name, codes, tuple(groups))


def every_world(told: Told, most: int) -> Counts:
    """Every table of atoms, each 0 to ``most``, with which each cell lies where it is told to; one row each.

    As plain as can be: all tables are written down, and those that do not fit are struck out.
    """
    cube, listed = told.cube, cells(told.cube)
    worlds = np.indices((most + 1,) * cube.atoms.size).reshape(cube.atoms.size, -1).T
    for index in range(len(listed)):
        if told.low[index] > 0 or told.high[index] < UNBOUNDED:
            value = worlds[:, atoms_of(cube, listed.name(index))].sum(axis=1)
            worlds = worlds[(value >= told.low[index]) & (value <= told.high[index])]
    return worlds


def reach(told: Told, worlds: Counts) -> tuple[Counts, Counts]:
    """The least and the most of every cell over worlds."""
    cube, listed = told.cube, cells(told.cube)
    values = np.stack([worlds[:, atoms_of(cube, listed.name(index))].sum(axis=1) for index in range(len(listed))])
    return values.min(axis=1), values.max(axis=1)


@st.composite
def tiny_cubes(draw: st.DrawFn, most: int = 3) -> Cube:
    """Up to six atoms in one, two or three dimensions, with some of their tables served."""
    shape = draw(st.sampled_from([(3,), (4,), (2, 2), (2, 3), (6,)]))
    names = ("ward", "age", "sex")[: len(shape)]
    made = tuple(dimension(name, leaves, halves=draw(st.booleans())) for name, leaves in zip(names, shape, strict=True))
    tables = [table for size in range(len(names) + 1) for table in _of_size(names, size)]
    served = draw(st.lists(st.sampled_from(tables), min_size=1, unique=True))
    counts = draw(st.lists(st.integers(0, most), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    return Cube("tiny", made, np.array(counts, dtype=np.int64).reshape(shape), served=tuple(served))


def _of_size(names: tuple[str, ...], size: int) -> list[tuple[str, ...]]:
    return [
        tuple(name for name, taken in zip(names, chosen, strict=True) if taken)
        for chosen in product((0, 1), repeat=len(names))
        if sum(chosen) == size
    ]


@st.composite
def tiny_releases(draw: st.DrawFn, most: int = 3) -> Told:
    """A tiny cube of which each cell is told exactly, within a few, or not at all, all as it comes."""
    cube = draw(tiny_cubes(most))
    truth = margins(cube, cube.atoms)
    below, above = (
        np.array(draw(st.lists(st.sampled_from([0, 0, 1, 2, None]), min_size=len(truth), max_size=len(truth)))) for _ in range(2)
    )
    low = np.array([0 if off is None else max(value - off, 0) for value, off in zip(truth.tolist(), below, strict=True)], dtype=np.int64)
    high = np.array([UNBOUNDED if off is None else value + off for value, off in zip(truth.tolist(), above, strict=True)], dtype=np.int64)
    return Told(cube, low, high, np.ones(len(truth), dtype=bool))


def random_cube(seed: int) -> Cube:
    """A cube as they come: one to three dimensions, some with groups, some tables served, many small counts."""
    rng = np.random.default_rng([6, seed])
    shape = [(14,), (6, 5), (8, 3), (12, 8), (5, 4, 2), (9, 4, 3), (16, 6, 2)][seed % 7]
    names = ("ward", "age", "sex")[: len(shape)]
    made = tuple(dimension(name, leaves, halves=bool(rng.integers(2))) for name, leaves in zip(names, shape, strict=True))
    tables = [table for size in range(len(names), -1, -1) for table in _of_size(names, size)]
    served = [table for place, table in enumerate(tables) if place == 0 or rng.random() < 0.8]
    atoms = rng.negative_binomial(0.7, 0.7 / (0.7 + rng.uniform(2, 15)), size=shape).astype(np.int64)
    return Cube(f"random {seed}", made, atoms, served=tuple(served), zeros="shown" if rng.integers(2) else "with_small")
