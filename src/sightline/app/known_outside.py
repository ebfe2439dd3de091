"""What outsiders know from elsewhere, declared by the partnership: totals that others publish, and places with one home only.

Plain files in the partnership's folder, so that they are part of what a generation is published with: CSV of totals and of places, and a
declaration of which rows of files that others publish are which totals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from sightline.app.outside_files import ReadTotal, read_outside_totals, rows_of
from sightline.app.workspace import Workspace
from sightline.definitions.outside_totals import OUTSIDE_FILE
from sightline.disclosure.blackbox import KnownNumber
from sightline.disclosure.blackbox.held import OF_ONE_CHILD
from sightline.disclosure.cubes import KnownTotal
from sightline.disclosure.gate import count_name
from sightline.errors import InputRefused, Place
from sightline.model.figures import Absent, Cell

TOTALS_FILE = "known_totals.csv"
SINGLE_HOMES_FILE = "single_homes.csv"
COLUMNS = ("indicator", "quarter", "breakdown", "category", "value")


class TotalsContradict(InputRefused):
    """Totals that others publish contradict each other."""

    code = "SL-APP-041"
    hint = "Look both up where they are published; say with `within` how far off a total may be, or leave one of them out."


def known_totals(workspace: Workspace) -> tuple[KnownNumber, ...]:
    """Every total that the partnership declares, in its CSV file and of files that others publish; none if it has neither.

    Raises:
        InputRefused: If a file is not as it should be.
        TotalsContradict: If two of its totals cannot both be true; the message names both sources and the cell.
    """
    folder = workspace.root / "partnership"
    listed = _listed(folder / TOTALS_FILE) if (folder / TOTALS_FILE).is_file() else []
    totals = (*listed, *(each.total for each in declared_totals(workspace) if each.total is not None))
    _refuse_contradictions(totals)
    return totals


def declared_totals(workspace: Workspace) -> list[ReadTotal]:
    """Those that are declared of files that others publish, each with what came of it.

    Raises:
        CatalogueProblems, InputRefused: If the declaration or a file is not as it should be.
    """
    path = workspace.root / "partnership" / OUTSIDE_FILE
    return read_outside_totals(path) if path.is_file() else []


def read_totals(path: Path) -> tuple[KnownNumber, ...]:
    """Totals from a CSV file of indicator, quarter, breakdown, category, value, and if wanted within and source; or, of a declaration
    (YAML), from the files that others publish.

    Raises:
        NotFound, InputRefused: If it cannot be read, or a row is not as it should be.
        TotalsContradict: If two of them cannot both be true.
    """
    if path.suffix in (".yml", ".yaml"):
        totals = tuple(each.total for each in read_outside_totals(path) if each.total is not None)
    else:
        totals = tuple(_listed(path))
    _refuse_contradictions(totals)
    return totals


def _listed(path: Path) -> list[KnownNumber]:
    found = []
    for place, row in enumerate(rows_of(path), 2):
        try:
            name = ("count", *(row[column] for column in COLUMNS[:4]))
            total = KnownNumber(name, int(row["value"]), int(row.get("within") or 0), row.get("source") or path.name)
        except (KeyError, ValueError, TypeError) as problem:
            raise _not_a_total(path, place) from problem
        if total.value < 0 or total.within < 0:
            raise _not_a_total(path, place)
        found.append(total)
    return found


def _not_a_total(path: Path, row: int) -> InputRefused:
    return InputRefused(
        "A total from elsewhere is not as it should be.",
        place=Place(file=str(path), row=row),
        hint=f"Give the columns {', '.join(COLUMNS)}, and if you like within and source. No number is less than none.",
    )


def _refuse_contradictions(totals: Sequence[KnownNumber]) -> None:
    """Two numbers for one count, or parts that are more than their whole, cannot both be right."""
    by_name: dict[tuple[str, ...], KnownNumber] = {}
    for total in totals:
        first = by_name.setdefault(total.name, total)
        if abs(first.value - total.value) > first.within + total.within:
            raise TotalsContradict(f"{first.source} and {total.source} contradict each other in {_words(total)}.")
    parts: dict[tuple[str, ...], list[KnownNumber]] = defaultdict(list)
    for total in by_name.values():
        _, indicator, quarter, breakdown, _category = total.name
        if breakdown != "all":
            parts[indicator, quarter, breakdown].append(total)
    for (indicator, quarter, breakdown), listed in parts.items():
        whole = by_name.get(("count", indicator, quarter, "all", "all"))
        least = sum(max(part.value - part.within, 0) for part in listed)
        if whole and breakdown in OF_ONE_CHILD and least > whole.value + whole.within:
            sources = ", ".join(dict.fromkeys(part.source for part in listed))
            raise TotalsContradict(f"{whole.source} gives less for {_words(whole)} than {sources} for its parts by {breakdown} together.")
        # Children may stand in several categories; that one category is more than all of them is wrong in any case.
        for part in listed if whole else ():
            if whole and part.value - part.within > whole.value + whole.within:
                raise TotalsContradict(f"{whole.source} gives less for {_words(whole)} than {part.source} for {_words(part)}.")


def _words(total: KnownNumber) -> str:
    _, indicator, quarter, breakdown, category = total.name
    return f"{indicator}, {quarter}" + ("" if breakdown == "all" else f', {breakdown} "{category}"')


def of_a_table(totals: Sequence[KnownNumber], *, indicator: str, period: str, breakdowns: Sequence[str]) -> tuple[KnownTotal, ...]:
    """Those that are of a table: of its indicator and quarter, in all or by one of its breakdowns."""
    found = []
    for total in totals:
        _, of_indicator, quarter, breakdown, category = total.name
        if of_indicator == indicator and quarter == period and breakdown in ("all", *breakdowns):
            cell = () if breakdown == "all" else ((breakdown, category),)
            found.append(KnownTotal(cell, total.value, total.source, total.within))
    return tuple(found)


def of_a_release(totals: Sequence[KnownNumber], cells: Iterable[Cell | Absent]) -> dict[str, tuple[int, int]]:
    """Those that are of figures of a release, by the names that its counts have: between what readers know each to lie.

    Raises:
        TotalsContradict: If one is not what was counted, give or take what it may be off.
    """
    by_place = {each.name: each for each in totals}
    found = {}
    for cell in cells if by_place else ():
        total = by_place.get(("count", cell.indicator, cell.period, cell.breakdown, cell.category))
        if total is None or isinstance(cell, Absent):
            continue
        if abs(cell.numerator - total.value) > total.within:
            raise TotalsContradict(
                f"{total.source} gives {_words(total)} a number that is not what was counted; say how far off it may be."
            )
        found[count_name(cell)] = (max(total.value - total.within, 0), total.value + total.within)
    return found


def single_homes(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """Breakdown → the codes of it that are one home only, as the partnership declares them.

    Raises:
        InputRefused: If the file is not as it should be.
    """
    path = workspace.root / "partnership" / SINGLE_HOMES_FILE
    found: dict[str, list[str]] = defaultdict(list)
    for place, row in enumerate(rows_of(path) if path.is_file() else (), 2):
        if not row.get("breakdown") or not row.get("category"):
            raise InputRefused(
                "A place with one home is not as it should be.",
                place=Place(file=str(path), row=place),
                hint="Give the columns breakdown and category, as ward,W07.",
            )
        found[row["breakdown"]].append(row["category"])
    return {breakdown: tuple(codes) for breakdown, codes in found.items()}
