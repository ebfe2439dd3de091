"""Totals out of files that others publish: tables of the Department for Education and monthly files of police forces.

A number is taken as it is printed. A symbol (suppressed, low, not available) is no number: it gives no total, is said to give none, and is
never read as 0.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sightline.definitions.outside_totals import OutsideTotal, load_outside_totals
from sightline.disclosure.blackbox import KnownNumber
from sightline.errors import InputRefused, NotFound, Place
from sightline.model.periods import Quarter

FOLDER = "outside"
"""Where the files lie, beside the file that declares what is in them."""
SYMBOLS = {
    "c": "suppressed by the publisher",
    "k": "low, but not zero",
    "low": "low, but not zero",
    "u": "low reliability",
    "x": "not available",
    "z": "not applicable",
    "~": "rounds to zero",
    ":": "not available",
}
"""What the Department for Education prints in place of a number."""
_MONTH = ("Month", "Date")
Row = Mapping[str, str]


class NotInOutsideFile(InputRefused):
    """What is declared of a file that others publish is not in it, or is in it more than once."""

    code = "SL-APP-048"
    hint = "Compare the declaration with the file: columns and words must be there as they are printed, and leave one row for each number."


@dataclass(frozen=True, slots=True)
class ReadTotal:
    """One declared number: the total it gives, or why it gives none."""

    total: KnownNumber | None
    name: tuple[str, str, str, str]
    """Indicator, quarter, breakdown and category."""
    source: str
    reason: str = ""


def read_outside_totals(path: Path) -> list[ReadTotal]:
    """Every declared total.

    Args:
        path: The declaration; files are read from the folder ``outside`` beside it.

    Raises:
        CatalogueProblems: If the declaration has mistakes.
        NotFound, InputRefused: If a file cannot be read.
        NotInOutsideFile: If a file does not hold what is declared of it.
    """
    found: list[ReadTotal] = []
    for declared in load_outside_totals(path):
        files = [path.parent / FOLDER / name for name in declared.files]
        found += _published(declared, files[0]) if declared.read == "dfe_published" else _counted(declared, files)
    return found


def _codes(declared: OutsideTotal) -> Iterator[tuple[str, str, str | None]]:
    """Breakdown, category, and the words of it in the file; None where the total is in all."""
    if declared.by is None:
        yield "all", "all", None
        return
    for words, code in declared.by.codes.items():
        yield declared.by.breakdown, code, words


def _published(declared: OutsideTotal, file: Path) -> Iterator[ReadTotal]:
    rows = _chosen(declared, file)
    for breakdown, category, words in _codes(declared):
        name = (declared.indicator, declared.quarter, breakdown, category)
        of = [row for row in rows if words is None or _is(row, _split(declared), words)]
        if len(of) != 1:
            raise NotInOutsideFile(
                f"{_words(name)}: {'no row' if not of else 'more than one row'} of the file is declared to tell it.",
                place=Place(file=str(file)),
            )
        printed = of[0][declared.value or ""].strip()
        symbol = printed.strip("[]").lower()
        if symbol in SYMBOLS or not printed:
            yield ReadTotal(None, name, declared.source, SYMBOLS.get(symbol, "left empty"))
            continue
        try:
            value = int(printed.replace(",", ""))
        except ValueError as problem:
            raise NotInOutsideFile(
                f"{_words(name)}: what is printed is neither a count nor a symbol of the publisher.",
                place=Place(file=str(file), column=declared.value),
            ) from problem
        yield ReadTotal(_total(declared, name, value, file), name, declared.source)


def _counted(declared: OutsideTotal, files: Sequence[Path]) -> Iterator[ReadTotal]:
    """Rows of police files, of the three months of the quarter and no others."""
    quarter = Quarter.parse(declared.quarter)
    months = {f"{quarter.start.year}-{quarter.start.month + more:02}" for more in range(3)}
    seen: set[str] = set()
    rows: list[Row] = []
    for file in files:
        every = rows_of(file)
        column = next((name for name in _MONTH if every and name in every[0]), None)
        if column is None:
            raise NotInOutsideFile("The file has no column of months.", place=Place(file=str(file)))
        seen |= {row[column][:7] for row in every}
        rows += _chosen(declared, file, every)
    if seen != months:
        raise NotInOutsideFile(
            f"The files are of {', '.join(sorted(seen))}; {quarter.title} is {', '.join(sorted(months))}.", place=Place(file=str(files[0]))
        )
    told = Counter(row[_split(declared)].strip().casefold() for row in rows) if declared.by else Counter[str]()
    for breakdown, category, words in _codes(declared):
        name = (declared.indicator, declared.quarter, breakdown, category)
        value = len(rows) if words is None else told[words.strip().casefold()]
        yield ReadTotal(_total(declared, name, value, files[0]), name, declared.source)


def _chosen(declared: OutsideTotal, file: Path, rows: Sequence[Row] | None = None) -> list[Row]:
    """The rows that the declaration leaves."""
    listed = rows_of(file) if rows is None else rows
    needed = [*declared.where, *([declared.value] if declared.value else []), *([declared.by.column] if declared.by else [])]
    missing = [column for column in needed if not listed or column not in listed[0]]
    if missing:
        raise NotInOutsideFile(f'The file has no column "{missing[0]}".', place=Place(file=str(file)))
    return [row for row in listed if all(_is(row, column, words) for column, words in declared.where.items())]


def _split(declared: OutsideTotal) -> str:
    return declared.by.column if declared.by else ""


def _is(row: Row, column: str, words: str) -> bool:
    return (row[column] or "").strip().casefold() == words.strip().casefold()


def _total(declared: OutsideTotal, name: tuple[str, str, str, str], value: int, file: Path) -> KnownNumber:
    return KnownNumber(("count", *name), value, declared.within, f"{declared.source} ({file.name})")


def _words(name: tuple[str, str, str, str]) -> str:
    indicator, quarter, breakdown, category = name
    return f"{indicator}, {quarter}" + ("" if breakdown == "all" else f', {breakdown} "{category}"')


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file.

    Raises:
        NotFound: If there is no such file.
        InputRefused: If it cannot be read as one.
    """
    if not path.is_file():
        raise NotFound("There is no such file.", place=Place(file=str(path)))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as problem:
        raise InputRefused("This is not a CSV file that can be read.", place=Place(file=str(path))) from problem
