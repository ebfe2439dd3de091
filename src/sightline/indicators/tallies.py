"""Count each distinct thing once: indicators that count the same measure, with the same values, for the same ages, share one tally.

A tally holds arrays, quarter by category, so that laying out cells costs no more for a hundred indicators than for ten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sightline.definitions.indicators import Ages, Catalogue, Counted, Indicator, Residents
from sightline.definitions.measures import EVENT, PERSON, VALUE
from sightline.engine import Engine
from sightline.indicators.categories import Categories
from sightline.indicators.people import Ways, counted_rows_sql, counts_sql, residents_sql, values_sql
from sightline.stats.medians import median_intervals

Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]
TOTAL = "all"


@dataclass(frozen=True, slots=True)
class Job:
    """Something to count. ``value_of`` is the column that names what has a value, where a median is taken; empty otherwise."""

    measure: str
    values: tuple[tuple[str, int], ...]
    ages: Ages
    residents_only: bool = False
    value_of: str = ""

    @classmethod
    def of(cls, catalogue: Catalogue, indicator: Indicator, part: Counted) -> Job:
        """What a numerator, or a denominator, has counted."""
        is_numerator = part is indicator.numerator
        value_of = (PERSON if indicator.unit == "children" else EVENT) if indicator.statistic == "median" and is_numerator else ""
        about_people = catalogue.measures[part.measure].is_about_people
        of_residents = indicator.residents_only or (is_numerator and isinstance(indicator.denominator, Residents))
        residents_only = about_people and of_residents
        ages = indicator.ages if about_people else Ages()
        return cls(part.measure, tuple(sorted(part.values.items())), ages, residents_only, value_of)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted, by breakdown (and ``all``): children; events, where any indicator counts them; medians, where they are taken.

    Each array has a row for each quarter and a column for each category; medians are (median, low, high), NaN where nothing was counted.
    """

    children: dict[str, Whole] = field(default_factory=dict)
    events: dict[str, Whole] = field(default_factory=dict)
    medians: dict[str, tuple[Numbers, Numbers, Numbers]] = field(default_factory=dict)

    def of(self, unit: str, breakdown: str) -> Whole:
        """The counts of a unit by a breakdown."""
        return (self.children if unit == "children" else self.events)[breakdown]


class Tallies:
    """Counts on an engine, each thing once.

    Args:
        engine: Holds the tables of one generation and the derived ones.
        catalogue: What may be counted.
        known: The categories of each breakdown.
        periods: The quarters.
    """

    def __init__(self, engine: Engine, catalogue: Catalogue, known: Categories, periods: Sequence[str]) -> None:
        self.engine, self.catalogue, self.known = engine, catalogue, known
        self.periods = pa.array(periods, pa.string())
        self.wanted = jobs_of(catalogue, known)
        self._of_events = jobs_of_events(catalogue)
        self._counted: dict[Job, Tally] = {}
        self._coming = self._count_all()
        self._living: dict[tuple[str, ...], Mapping[tuple[str, str], int]] = {}

    def of(self, job: Job) -> Tally:
        """The tally of a job, by everything that any indicator asks of it."""
        while job not in self._counted:
            counted, tally = next(self._coming)
            self._counted[counted] = tally
        if len(self._counted) == len(self.wanted):
            next(self._coming, None)  # so that the engine lets go of what it asked with
        return self._counted[job]

    def _count_all(self) -> Iterator[tuple[Job, Tally]]:
        """Every job that any indicator asks for, one after the other; the engine is ahead of whoever takes them."""
        answers = self.engine.query_each(sql for job in self.wanted for sql in self._statements(job))
        for job, ways in self.wanted.items():
            tally = Tally()
            answer = next(answers)
            for breakdown, places, chosen in self._by_breakdown(answer, ways):
                for name, into in (("children", tally.children), ("events", tally.events)):
                    into[breakdown] = self._empty(breakdown, np.int64)
                    into[breakdown][places] = chosen.column(name if name in answer.column_names else "children").to_numpy()
            for breakdown, (quarters, columns), chosen in self._by_breakdown(next(answers), ways) if job.value_of else ():
                shape = self._empty(breakdown, np.int64).shape
                groups = quarters * shape[1] + columns
                found = median_intervals(chosen.column(VALUE).to_numpy(), groups, group_count=shape[0] * shape[1])
                tally.medians[breakdown] = (found.median.reshape(shape), found.low.reshape(shape), found.high.reshape(shape))
            yield job, tally
        next(answers, None)

    def _statements(self, job: Job) -> Iterator[str]:
        """What has to be asked for a job: the counts, and the values where a median is taken."""
        measure, ways = self.catalogue.measures[job.measure], self.wanted[job]
        rows = counted_rows_sql(measure, dict(job.values), job.ages, ways, residents_only=job.residents_only, with_value=bool(job.value_of))
        yield counts_sql(rows, ways, about_people=measure.is_about_people, with_events=job in self._of_events)
        if job.value_of:
            yield values_sql(rows, ways, unit=job.value_of)

    def _empty(self, breakdown: str, kind: type[np.generic]) -> NDArray[Any]:
        return np.zeros((len(self.periods), len(self.codes(breakdown))), dtype=kind)

    def codes(self, breakdown: str) -> tuple[str, ...]:
        """The codes of a breakdown in order; of ``all`` the one it has."""
        return (TOTAL,) if breakdown == TOTAL else tuple(code for code, _ in self.known[breakdown])

    def _by_breakdown(self, answer: pa.Table, ways: Ways) -> Iterable[tuple[str, tuple[Whole, Whole], pa.Table]]:
        """The rows of an answer by breakdown, with the quarter and the category that each stands for."""
        answer = answer.combine_chunks()
        quarters = pc.index_in(answer.column("period"), value_set=self.periods)
        is_total = pc.is_valid(quarters)
        for way in ways:
            is_here = pc.and_(pc.is_valid(answer.column(way)), pc.is_valid(quarters))
            is_total = pc.and_(is_total, pc.is_null(answer.column(way)))
            chosen = answer.filter(is_here)
            columns = pc.index_in(chosen.column(way), value_set=pa.array(self.codes(way), pa.string()))
            yield way, (_places(quarters.filter(is_here)), _places(columns)), chosen
        chosen = answer.filter(is_total)
        here = _places(quarters.filter(is_total))
        yield TOTAL, (here, np.zeros(len(here), dtype=np.int64)), chosen

    def residents(self, part: Residents, breakdown: str) -> tuple[Whole, NDArray[np.bool_]]:
        """Resident children of each category, and whether anybody knows how many there are; the same in every quarter."""
        if part.resident_age_bands not in self._living:
            rows = self.engine.query(residents_sql(part.resident_age_bands)).to_pylist()
            self._living[part.resident_age_bands] = {(row["breakdown"], row["category"]): int(row["children"] or 0) for row in rows}
        living = self._living[part.resident_age_bands]
        found = [living.get((breakdown, code)) for code in self.codes(breakdown)]
        return np.array([each or 0 for each in found], dtype=np.int64), np.array([each is not None for each in found], dtype=bool)


def _places(found: pa.ChunkedArray) -> Whole:
    return np.asarray(found.to_numpy(), dtype=np.int64)


def jobs_of_events(catalogue: Catalogue) -> set[Job]:
    """The jobs of which some indicator counts more than the children."""
    found = set()
    for indicator in catalogue.indicators:
        for part in (indicator.numerator, indicator.denominator):
            if isinstance(part, Counted) and (part.unit or indicator.unit) != "children":
                found.add(Job.of(catalogue, indicator, part))
    return found


def jobs_of(catalogue: Catalogue, known: Categories, *, numerators_only: bool = False) -> dict[Job, Ways]:
    """Every distinct job of a catalogue, with all the ways that any indicator asks for and its measure can tell."""
    asked: dict[Job, set[str]] = {}
    for indicator in catalogue.indicators:
        parts = [indicator.numerator]
        if isinstance(indicator.denominator, Counted) and not numerators_only:
            parts.append(indicator.denominator)
        for part in parts:
            asked.setdefault(Job.of(catalogue, indicator, part), set()).update(indicator.breakdowns)
    return {job: ways_of(catalogue, known, job.measure, breakdowns) for job, breakdowns in asked.items()}


def ways_of(catalogue: Catalogue, known: Categories, name: str, breakdowns: Collection[str]) -> Ways:
    """Those of some breakdowns that a measure can be counted by, and that have any category, in the catalogue's order."""
    measure = catalogue.measures[name]
    found = {}
    for id, breakdown in catalogue.breakdowns.items():
        can_tell = breakdown.column in measure.columns if breakdown.column is not None else measure.is_about_people
        if id in breakdowns and can_tell and known[id]:
            found[id] = (breakdown, tuple(code for code, _ in known[id]))
    return found
