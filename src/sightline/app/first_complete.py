"""Which version of a return was the first complete one: some agencies' records of a quarter are still filling when they are first sent.

It is told, and held against nobody. How it is reckoned, and its limits: docs/methods/robust-series.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sightline.app.returns import DatasetLine

ENOUGH = 0.98
"""Of the rows kept of the version that holds, the share that an earlier one must have reached to count as complete already: a few
corrected records are no incomplete return."""


@dataclass(frozen=True, slots=True)
class FirstComplete:
    """One dataset: which version of each return was the first complete one.

    ``versions`` are (period, number of the version), oldest first, of returns of which no more is expected; ``growing`` are the periods
    whose return may still grow, of which nothing can be said yet.
    """

    agency: str
    agency_name: str
    dataset: str
    dataset_title: str
    versions: tuple[tuple[str, int], ...]
    growing: tuple[str, ...]

    @property
    def usual(self) -> int | None:
        """The version that was the first complete one most often, the later of two as frequent; None where nothing can be said."""
        often = Counter(version for _, version in self.versions)
        return max(often, key=lambda version: (often[version], version), default=None)

    def count(self, version: int, *, or_later: bool = False) -> int:
        """For how many returns that version was the first complete one."""
        return sum(each == version or (or_later and each > version) for _, each in self.versions)


def first_complete(datasets: Sequence[DatasetLine]) -> tuple[FirstComplete, ...]:
    """For every dataset, in the order given; pure."""
    return tuple(_of(dataset) for dataset in datasets)


def _of(dataset: DatasetLine) -> FirstComplete:
    came = [line for line in dataset.returns if line.return_id is not None and line.kept_by_version]
    return FirstComplete(
        dataset.agency,
        dataset.agency_name,
        dataset.dataset,
        dataset.dataset_title,
        versions=tuple((line.period, _first(line.kept_by_version)) for line in came if not line.more_may_come),
        growing=tuple(line.period for line in came if line.more_may_come),
    )


def _first(kept: Sequence[int]) -> int:
    return next(number for number, rows in enumerate(kept, 1) if rows >= ENOUGH * kept[-1])
