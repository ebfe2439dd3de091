"""Tables that readers may cross and filter: their axes, the true counts of their atoms, and the atoms as a release shows them.

An *atom* is a combination of the finest codes of all axes. `CountedCube` holds the truth and goes to the gate and nowhere else; a
`ReleasedTable` holds protected atoms, of which everything that is shown is an exact sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sightline.model.periods import Quarter

Words = tuple[str, str]
"""Code and words."""
Asked = tuple[str, str]
"""Indicator and period."""
YEAR_TO = "year to "
"""How a rolling year is named: ``year to 2026-Q1``."""
AGE = "age_band"
"""Along it a child may stand in one place in a year and in two in its quarters."""


def quarters_of_year(period: str) -> tuple[str, ...]:
    """The quarters of a rolling year, oldest first.

    >>> quarters_of_year("year to 2026-Q1")
    ('2025-Q2', '2025-Q3', '2025-Q4', '2026-Q1')
    """
    last = Quarter.parse(period.removeprefix(YEAR_TO))
    return tuple(str(last.plus(-back)) for back in (3, 2, 1, 0))


@dataclass(frozen=True, slots=True)
class AxisGroup:
    """A code that is the sum of others: of which way of looking it is, its category there, its words, and its parts."""

    code: str
    way: str
    category: str
    words: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a table: its finest codes, and the groups that are sums of them."""

    id: str
    title: str
    kind: Literal["breakdown", "geography"]
    leaves: tuple[Words, ...]
    groups: tuple[AxisGroup, ...] = ()
    overlapping: bool = False
    serves_leaves: bool = True
    ways: tuple[Words, ...] = ()
    """The ways to look along it, each a title: the axis itself, and the areas that its finest codes make up."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Leaves, then groups."""
        return (*(code for code, _ in self.leaves), *(group.code for group in self.groups))

    def told(self, code: str) -> Words:
        """Of which way of looking a code is, and its category there: what its count is named by."""
        group = next((group for group in self.groups if group.code == code), None)
        return (group.way, group.category) if group else (self.id, code)

    def words(self, code: str) -> str:
        """A code in words."""
        group = next((group for group in self.groups if group.code == code), None)
        return group.words if group else dict(self.leaves).get(code, code)

    def along(self, way: str) -> tuple[str, ...]:
        """The codes of one way of looking, finest first."""
        own = tuple(code for code, _ in self.leaves) if way == self.id and self.serves_leaves else ()
        return (*own, *(group.code for group in self.groups if group.way == way))


@dataclass(frozen=True, slots=True)
class OutsideNumber:
    """What others publish of the total of a table: its count lies within ``within`` of ``value``."""

    name: str
    value: int
    within: int = 0


@dataclass(frozen=True, eq=False)
class CountedCube:
    """The true counts of one table for one indicator and period, or why there are none.

    ``source`` names what is counted as the gate does; ``events`` what figures count of the same children, where that is not children.
    """

    table: str
    indicator: str
    period: str
    axes: tuple[Axis, ...]
    atoms: NDArray[np.int64]
    source: str
    events: str = ""
    reason: str = ""
    outside: tuple[OutsideNumber, ...] = ()


@dataclass(frozen=True, eq=False)
class ReleasedTable:
    """One declared table of a release: protected atoms by indicator and period.

    Args:
        within: What no served number of it errs by more than; by indicator and period.
        reasons: Why it has no numbers, by indicator and period.
        served: The combinations of axes whose sums were rounded together, so that each errs by no more than ``within``.
    """

    id: str
    title: str
    says: str
    axes: tuple[Axis, ...]
    base: int
    served: tuple[tuple[str, ...], ...]
    atoms: Mapping[Asked, NDArray[np.int64]]
    within: Mapping[Asked, int]
    reasons: Mapping[Asked, str] = field(default_factory=dict)

    @property
    def indicators(self) -> tuple[str, ...]:
        """What can be asked of it, in order."""
        return tuple(dict.fromkeys(indicator for indicator, _ in (*self.atoms, *self.reasons)))

    def periods(self, indicator: str) -> tuple[str, ...]:
        """The periods it tells of an indicator, or says why it does not."""
        return tuple(dict.fromkeys(period for each, period in (*self.atoms, *self.reasons) if each == indicator))

    @property
    def serves_atoms(self) -> bool:
        """Whether its finest numbers may be asked for; where they may not, nobody is given the whole table."""
        return bool(self.axes) and all(axis.serves_leaves for axis in self.axes)

    def axis(self, id: str) -> Axis:
        """One of its axes.

        Raises:
            KeyError: If it has no such axis.
        """
        for axis in self.axes:
            if axis.id == id:
                return axis
        raise KeyError(id)
