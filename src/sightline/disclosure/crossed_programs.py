"""The whole-number program of crossed tables: atoms go to the multiple of 5 below or above, so that every sum does too.

Several tables of one count are rounded at once, as they share margins. The total and single breakdowns always go to a multiple beside the
truth, because the gate shows them too. Cells of two and more breakdowns do where that can be; where it cannot, as few as possible go one
multiple further. HiGHS solves it, and stops after work and not after time: the same counts give the same answer on any machine.

Method page: docs/methods/tables-to-ask.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from sightline.disclosure.linked import Name

BASE = 5
NOISE, LOTTERY = 0.1, 64
"""As for one cube: see `sightline.disclosure.rounding`."""
KEEP = 60.0
"""What it costs to move a number that the release before showed, and that still fits."""
FURTHER = 1_000.0
MOST_NODES = 500
GAP = 0.002

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Part:
    """One table: names of its cells, its atoms, cells by atoms, which cells are single breakdowns, and the names of its atoms."""

    names: Sequence[Name]
    atoms: Numbers
    sums: sparse.csr_array
    singles: NDArray[np.intp]
    atom_names: Sequence[Name]


@dataclass(frozen=True, eq=False)
class Found:
    """Rounded atoms of every table, and whether some cell had to go further than the multiples beside it."""

    atoms: list[Numbers]
    is_wide: bool


def round_parts(parts: Sequence[Part], *, caps: Mapping[Name, int], earlier: Mapping[Name, int], key: bytes) -> Found | None:
    """Round the tables together; None where no rounding was found.

    Args:
        caps: What a cell must not be shown above.
        earlier: What the release before showed.
        key: Secret, at least 16 bytes.
    """
    secret = hashlib.blake2b(key, digest_size=32).digest()
    columns = [_Columns(part, caps, earlier, secret) for part in parts]
    for further in (False, True):
        found = _solve(columns, further=further)
        if found is not None:
            return found
    return None


class _Columns:
    """The free atoms of one table, what rounding each up costs, and the bounds of every sum of them."""

    def __init__(self, part: Part, caps: Mapping[Name, int], earlier: Mapping[Name, int], secret: bytes) -> None:
        self.part = part
        flat = part.atoms.ravel()
        self.free = np.flatnonzero(flat % BASE)
        self.floors = flat // BASE
        residues = flat[self.free] % BASE
        incidence = sparse.csr_array(part.sums[:, self.free])
        self.base = part.sums @ self.floors
        sums = incidence @ residues
        many = np.diff(incidence.indptr)
        self.is_single = np.zeros(len(part.names), dtype=bool)
        self.is_single[part.singles] = True
        self.least, self.most = sums // BASE, -(-sums // BASE)
        if caps:
            for place in part.singles.tolist():
                cap = caps.get(part.names[place])
                if cap is not None:
                    self.most[place] = min(self.most[place], cap // BASE - self.base[place])
        self.rows = np.flatnonzero((many > 1) | (self.is_single & (many > 0) & (self.most < many)))
        """Sums that not every choice keeps; where atoms may go further, every sum can be broken."""
        self.incidence = incidence
        left = sums % BASE
        slopes = np.where(left == 0, 0.0, BASE - 2.0 * left) + self._kept(earlier, part.sums @ flat, secret)
        self.costs = incidence.T @ slopes + self._noise(secret, np.diff(incidence.tocsc().indptr))

    def _kept(self, earlier: Mapping[Name, int], true: Numbers, secret: bytes) -> NDArray[np.float64]:
        """What leaving an earlier number costs: a cell goes to one of two multiples, so this is a slope like that of its error.

        Of one in `LOTTERY` the key decides alone: if all stayed that can, a 5 that became a 0 would tell that there are none left.
        """
        kept = np.zeros(len(self.part.names))
        for place, name in enumerate(self.part.names) if earlier else ():
            before = earlier.get(name)
            steps = None if before is None else before // BASE - self.base[place]
            if steps in (self.least[place], self.most[place]) and self.least[place] < self.most[place]:
                told = f"{name} {true[place]} after {before}".encode()
                drawn = int.from_bytes(hashlib.blake2b(told, digest_size=8, key=secret).digest(), "little")
                up = bool(drawn >> 32 & 1) if (drawn >> 33) % LOTTERY == 0 else steps == self.most[place]
                kept[place] = -KEEP if up else KEEP
        return kept

    def _noise(self, secret: bytes, cells: NDArray[np.int32]) -> NDArray[np.float64]:
        digests = b"".join(
            hashlib.blake2b(self.part.atom_names[atom].encode(), digest_size=8, key=secret).digest() for atom in self.free.tolist()
        )
        drawn = np.frombuffer(digests, dtype="<u4").reshape(-1, 2)
        little = (drawn[:, 0] / 2.0**31 - 1) * NOISE * BASE
        alone = np.where(drawn[:, 1] % 2, 1, -1) * BASE * cells
        return np.where(drawn[:, 1] // 2 % LOTTERY == 0, alone, little)


def _solve(tables: Sequence[_Columns], *, further: bool) -> Found | None:
    """One program. Its columns: which free atoms go up; which cells go one multiple further up, or down; and, where nothing else helps,
    which atoms that count somebody go one further up, or down (none of them to 0)."""
    starts = np.concatenate([[0], np.cumsum([len(each.free) for each in tables])])
    atoms = int(starts[-1])
    blocks, least, most, loose = [], [], [], []
    chosen = [np.arange(len(table.part.names)) if further else table.rows for table in tables]
    for table, start, places in zip(tables, starts, chosen, strict=False):
        inside = sparse.csr_array(table.incidence[places])
        blocks.append(_placed(inside, int(start), atoms))
        least.append(table.least[places])
        most.append(table.most[places])
        loose.append(~table.is_single[places])
    pairs = _pairs(tables)
    shared, missing = _shared(tables, pairs, starts)
    rows = sparse.vstack([*blocks, shared], format="csr")
    low, high = np.concatenate([*least, missing]).astype(float), np.concatenate([*most, missing]).astype(float)
    slack = np.flatnonzero(np.concatenate([*loose, np.zeros(len(missing), dtype=bool)]))
    ones = np.ones(len(slack))
    lower = sparse.csr_array((ones, (slack, np.arange(len(slack)))), shape=(rows.shape[0], len(slack)))
    costs = [np.concatenate([table.costs for table in tables]), np.full(2 * len(slack), FURTHER)]
    matrix: list[Any] = [rows, lower, -lower]
    uppers = [np.ones(atoms), np.ones(2 * len(slack))]
    moves: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    if further:
        for table in tables:
            up, down = np.flatnonzero(table.part.atoms.ravel() > 0), np.flatnonzero(table.floors > 1)
            moves.append((up, down))
        matrix += _moved(tables, pairs, moves)
        more = sum(len(up) + len(down) for up, down in moves)
        costs.append(np.full(more, FURTHER))
        uppers.append(np.ones(more))
    cost = np.concatenate(costs)
    if not len(cost):
        return Found([table.floors.reshape(table.part.atoms.shape) * BASE for table in tables], is_wide=False)
    answer = milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=Bounds(np.zeros(len(cost)), np.concatenate(uppers)),
        constraints=LinearConstraint(sparse.hstack(matrix, format="csc"), low, high) if rows.shape[0] else (),
        options={"node_limit": MOST_NODES, "mip_rel_gap": GAP},
    )
    if answer.x is None:
        return None
    moved = np.rint(answer.x).astype(np.int64)
    values = _values(tables, starts, moved, moves, atoms + 2 * len(slack))
    return Found(values, is_wide=bool(moved[atoms:].any()))


def _placed(block: sparse.csr_array, start: int, columns: int) -> sparse.csr_array:
    return sparse.csr_array((block.data, block.indices + start, block.indptr), shape=(block.shape[0], columns))


Pair = tuple[int, int, int, int]
"""A table and a cell of it, and another table and the same cell there."""


def _pairs(tables: Sequence[_Columns]) -> list[Pair]:
    first: dict[Name, tuple[int, int]] = {}
    pairs: list[Pair] = []
    for which, table in enumerate(tables):
        for place, name in enumerate(table.part.names):
            one = first.setdefault(name, (which, place))
            if one != (which, place):
                pairs.append((*one, which, place))
    return pairs


def _shared(tables: Sequence[_Columns], pairs: Sequence[Pair], starts: NDArray[np.int64]) -> tuple[sparse.csr_array, Numbers]:
    """Cells that two tables both have must come to the same number in both."""
    atoms = int(starts[-1])
    missing = [tables[other].base[there] - tables[one].base[place] for one, place, other, there in pairs]
    blocks = [
        _placed(sparse.csr_array(tables[one].incidence[[place]]), int(starts[one]), atoms)
        - _placed(sparse.csr_array(tables[other].incidence[[there]]), int(starts[other]), atoms)
        for one, place, other, there in pairs
    ]
    rows = sparse.csr_array(sparse.vstack(blocks)) if blocks else sparse.csr_array((0, atoms))
    return rows, np.array(missing, dtype=np.int64)


def _moved(tables: Sequence[_Columns], pairs: Sequence[Pair], moves: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]) -> list[Any]:
    """The columns of atoms that go one multiple further, in the rows of their own table and in those that two tables share."""
    found = []
    for which, (table, (up, down)) in enumerate(zip(tables, moves, strict=True)):
        whole = table.part.sums
        own = [
            whole if other == which else sparse.csr_array((each.part.sums.shape[0], whole.shape[1])) for other, each in enumerate(tables)
        ]
        nothing = sparse.csr_array((1, whole.shape[1]))
        both = [
            sparse.csr_array(whole[[place]]) if which == one else -sparse.csr_array(whole[[there]]) if which == other else nothing
            for one, place, other, there in pairs
        ]
        block = sparse.csc_array(sparse.vstack([*own, *both]))
        found += [block[:, up], -block[:, down]]
    return found


def _values(
    tables: Sequence[_Columns],
    starts: NDArray[np.int64],
    moved: Numbers,
    moves: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
    past: int,
) -> list[Numbers]:
    found = []
    for which, table in enumerate(tables):
        steps = table.floors.copy()
        steps[table.free] += moved[starts[which] : starts[which + 1]]
        if moves:
            up, down = moves[which]
            steps[up] += moved[past : past + len(up)]
            past += len(up)
            steps[down] -= moved[past : past + len(down)]
            past += len(down)
        found.append((steps * BASE).reshape(table.part.atoms.shape))
    return found
