"""Seeded tables of the sizes that disclosure control must manage: counts that are uneven as children's are, many small, many zero."""

from __future__ import annotations

import resource

import numpy as np

from sightline.disclosure.cubes import Cube, Dimension, Group
from sightline.disclosure.dimensions import tree


def peak_megabytes() -> float:
    """The most memory that this process had at any time so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def places(*fan_out: int) -> Dimension:
    """A tree of places: so many in the whole, so many in each of these, and so on."""
    rows: list[tuple[str, str | None]] = [("all", None)]
    level = ["all"]
    for many in fan_out:
        rows += [(f"{above}.{each}", above) for above in level for each in range(many)]
        level = [f"{above}.{each}" for above in level for each in range(many)]
    return tree("place", rows, kind="geography")


def plain(name: str, many: int) -> Dimension:
    return Dimension(name, tuple(f"{name} {each}" for each in range(many)))


def every_table(dimensions: tuple[Dimension, ...]) -> tuple[tuple[str, ...], ...]:
    """Every combination of dimensions, the finest first."""
    found: list[tuple[str, ...]] = [()]
    for dimension in dimensions:
        found += [(*names, dimension.name) for names in found]
    return tuple(sorted(found, key=lambda names: -len(names)))


def uneven(shape: tuple[int, ...], mean: float, seed: int) -> np.ndarray:
    """Counts about a mean, more in some codes of every dimension than in others."""
    rng = np.random.default_rng(seed)
    expected = np.full(shape, float(mean))
    for axis, length in enumerate(shape):
        expected *= rng.gamma(2, 0.5, length).reshape([-1 if axis == other else 1 for other in range(len(shape))])
    return rng.poisson(expected)


def cube_of(name: str, dimensions: tuple[Dimension, ...], *, mean: float, seed: int) -> Cube:
    shape = tuple(len(dimension.leaves) for dimension in dimensions)
    return Cube(name, dimensions, uneven(shape, mean, seed), served=every_table(dimensions))


def wards(*, mean: float = 4, seed: int = 1) -> Cube:
    """8,610 cells: ward by age by sex."""
    return cube_of("wards", (places(19, 14), plain("age", 9), plain("sex", 2)), mean=mean, seed=seed)


def england(*, mean: float = 4, seed: int = 1) -> Cube:
    """107,118 cells: wards in authorities in regions, by age by sex."""
    return cube_of("england", (places(9, 33, 19), plain("age", 5), plain("sex", 2)), mean=mean, seed=seed)


def four(*, mean: float = 1, seed: int = 1) -> Cube:
    """113,040 cells: ward by age by sex by kind of harm."""
    return cube_of("four", (places(12, 12), plain("age", 9), plain("sex", 2), plain("harm", 23)), mean=mean, seed=seed)


def two(*, mean: float = 4, seed: int = 1) -> Cube:
    """3,160 cells: ward by age, for which the best answer is known."""
    return cube_of("two", (places(12, 12), plain("age", 19)), mean=mean, seed=seed)


def overlapping(*, mean: float = 4, seed: int = 1, side: int = 28) -> Cube:
    """About 14,000 cells: wards, police beats and health footprints laid over each other; their common pieces are never served."""
    pieces = [(row, column) for row in range(side) for column in range(side)]
    codes = {piece: f"piece {piece[0]}.{piece[1]}" for piece in pieces}

    def areas(kind: str, height: int, width: int, shift: int) -> list[Group]:
        found: dict[tuple[int, int], list[str]] = {}
        for row, column in pieces:
            found.setdefault(((row + shift) // height, (column + shift) // width), []).append(codes[row, column])
        return [Group(f"{kind} {row}.{column}", tuple(parts)) for (row, column), parts in found.items()]

    groups = [*areas("ward", 2, 2, 0), *areas("beat", 2, 3, 1), *areas("footprint", 5, 5, 2)]
    place = Dimension("place", tuple(codes.values()), tuple(groups), "geography", overlapping=True, hidden=tuple(codes.values()))
    return cube_of("overlapping", (place, plain("age", 3), plain("sex", 2)), mean=mean, seed=seed)


def million(*, seed: int = 1) -> Cube:
    """1,000,000 atoms, for filters."""
    dimensions = (places(20, 50), plain("age", 20), plain("sex", 2), plain("harm", 25))
    shape = tuple(len(dimension.leaves) for dimension in dimensions)
    return Cube("million", dimensions, uneven(shape, 2, seed), served=(("place", "age"), ("place",), ()))
