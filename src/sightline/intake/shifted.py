"""Recognise a sheet whose cells stand beside their headers: one finding instead of one for every cell."""

from __future__ import annotations

from sightline.definitions.mappings import Format
from sightline.intake.causes import Report
from sightline.intake.cells.columns import EXPECTED, read_column
from sightline.intake.fixes import move_back
from sightline.intake.sheets import letter_of
from sightline.intake.typed import TypedSheet, shapes

FEWEST_CELLS = 3
FAILING = 0.8
FITTING = 0.7
OFFSETS = (1, -1, 2, -2, 3, -3)
"""How far cells are looked for beside their headers; nearest first, and the best fit wins."""
_FAR = {1: "one column", 2: "two columns", 3: "three columns"}


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
        given = reading.number_given
        if typed.sheet.table.columns[name].type == "text" or given < FEWEST_CELLS or name not in typed.sheet.headers:
            continue
        tested.append(name)
        if _share_bad(int(reading.bad.sum()), given) >= FAILING:
            failing.append(name)
    if len(failing) < 2 or len(failing) < 0.4 * len(tested):
        return False
    failing.sort(key=typed.sheet.neighbours.index)
    fits = {offset: _fit(typed, failing, offset, format) for offset in OFFSETS}
    offset = max(fits, key=lambda one: fits[one])
    direction = offset if fits[offset] >= FITTING else None
    plain = [name for name in failing if typed.sheet.table.columns[name].type != "code"]
    if direction is None and (len(failing) < 3 or len(plain) < 2 or len(failing) < 0.5 * len(tested)):
        return False
    _say(typed, failing, direction, fits[offset], report)
    return True


def _say(typed: TypedSheet, failing: list[str], offset: int | None, fit: float, report: Report) -> None:
    """One finding: the first column that fails, which others do, and how far their cells have moved."""
    first = failing[0]
    start, end = (typed.sheet.neighbours.index(name) for name in (first, failing[-1]))
    moved = f"{len(failing)} columns ({letter_of(start)} to {letter_of(end)}) hold something else than their headers say"
    if offset is not None:
        side = "right" if offset > 0 else "left"
        moved = f"they stand {_FAR[abs(offset)]} to the {side} of their headers (columns {letter_of(start)} to {letter_of(end)})"
    column = typed.sheet.table.columns[first]
    report.add(
        "SL-INT-012",
        typed.sheet.place(first),
        rows=typed.frame.height,
        examples=typed.rows_where(typed.readings[first].bad),
        values=shapes(typed.sheet.frame[first].filter(typed.readings[first].bad)),
        expected=EXPECTED.get(column.type, f'codes of "{typed.sheet.headers[first]}"'),
        fix=move_back(start, end, offset, fit) if offset is not None else None,
        column=typed.sheet.headers[first],
        moved=moved,
        also=[typed.sheet.place(name) for name in failing[1:]],
    )


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
            given = reading.number_given
            shares.append(1 - _share_bad(int(reading.bad.sum()), given) if given else 0.0)
    return sum(shares) / len(shares) if shares else 0.0
