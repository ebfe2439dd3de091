"""Help with mappings: draft one for unknown files, explain what one does, and publish the language's schema. No workspace is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sightline.app.check_extract import CheckedExtract, check_extract
from sightline.app.submit_return import list_files
from sightline.definitions.derived import inputs_of
from sightline.definitions.formats import Format, load_mapping
from sightline.definitions.mapping_checks import condition_names
from sightline.definitions.mappings import RowRule, Table
from sightline.errors import InputRefused
from sightline.intake import survey_apart
from sightline.intake.draft_words import as_yaml
from sightline.intake.drafting import Draft, draft
from sightline.model.periods import Quarter


@dataclass(frozen=True, slots=True)
class DraftedMapping:
    """A drafted mapping: its text, the format it extends (empty if none is near), and what was decided and what was left."""

    text: str
    format: str
    tables: int
    columns: int
    columns_known: int
    columns_decided: int
    columns_open: int
    codes_decided: int
    codes_open: int

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def suggest_mapping(files: Sequence[Path], *, id: str, title: str, agency: str) -> DraftedMapping:
    """Draft a mapping for files nobody has described.

    Raises:
        NotFound: If a file does not exist.
        InputRefused: If none of them is a table (CSV or workbook) that can be read.
    """
    surveyed = survey_apart(list_files(files))
    if not surveyed:
        raise InputRefused(
            "None of these files is a table that can be read.",
            hint="Give a CSV or a workbook; `sightline check` says what is wrong with one.",
        )
    drafted = draft(surveyed)
    columns = [column for table in drafted.tables for column in table.columns]
    codes = [code for column in columns for code in column.codes]
    return DraftedMapping(
        text=as_yaml(drafted, id=id, title=title, agency=agency),
        format=drafted.format.id if _is_near(drafted) and drafted.format else "",
        tables=len(drafted.tables),
        columns=len(columns),
        columns_known=sum(column.by == "header" for column in columns),
        columns_decided=sum(column.by == "likeness" and column.is_decided for column in columns),
        columns_open=sum(column.column is None or not column.is_decided for column in columns),
        codes_decided=sum(code.is_decided for code in codes),
        codes_open=sum(not code.is_decided for code in codes),
    )


def _is_near(drafted: Draft) -> bool:
    return any(table.table for table in drafted.tables)


@dataclass(frozen=True, slots=True)
class ExplainedMapping:
    """What a mapping does, in lines of plain words, and what its files give when some were named."""

    mapping: str
    lines: tuple[str, ...]
    checked: CheckedExtract | None

    def as_dict(self) -> dict[str, Any]:
        return {"mapping": self.mapping, "lines": list(self.lines), "checked": self.checked.as_dict() if self.checked else None}


def explain_mapping(path: Path, files: Sequence[Path] = (), *, period: Quarter | None = None) -> ExplainedMapping:
    """Say what a mapping does; with files, what it makes of them.

    Raises:
        NotFound: If a file does not exist.
        CatalogueProblems: If the mapping has mistakes; all are listed with their lines.
    """
    mapping = load_mapping(path)
    checked = check_extract(files, mapping=path, period=period) if files else None
    return ExplainedMapping(mapping.mapping_version, tuple(_explain(mapping)), checked)


def _explain(mapping: Format) -> Iterator[str]:
    whose = f" of {mapping.agency}" if mapping.agency else ""
    yield f"{mapping.title}{whose}, {mapping.mapping_version}: reads {', '.join(mapping.read.kinds)}; dates are {mapping.read.dates}."
    for name, table in mapping.tables.items():
        yield from _explain_table(mapping, name, table)
    for name, definition in mapping.definitions.items():
        review = f", reviewed every {definition.review}" if definition.review else ", no review is said"
        ends = f", ends {definition.ends}" if definition.ends else ", no end is said"
        yield f'Flag definition "{name}" ({definition.certainty}): {definition.threshold} Applied by {definition.applied_by}{review}{ends}.'
    for entry in mapping.exploitation_from_codes:
        yield f"Codes that mean exploitation ({entry.type}, {entry.certainty}): {', '.join(entry.match)}."
    if mapping.privacy is None:
        yield "Privacy: nothing is said, so `sightline prepare` goes by its defaults."
    yield (
        f"Sign-off: {mapping.sign_off.by}, {mapping.sign_off.on}." if mapping.sign_off else "Sign-off: nobody has signed this mapping off."
    )


def _explain_table(mapping: Format, name: str, table: Table) -> Iterator[str]:
    title = table.title or name
    if not table.rows:
        yield f"{title}: recognised and not kept; {table.unused or 'it says which period the file is about.'}"
        return
    whose = f"; whose rows they are stands in {_header(table, table.person)}" if table.person else "; its rows are about nobody"
    yield f"{title}{whose}."
    yield from _explain_clocks(table)
    yield from _explain_derived(mapping, table)
    for rule in table.rows:
        yield f"  makes {rule.entity.replace('_', ' ')}{_when(rule, table)}: {_fields(rule, table)}"
        if rule.entity == "flag":
            missing = [value for key, value in rule.set.items() if key == "definition_id" and value not in mapping.definitions]
            if missing or not {"definition_id"} & {*rule.set, *rule.sources}:
                named = ", ".join(missing) or "none is named"
                yield f"  its flags have no definition here ({named}): no release is made until they have one"
    used = {source.partition("@")[0] for rule in table.rows for source in rule.sources.values()}
    used |= inputs_of(table.derive, used)
    dropped = [_header(table, column) for column in table.columns if column not in used and column != table.person]
    if dropped:
        yield f"  read for checks only, or not kept: {', '.join(dropped)}"
    for column_name, column in table.columns.items():
        if column.codes:
            unknown = {"not_recorded": "kept as received, not counted", "other": "counted as other"}.get(column.unmapped, column.unmapped)
            codes = mapping.codes[column.codes].values
            yield f"  {_header(table, column_name)} holds codes ({len(codes)} known in {column.codes}); an unknown one is: {unknown}"


_CLOCKS = {
    "Europe/London": "times by the local clock, with summer time; an hour that comes twice is taken for the first, one that never was is "
    "read an hour on, and both are counted in a finding",
    "UTC": "times in UTC; they are kept as the local clock showed them",
}


def _explain_clocks(table: Table) -> Iterator[str]:
    zoned = {zone: [_header(table, name) for name, column in table.columns.items() if column.tz == zone] for zone in _CLOCKS}
    for zone, headers in zoned.items():
        if headers:
            yield f"  {' and '.join(headers)} {'holds' if len(headers) == 1 else 'hold'} {_CLOCKS[zone]}"
    unsaid = [_header(table, name) for name, column in table.columns.items() if column.type == "datetime" and column.tz is None]
    if unsaid and any(zoned.values()):
        yield f"  {' and '.join(unsaid)}: no time zone is said, so times are taken as they stand"


def _explain_derived(mapping: Format, table: Table) -> Iterator[str]:
    kinds = condition_names(mapping, table)
    for name, expression in table.derive.items():
        kind = {"truth": "true or false"}.get(kinds[name], f"a {kinds[name]}")
        behind = ", ".join(_header(table, one) for one in sorted(inputs_of(table.derive, [name])))
        yield f"  works out {name} ({kind}): {expression}; from {behind}; missing, never 0, where the answer hangs on a missing value"


def _header(table: Table, column: str | None) -> str:
    found = table.columns.get(column or "")
    plain = next((header for header in found.headers if not header.startswith("/")), column) if found else column
    return f'"{plain}"'


def _when(rule: RowRule, table: Table) -> str:
    parts = [f"where {rule.when}"] if rule.when else []
    if rule.needs:
        parts.append(f"where {', '.join(_header(table, name) for name in rule.needs)} is given")
    return f" ({'; '.join(parts)})" if parts else ""


def _fields(rule: RowRule, table: Table) -> str:
    filled = [f"{field} from {_header(table, source.partition('@')[0])}" for field, source in rule.sources.items()]
    return ", ".join([*filled, *(f"{field} is always {value}" for field, value in rule.set.items())]) or "whose rows they are, and no more"


def mapping_schema() -> dict[str, Any]:
    """The language as a JSON Schema, for editors that help while one writes."""
    schema = Format.model_json_schema(by_alias=True)
    loosened: dict[str, Any] = _loosened(schema)
    texts = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    loosened["properties"] = {"extends": texts, **loosened["properties"]}
    loosened.pop("required", None)  # what a file leaves out it may inherit
    for part in loosened["$defs"].values():
        part.pop("required", None)
    lists = loosened["$defs"]["CodeList"]["properties"]["values"]
    value = {"$ref": "#/$defs/CodeValue"}
    lists["additionalProperties"] = {"anyOf": [value, {"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Sightline mapping", **loosened}


_NAMED = ("properties", "$defs")


def _loosened(part: Any) -> Any:
    """A schema in which every number, truth value and list of texts may be written as YAML writes a text."""
    if isinstance(part, list):
        return [_loosened(each) for each in part]
    if not isinstance(part, dict):
        return part
    made = {key: _loosened(value) for key, value in part.items() if key not in {"title", *_NAMED}}
    # Under these stand names, which may be "type" or "title" themselves.
    made |= {key: {name: _loosened(value) for name, value in part[key].items()} for key in _NAMED if key in part}
    if made.get("type") in {"integer", "number", "boolean"}:
        made["type"] = [made["type"], "string"]
        for limit in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            made.pop(limit, None)
    if made.get("type") == "array" and made.get("items") == {"type": "string"}:
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    if made.get("type") == "array" and "enum" in made.get("items", {}):
        return {"anyOf": [made["items"], {"type": "array", "items": made["items"]}]}
    return made
