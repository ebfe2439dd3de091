"""Dimensions of a cube: the finest codes of one way of breaking down, and the groups that are sums of them.

Method page: docs/methods/controlled-rounding.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.errors import ExitCode, SightlineError

Kind = Literal["breakdown", "geography", "period"]


class CubeProblems(SightlineError):
    """A declared cube contradicts itself or a rule; every problem is listed with its cell, code or rule."""

    code = "SL-DIS-001"
    hint = "Mend the declaration or the counts; nothing was published."
    exit_code = ExitCode.INPUT_REFUSED

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(["A cube cannot be protected as it is:", *(f"  {problem}" for problem in problems)]) + "\n")


@dataclass(frozen=True, slots=True)
class Group:
    """A code that is the sum of others of its dimension, leaves or groups: "13 to 17" of ages, "Saltmere" of wards."""

    code: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way of breaking down: its finest codes and the groups that are sums of them.

    In a tree no code is part of two groups; where hierarchies overlap (wards and beats of the same pieces) say ``overlapping``.
    ``hidden`` codes are never served.
    """

    name: str
    leaves: tuple[str, ...]
    groups: tuple[Group, ...] = ()
    kind: Kind = "breakdown"
    overlapping: bool = False
    hidden: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Leaves, then groups."""
        return self.leaves + tuple(group.code for group in self.groups)

    @property
    def membership(self) -> sparse.csr_array:
        """Codes by leaves, 1 where the leaf is part of the code: ``membership @ values`` sums values of leaves to codes."""
        return _structure(self).membership

    @property
    def partitions(self) -> tuple[NDArray[np.intp], ...]:
        """Sets of the coarsest codes, each of which makes up the whole dimension; every code without a parent is in at least one."""
        return _structure(self).partitions

    @property
    def is_tree(self) -> bool:
        """Whether no code is part of more than one group."""
        parts = [part for group in self.groups for part in group.parts]
        return len(parts) == len(set(parts))


@dataclass(frozen=True, slots=True)
class _Structure:
    membership: sparse.csr_array
    partitions: tuple[NDArray[np.intp], ...]


@lru_cache(maxsize=256)
def _structure(dimension: Dimension) -> _Structure:
    problems = list(problems_of(dimension))
    if problems:
        raise CubeProblems(problems)
    place = {code: index for index, code in enumerate(dimension.codes)}
    leaves = leaves_of_codes(dimension)
    within = [np.array(sorted(place[leaf] for leaf in leaves[code]), dtype=np.intp) for code in dimension.codes]
    starts = np.concatenate([[0], np.cumsum([len(each) for each in within])])
    ones = np.ones(starts[-1], dtype=np.int64)
    membership = sparse.csr_array((ones, np.concatenate(within), starts), shape=(len(within), len(dimension.leaves)))
    return _Structure(membership, tuple(_partitions(dimension, within)))


def _partitions(dimension: Dimension, within: Sequence[NDArray[np.intp]]) -> Iterator[NDArray[np.intp]]:
    parts = {part for group in dimension.groups for part in group.parts}
    tops = [index for index, code in enumerate(dimension.codes) if code not in parts]
    waiting = [index for index in tops if index >= len(dimension.leaves)] or tops
    while waiting:
        taken, covered = [], np.zeros(len(dimension.leaves), dtype=bool)
        for index in (*waiting, *tops):
            if not covered[within[index]].any():
                taken.append(index)
                covered[within[index]] = True
        yield np.array([*taken, *np.flatnonzero(~covered)], dtype=np.intp)
        waiting = [index for index in waiting if index not in set(taken)]


def leaves_of_codes(dimension: Dimension) -> dict[str, tuple[str, ...]]:
    """The leaves of every code, one as often as it is reached; for groups that are not made of themselves."""
    found: dict[str, tuple[str, ...]] = {leaf: (leaf,) for leaf in dimension.leaves}
    parts = {group.code: group.parts for group in dimension.groups}
    waiting = list(parts)
    while waiting:
        code = waiting[-1]
        missing = [part for part in parts[code] if part not in found]
        if missing:
            waiting.extend(missing)
            continue
        found[code] = tuple(leaf for part in parts[code] for leaf in found[part])
        waiting.pop()
    return found


# What may be wrong


def problems_of(dimension: Dimension) -> Iterator[str]:
    """Every way in which a dimension contradicts itself, with the code that does."""
    name = dimension.name
    if not dimension.leaves:
        yield f"{name} has no finest codes."
    codes = set(dimension.codes)
    for code, times in Counter(dimension.codes).items():
        if times > 1:
            yield f'{name} names "{code}" {times} times; a code is one leaf or one group.'
    for code in sorted(set(dimension.hidden) - codes):
        yield f'{name} is not to serve "{code}", which it does not have.'
    for group in dimension.groups:
        yield from _problems_of_group(name, group, codes)
    if not dimension.overlapping:
        yield from _in_two_places(dimension)
    circle = _circle(dimension)
    if circle:
        yield f"{name} has a group that is part of itself: {' in '.join(circle)}."
    elif codes >= {part for group in dimension.groups for part in group.parts}:
        yield from _counted_twice(dimension)


def _problems_of_group(name: str, group: Group, codes: set[str]) -> Iterator[str]:
    if not group.parts:
        yield f'{name} has a group "{group.code}" without parts.'
    for part, times in Counter(group.parts).items():
        if part not in codes:
            yield f'{name} has a group "{group.code}" with a part "{part}" that is neither a finest code nor a group.'
        if times > 1:
            yield f'{name} has a group "{group.code}" that names its part "{part}" {times} times.'


def _in_two_places(dimension: Dimension) -> Iterator[str]:
    parents: dict[str, list[str]] = {}
    for group in dimension.groups:
        for part in dict.fromkeys(group.parts):
            parents.setdefault(part, []).append(group.code)
    for part, groups in parents.items():
        if len(groups) > 1:
            listed = " and ".join(f'"{group}"' for group in groups)
            yield f'{dimension.name} has "{part}" in two places of its tree, {listed}; say that the hierarchies overlap, or keep one.'


def _circle(dimension: Dimension) -> list[str]:
    """Codes of which each is part of the next and the last is the first; empty if there are none."""
    parts = {group.code: group.parts for group in dimension.groups}
    done: set[str] = set()
    for start, first in parts.items():
        path: list[tuple[str, Iterator[str]]] = [(start, iter(first))] if start not in done else []
        while path:
            part = next((each for each in path[-1][1] if each in parts and each not in done), None)
            if part is None:
                done.add(path.pop()[0])
            elif any(part == code for code, _ in path):
                on_path = [code for code, _ in path]
                return [part, *reversed(on_path[on_path.index(part) :])]
            else:
                path.append((part, iter(parts[part])))
    return []


def _counted_twice(dimension: Dimension) -> Iterator[str]:
    for code, leaves in leaves_of_codes(dimension).items():
        twice = [leaf for leaf, times in Counter(leaves).items() if times > 1]
        if twice:
            yield f'{dimension.name} counts "{twice[0]}" twice in its group "{code}".'


def tree(
    name: str, parents: Iterable[tuple[str, str | None]], *, kind: Literal["breakdown", "geography", "period"] = "breakdown"
) -> Dimension:
    """A dimension from rows of a code and the group it is part of (None for the top), as lookup files give them.

    Raises:
        CubeProblems: If a group is not among the codes, a code is given two groups, or groups go round in a circle.
    """
    rows = list(parents)
    codes = list(dict.fromkeys(code for code, _ in rows))
    above = {
        parent: [code for code, each in rows if each == parent] for parent in dict.fromkeys(each for _, each in rows) if parent is not None
    }
    missing = [parent for parent in above if parent not in set(codes)]
    if missing:
        raise CubeProblems([f'{name} puts "{above[each][0]}" in a group "{each}" that it does not have.' for each in missing])
    leaves = tuple(code for code in codes if code not in above)
    made = Dimension(name, leaves, tuple(Group(code, tuple(above[code])) for code in codes if code in above), kind)
    problems = list(problems_of(made))
    if problems:
        raise CubeProblems(problems)
    return made
