"""Whether the parts of a format or mapping fit each other and the common model: every name it uses exists, every condition can be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sightline.definitions.cross_checks import check_across
from sightline.definitions.derived import kinds_of_derived
from sightline.definitions.expressions import PERIOD_NAMES, check_condition
from sightline.definitions.mappings import OF_THE_ROW, Column, Format, RowRule, Table
from sightline.model.codes import CODE_LISTS, COMMON_LISTS
from sightline.model.entities import ENTITIES

Report = Callable[[tuple[int | str, ...], str], None]
"""Called with where in the document, and what is wrong."""

IDENTITY_FIELDS = (
    "nhs_number",
    "upn",
    "pnc",
    "given_name",
    "family_name",
    "aliases",
    "date_of_birth",
    "sex",
    "ethnicity",
    "ethnicity_source",
    "ethnicity_observed",
    "postcode",
    "address",
    "uprn",
    "phone",
    "place_of_birth",
    "vehicle",
    "age",
    "valid_from",
    "valid_to",
)
"""What a mapping may fill of the identity record. The names are repeated here because only intake may touch the entity itself."""

_KINDS = {"date": "date", "datetime": "date", "integer": "number", "number": "number", "boolean": "truth"}


def fields_of(entity: str) -> frozenset[str]:
    """The fields of an entity that a mapping may fill; empty when there is no such entity."""
    if entity == "identity_record":
        return frozenset(IDENTITY_FIELDS)
    found = ENTITIES.get(entity)
    if found is None:
        return frozenset()
    automatic = {found.id_column, "identity_id"}
    return frozenset(column.name for column in found.columns if column.name not in automatic and not column.name.endswith("_precision"))


def condition_names(format: Format, table: Table) -> dict[str, str]:
    """The kind of each name a condition of this table may use, looked-up and derived columns included."""
    given = _names_given(format, table)
    return given | kinds_of_derived(table.derive, given)[0]


def _names_given(format: Format, table: Table) -> dict[str, str]:
    """The kind of each column that a table has before any is derived."""
    names = {name: _KINDS.get(column.type, "text") for name, column in table.columns.items()}
    for lookup in table.lookups:
        other = format.tables.get(lookup.table)
        if other:
            names |= {name: _KINDS.get(other.columns[name].type, "text") for name in lookup.take if name in other.columns}
            names |= {name: "text" for name in lookup.take if name in other.coalesce}
    return names | dict.fromkeys(table.coalesce, "text")


def check_format(format: Format, report: Report) -> None:
    """Report every name that does not exist and every condition that cannot be read."""
    _check_codes(format, report)
    _check_words(format, report)
    for name, table in format.tables.items():
        _check_table(format, name, table, report)
    check_across(format.tables, report)
    _check_definitions(format, report)
    _check_retention(format, report)
    _check_period(format, report)


def _check_codes(format: Format, report: Report) -> None:
    for name, codes in format.codes.items():
        if codes.common is None:
            continue
        allowed = CODE_LISTS.get(codes.common)
        if allowed is None:
            report(("codes", name, "common"), f'"{codes.common}" is not a common code list; there are {", ".join(CODE_LISTS)}.')
            continue
        for value in codes.values:
            if value not in allowed:
                report(("codes", name, "values", value), f'"{value}" is not in the common list {codes.common} ({", ".join(allowed)}).')


def _check_words(format: Format, report: Report) -> None:
    """What codes say besides: forms of exploitation and definitions that exist."""
    allowed = CODE_LISTS["exploitation_type"]
    for list_name, codes in format.codes.items():
        for code, value in codes.values.items():
            here: tuple[int | str, ...] = ("codes", list_name, "values", code, "also")
            if value.also.get("exploitation", "other") not in allowed:
                report(here, f'"{value.also["exploitation"]}" is not one of {", ".join(allowed)}.')


def _check_table(format: Format, name: str, table: Table, report: Report) -> None:
    here: tuple[int | str, ...] = ("tables", name)
    known = condition_names(format, table)
    for column_name, column in table.columns.items():
        _check_column(format, (*here, "columns", column_name), column, report)
    for derived, problem in kinds_of_derived(table.derive, _names_given(format, table))[1].items():
        report((*here, "derive", derived), f'"{derived}" cannot be worked out: {problem}.')
    for position, lookup in enumerate(table.lookups):
        other = format.tables.get(lookup.table)
        if other is None or lookup.table == name:
            report((*here, "lookups", position, "table"), f'there is no other table "{lookup.table}".')
            continue
        for taken in (lookup.to or lookup.on, *lookup.take):
            if taken not in other.columns and taken not in other.coalesce:
                report((*here, "lookups", position), f'table "{lookup.table}" has no column "{taken}".')
    for part, names in _names_used(table):
        for used in names:
            if used not in known and used not in PERIOD_NAMES:
                report((*here, part), f'there is no column "{used}" in table "{name}".')
    _check_conditions(here, table, known, report)
    for position, rule in enumerate(table.rows):
        _check_rule(format, (*here, "rows", position), table, rule, report)
    if not table.rows and not table.unused and format.period is None:
        report(here, f'table "{name}" makes no rows; say why in "unused".')


def _check_conditions(here: tuple[int | str, ...], table: Table, known: dict[str, str], report: Report) -> None:
    for position, check in enumerate(table.checks):
        problem = check_condition(check.when, known)
        if problem:
            report((*here, "checks", position, "when"), f"{problem}.")
        for named in re.findall(r"\{(\w*)\}", check.message):
            if named not in known:
                report((*here, "checks", position, "message"), f'there is no column "{named}" in table "{here[-1]}".')


def _names_used(table: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "person", (table.person,) if table.person else ()
    yield "dated_by", (table.dated_by,) if table.dated_by else ()
    yield "key", table.key
    yield "melt", (table.melt.name, table.melt.value) if table.melt else ()
    for parts in table.coalesce.values():
        yield "coalesce", parts
    for lookup in table.lookups:
        yield "lookups", (lookup.on,)


def _check_column(format: Format, here: tuple[int | str, ...], column: Column, report: Report) -> None:
    if column.type == "code" and column.codes is None:
        report((*here, "type"), 'a column of type "code" names its list in "codes".')
    if column.codes is not None and column.codes not in format.codes:
        report((*here, "codes"), f'there is no code list "{column.codes}".')
    elif column.codes is not None:
        for common in column.map.values():
            if common not in format.codes[column.codes].values:
                report((*here, "map"), f'"{common}" is not a code of list "{column.codes}".')
    if column.tz is not None and column.type != "datetime":
        report((*here, "tz"), f'only a column of type "datetime" has a time zone; this one is of type "{column.type}".')
    for header in column.headers:
        problem = pattern_problem(header)
        if problem:
            report((*here, "from"), problem)


def pattern_problem(header: str) -> str | None:
    """Why a ``/pattern/i`` cannot be used; None for a good one and for plain texts."""
    if len(header) < 3 or not header.startswith("/") or not header.endswith(("/", "/i")):
        return None
    try:
        re.compile(header.removeprefix("/").rsplit("/", 1)[0])
    except re.error as error:
        return f"not a pattern: {error}."
    return None


def _check_rule(format: Format, here: tuple[int | str, ...], table: Table, rule: RowRule, report: Report) -> None:
    fields = fields_of(rule.entity)
    if not fields:
        report((*here, "entity"), f'"{rule.entity}" is not an entity of the common model.')
        return
    about_person = rule.entity == "identity_record" or ENTITIES[rule.entity].about_person
    if about_person and table.person is None:
        report((*here, "entity"), f'rows of "{rule.entity}" belong to a person; name the column in "person".')
    known = condition_names(format, table)
    _check_sources(here, table, rule, known, report)
    _check_constants(format, here, rule, report)
    spell = (rule.joined.start, rule.joined.end) if rule.joined else ()
    for used in (*rule.needs, *([rule.each] if rule.each else []), *spell):
        if used not in known:
            report((*here, "needs"), f'there is no column "{used}".')
    for condition in (rule.when, rule.joined.begins_when if rule.joined else None):
        problem = check_condition(condition, known) if condition else None
        if problem:
            report((*here, "when"), f"{problem}.")


def _check_sources(here: tuple[int | str, ...], table: Table, rule: RowRule, known: dict[str, str], report: Report) -> None:
    fields = fields_of(rule.entity)
    for field, source in rule.sources.items():
        column, _, word = source.partition("@")
        if field not in fields:
            report((*here, "from", field), f'"{rule.entity}" has no field "{field}".')
        elif column not in known and column not in (*PERIOD_NAMES, *OF_THE_ROW):
            report((*here, "from", field), f'there is no column "{column}".')
        elif word and (column not in table.columns or not _says(table.columns[column], word)):
            report((*here, "from", field), f'"{source}" needs a code column of the same table.')


def _says(column: Column, word: str) -> bool:
    """Whether a column's cells say something besides: codes whatever their list says, numbers their symbol."""
    return column.type == "code" or (word == "symbol" and bool(column.symbols))


def _check_constants(format: Format, here: tuple[int | str, ...], rule: RowRule, report: Report) -> None:
    for field, value in rule.set.items():
        if field not in fields_of(rule.entity):
            report((*here, "set", field), f'"{rule.entity}" has no field "{field}".')
        values = CODE_LISTS.get(COMMON_LISTS.get((rule.entity, field), ""))
        if values is not None and value not in values:
            report((*here, "set", field), f'"{value}" is not one of {", ".join(values)}.')


def _check_definitions(format: Format, report: Report) -> None:
    allowed = CODE_LISTS["exploitation_type"]
    for name, definition in format.definitions.items():
        for kind in definition.exploitation_type:
            if kind not in allowed:
                report(("definitions", name, "exploitation_type"), f'"{kind}" is not one of {", ".join(allowed)}.')
    for position, entry in enumerate(format.exploitation_from_codes):
        here = ("exploitation_from_codes", position)
        if entry.type not in allowed:
            report((*here, "type"), f'"{entry.type}" is not one of {", ".join(allowed)}.')
        for text in entry.match:
            problem = pattern_problem(text)
            if problem:
                report((*here, "match"), problem)
        if entry.table:
            _check_need(format, here, entry.table, (entry.column, entry.started, entry.ended), report)
    for name, table in format.tables.items():
        for position, need in enumerate(table.needs_said):
            _check_need(format, ("tables", name, "needs_said", position), name, (need.column, need.started, need.ended), report)


def _check_retention(format: Format, report: Report) -> None:
    for purge in format.retention.purge_field if format.retention else ():
        if not any(purge in table.columns for table in format.tables.values()):
            report(("retention", "purge_field"), f'no table has a column "{purge}".')
        for name, table in format.tables.items():
            if purge in table.columns and table.columns[purge].type != "boolean":
                report(("tables", name, "columns", purge), "the column that takes rows back holds truth values (type: boolean).")


def _check_need(format: Format, here: tuple[int | str, ...], table_id: str, columns: tuple[str | None, ...], report: Report) -> None:
    table = format.tables.get(table_id)
    for name in columns:
        if name is not None and (table is None or name not in table.columns):
            report(here, f'there is no column "{name}" in table "{table_id}".')
    if table is not None and table.person is None:
        report(here, f'table "{table_id}" does not say whose rows it holds.')


def _check_period(format: Format, report: Report) -> None:
    if format.period is None:
        return
    table = format.tables.get(format.period.table)
    for name in (format.period.reference_date, format.period.year):
        if name is not None and (table is None or name not in table.columns):
            report(("period",), f'there is no column "{name}" in table "{format.period.table}".')
