"""Checks over the rows of a person and over tables, as a format declares them under ``across``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from sightline.definitions.loading import Definition

Kind = Literal["orphans", "overlaps", "open_past", "after_closure", "before_start"]


class CrossCheck(Definition):
    """One check that needs more than one row, or more than one table.

    ``orphans``: rows whose person is in no row of the table ``of``. ``overlaps``: two spells (``start`` to ``end``) of one person that
    share more than a day's change. ``open_past``: a spell without an ``end`` of a person who was ``years`` old (by ``born``, taken from
    ``of`` where the table itself has no such column) before the period ended. ``after_closure``: ``start`` lies after the last ``end`` the
    person has in the table ``of``, which has no open row of that person. ``before_start``: ``start`` lies before the first ``begun`` in the
    table ``of``. Rows of two tables belong together by their person, or by what they have in ``on`` (here) and ``to`` (there): the offence
    of an outcome, the case of a meeting. ``rule`` is the id the format's publisher gives the rule.
    """

    id: str
    kind: Kind
    severity: Literal["block", "error", "query", "note"] = "query"
    rule: str = ""
    of: str = ""
    on: str = ""
    to: str = ""
    begun: str = ""
    start: str = ""
    end: str = ""
    born: str = ""
    years: int = 18
    message: str = ""
    hint: str = ""


_NEEDS: dict[str, tuple[str, ...]] = {
    "orphans": ("of",),
    "overlaps": ("start", "end"),
    "open_past": ("end", "born"),
    "after_closure": ("start", "end", "of"),
    "before_start": ("start", "begun", "of"),
}


class _Table(Protocol):
    @property
    def person(self) -> str | None: ...
    @property
    def columns(self) -> Mapping[str, Any]: ...
    @property
    def across(self) -> tuple[CrossCheck, ...]: ...


def check_across(tables: Mapping[str, _Table], report: Callable[[tuple[int | str, ...], str], None]) -> None:
    """Report every table and column that a check names and that does not exist."""
    for name, table in tables.items():
        for position, check in enumerate(table.across):
            here: tuple[int | str, ...] = ("tables", name, "across", position)
            for needed in _NEEDS[check.kind]:
                if not getattr(check, needed):
                    report(here, f'a check of kind "{check.kind}" names its "{needed}".')
            if bool(check.on) != bool(check.to):
                report(here, 'a check names both "on" and "to", or neither.')
            if table.person is None and not check.on:
                report(here, f'table "{name}" does not say whose rows it holds.')
            other = tables.get(check.of) if check.of else None
            if check.of and (other is None or (other.person is None and not check.to)):
                report((*here, "of"), f'there is no table "{check.of}" that says whose rows it holds.')
                continue
            _check_columns(check, here, table, other, report)


def _check_columns(
    check: CrossCheck,
    here: tuple[int | str, ...],
    table: _Table,
    other: _Table | None,
    report: Callable[[tuple[int | str, ...], str], None],
) -> None:
    parts = (("start", table), ("end", other if check.kind == "after_closure" else table), ("born", other or table))
    for part, where in (*parts, ("begun", other), ("on", table), ("to", other)):
        column = getattr(check, part)
        if column and where is not None and column not in where.columns:
            report((*here, part), f'there is no column "{column}".')
