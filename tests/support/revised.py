"""An invented release and the same one revised: 2% of the records came late, 1% were put right. What changed, and what shows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sightline.disclosure import Before, Marks, Protected, ToRelease, mark_release, protect_release
from sightline.disclosure.linked import Name
from sightline.disclosure.whole_release import link, numbers_shown
from sightline.model.counted_tables import CountedAnalysis, CountedRow, CountedTable
from sightline.model.figures import Cell
from tests.support.gate import KEY

LATE, RECODED = 0.02, 0.01
AGENCIES = ("csc", "education", "health", "police", "youth_justice")
QUARTERS = ("2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1")
SEXES = ("female", "male")
AGES = ("under_10", "10_to_12", "13_to_15", "16_to_17")
ETHNICITIES = ("asian", "black", "mixed", "other", "white")
SIZES = (1, 2, 3, 4)

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Records:
    """Children of some quarters, one row each; ``known`` is one bit for each agency."""

    quarter: Codes
    ward: Codes
    sex: Codes
    age: Codes
    ethnicity: Codes
    known: Codes
    again: Mask
    wards: int

    def where(self, chosen: Mask) -> Records:
        return replace(self, **{name: getattr(self, name)[chosen] for name in _COLUMNS})


_COLUMNS = ("quarter", "ward", "sex", "age", "ethnicity", "known", "again")


def invent(children: int, *, wards: int, seed: int) -> Records:
    """Children, uneven over every code as real ones are: many counts are small, many are none."""
    rng = np.random.default_rng([seed, 41])

    def drawn(codes: int, evenness: float) -> Codes:
        return rng.choice(codes, size=children, p=rng.dirichlet(np.full(codes, evenness)))

    known = sum((rng.random(children) < share) << place for place, share in enumerate((0.7, 0.4, 0.3, 0.25, 0.1)))
    return Records(
        quarter=rng.integers(len(QUARTERS), size=children),
        ward=drawn(wards, 2),
        sex=drawn(len(SEXES), 20),
        age=drawn(len(AGES), 5),
        ethnicity=drawn(len(ETHNICITIES), 1.5),
        known=np.where(known == 0, 1, known),
        again=rng.random(children) < 0.2,
        wards=wards,
    )


def versions(children: int, *, wards: int, seed: int, revisions: int) -> list[Records]:
    """The records as they first came, and after each revision: 2% more have come and 1% have been put right each time."""
    found = [invent(children, wards=wards, seed=seed)]
    rng = np.random.default_rng([seed, 42])
    # From the last to the first: what came late was not there before, and what was put right was another code.
    for _ in range(revisions):
        then = found[-1]
        draw, column = rng.random(len(then.ward)), rng.integers(4, size=len(then.ward))
        for place, (name, codes) in enumerate((("ward", wards), ("sex", len(SEXES)), ("age", len(AGES)), ("ethnicity", len(ETHNICITIES)))):
            right = getattr(then, name)
            wrong: dict[str, Any] = {name: np.where((draw < RECODED) & (column == place), rng.integers(codes, size=len(right)), right)}
            then = replace(then, **wrong)
        found.append(then.where(draw < 1 - LATE))
    return found[::-1]


def counted(records: Records) -> ToRelease:
    """Everything of a release counted: indicators by quarter and breakdown, tables of up to three breakdowns, sets of agencies, singles."""
    last = records.where(records.quarter == len(QUARTERS) - 1)
    return ToRelease(
        cells=tuple(_cells(records)),
        analyses=(CountedAnalysis("invented", tuple(_tables(records))),),
        agencies=AGENCIES,
        combinations=_combinations(records),
        singles={"people without a home ward": int((last.ward == 0).sum()), "children flagged by none": int(last.again.sum())},
        areas={"council": {f"W{ward:02}": f"C{ward % 3}" for ward in range(records.wards)}},
    )


def _cells(records: Records) -> Iterator[Cell]:
    for quarter, period in enumerate(QUARTERS):
        here = records.where(records.quarter == quarter)
        for breakdown, category, chosen in _groups(here):
            all_, again = int(chosen.sum()), int((chosen & here.again).sum())
            yield Cell("children_referred", period, breakdown, category, all_, None, all_, source="children referred")
            yield Cell("children_referred_again", period, breakdown, category, again, all_, again, 100, out_source="children referred")


def _groups(here: Records) -> Iterator[tuple[str, str, Mask]]:
    yield "all", "all", np.ones(len(here.ward), dtype=np.bool_)
    for ward in range(here.wards):
        yield "ward", f"W{ward:02}", here.ward == ward
    for council in range(3):
        yield "council", f"C{council}", here.ward % 3 == council
    for name, codes in (("sex", SEXES), ("age", AGES), ("ethnicity", ETHNICITIES)):
        for code, words in enumerate(codes):
            yield name, words, getattr(here, name) == code
    for place, agency in enumerate(AGENCIES):
        yield "agency", agency, here.known >> place & 1 == 1


def _tables(records: Records) -> Iterator[CountedTable]:
    """Children of the year by up to three breakdowns, and by exactly who knows them."""
    wards = tuple(f"W{ward:02}" for ward in range(records.wards))
    dimensions: Mapping[str, tuple[Codes, Sequence[str]]] = {
        "ward": (records.ward, wards),
        "age": (records.age, AGES),
        "sex": (records.sex, SEXES),
        "ethnicity": (records.ethnicity, ETHNICITIES),
    }
    for id, names in (("ward_age", ("ward", "age")), ("ward_sex", ("ward", "sex")), ("three", ("ethnicity", "age", "sex"))):
        yield _crossed(id, {name: dimensions[name] for name in names}, leading=1)
    total = len(records.known)
    sets = Counter(records.known.tolist())
    yield CountedTable(
        "sets",
        ("agency",),
        "children of the year held",
        CountedRow((), total, total),
        tuple(CountedRow(_members(bits), many, many) for bits, many in sorted(sets.items())),
        tuple(
            CountedRow((agency,), many, many)
            for place, agency in enumerate(AGENCIES)
            for many in [sum(each for bits, each in sets.items() if bits >> place & 1)]
        ),
        is_of_sets=True,
    )


def _crossed(id: str, dimensions: Mapping[str, tuple[Codes, Sequence[str]]], *, leading: int) -> CountedTable:
    shape = [len(words) for _, words in dimensions.values()]
    table = np.zeros(shape, dtype=np.int64)
    np.add.at(table, tuple(codes for codes, _ in dimensions.values()), 1)
    words = [words for _, words in dimensions.values()]

    def row(place: tuple[int, ...], many: int) -> CountedRow:
        return CountedRow(tuple(codes[at] for codes, at in zip(words, place, strict=False)), many, many)

    over = table.sum(axis=tuple(range(leading, len(shape))))
    return CountedTable(
        id,
        tuple(dimensions),
        "children of the year",
        CountedRow((), int(table.sum()), int(table.sum())),
        tuple(row(place, int(many)) for place, many in np.ndenumerate(table)),
        tuple(row(place, int(many)) for place, many in np.ndenumerate(over)),
        leading,
    )


def _members(bits: int) -> tuple[str, ...]:
    return tuple(agency for place, agency in enumerate(AGENCIES) if bits >> place & 1)


def _combinations(records: Records) -> dict[frozenset[str], int]:
    last = records.known[records.quarter >= 2]
    return {frozenset(_members(bits)): many for bits, many in Counter(last.tolist()).items()}


def as_shown(protected: Protected, *marks: Marks) -> Before:
    """What readers of a release have of it, as the next one is given it, with the marks that only the gate can read."""
    return Before(protected.figures, protected.tables, protected.agencies, protected.combinations, protected.singles, marks)


@dataclass
class Seen:
    """Of counts that changed by one to four, how many there are and how many are shown as another number; by size of change."""

    changed: Counter[int] = field(default_factory=Counter)
    shown_otherwise: Counter[int] = field(default_factory=Counter)
    unchanged: int = 0
    moved_with_others: int = 0
    """Counts that did not change and are shown as another number, so that sums agree."""

    @property
    def share(self) -> float:
        return self.shown_otherwise.total() / max(self.changed.total(), 1)

    def share_of(self, size: int) -> float:
        return self.shown_otherwise[size] / max(self.changed[size], 1)

    def add(self, other: Seen) -> Seen:
        return Seen(
            self.changed + other.changed,
            self.shown_otherwise + other.shown_otherwise,
            self.unchanged + other.unchanged,
            self.moved_with_others + other.moved_with_others,
        )


def seen(then: ToRelease, now: ToRelease, shown_then: Protected, shown_now: Protected) -> Seen:
    """Put two releases of the invented records side by side, count by count."""
    was, is_ = link(then).counts, link(now).counts
    before, after = _numbers(then, shown_then), _numbers(now, shown_now)
    found = Seen()
    for name in was.keys() & is_.keys() & before.keys() & after.keys():
        size = abs(is_[name] - was[name])
        if size == 0:
            found.unchanged += 1
            found.moved_with_others += before[name] != after[name]
        elif size in SIZES:
            found.changed[size] += 1
            found.shown_otherwise[size] += before[name] != after[name]
    return found


def _numbers(counted: ToRelease, protected: Protected) -> dict[Name, int]:
    return dict(numbers_shown(counted, as_shown(protected)))


def revised(children: int, *, wards: int, seed: int, key: bytes = KEY) -> tuple[ToRelease, ToRelease, Protected, Protected]:
    """Two releases, the second made beside what the first showed."""
    then, now = (counted(records) for records in versions(children, wards=wards, seed=seed, revisions=1))
    first = protect_release(then, key=key)
    marks = Marks("release 1", mark_release(then, key=key, of="release 1"))
    return then, now, first, protect_release(now, key=key, before=as_shown(first, marks))
