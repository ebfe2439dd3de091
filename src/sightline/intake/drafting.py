"""Draft a mapping for files nobody has described: the catalogue's format they are most like, and what is particular to them.

What is certain is written down; what is not is written down as a question, in a comment, and left out. No text that might mean two codes is
ever mapped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from sightline.definitions.formats import Format, format_ids, load_format
from sightline.definitions.mappings import Table
from sightline.intake.cells.codes import book_of, normalise
from sightline.intake.headers import TableHeaders
from sightline.intake.suggesting import AUTOMATIC, Suggestion, shipped
from sightline.intake.surveyed import SurveyedColumn, SurveyedTable

ALIKE = 78.0
"""Headers at least this alike (0 to 100) may name the same column."""
SURE = 92.0
ENOUGH = 0.3
"""A table of the catalogue must know at least this share of a file's headers, or the file is like none."""
_MOST_ALIKE_CODE = 0.6


@dataclass(frozen=True)
class DraftedCode:
    """A text of a code column that the format does not know, and the codes it may mean, best first."""

    text: str
    maybe: tuple[Suggestion, ...]

    @property
    def is_decided(self) -> bool:
        return bool(self.maybe) and self.maybe[0].confidence >= AUTOMATIC


@dataclass
class DraftedColumn:
    """A header of the file: the format's column it fills and how sure that is; ``by`` is "header" where the format knows it already."""

    header: str
    surveyed: SurveyedColumn
    column: str | None = None
    confidence: float = 0.0
    by: str = ""
    codes: list[DraftedCode] = field(default_factory=list)

    @property
    def is_decided(self) -> bool:
        return self.column is not None and self.confidence >= SURE / 100


@dataclass
class DraftedTable:
    """A table of the files and the format's table it is most like, if any."""

    surveyed: SurveyedTable
    table: str | None
    agreement: float
    columns: list[DraftedColumn] = field(default_factory=list)


@dataclass
class Draft:
    """A drafted mapping: the format to extend, if any is near, and every table."""

    format: Format | None
    tables: list[DraftedTable]


def draft(surveyed: Sequence[SurveyedTable]) -> Draft:
    """Draft a mapping for some tables."""
    best: tuple[float, Format | None] = (0.0, None)
    for id in format_ids():
        format = load_format(id)
        score = sum(max((_agreement(table, other) for other in format.tables.values()), default=0.0) for table in surveyed)
        if score > best[0] + 1e-9:
            best = (score, format)
    return Draft(best[1], [_draft_table(table, best[1]) for table in surveyed])


def _agreement(surveyed: SurveyedTable, table: Table) -> float:
    """The share of a file's headers that a table knows, counted with how much of the table they are."""
    headers = TableHeaders(table)
    known = {name for column in surveyed.columns if (name := headers.recognise(column.header))}
    if not known or not surveyed.columns or table.find.path is not None:
        return 0.0
    precision, recall = len(known) / len(surveyed.columns), len(known & headers.wanted) / max(len(headers.wanted), 1)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _draft_table(surveyed: SurveyedTable, format: Format | None) -> DraftedTable:
    agreements = {name: _agreement(surveyed, table) for name, table in format.tables.items()} if format else {}
    name = max(agreements, key=lambda one: agreements[one], default=None)
    if format is None or name is None or agreements[name] < ENOUGH:
        columns = [DraftedColumn(column.header, column) for column in surveyed.columns]
        return DraftedTable(surveyed, None, agreements.get(name, 0.0) if name else 0.0, columns)
    table = format.tables[name]
    return DraftedTable(surveyed, name, agreements[name], _columns(surveyed, table, format))


def _columns(surveyed: SurveyedTable, table: Table, format: Format) -> list[DraftedColumn]:
    headers = TableHeaders(table)
    drafted = [DraftedColumn(column.header, column) for column in surveyed.columns]
    for each in drafted:
        known = headers.recognise(each.header)
        if known is not None and known not in {other.column for other in drafted}:
            each.column, each.confidence, each.by = known, 1.0, "header"
    free = {
        normalise(text): name
        for name, column in table.columns.items()
        if name not in {each.column for each in drafted}
        for text in (name.replace("_", " "), *column.headers)
    }
    for each in drafted:
        if each.column is not None or not free:
            continue
        found = process.extractOne(normalise(each.header), list(free), scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        if found:
            each.column, each.confidence, each.by = free[found[0]], found[1] / 100, "likeness"
            free = {text: name for text, name in free.items() if name != each.column}
    for each in drafted:
        if each.column is not None and table.columns[each.column].type == "code":
            each.codes = _codes(each, each.column, table, format)
    return drafted


def _codes(drafted: DraftedColumn, name: str, table: Table, format: Format) -> list[DraftedCode]:
    """The texts of a code column that are not known; one that says two things is among them, with nothing decided."""
    column = table.columns[name]
    book = book_of(format, column)
    found = []
    for text in drafted.surveyed.codes:
        common, says_two = book.common(text)
        if common is not None:
            continue
        maybe = () if says_two else nearest(text, column.codes or "", format, book.spellings)
        found.append(DraftedCode(text, maybe))
    return found


def nearest(text: str, list_name: str, format: Format, spellings: dict[str, str]) -> tuple[Suggestion, ...]:
    """The codes of a list that a text may mean: learned where the list was learned, else by likeness of spelling, never surely."""
    codes = list(format.codes[list_name].values) if list_name in format.codes else []
    learned = shipped().suggest(list_name, text, among=codes)
    if learned:
        return learned
    close = process.extract(normalise(text), list(spellings), scorer=fuzz.token_sort_ratio, limit=5, score_cutoff=ALIKE)
    best: dict[str, float] = {}
    for spelling, score, _ in close:
        code = spellings[spelling]
        best[code] = max(best.get(code, 0.0), _MOST_ALIKE_CODE * score / 100)
    return tuple(Suggestion(code, round(share, 2)) for code, share in sorted(best.items(), key=lambda pair: -pair[1])[:3])
