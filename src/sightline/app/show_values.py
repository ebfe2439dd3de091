"""The texts themselves behind findings about codes, for the eyes of whoever holds the file: `sightline check --show-values`.

A finding that is passed on quotes a code only where it cannot be a name. At the agency's own machine the person who mends the file may see
every text that is not known, but for columns about the person (sex, ethnicity), which are never printed, and only on the screen: no report,
JSON or ledger ever holds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sightline.definitions.mappings import Format
from sightline.intake.cells.codes import book_of, normalise
from sightline.intake.prepared import source_values_apart
from sightline.model.findings import Finding

ABOUT_CODES = frozenset({"SL-INT-015", "SL-INT-024", "SL-INT-025", "SL-INT-031"})


@dataclass(frozen=True, slots=True)
class ShownValues:
    """The unknown texts of one column of one sheet."""

    file: str
    sheet: str
    column: str
    values: tuple[str, ...]


def values_behind(files: Sequence[Path], reader: Format, findings: Sequence[Finding]) -> tuple[ShownValues, ...]:
    """The texts that findings about codes are about, of columns that say nothing about who the person is.

    Args:
        files: The extract.
        reader: The format or mapping it was read with.
        findings: What was found.
    """
    wanted = {
        (place.file, place.sheet or "", place.column): None
        for finding in findings
        if finding.code in ABOUT_CODES
        for place in (finding.place, *finding.also)
    }
    if not wanted:
        return ()
    known = _known_texts(reader)
    seen: dict[tuple[str | None, str, str | None], list[str]] = {}
    for row in source_values_apart(files, reader).to_pylist():
        place = (row["file"], row["sheet"] or "", row["column"])
        if place in wanted and row["value"] is not None and normalise(str(row["column"])) in known:
            seen.setdefault(place, []).append(row["value"])
    shown = []
    for (file, sheet, column), values in seen.items():
        unknown = tuple(value for value in values if normalise(value) not in known[normalise(str(column))])
        if unknown:
            shown.append(ShownValues(file or "", sheet, column or "", unknown))
    return tuple(shown)


def _known_texts(reader: Format) -> dict[str, set[str]]:
    """For each header of a code column that fills nothing of the identity record in any table, the texts its list knows."""
    known: dict[str, set[str]] = {}
    about_people: set[str] = set()
    for table in reader.tables.values():
        personal = {source.partition("@")[0] for rule in table.rows if rule.entity == "identity_record" for source in rule.sources.values()}
        for name, column in table.columns.items():
            headers = {normalise(header) for header in column.headers}
            if name in personal or name == table.person:
                about_people |= headers
            elif column.type == "code":
                for header in headers:
                    known.setdefault(header, set()).update(book_of(reader, column).spellings)
    return {header: texts for header, texts in known.items() if header not in about_people}
