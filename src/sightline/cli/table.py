"""`sightline table`: ask a table of an indicator of a release, by rows, columns and filters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from sightline.cli.output import Output
from sightline.errors import EnvironmentProblem, InputRefused, NotFound, Place

if TYPE_CHECKING:  # start-up speed: see the package docstring
    from collections.abc import Sequence

    from sightline.model.cubes import ReleasedTable
    from sightline.publish.asked_table import AskedTable


def table(
    indicator: Annotated[str, typer.Argument(metavar="INDICATOR", help="The indicator's id.")],
    rows: Annotated[str, typer.Option(help="What the rows are, as age_band, sex, ward or council.")] = "",
    columns: Annotated[str, typer.Option(help="What the columns are; one column of numbers when left out.")] = "",
    where: Annotated[
        list[str] | None, typer.Option(help="Only some: as sex=female or age_band=13-15,16-17, which are added together.")
    ] = None,
    period: Annotated[str, typer.Option(help="A quarter of the table, as 2026-Q1; its newest when left out.")] = "",
    name: Annotated[str, typer.Option("--table", help="The declared table, where the indicator has several.")] = "",
    show: Annotated[str, typer.Option(help="numbers, of_row or of_column.")] = "numbers",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    release: Annotated[int | None, typer.Option(help="The release's number; the newest when left out.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the answer to this file, .csv or .xlsx.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Cross and filter an indicator of a release. Every number is a sum of the same rounded ones, so totals agree however you ask."""
    from sightline.app.ask_table import Question, ask  # start-up speed: see the package docstring
    from sightline.app.cubes import tables_of_release
    from sightline.app.releases import current_release, release_by_number
    from sightline.app.start import open_workspace

    output, opened = Output(as_json), open_workspace(workspace)
    chosen = current_release(opened) if release is None else release_by_number(opened, release)
    if chosen is None:
        raise NotFound("There is no release yet.", hint="Run `sightline release` first.")
    tables = tables_of_release(opened, chosen)
    filters = _filters(where or [])
    named = name or _able(tables, indicator, [rows, columns, *filters])
    asked = ask(chosen, tables, Question(indicator, named, period, rows, columns, filters, show))
    if asked.not_available:
        output.say(f"{asked.caption}: {asked.not_available}.")
    else:
        output.say(asked.caption)
        output.table(asked.head, asked.printed())
        output.say(asked.rounding)
    if out is not None:
        _write(output, out, asked)
    output.result(
        {
            "release": chosen.number,
            "indicator": indicator,
            "table": asked.table,
            "period": asked.period,
            "rows": [line.code or "all" for line in asked.rows],
            "columns": [line.code or "all" for line in asked.columns],
            "cells": [[{"count": told.code, "may_err_by": told.within, "percent": told.share} for told in row] for row in asked.cells],
            "not_available": asked.not_available or None,
        }
    )


def _filters(where: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Filters as written: ``axis=code,code``."""
    found: dict[str, tuple[str, ...]] = {}
    for each in where:
        axis, _, codes = each.partition("=")
        if not axis or not codes:
            raise InputRefused(f'"{each}" is no filter.', hint="Write --where sex=female, or --where age_band=13-15,16-17.")
        found[axis] = (*found.get(axis, ()), *codes.split(","))
    return found


def _able(tables: Sequence[ReleasedTable], indicator: str, asked: Sequence[str]) -> str:
    """The first table that has everything that is asked for; empty where none has, so that the answer says what is wrong."""
    for each in tables:
        known = {way for axis in each.axes for way, _ in axis.ways} | {axis.id for axis in each.axes} | {""}
        if indicator in each.indicators and known.issuperset(asked):
            return each.id
    return ""


def _write(output: Output, out: Path, asked: AskedTable) -> None:
    from sightline.publish.asked_table import ASKED_KINDS, asked_file  # start-up speed: see the package docstring

    kind = out.suffix.removeprefix(".").lower()
    if kind not in ASKED_KINDS:
        raise InputRefused("A table is written as .csv or .xlsx.", place=Place(file=str(out)), hint="Give the file one of these endings.")
    try:
        out.write_bytes(asked_file(asked, kind))
    except OSError as problem:
        raise EnvironmentProblem(f"The file cannot be written: {problem.strerror}.", place=Place(file=str(out))) from problem
    output.say(f"Wrote {out}")
