"""Small cubes for tests of disclosure control: seeded or drawn, of one to four dimensions, with groups and areas that overlap."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from sightline.disclosure.cubes import Cube, Dimension, Group

KEY = b"a key for tests only"
OVERLAPPING = Dimension(
    "place",
    ("p1", "p2", "p3", "p4"),
    (Group("north", ("p1", "p2")), Group("south", ("p3", "p4")), Group("beat 1", ("p1", "p3")), Group("beat 2", ("p2", "p4"))),
    "geography",
    overlapping=True,
    hidden=("p1", "p2", "p3", "p4"),
)
"""Two wards and two beats laid over each other; their common pieces are never served."""


def plain(name: str, many: int, *, grouped: bool = False) -> Dimension:
    """A dimension of so many codes, the first two of them a group if wanted."""
    leaves = tuple(f"{name} {each}" for each in range(many))
    return Dimension(name, leaves, (Group(f"{name} first", leaves[:2]),) if grouped and many > 2 else ())


def every_table(dimensions: tuple[Dimension, ...]) -> tuple[tuple[str, ...], ...]:
    names = [dimension.name for dimension in dimensions]
    return tuple(each for size in range(len(names), -1, -1) for each in combinations(names, size))


def cube_of(dimensions: tuple[Dimension, ...], counts: np.ndarray) -> Cube:
    shape = tuple(len(dimension.leaves) for dimension in dimensions)
    return Cube("test", dimensions, counts.reshape(shape).astype(np.int64), served=every_table(dimensions))


def random_cube(seed: int, *, most_dimensions: int = 3) -> Cube:
    """A table of its seed: its shape, how full it is, whether its places overlap."""
    rng = np.random.default_rng(seed)
    dimensions = [plain(name, int(rng.integers(2, 7)), grouped=bool(rng.random() < 0.5)) for name in ("age", "sex", "harm")]
    if rng.random() < 0.4:
        dimensions[0] = OVERLAPPING
    else:
        dimensions[0] = Dimension("place", dimensions[0].leaves, dimensions[0].groups, "geography")
    taken = tuple(dimensions[: int(rng.integers(1, most_dimensions + 1))])
    shape = tuple(len(dimension.leaves) for dimension in taken)
    return cube_of(taken, rng.poisson(rng.gamma(1, rng.choice([1, 4, 20]), shape)))


@st.composite
def cubes(draw: st.DrawFn, *, most_dimensions: int = 3, most: int = 12) -> Cube:
    """Cubes of up to three codes a dimension, with counts up to ``most``."""
    many = draw(st.integers(1, most_dimensions))
    dimensions = tuple(plain(name, draw(st.integers(1, 3)), grouped=draw(st.booleans())) for name in ("place", "age", "sex", "harm")[:many])
    dimensions = (Dimension("place", dimensions[0].leaves, dimensions[0].groups, "geography"), *dimensions[1:])
    size = int(np.prod([len(dimension.leaves) for dimension in dimensions]))
    counts = draw(st.lists(st.integers(0, most), min_size=size, max_size=size))
    return cube_of(dimensions, np.array(counts))
