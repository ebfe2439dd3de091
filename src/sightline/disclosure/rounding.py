"""Controlled rounding: one frozen set of rounded atoms, of which everything that is shown is an exact sum.

Atoms go to the multiple of the base below or above (a multiple of the base stays, so 0 stays 0), chosen together so that every served cell
errs by less than a base, or by less than two where that cannot be. Tables, filters, shares and charts are sums of the same atoms: totals
always agree, and asking more tells nothing more.

`RoundedCube` holds no true count. Which of two multiples an atom goes to depends on a secret key besides the counts.

Method page: docs/methods/controlled-rounding.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sightline.disclosure.cubes import Cube, Dimension, cells, check, hidden, margins, words
from sightline.disclosure.rounding_programs import WHOLE, TookTooLong, neighbours, program_of, settle, solve
from sightline.disclosure.rounding_search import Free, Search
from sightline.errors import ExitCode, SightlineError

BASE = 5
SHORTEST_KEY = 16
STRICT_DIMENSIONS = 3
"""With more, roundings in which every cell errs by less than the base often do not exist, and are not tried."""
LARGEST_PROGRAM = 60_000
"""More free atoms than this are rounded by search alone."""
MOST_CHAINS = 20_000
NOISE = 0.1
"""The key moves what rounding an atom up costs by up to this share of the base, and decides of one atom in `LOTTERY` alone."""
LOTTERY = 64

WIDENINGS = 4
"""So often atoms are settled together with more of their neighbours, before chains are tried."""

Selection = Mapping[str, Iterable[str]]
"""Dimension to the codes wanted of it; a dimension that is left out is taken whole."""


class RoundingImpossible(SightlineError):
    """A table cannot be rounded within the errors that are allowed, or not in the time given."""

    code = "SL-DIS-002"
    hint = "Serve fewer tables of this cube, or allow a larger error; nothing was published."
    exit_code = ExitCode.REFUSED


class NotServed(SightlineError):
    """A filter asks for a dimension or code that a rounded cube does not have or does not serve."""

    code = "SL-DIS-003"
    hint = "Ask for codes that the cube lists."
    exit_code = ExitCode.NOT_FOUND


@dataclass(frozen=True, eq=False)
class RoundedCube:
    """Rounded atoms and the served cells they add up to.

    Args:
        margins: Served cells in the flat order of `cubes.cells`.
        within: No served cell errs by more; public, and the same whatever the counts were.
        largest_error: Of the served cells, as it came out; for the release note, not for pages.
        mean_error: The same.
        how: By which steps it was rounded, for the release note.
    """

    id: str
    dimensions: tuple[Dimension, ...]
    served: tuple[tuple[str, ...], ...]
    zeros: Literal["shown", "with_small"]
    base: int
    atoms: NDArray[np.int64]
    margins: NDArray[np.int64]
    within: int
    largest_error: int
    mean_error: float
    how: str

    def as_cube(self) -> Cube:
        """The rounded atoms as a cube: for `cells`, `equations` and whoever attacks it."""
        return Cube(self.id, self.dimensions, self.atoms, None, self.served, self.zeros)


def round_cube(cube: Cube, *, base: int = BASE, key: bytes, largest: int | None = None, time_limit: float | None = None) -> RoundedCube:
    """Round a cube so that all it serves is additive, and errs by less than a base where that can be.

    The same cube, base and key give the same bytes. A limit of time never changes an answer: it is reached, and there is none.

    Args:
        base: 5; 10 for the community tier.
        key: Secret, at least 16 bytes. Keep it from release to release, so that what did not change is rounded as before.
        largest: The largest error allowed in a served cell; twice the base less one where omitted. Less is tried first, whatever this is.
        time_limit: Seconds that one program may take.

    Raises:
        CubeProblems: If the cube contradicts itself or a rule.
        RoundingImpossible: If no rounding within the errors allowed was found; the message names the worst cell.

    Source: Cox and Ernst (1982); Salazar-González (2006); docs/methods/controlled-rounding.md.
    """
    if base < 2 or len(key) < SHORTEST_KEY:
        raise ValueError(f"Rounding needs a base of at least 2 and a key of at least {SHORTEST_KEY} bytes.")
    check(cube)
    free = free_atoms(cube, base)
    most = 2 * base - 1 if largest is None else largest
    up, within, how = _choose(cube, free, _noise(cube, free, key), most, time_limit)
    rounded = cube.atoms.ravel() // base * base
    rounded[free.atoms] += np.where(up, base, 0)
    return _rounded(cube, rounded.reshape(cube.atoms.shape).astype(np.int64), base, within, how)


def _rounded(cube: Cube, atoms: NDArray[np.int64], base: int, within: int, how: str) -> RoundedCube:
    sums = margins(cube, atoms)
    errors = np.abs(sums - margins(cube, cube.atoms))[~hidden(cube)]
    largest, mean = (int(errors.max()), float(errors.mean())) if len(errors) else (0, 0.0)
    for numbers in (atoms, sums):
        numbers.setflags(write=False)
    return RoundedCube(cube.id, cube.dimensions, cube.served, cube.zeros, base, atoms, sums, within, largest, mean, how)


def free_atoms(cube: Cube, base: int) -> Free:
    """The atoms that are no multiple of the base, and the served cells each is in."""
    flat = cube.atoms.ravel()
    atoms = np.flatnonzero(flat % base)
    places = np.unravel_index(atoms, cube.atoms.shape)
    listed = cells(cube)
    size, gone = len(listed), hidden(cube)
    columns = []
    for table in listed.tables:
        codes = [_codes_of_leaves(cube.dimensions[each])[places[each]] for each in table.dimensions]
        for levels in product(*(range(each.shape[1]) for each in codes)):
            chosen = [each[:, level] for each, level in zip(codes, levels, strict=True)]
            known = np.all([each >= 0 for each in chosen], axis=0) if chosen else np.ones(len(atoms), dtype=bool)
            index = np.full(len(atoms), table.start)
            if chosen:
                index[known] += np.ravel_multi_index([each[known] for each in chosen], table.shape)
            known[known] = ~gone[index[known]]
            columns.append(np.where(known, index, size))
    return Free(base, atoms, flat[atoms] % base, np.stack(columns, axis=1).astype(np.int32), size)


def _codes_of_leaves(dimension: Dimension) -> NDArray[np.intp]:
    """For each leaf the places of the codes it is part of, padded with -1."""
    of_leaves = dimension.membership.tocsc()
    many = np.diff(of_leaves.indptr)
    found = np.full((len(many), int(many.max())), -1, dtype=np.intp)
    for level in range(found.shape[1]):
        has = many > level
        found[has, level] = of_leaves.indices[of_leaves.indptr[:-1][has] + level]
    return found


def _noise(cube: Cube, free: Free, key: bytes) -> NDArray[np.float64]:
    """What the key adds to the cost of rounding each free atom up.

    It depends on the key and on the atom's codes, not on what else the cube holds. Of one atom in `LOTTERY` it decides alone, whatever is
    nearer: so who knows the method and not the key can exclude no count that lies within a base of what is shown.
    """
    names = [[f"{dimension.name}\x1f{leaf}\x1f".encode() for leaf in dimension.leaves] for dimension in cube.dimensions]
    secret = hashlib.blake2b(key, digest_size=32).digest()
    places = [axis.tolist() for axis in np.unravel_index(free.atoms, cube.atoms.shape)]
    digests = [
        hashlib.blake2b(b"".join([name[place] for name, place in zip(names, atom, strict=True)]), digest_size=8, key=secret).digest()
        for atom in zip(*places, strict=True)
    ]
    drawn = np.frombuffer(b"".join(digests), dtype="<u4").reshape(-1, 2)
    little = (drawn[:, 0] / 2.0**31 - 1) * NOISE * free.base
    alone = np.where(drawn[:, 1] % 2, 1, -1) * free.base * (free.cells < free.size).sum(axis=1)
    return np.where(drawn[:, 1] // 2 % LOTTERY == 0, alone, little)


def _choose(cube: Cube, free: Free, noise: NDArray[np.float64], most: int, time_limit: float | None) -> tuple[NDArray[np.bool_], int, str]:
    """Who is rounded up, within which error, and how: programs first, then search, then search within a larger error."""
    strict = len(cube.dimensions) <= STRICT_DIMENSIONS
    tight = min(free.base - 1, most)
    up, how = free.residues * 2 - noise > free.base, "search"
    if not len(free.atoms):
        return up, tight, "nothing to round"
    if strict and tight == free.base - 1 and len(free.atoms) <= LARGEST_PROGRAM:
        up, how = _by_programs(cube, free, noise, time_limit)
    for limit in dict.fromkeys([tight, most] if strict else [most]):
        if np.abs(free.errors(up)).max() <= limit:
            return up, limit, how
        search = Search(free, up, limit, noise)
        search.descend()
        left = search.mend(_generator(noise), steps=MOST_CHAINS + len(free.atoms))
        up = np.array(search.up, dtype=bool)
        how = f"{how} within {limit}" if how == "search" else f"{how}, search within {limit}"
        if not left:
            return up, limit, how
    worst = cells(cube).name(int(np.abs(free.errors(up)).argmax()))
    raise RoundingImpossible(
        f"{cube.id} has no rounding that was found in which every cell errs by at most {most}; {words(worst)} errs most."
    )


def _generator(noise: NDArray[np.float64]) -> np.random.Generator:
    seed = hashlib.blake2b(noise.astype("<f8").tobytes(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(seed, "little")))


def _by_programs(cube: Cube, free: Free, noise: NDArray[np.float64], time_limit: float | None) -> tuple[NDArray[np.bool_], str]:
    program = program_of(free, noise)
    try:
        solution = solve(program, time_limit=time_limit)
        module = np.abs(solution - np.rint(solution)) > WHOLE
        if not module.any():
            return solution > 0.5, "linear program"
        for _ in range(WIDENINGS):
            settled = settle(program, solution, module, time_limit=time_limit)
            if settled is not None:
                return settled > 0.5, f"linear program, {int(module.sum())} atoms of it by a whole-number program"
            module = neighbours(program, module)
    except TookTooLong:
        raise RoundingImpossible(f"{cube.id} could not be rounded in the {time_limit} seconds it was given.") from None
    return solution > 0.5, "linear program, rounded"


# What is asked of it


@dataclass(frozen=True, slots=True)
class Answer:
    """A sum of rounded atoms; the truth lies within ``within`` of it, whatever the counts were."""

    value: int
    within: int


def answer(rounded: RoundedCube, selection: Selection | Sequence[Selection]) -> Answer:
    """What a filter is told: the sum of the rounded atoms it selects, each once however often it is named.

    Args:
        selection: Codes by dimension; several are united.

    Raises:
        NotServed: If a dimension or code is not the cube's, or is one that it never serves.
    """
    several = [selection] if isinstance(selection, Mapping) else list(selection)
    boxes = [_box(rounded, each) for each in several]
    if len(boxes) == 1:
        value = int(rounded.atoms[np.ix_(*map(np.flatnonzero, boxes[0]))].sum())
        return Answer(value, _may_err_by(rounded, boxes[0]))
    chosen = np.zeros(rounded.atoms.shape, dtype=bool)
    for box in boxes:
        chosen[np.ix_(*map(np.flatnonzero, box))] = True
    by_atoms = (rounded.base - 1) * int(chosen.sum())
    by_cells = sum(_may_err_by(rounded, box) for box in boxes) if _disjoint(boxes) else by_atoms
    return Answer(int(rounded.atoms[chosen].sum()), min(by_atoms, by_cells))


def _disjoint(boxes: Sequence[Sequence[NDArray[np.bool_]]]) -> bool:
    return not any(
        all((one & other).any() for one, other in zip(first, second, strict=True))
        for place, first in enumerate(boxes)
        for second in boxes[place + 1 :]
    )


def _box(rounded: RoundedCube, selection: Selection) -> list[NDArray[np.bool_]]:
    """For each dimension which leaves are selected."""
    unknown = [name for name in selection if name not in {dimension.name for dimension in rounded.dimensions}]
    if unknown:
        raise NotServed(f"{rounded.id} has no dimension {', '.join(unknown)}.")
    found = []
    for dimension in rounded.dimensions:
        if dimension.name not in selection:
            found.append(np.ones(len(dimension.leaves), dtype=bool))
            continue
        wanted = list(selection[dimension.name])
        place = {code: index for index, code in enumerate(dimension.codes) if code not in dimension.hidden}
        missing = [code for code in wanted if code not in place]
        if missing:
            raise NotServed(f'{rounded.id} serves no {dimension.name} "{missing[0]}".')
        rows = dimension.membership[[place[code] for code in wanted]]
        found.append(np.bincount(rows.indices, minlength=len(dimension.leaves)) > 0)
    return found


def _may_err_by(rounded: RoundedCube, box: Sequence[NDArray[np.bool_]]) -> int:
    """What the sum of a box may err by: through its atoms, or through the served cells that make it up if that is less."""
    ways = [(rounded.base - 1) * int(np.prod([chosen.sum() for chosen in box]))]
    parted = {dimension.name for dimension, chosen in zip(rounded.dimensions, box, strict=True) if not chosen.all()}
    for table in rounded.served:
        if set(table) >= parted:
            inside = [
                _codes_that_make_up(dimension, chosen)
                for dimension, chosen in zip(rounded.dimensions, box, strict=True)
                if dimension.name in table
            ]
            ways.extend([rounded.within * int(np.prod(inside))] if all(inside) else [])
    return min(ways)


def _codes_that_make_up(dimension: Dimension, chosen: NDArray[np.bool_]) -> int:
    """How many codes, coarsest first, make up the chosen leaves; 0 where one that is never served would be needed, or none is chosen."""
    membership = dimension.membership
    inside = np.flatnonzero(membership @ (~chosen).astype(np.int64) == 0)
    left, many = chosen.copy(), 0
    for code in inside[np.lexsort((inside, -np.diff(membership.indptr)[inside]))].tolist():
        leaves = membership.indices[membership.indptr[code] : membership.indptr[code + 1]]
        if dimension.codes[code] not in dimension.hidden and left[leaves].all():
            left[leaves] = False
            many += 1
    return 0 if left.any() else many


def band(value: int, *, within: int = BASE - 1, zeros: Literal["shown", "with_small"] = "with_small") -> str:
    """How a rounded number is printed: "0 to 4" where zero and small counts share a band.

    >>> band(0), band(1_205), band(0, within=9), band(0, zeros="shown")
    ('0 to 4', '1,205', '0 to 9', '0')
    """
    if value == 0 and zeros == "with_small":
        return f"0 to {within}"
    return f"{value:,}"
