"""A drafted mapping as the YAML that an analyst goes on with: it loads as it is, and every open question stands in it as a comment."""

from __future__ import annotations

import json

from sightline.intake.drafting import Draft, DraftedColumn, DraftedTable


def as_yaml(draft: Draft, *, id: str, title: str, agency: str) -> str:
    """The mapping's file. Texts are quoted, so that Yes, 1e3 and 007 stay what they are."""
    lines = [
        "# Drafted by `sightline map suggest`. Lines that begin with “# decide” are yours; then try `sightline map check`.",
        *([f"extends: {draft.format.id}"] if draft.format else []),
        f"id: {_quoted(id)}",
        f"title: {_quoted(title)}",
        'version: "1"',
        f"agency: {_quoted(agency)}",
        *_read(draft),
        "tables:" if draft.tables else "tables: {}",
    ]
    used: set[str] = set()
    for number, table in enumerate(draft.tables, 1):
        if table.table in used:
            lines.append(f"  # decide: {_place(table)} is like “{table.table}” too, as another table is; name it or leave it out.")
            continue
        used.add(table.table or "")
        lines += _known(table) if table.table else _unknown(table, number, has_base=draft.format is not None)
    return "\n".join(lines) + "\n"


def _read(draft: Draft) -> list[str]:
    orders = {column.order for table in draft.tables for column in table.surveyed.columns if column.order}
    kinds = sorted({table.surveyed.kind for table in draft.tables})
    lines = ["read:", f"  kinds: [{', '.join(kinds) or 'csv'}]"]
    if len(orders) > 1:
        lines.append("  # decide: some columns fit day/month/year, some month/day/year; say which the file means.")
    lines.append(f"  dates: {orders.pop() if len(orders) == 1 else 'day_first'}")
    return lines


def _place(table: DraftedTable) -> str:
    return f"“{table.surveyed.file}, {table.surveyed.sheet}”" if table.surveyed.sheet else f"“{table.surveyed.file}”"


def _find(table: DraftedTable) -> str:
    if table.surveyed.sheet:
        return f"    find: {{sheet: [{_quoted(table.surveyed.sheet)}]}}"
    stem = table.surveyed.file.rsplit(".", 1)[0]
    return f"    find: {{file: [{_quoted(stem + '*')}]}}"


def _known(table: DraftedTable) -> list[str]:
    lines = [f"  {table.table}: # {_place(table)}, {table.agreement:.0%} alike", _find(table)]
    inside: list[str] = []
    for column in table.columns:
        inside += _column(column)
    return lines + (["    columns:", *inside] if any(not line.lstrip().startswith("#") for line in inside) else inside)


def _column(column: DraftedColumn) -> list[str]:
    lines: list[str] = []
    if column.column is None:
        lines.append(f"      # not used: {_quoted(column.header)} ({column.surveyed.type}, {column.surveyed.filled:.0%} filled)")
        return lines
    if column.by != "header":
        if not column.is_decided:
            lines.append(f"      # decide: {_quoted(column.header)} may be “{column.column}” ({column.confidence:.0%} alike)")
            return lines
        lines.append(f"      # {column.confidence:.0%} alike")
    decided = {code.text: code.maybe[0].code for code in column.codes if code.is_decided}
    for code in column.codes:
        if not code.is_decided:
            maybe = ", ".join(f"{each.code} ({each.confidence:.0%})" for each in code.maybe) or "nothing near is known"
            lines.append(f"      # decide: {_quoted(code.text)} in {_quoted(column.header)}: {maybe}")
    entry = []
    if column.by != "header":
        entry.append(f"from: [{_quoted(column.header)}]")
    if decided:
        entry.append("map: {" + ", ".join(f"{_quoted(text)}: {_quoted(code)}" for text, code in decided.items()) + "}")
    return [*lines, f"      {column.column}: {{{', '.join(entry)}}}"] if entry else lines


def _unknown(table: DraftedTable, number: int, *, has_base: bool) -> list[str]:
    """A table like none of the catalogue's: its columns with their types, and the question what to make of them."""
    name = f"table_{number}"
    lines = [
        f"  {name}: # {_place(table)}",
        f"    title: {_quoted(table.surveyed.sheet or table.surveyed.file)}",
        _find(table),
        "    # decide: what its rows are (“rows”), and whose (“person”). Until then nothing is kept of it.",
        "    unused: nobody has said yet what its rows are.",
        "    columns:",
    ]
    for place, column in enumerate(table.columns, 1):
        kind = {"empty": "text", "code": "text"}.get(column.surveyed.type, column.surveyed.type)
        lines.append(f"      column_{place}: {{from: [{_quoted(column.header)}], type: {kind}, optional: true}}")
    return lines if has_base or lines else []


def _quoted(text: str) -> str:
    """A text as YAML reads it back, whatever is in it: JSON's quoting is YAML's too."""
    return json.dumps(text, ensure_ascii=False)
