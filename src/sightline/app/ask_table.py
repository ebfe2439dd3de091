"""Answer what somebody asks of the tables of a release: rows, columns, filters and a period. Every number is a sum of protected atoms.

Nothing but what was released is read here: the release, and the attachments that hold its tables. As all answers are sums of the same
atoms, totals always agree, and asking more tells nothing more.

Method page: docs/methods/tables-to-ask.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import isnan

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.crossed import dimensions_of
from sightline.disclosure.dimensions import Dimension
from sightline.errors import ExitCode, SightlineError
from sightline.model.cubes import YEAR_TO, Asked, Axis, ReleasedTable
from sightline.model.periods import Quarter
from sightline.model.releases import IndicatorText, Release
from sightline.publish.asked_table import ALL, ENOUGH, NUMBERS, OF_COLUMN, OF_ROW, SHOWN_AS, AskedTable, Line, Told

Mask = NDArray[np.bool_]


class AskedWrongly(SightlineError):
    """A question names something that a release's tables do not have; ``mistakes`` are by the part of the question."""

    code = "SL-APP-034"
    hint = "Ask for what the tables of this release list."
    exit_code = ExitCode.NOT_FOUND

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        self.mistakes = dict(mistakes)
        super().__init__(" ".join(mistakes.values()))


@dataclass(frozen=True)
class Question:
    """What is asked: which table of which indicator, when, by what, and of whom only.

    ``rows`` and ``columns`` are ways of looking (``age_band``, ``council``); ``where`` is axis → codes, united; an axis that is left out is
    taken whole.
    """

    indicator: str
    table: str = ""
    period: str = ""
    rows: str = ""
    columns: str = ""
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shown_as: str = NUMBERS


def tables_for(tables: Sequence[ReleasedTable], indicator: str) -> list[ReleasedTable]:
    """The tables that an indicator can be asked by."""
    return [table for table in tables if indicator in table.indicators]


def completed(tables: Sequence[ReleasedTable], question: Question) -> tuple[ReleasedTable, Question]:
    """The question with what it leaves open filled in: the first table, its newest quarter, its first way of looking.

    Raises:
        AskedWrongly: With every mistake, by the part of the question it is in.
    """
    own = tables_for(tables, question.indicator)
    if not own:
        raise AskedWrongly({"table": "This release has no table to ask of this indicator."})
    table = next((each for each in own if each.id == question.table), None if question.table else own[0])
    if table is None:
        raise AskedWrongly({"table": "Choose one of the tables listed."})
    periods = table.periods(question.indicator)
    newest = [each for each in periods if not each.startswith(YEAR_TO)] or list(periods)
    ways = {way: axis for axis in table.axes for way, _ in axis.ways}
    rows = question.rows or next(iter(ways))
    mistakes: dict[str, str] = {}
    if question.period and question.period not in periods:
        mistakes["period"] = "Choose a period that this table has."
    if rows not in ways:
        mistakes["rows"] = "Choose rows that this table has."
    if question.columns and question.columns not in ways:
        mistakes["columns"] = "Choose columns that this table has."
    elif question.columns and rows in ways and ways[rows].id == ways[question.columns].id:
        mistakes["columns"] = "Choose columns that are not told by the same as the rows, or none."
    if question.shown_as not in SHOWN_AS:
        mistakes["show"] = "Choose numbers or percentages."
    mistakes |= _wrong_filters(table, question.where)
    if mistakes:
        raise AskedWrongly(mistakes)
    period = question.period or newest[-1]
    return table, Question(question.indicator, table.id, period, rows, question.columns, question.where, question.shown_as)


def _wrong_filters(table: ReleasedTable, where: Mapping[str, Sequence[str]]) -> dict[str, str]:
    axes, mistakes = {axis.id: axis for axis in table.axes}, {}
    for name, codes in where.items():
        if name not in axes:
            mistakes["where"] = "Filter by what this table has."
        elif set(codes) - set(served_codes(axes[name])):
            mistakes[f"where-{name}"] = f"Tick what is listed under {axes[name].title.lower()}."
    return mistakes


def served_codes(axis: Axis) -> list[str]:
    """The codes of an axis that may be asked for."""
    return [code for way, _ in axis.ways for code in axis.along(way)]


def ask(release: Release, tables: Sequence[ReleasedTable], question: Question) -> AskedTable:
    """Answer a question.

    Raises:
        AskedWrongly: With every mistake, by the part of the question it is in.
        NotFound: If the release has no such indicator.
    """
    text = next((each for each in release.indicators if each.id == question.indicator), None)
    if text is None:
        raise AskedWrongly({"indicator": "This release has no such indicator."})
    table, whole = completed(tables, question)
    return _answered(release, text, table, whole)


def _answered(release: Release, text: IndicatorText, table: ReleasedTable, question: Question) -> AskedTable:
    asked = (question.indicator, question.period)
    axes = {way: axis for axis in table.axes for way, _ in axis.ways}
    titles = dict(pair for axis in table.axes for pair in axis.ways)
    rows_axis, columns_axis = axes[question.rows], axes.get(question.columns)
    rows = _lines(rows_axis, question.rows, question.where)
    columns = _lines(columns_axis, question.columns, question.where) if columns_axis else [Line("", text.unit.capitalize())]
    counts = text.title if text.unit == "children" else f"Children behind: {text.title[0].lower()}{text.title[1:]}"
    if not columns_axis:
        columns = [Line("", "Children")]
    cells = () if asked not in table.atoms else _Sums(table, asked, question).cells(rows, columns)
    return AskedTable(
        release,
        text,
        table.id,
        question.period,
        titles[question.rows],
        titles.get(question.columns, ""),
        tuple(rows) if cells else (),
        tuple(columns) if cells else (),
        cells,
        counts,
        period_words(question.period),
        tuple(_in_words(axis, question.where[axis.id]) for axis in table.axes if question.where.get(axis.id)),
        question.shown_as,
        "" if asked in table.atoms else table.reasons.get(asked, "no figure"),
    )


def period_words(period: str) -> str:
    """A quarter or a rolling year in words."""
    if period.startswith(YEAR_TO):
        return f"twelve months to the end of {Quarter.parse(period.removeprefix(YEAR_TO)).title}"
    return Quarter.parse(period).title


def _in_words(axis: Axis, codes: Sequence[str]) -> str:
    return f"{axis.title.lower()}: {', '.join(axis.words(code) for code in codes)}"


def _lines(axis: Axis, way: str, where: Mapping[str, Sequence[str]]) -> list[Line]:
    """All together, then every code of a way of looking that the filter leaves something of."""
    masks, chosen = _masks(axis), _chosen(axis, where.get(axis.id))
    words = _words(axis)
    nodes = {group.code: group.parts for group in axis.groups if group.way == axis.id == way and axis.serves_leaves}
    listed = [code for code in axis.along(way) if code not in nodes]
    for code, parts in nodes.items():
        # A node of a tree stands after the last of its parts, as their sum.
        listed.insert(max((listed.index(part) for part in parts if part in listed), default=len(listed) - 1) + 1, code)
    return [Line("", ALL), *(Line(code, words[code], code in nodes) for code in listed if (masks[code] & chosen).any())]


@lru_cache(maxsize=64)
def _words(axis: Axis) -> dict[str, str]:
    return dict(axis.leaves) | {group.code: group.words for group in axis.groups}


@lru_cache(maxsize=64)
def _dimension(axis: Axis) -> Dimension:
    return dimensions_of((axis,))[0]


@lru_cache(maxsize=64)
def _masks(axis: Axis) -> dict[str, Mask]:
    """For each code which leaves it is made of."""
    dimension = _dimension(axis)
    inside = dimension.membership.toarray().astype(bool)
    return dict(zip(dimension.codes, inside, strict=True))


def _chosen(axis: Axis, codes: Sequence[str] | None) -> Mask:
    """The leaves that a filter selects, several codes united; all where there is none."""
    if not codes:
        return np.ones(len(axis.leaves), dtype=bool)
    masks = _masks(axis)
    chosen: Mask = np.logical_or.reduce([masks[code] for code in codes])
    return chosen


@dataclass(frozen=True)
class _Sums:
    """The sums of one question, and how far off each may be."""

    table: ReleasedTable
    asked: Asked
    question: Question

    def cells(self, rows: Sequence[Line], columns: Sequence[Line]) -> tuple[tuple[Told, ...], ...]:
        axes = self.table.axes
        ways = {way: place for place, axis in enumerate(axes) for way, _ in axis.ways}
        row, column = ways[self.question.rows], ways.get(self.question.columns)
        chosen = [_chosen(axis, self.question.where.get(axis.id)) for axis in axes]
        sides = {row: self._side(row, rows, chosen)}
        if column is not None:
            sides[column] = self._side(column, columns, chosen)
        values = np.asarray(self.table.atoms[self.asked])
        for place, only in enumerate(chosen):
            if place not in sides:
                values = (values if only.all() else values.compress(only, axis=place)).sum(axis=place, keepdims=True)
        for place, side in sides.items():
            first = np.moveaxis(values, place, 0)
            summed = sparse.csr_array(side).astype(np.int64) @ first.reshape(first.shape[0], -1)
            values = np.moveaxis(summed.reshape(-1, *first.shape[1:]), 0, place)
        within = self._within(sides, chosen)
        if column is not None and column < row:
            values, within = np.moveaxis(values, column, row), np.moveaxis(within, column, row)
        shape = (len(rows), len(columns))
        return _told(values.reshape(shape), within.reshape(shape), self.question.shown_as)

    def _side(self, place: int, lines: Sequence[Line], chosen: Sequence[Mask]) -> Mask:
        masks = _masks(self.table.axes[place])
        return np.stack([masks[line.code] & chosen[place] if line.code else chosen[place] for line in lines])

    def _within(self, sides: Mapping[int, Mask], chosen: Sequence[Mask]) -> NDArray[np.int64]:
        """Through the served cells that make a sum up, or through its atoms if that is less."""
        by_cells = np.array(self.table.within[self.asked], dtype=np.int64)
        by_atoms = np.array(self.table.within[self.asked], dtype=np.int64)
        for place, axis in enumerate(self.table.axes):
            side = sides.get(place, chosen[place][None, :])
            # What one code is made of, or all of them, is one served number.
            whole = axis.id not in self.question.where and (axis.serves_leaves or place not in sides)
            many = np.ones(len(side), dtype=np.int64)
            if not whole:
                several = np.flatnonzero(side.sum(axis=1) != 1) if axis.serves_leaves else range(len(side))
                for at in several:
                    many[at] = pieces(axis, side[at])
            by_cells = np.multiply.outer(by_cells, many)
            by_atoms = np.multiply.outer(by_atoms, side.sum(axis=1))
        found: NDArray[np.int64] = np.where(by_cells > 0, np.minimum(by_cells, by_atoms), by_atoms)
        return found


def pieces(axis: Axis, chosen: Mask) -> int:
    """How many served codes, coarsest first, make up the chosen leaves; 1 for all of them, 0 where none do."""
    return 1 if chosen.all() else _pieces(axis, chosen.tobytes())


@lru_cache(maxsize=4096)
def _pieces(axis: Axis, chosen: bytes) -> int:
    left = np.frombuffer(chosen, dtype=bool).copy()
    groups, many = _groups(axis), 0
    for group in groups[~(groups & ~left).any(axis=1)]:
        if left[group].all():
            left[group] = False
            many += 1
    if axis.serves_leaves:
        return many + int(left.sum())
    return 0 if left.any() else many


@lru_cache(maxsize=64)
def _groups(axis: Axis) -> Mask:
    """Which leaves each group is made of, the coarsest first."""
    masks = _masks(axis)
    found = np.array([masks[group.code] for group in axis.groups], dtype=bool).reshape(len(axis.groups), len(axis.leaves))
    ordered: Mask = found[np.argsort(-found.sum(axis=1), kind="stable")]
    return ordered


def _told(values: NDArray[np.int64], within: NDArray[np.int64], shown_as: str) -> tuple[tuple[Told, ...], ...]:
    bases = {OF_ROW: values[:, :1], OF_COLUMN: values[:1, :]}.get(shown_as)
    shares = np.full(values.shape, np.nan)
    if bases is not None:
        wholes = np.broadcast_to(bases, values.shape)
        enough = (values >= ENOUGH) & (wholes >= ENOUGH)
        shares[enough] = values[enough] * 100 / wholes[enough]
    rows = zip(values.tolist(), within.tolist(), shares.tolist(), strict=True)
    return tuple(tuple(Told(value, off, None if isnan(share) else share) for value, off, share in zip(*row, strict=True)) for row in rows)
