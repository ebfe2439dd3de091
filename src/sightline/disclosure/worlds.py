"""Worlds: complete tables of whole, non-negative counts that agree with everything a reader knows.

Two of them that differ in a cell by 5 prove that the cell is protected: whoever holds the release cannot tell which of them is true. Every
table is checked in exact arithmetic before it counts, wherever it comes from, and one world is proof for all cells in which it differs.

Method page: docs/methods/auditing-releases.md.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy import sparse

from sightline.disclosure.knowledge import UNBOUNDED, Counts, Mask
from sightline.disclosure.table_programs import Floats, Places, Program

Ends = tuple[Counts, Counts]
FEW = 20
"""Where at most one atom in so many differs from the truth, only the cells that hold these are added up."""


class Worlds:
    """What can be true of atoms, and the spread of every cell over the worlds found so far.

    Args:
        sums: Cells by atoms, 1 where the atom counts in the cell.
        between: The least and the most of each cell that a reader knows of; UNBOUNDED where nothing is known.
        atoms_between: The same for atoms.
        truth: Atoms as they are: the first world.
    """

    def __init__(self, sums: sparse.csr_array, *, between: Ends, atoms_between: Ends, truth: Counts) -> None:
        self.sums, self.truth = sums, truth
        self.low, self.high = between
        self.atom_low, self.atom_high = atom_low, atom_high = atoms_between
        self.far = int(2 * np.abs(truth).sum() + 1000)
        self.free = np.flatnonzero(atom_low < atom_high)
        self.of_free = sparse.csr_array(sums[:, self.free])
        self.fixed = np.asarray(sums @ np.where(atom_low < atom_high, 0, truth), dtype=np.int64)
        self.true = np.asarray(sums @ truth, dtype=np.int64)
        self.least, self.most = self.true.copy(), self.true.copy()
        self.solved = 0
        """How many programs were solved to find them."""

    def take(self, atoms: Counts) -> bool:
        """Let a table widen what is proved, if it is a world at all."""
        moved = np.flatnonzero(atoms != self.truth)
        if (atoms[moved] < self.atom_low[moved]).any() or (atoms[moved] > self.atom_high[moved]).any():
            return False
        if len(moved) * FEW > len(atoms):
            cells: Places | slice = slice(None)
            values = np.asarray(self.sums @ atoms, dtype=np.int64)
        else:
            cells, values = self._touched(moved, atoms[moved] - self.truth[moved])
        if (values < self.low[cells]).any() or (values > self.high[cells]).any():
            return False
        self.least[cells], self.most[cells] = np.minimum(self.least[cells], values), np.maximum(self.most[cells], values)
        return True

    def _touched(self, moved: Places, differences: Counts) -> tuple[Places, Counts]:
        """The cells that hold any atom that moved, and what they come to: all others are as they truly are."""
        held = self._cells_of_atoms[moved]
        cells, place = np.unique(held.indices, return_inverse=True)
        values = self.true[cells]
        np.add.at(values, place, np.repeat(differences, np.diff(held.indptr)) * held.data)
        return cells, values

    def take_free(self, atoms: Counts) -> bool:
        """The same, of the atoms that are not known; none at all is no world."""
        if len(atoms) != len(self.free):
            return False
        everything = self.truth.copy()
        everything[self.free] = atoms
        return self.take(everything)

    def take_around(self, atoms: Counts, needs: Counts) -> bool:
        """Let a world widen what is proved, and with it every world that differs from it in one atom or, for what is open then, in two.

        An atom may rise by as much as every cell that holds it, and itself, may rise yet: what is left of it is checked here, not tried.
        Where figures are rounded, what is shown is such a world, and leaves every atom room.
        """
        if not self.take(atoms):
            return False
        values = np.asarray(self.sums @ atoms, dtype=np.int64)
        for room, own_room, ends, sign in (
            (self.high - values, self.atom_high - atoms, self.most, 1),
            (values - self.low, atoms - self.atom_low, self.least, -1),
        ):
            steps = np.minimum(_reduced(np.minimum, self._cells_of_atoms, room), own_room)
            steps = np.minimum(steps, int(needs.max(initial=0)))
            alone = _reduced(np.maximum, self.sums, steps)
            _widen(ends, values + sign * alone, sign)
            pending = self.pending(needs)
            pending = pending[alone[pending] > 0]
            _widen(ends, values[pending] + sign * self._moved_by_two(pending, room, steps), sign, pending)
        return True

    def _moved_by_two(self, chosen: Places, room: Counts, steps: Counts) -> Counts:
        """How far cells go where two of their atoms, those with most room, move by the same.

        A cell that holds both must have room for both; one that holds either has it by what each can do alone.
        """
        pairs = np.array([_two_with_most(self.sums.indices[slice(*self.sums.indptr[cell : cell + 2])], steps) for cell in chosen.tolist()])
        if not len(pairs):
            return np.zeros(0, dtype=np.int64)
        both = sparse.csr_array(self._cells_of_atoms[pairs[:, 0]].multiply(self._cells_of_atoms[pairs[:, 1]]))
        shared = _reduced(np.minimum, both, room)
        apart = pairs[:, 0] != pairs[:, 1]
        return np.where(apart, 2 * np.minimum(steps[pairs].min(axis=1), shared // 2), 0)

    @cached_property
    def _cells_of_atoms(self) -> sparse.csr_array:
        return sparse.csr_array(self.sums.T)

    def pending(self, needs: Counts) -> Places:
        """Cells of which the worlds found so far do not reach over as much as they need."""
        return np.flatnonzero(self.most - self.least < needs)

    def inside(self, blocks: Places) -> Mask:
        """Cells of which all free atoms are in one block.

        Args:
            blocks: The block of each free atom.
        """
        starts, filled = self.of_free.indptr[:-1], np.diff(self.of_free.indptr) > 0
        labels, found = blocks[self.of_free.indices], np.zeros(len(self.low), dtype=bool)
        found[filled] = np.minimum.reduceat(labels, starts[filled]) == np.maximum.reduceat(labels, starts[filled])
        return found

    def costs(self, weights: Floats, chosen: Places) -> Floats:
        """The weighted sum of cells, as weights of free atoms."""
        return np.asarray(self.of_free[chosen].T @ weights, dtype=np.float64)

    @cached_property
    def program(self) -> Program:
        """What is left to be chosen: the atoms that are not known, and the cells that hold them."""
        low = np.where(self.low <= -UNBOUNDED, -UNBOUNDED, self.low - self.fixed)
        high = np.where(self.high >= UNBOUNDED, UNBOUNDED, self.high - self.fixed)
        atoms = (np.maximum(self.atom_low[self.free], -self.far), np.minimum(self.atom_high[self.free], self.far))
        return Program.of(self.of_free, (low, high), atoms)


def _two_with_most(atoms: Places, steps: Counts) -> tuple[int, int]:
    """The two atoms that can move farthest; the same one twice where there is no other."""
    order = np.argsort(-steps[atoms], kind="stable")[:2]
    return int(atoms[order[0]]), int(atoms[order[-1]])


def _widen(ends: Counts, reached: Counts, sign: int, chosen: Places | slice = slice(None)) -> None:
    ends[chosen] = (np.maximum if sign > 0 else np.minimum)(ends[chosen], reached)


def _reduced(how: np.ufunc, matrix: sparse.csr_array, values: Counts) -> Counts:
    """The least or the most value of what each row holds; 0 where it holds nothing."""
    filled = np.flatnonzero(np.diff(matrix.indptr))
    found = np.zeros(matrix.shape[0], dtype=np.int64)
    if len(filled):
        found[filled] = how.reduceat(values[matrix.indices], matrix.indptr[:-1][filled])
    return found
