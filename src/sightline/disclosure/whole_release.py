"""A whole release through the gate at once: figures, tables of analyses, agencies' sets and single counts share what they both count.

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sightline.disclosure.crossed import CrossedTables, RoundedTable
from sightline.disclosure.gate import (
    TOLD_BY_OTHERS,
    Areas,
    Guarded,
    Passed,
    add_cells,
    add_sets,
    count_name,
    figures_of,
    out_name,
    pass_counts,
    sets_of,
    shown_of_sets,
)
from sightline.disclosure.linked import Linked, Name, name_of
from sightline.disclosure.linked_rounding import round_linked
from sightline.disclosure.marks import Marks, marks_of
from sightline.disclosure.release_audit import Interval, ReleaseAudit, audit_linked
from sightline.disclosure.tables import ProtectedTable, ShownTable, add_tables, shown_in_tables, tables_of
from sightline.model.counted_tables import CountedAnalysis
from sightline.model.cubes import CountedCube, ReleasedTable
from sightline.model.figures import Absent, Cell, Figure, Released, Shown

WITHHELD = -1
"""What no table adds up to: a number that is withheld is no number to agree with."""


@dataclass(frozen=True)
class ToRelease:
    """The true counts of a release; ``singles`` are single numbers by a name of their own, ``agencies`` in their order, ``areas`` which
    wards areas are made of."""

    cells: Sequence[Cell | Absent] = ()
    analyses: Sequence[CountedAnalysis] = ()
    agencies: Sequence[str] = ()
    combinations: Mapping[frozenset[str], int] = field(default_factory=dict)
    singles: Mapping[str, int] = field(default_factory=dict)
    areas: Areas = field(default_factory=dict)
    cubes: Sequence[CountedCube] = ()


@dataclass(frozen=True)
class Before:
    """What an earlier release showed; what it did not show of sets of agencies it showed as 0 to 4.

    Analyses and sets are of a year, single counts of a quarter: they belong here only if that release was of the same quarter.
    """

    figures: Iterable[Figure] = ()
    tables: Mapping[tuple[str, str], ShownTable] = field(default_factory=dict)
    agencies: Mapping[str, Shown] = field(default_factory=dict)
    combinations: Mapping[frozenset[str], Shown] = field(default_factory=dict)
    singles: Mapping[str, Shown] = field(default_factory=dict)
    marks: tuple[Marks, ...] = ()
    """What tells which counts are the same as then; nobody knows where there are none."""
    cubes: Iterable[ReleasedTable] = ()


@dataclass(frozen=True)
class Protected:
    """What may be shown of them, and what the auditor said."""

    figures: tuple[Figure, ...]
    tables: Mapping[tuple[str, str], ProtectedTable]
    agencies: Mapping[str, Guarded]
    combinations: Mapping[frozenset[str], Released]
    singles: Mapping[str, Guarded]
    audit: ReleaseAudit
    cubes: Mapping[tuple[str, str, str], RoundedTable] = field(default_factory=dict)
    """By table, indicator and period."""
    not_made: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """The others, and why each has no numbers."""


def protect_release(
    counted: ToRelease, *, key: bytes, before: Before | None = None, known: Mapping[Name, Interval] | None = None
) -> Protected:
    """Turn all true counts of a release into what may be shown.

    Args:
        counted: Everything, at once.
        key: Secret, the same from release to release.
        before: What the release before showed: kept where it is within a base of the truth, so that few late records change few numbers.

        known: Between what counts lie by what others publish.

    Raises:
        ReleaseUnsafe: If the auditor could place a small count too closely; nothing may be released then.
        CountsContradict: If two different counts go by one name.
    """
    linked = link(counted)
    before = before or Before()
    # Marks of a key that was lost tell nothing: taken for "all has changed", numbers of the same records would be shown in two ways.
    told = [same for marks in before.marks if (same := marks.same(linked.counts, key=key)) is not None]
    same = frozenset[Name]().union(*told) if told else None
    earlier = dict(numbers_shown(counted, before))
    crossed, kept = CrossedTables.of(counted.cubes), dict[Name, int]()
    if crossed.crossed:
        kept = _crossed_first(linked, crossed, key, earlier | crossed.shown_in(before.cubes), same)
    passed = pass_counts(linked, key=key, earlier=earlier, same=same, kept=kept, known=known)
    audit = _audited_with(linked, crossed, passed, known or {}) if crossed.crossed else passed.audit
    agencies, combinations = sets_of(counted.agencies, counted.combinations, passed.shown)
    return Protected(
        tuple(figures_of(counted.cells, passed.shown)),
        tables_of(counted.analyses, passed.shown),
        agencies,
        combinations,
        {name: passed.shown[name_of(name)] for name in counted.singles},
        audit,
        crossed.rounded,
        crossed.reasons,
    )


def mark_release(counted: ToRelease, *, key: bytes, of: str) -> bytes:
    """What is kept of the true counts of a release, so that the next can tell which are the same; see `sightline.disclosure.marks`."""
    return marks_of(link(counted).counts, key=key, of=of)


def link(counted: ToRelease) -> Linked:
    """All true counts of a release by name, and how they hang together."""
    linked = Linked()
    add_cells(linked, counted.cells, counted.areas)
    add_tables(linked, counted.analyses)
    add_sets(linked, counted.combinations, counted.agencies)
    for name, count in counted.singles.items():
        linked.add(name_of(name), count)
    return linked


def _crossed_first(
    linked: Linked, crossed: CrossedTables, key: bytes, earlier: Mapping[Name, int], same: frozenset[Name] | None
) -> dict[Name, int]:
    """Round the crossed tables below what they lie inside, and give the numbers of their single breakdowns for the gate to keep.

    What something lies inside is rounded before it, and alike whatever lies in it: so it can be known beforehand.
    """
    crossed.add_singles(linked)
    families = linked.families()
    first = round_linked(linked, families, key=key, earlier=earlier, same=same)
    return crossed.round(families, first.shown, key=key, earlier=earlier)


def _audited_with(linked: Linked, crossed: CrossedTables, passed: Passed, known: Mapping[Name, Interval]) -> ReleaseAudit:
    """Attack the release again together with every cell of its crossed tables.

    Raises:
        ReleaseUnsafe: If a small count could be placed too closely.
    """
    shown = {name: each.value for name, each in passed.shown.items() if isinstance(each, Released)}
    withheld = [name for name in passed.shown if name not in shown]
    crossed.keep_agreeing({**shown, **dict.fromkeys(withheld, WITHHELD)})
    cells, wide = crossed.add_cells(linked)
    exact = {name: (count, count) for name, count in crossed.known.items()}
    audit = audit_linked(
        linked, linked.families(), cells | shown, withheld=withheld, wide=passed.wide | frozenset(wide), known={**known, **exact}
    )
    audit.insist(hint=TOLD_BY_OTHERS if known else None)
    return audit


def numbers_shown(counted: ToRelease, before: Before) -> Iterator[tuple[Name, int]]:
    """What was shown, under the names that these counts have now."""
    shown = {(each.indicator, each.period, each.breakdown, each.category): each for each in before.figures}
    for cell in counted.cells:
        figure = shown.get((cell.indicator, cell.period, cell.breakdown, cell.category))
        if isinstance(cell, Cell) and figure is not None:
            yield from _number(count_name(cell), figure.count)
            if cell.denominator is not None:
                yield from _number(out_name(cell), figure.out_of)
    for analysis in counted.analyses:
        for table in analysis.tables:
            if (analysis.id, table.id) in before.tables:
                for name, number in shown_in_tables(table, before.tables[analysis.id, table.id]):
                    yield from _number(name, number)
    if before.agencies:
        for name, number in shown_of_sets(counted.combinations, before.agencies, before.combinations):
            yield from _number(name, number)
    for single in counted.singles:
        yield from _number(name_of(single), before.singles.get(single))


def _number(name: Name, shown: Shown | None) -> Iterator[tuple[Name, int]]:
    if isinstance(shown, Released):
        yield name, shown.value
