"""Recognise a sheet whose cells stand beside their headers: one finding instead of one for every cell."""

from __future__ import annotations

from sightline.definitions.mappings import Format
from sightline.intake.causes import Report
from sightline.intake.cells.columns import read_column
from sightline.intake.typed import TypedSheet

FEWEST_CELLS = 3
FAILING = 0.8
FITTING = 0.7
_DIRECTIONS = {1: "they stand one column to the right of their headers", -1: "they stand one column to the left of their headers"}


def _share_bad(bad: int, given: int) -> float:
    return bad / given if given else 0.0


def is_shifted(typed: TypedSheet, format: Format, report: Report) -> bool:
    """Whether most cells of several columns fail as what they are, and would fit (or nothing would) one column along.

    Text columns say nothing here. Codes alone, with no neighbour that fits, may be an agency's own codes: that is not a shift.
    """
    if typed.sheet.cells is None:
        return False
    tested, failing = [], []
    for name, reading in typed.readings.items():
        given = int(reading.given.sum())
        if typed.sheet.table.columns[name].type == "text" or given < FEWEST_CELLS or name not in typed.sheet.headers:
            continue
        tested.append(name)
        if _share_bad(int(reading.bad.sum()), given) >= FAILING:
            failing.append(name)
    if len(failing) < 2 or len(failing) < 0.4 * len(tested):
        return False
    failing.sort(key=typed.sheet.neighbours.index)
    direction = next((words for offset, words in _DIRECTIONS.items() if _fit(typed, failing, offset, format) >= FITTING), None)
    plain = [name for name in failing if typed.sheet.table.columns[name].type != "code"]
    if direction is None and (len(failing) < 3 or len(plain) < 2 or len(failing) < 0.5 * len(tested)):
        return False
    first = failing[0]
    moved = direction or f"{len(failing)} columns hold something else than their headers say"
    report.add("SL-INT-012", typed.sheet.place(first), rows=typed.frame.height, column=typed.sheet.headers[first], moved=moved)
    return True


def _fit(typed: TypedSheet, failing: list[str], offset: int, format: Format) -> float:
    """How well the cells ``offset`` columns along fit the failing columns: the mean share of cells that can be read."""
    cells, shares = typed.sheet.cells, []
    if cells is None:
        return 0.0
    for name in failing:
        position = typed.sheet.neighbours.index(name) + offset
        if 0 <= position < cells.width:
            column = typed.sheet.table.columns[name]
            reading = read_column(cells[f"c{position}"], name, column, format, in_workbook=typed.sheet.sheet is not None)
            given = int(reading.given.sum())
            shares.append(1 - _share_bad(int(reading.bad.sum()), given) if given else 0.0)
    return sum(shares) / len(shares) if shares else 0.0
