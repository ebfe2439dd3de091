"""Greedy and swap: which residues to round up so that no sum errs by a base or more, for tables of any size and number of dimensions.

Every atom that is no multiple of the base is free: it goes to the multiple below or above. `errors` holds, for every served cell, what it
would err by; one flip moves the errors of the cells that hold the atom by one base. The *cost* of an error is its size, and many times
more for what lies beyond the limit. Single flips that lower the cost are taken until there are none; what then still errs too much is
mended by *chains*: a flip that mends it, a second that mends the worst of what the first broke, and so on (a chain of two is a swap), kept
if all of it together lowers the cost. All arithmetic is in whole numbers, so the answer is the same on every machine.

Method page: docs/methods/controlled-rounding.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

BEYOND = 24
"""What a unit of error beyond the limit costs; one within it costs 1."""
LONGEST_CHAIN = 14
CANDIDATES = 48
"""So many atoms of a cell are tried for one link of a chain."""
ROUNDS = 400
STRAY = 0.1
"""So often a chain is kept that helps nothing: the next may start from a better place."""


@dataclass(frozen=True)
class Free:
    """The free atoms of a cube and the cells they are in.

    Args:
        atoms: Flat indices of atoms that are no multiple of the base.
        residues: What is left of each above the multiple below it, 1 to base - 1.
        cells: For each free atom the served cells that hold it, padded with ``size``.
        size: Number of cells.
    """

    base: int
    atoms: NDArray[np.intp]
    residues: NDArray[np.int64]
    cells: NDArray[np.int32]
    size: int

    def incidence(self) -> sparse.csr_array:
        """Cells by free atoms."""
        rows, columns = np.nonzero(self.cells < self.size)
        ones = np.ones(len(rows), dtype=np.int64)
        return sparse.csr_array((ones, (self.cells[rows, columns], rows)), shape=(self.size, len(self.atoms)))

    def errors(self, up: NDArray[np.bool_]) -> NDArray[np.int64]:
        """What every cell errs by if these are rounded up and the others down."""
        each = np.where(up, self.base, 0) - self.residues
        sums = np.bincount(self.cells.ravel(), np.repeat(each, self.cells.shape[1]), minlength=self.size + 1)
        return np.rint(sums[: self.size]).astype(np.int64)


class Search:
    """One state of the search: who is rounded up, and what every cell errs by.

    Args:
        noise: What rounding each atom up costs besides, to the nearest whole number.
    """

    def __init__(self, free: Free, up: NDArray[np.bool_], limit: int, noise: NDArray[np.float64]) -> None:
        self.free, self.limit, self.base = free, limit, free.base
        errors = free.errors(up)
        self.offset = self.base * (len(up) + 2)
        self.nowhere = 2 * self.offset
        """Where the padding stands in the tables of costs: flipping it costs nothing."""
        at = np.abs(np.arange(-self.offset, self.offset, dtype=np.int64))
        cost = at + BEYOND * np.maximum(at - limit, 0)
        self.rise, self.fall = (self._steps(cost, shift) for shift in (self.base, -self.base))
        self.rises: list[int] = self.rise.tolist()
        self.falls: list[int] = self.fall.tolist()
        self.besides = np.rint(noise).astype(np.int64)
        self.raised: list[int] = self.besides.tolist()
        self.up: list[bool] = up.tolist()
        self.errors: list[int] = [*(errors + self.offset).tolist(), self.nowhere]
        self.of_cells = free.incidence()

    def _steps(self, cost: NDArray[np.int64], shift: int) -> NDArray[np.int64]:
        steps = np.zeros(self.nowhere + 1, dtype=np.int64)
        inner = np.arange(self.base, 2 * self.offset - self.base)
        steps[inner] = cost[inner + shift] - cost[inner]
        return steps

    def cost_of(self, row: list[int], atom: int) -> int:
        """What flipping an atom adds to the cost, given the cells that hold it."""
        steps, errors = self.falls if self.up[atom] else self.rises, self.errors
        besides = -self.raised[atom] if self.up[atom] else self.raised[atom]
        return besides + sum([steps[errors[cell]] for cell in row])

    def flip(self, row: list[int], atom: int) -> None:
        errors = self.errors
        step = -self.base if self.up[atom] else self.base
        for cell in row:
            errors[cell] += step
        errors[-1] = self.nowhere
        self.up[atom] = not self.up[atom]

    def row(self, atom: int) -> list[int]:
        row: list[int] = self.free.cells[atom].tolist()
        return row

    def descend(self) -> None:
        """Flip, the best first, until no single flip lowers the cost."""
        for _ in range(ROUNDS):
            flipped = 0
            for atom in self._better():
                row = self.row(atom)
                if self.cost_of(row, atom) < 0:
                    self.flip(row, atom)
                    flipped += 1
            if not flipped:
                return

    def _better(self) -> list[int]:
        """The atoms whose flip would lower the cost as things are, the best first."""
        errors, up = np.array(self.errors), np.array(self.up)
        added = np.where(up, -self.besides, self.besides)
        for which, steps in ((up, self.fall), (~up, self.rise)):
            added[which] += steps[errors][self.free.cells[which]].sum(axis=1)
        better = np.flatnonzero(added < 0)
        found: list[int] = better[np.lexsort((better, added[better]))].tolist()
        return found

    def beyond(self) -> list[int]:
        """The cells that err by more than the limit, the worst first."""
        off = np.abs(np.array(self.errors[:-1]) - self.offset)
        found = np.flatnonzero(off > self.limit)
        ordered: list[int] = found[np.lexsort((found, -off[found]))].tolist()
        return ordered

    def mend(self, rng: np.random.Generator, *, steps: int) -> int:
        """Mend cells beyond the limit by chains; the number that is left, at most ``steps`` chains later."""
        waiting = self.beyond()
        while waiting and steps > 0:
            for cell in waiting:
                if abs(self.errors[cell] - self.offset) > self.limit:
                    self._chain(cell, rng)
                    steps -= 1
            waiting = self.beyond()
        return len(waiting)

    def _chain(self, cell: int, rng: np.random.Generator) -> None:
        """Flip along a chain; keep the part of it that lowers the cost most, or now and then one that raises it little."""
        done: list[tuple[int, list[int]]] = []
        flipped: set[int] = set()
        cost, least, best = 0, 0, 0
        for _ in range(LONGEST_CHAIN):
            link = self._next_link(cell, flipped, rng)
            if link is None:
                break
            added, atom, row = link
            self.flip(row, atom)
            flipped.add(atom)
            done.append((atom, row))
            cost += added
            if cost < least:
                least, best = cost, len(done)
            worst = max((abs(self.errors[each] - self.offset), each) for each in (cell, *row) if each != self.free.size)
            if worst[0] <= self.limit:
                break
            cell = worst[1]
        if not best and rng.random() < STRAY:
            return
        for atom, row in reversed(done[best:]):
            self.flip(row, atom)

    def _next_link(self, cell: int, flipped: set[int], rng: np.random.Generator) -> tuple[int, int, list[int]] | None:
        start, end = self.of_cells.indptr[cell], self.of_cells.indptr[cell + 1]
        too_much = self.errors[cell] > self.offset
        inside = self.of_cells.indices[start:end]
        if len(inside) > 2 * CANDIDATES:
            first = int(rng.integers(len(inside)))
            inside = np.take(inside, np.arange(first, first + 2 * CANDIDATES), mode="wrap")
        inside = [atom for atom in inside.tolist() if self.up[atom] == too_much and atom not in flipped]
        return min(self._links(inside), default=None, key=lambda link: link[:2])

    def _links(self, atoms: list[int]) -> Iterator[tuple[int, int, list[int]]]:
        for atom in atoms:
            row = self.row(atom)
            yield self.cost_of(row, atom), atom, row
