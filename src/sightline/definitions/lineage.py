"""From a column of the common model back to the columns of an agency's extract: how was this number made, and what would have to be shared?

A measure's own lineage (`sightline.definitions.measures`) ends at ``entity.column``. A mapping says which columns of the agency's files
fill it, which decide whether a row is made at all, and what it sets by itself. Here the two are put together, from the definitions alone:
no row is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sightline.definitions.derived import names_asked
from sightline.definitions.expressions import names_in, parse
from sightline.definitions.mappings import OF_THE_ROW, Format, RowRule, Table
from sightline.model.columns import LINEAGE
from sightline.model.entities import ENTITIES

IDENTITY = "identity_record"
LOCAL_ID = "local_id"

OF_A_PERSON: dict[str, tuple[str, ...]] = {
    "person_id": (),
    "birth_month": ("date_of_birth",),
    "sex": ("sex",),
    "ethnicity": ("ethnicity",),
    "ward": ("postcode",),
    "resident_in_area": ("postcode",),
}
"""What agencies tell of a person (fields of the identity record) and what linkage makes of it."""

FOR_JOINING = (
    "nhs_number",
    "upn",
    "pnc",
    "given_name",
    "family_name",
    "aliases",
    "date_of_birth",
    "sex",
    "postcode",
    "address",
    "phone",
    "place_of_birth",
    "age",
)
"""What records of different agencies are joined by; an agency that prepares its returns sends keyed tokens in their place."""

THE_MEASURES = "the measures"
"""What stands for the many columns of a table that has one for every measure."""

_FROM_THE_RETURN = frozenset(column.name for column in LINEAGE)


class Use(StrEnum):
    """What a column of an extract does for a column of the common model."""

    VALUE = "value"
    """It is what the column holds."""
    CHOICE = "choice"
    """It decides whether a row is made."""
    SET = "set"
    """No column of the extract: the mapping says it of every row."""


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """One place from which a column of the common model comes.

    ``field`` is ``entity.column`` (``entity.*`` where a column decides about whole rows). ``table`` is the mapping's, in its words;
    ``headers`` the names that the column may bear in the agency's files, the usual one first. Of what the mapping sets, ``headers`` is
    empty and ``says`` is what it sets.
    """

    field: str
    table: str
    use: Use
    headers: tuple[str, ...] = ()
    says: str = ""


def fields_behind(columns: Collection[str]) -> frozenset[str]:
    """The fields that mappings fill behind columns that measures read: a date behind its precision, the parts of an id behind the id.

    What comes from the return itself (who sent it, in which file), from the lists of the partnership and from linkage is no field of an
    agency.

    >>> sorted(fields_behind(["referral.received_on_precision", "person.sex", "quarter.end_on"]))
    ['identity_record.sex', 'referral.received_on']
    """
    found: set[str] = set()
    for column in columns:
        table, _, name = column.partition(".")
        found.update(f"{table if table != 'person' else IDENTITY}.{field}" for field in _fields_behind(table, name))
    return frozenset(found)


def _fields_behind(table: str, name: str) -> tuple[str, ...]:
    if table == "person":
        return OF_A_PERSON.get(name, ())
    entity = ENTITIES.get(table)
    if entity is None or name in _FROM_THE_RETURN:
        return ()
    if name in {"person_id", "identity_id"}:
        return (LOCAL_ID,)
    if name == entity.id_column:
        return tuple(dict.fromkeys(_plain(part) for part in entity.key))
    return (_plain(name),)


def _plain(name: str) -> str:
    """The field a mapping fills: how exact a date is, and a code as received, come with it."""
    return name.removesuffix("_precision").removesuffix("_local")


def needs_joining(columns: Collection[str]) -> bool:
    """Whether a measure that reads these columns has to know that records of several agencies are about one person."""
    return any(column.endswith(".person_id") or column.partition(".")[0] == "person" for column in columns)


def origins(format: Format, fields: Collection[str]) -> tuple[Origin, ...]:
    """Where a mapping takes fields from, and by what it chooses the rows that have them; in the order of its tables.

    Args:
        format: The mapping of one dataset.
        fields: ``entity.column``, as `fields_behind` gives them.
    """
    found: dict[Origin, None] = {}
    for table_id, table in format.tables.items():
        for rule in table.rows:
            found.update(dict.fromkeys(_of_rule(format, table_id, rule, fields)))
        found.update(dict.fromkeys(_of_signals(format, table_id, fields)))
    return tuple(found)


def _of_rule(format: Format, table_id: str, rule: RowRule, fields: Collection[str]) -> Iterator[Origin]:
    table = format.tables[table_id]
    title = table.title or table_id
    wanted = sorted(field.partition(".")[2] for field in fields if field.partition(".")[0] == rule.entity)
    told = [name for name in wanted if name in rule.sources or name in rule.set or (name == LOCAL_ID and table.person)]
    for name in told:
        field = f"{rule.entity}.{name}"
        source = rule.sources.get(name) or (table.person if name == LOCAL_ID else None)
        if source is None:
            yield Origin(field, title, Use.SET, says=rule.set[name])
        else:
            yield from (Origin(field, title, Use.VALUE, headers) for headers in _headers(format, table_id, source.partition("@")[0]))
    if told:
        for column in sorted(_choosing(rule)):
            yield from (Origin(f"{rule.entity}.*", title, Use.CHOICE, headers) for headers in _headers(format, table_id, column))


def _choosing(rule: RowRule) -> set[str]:
    """The columns that decide whether a rule makes a row."""
    conditions = [rule.when, rule.joined.begins_when if rule.joined else None]
    named = {name for condition in conditions if condition for name in names_in(parse(condition))}
    named |= {*rule.needs, *((rule.each,) if rule.each else ())}
    return named | ({rule.joined.start, rule.joined.end} if rule.joined else set())


def _of_signals(format: Format, table_id: str, fields: Collection[str]) -> Iterator[Origin]:
    """Codes of another column that a mapping takes for exploitation become flags."""
    title = format.tables[table_id].title or table_id
    for signal in format.signals_in(table_id):
        columns = {"flag": signal.column, "exploitation_type": signal.column, "started_on": signal.started, "ended_on": signal.ended}
        for name, column in columns.items():
            if column and f"flag.{name}" in fields:
                yield from (Origin(f"flag.{name}", title, Use.VALUE, headers) for headers in _headers(format, table_id, column))


def _headers(format: Format, table_id: str, column: str) -> Iterator[tuple[str, ...]]:
    """The headers behind a name that a rule uses: of the column, of what it is worked out from, or of the table it is looked up in."""
    table = format.tables[table_id]
    for name in sorted(names_asked(table.derive, [column]) - set(table.derive) - set(OF_THE_ROW)):
        if name in table.coalesce:
            for part in table.coalesce[name]:
                yield from _headers(format, table_id, part)
        elif table.melt is not None and name in {table.melt.name, table.melt.value}:
            yield (THE_MEASURES,)
        elif name in table.columns:
            yield table.columns[name].headers
        else:
            yield from _looked_up(format, table, name)


def _looked_up(format: Format, table: Table, name: str) -> Iterator[tuple[str, ...]]:
    for lookup in table.lookups:
        if name in lookup.take and lookup.table in format.tables:
            yield from _headers(format, lookup.table, name)
            return


def may_be(header: str, headers: Collection[str]) -> bool:
    """Whether a header of a file is one of those that a mapping names; of a path in an XML file, the last element is its header.

    >>> may_be("LAchildID", ["../ChildIdentifiers/LAchildID"]), may_be("Start date", ["/^began/i", "start_date"])
    (True, True)
    """
    return _letters(header) in map(_letters, headers) or any(_is_pattern(each) and _fits(each, header) for each in headers)


def _is_pattern(header: str) -> bool:
    return re.fullmatch(r"/(.+)/(i?)", header) is not None


def _fits(written: str, header: str) -> bool:
    return re.search(written.strip("i").strip("/"), header, re.IGNORECASE) is not None


def _letters(header: str) -> str:
    last = header if _is_pattern(header) else header.rpartition("/")[2]
    return "".join(filter(str.isalnum, last.casefold()))
