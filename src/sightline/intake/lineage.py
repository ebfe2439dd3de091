"""Which column of an extract fills which column of the common model: the beginning of every number's lineage."""

from __future__ import annotations

from sightline.definitions.derived import inputs_of
from sightline.definitions.mappings import Format
from sightline.intake.combine import Combined
from sightline.model.findings import MappedField


def mapped_fields(tables: dict[str, Combined], format: Format) -> tuple[MappedField, ...]:
    """One entry for each column found in the files and each field it fills, in the order of the files."""
    found: dict[MappedField, None] = {}
    for combined in tables.values():
        for entity, field, column in _filled(combined, format):
            for entry in _origins(column, combined, tables, entity, field):
                found.setdefault(entry)
    return tuple(found)


def _filled(combined: Combined, format: Format) -> list[tuple[str, str, str]]:
    """``(entity, field, column)`` for every source a table's rules name."""
    filled = []
    for rule in combined.table.rows:
        if combined.table.person:
            filled.append((rule.entity, "local_id", combined.table.person))
        filled += [(rule.entity, field, source.partition("@")[0]) for field, source in rule.sources.items()]
    for entry in format.signals_in(combined.table_id):
        filled += [("flag", "flag", entry.column), ("flag", "started_on", entry.started)]
    return filled


def _origins(column: str, combined: Combined, tables: dict[str, Combined], entity: str, field: str) -> list[MappedField]:
    parts = combined.table.coalesce.get(column) or sorted(inputs_of(combined.table.derive, [column]) - {column})
    if parts:
        return [entry for part in parts for entry in _origins(part, combined, tables, entity, field)]
    if column in combined.taken:
        other = tables.get(combined.taken[column])
        return _origins(column, other, tables, entity, field) if other else []
    return [
        MappedField(typed.sheet.file, typed.sheet.sheet, typed.sheet.headers[column], entity, field)
        for typed in combined.sheets
        if column in typed.sheet.headers
    ]
