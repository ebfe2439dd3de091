"""Make rows of the common model from the rows of a table, by the rules its mapping declares. No row disappears without a finding."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from sightline.definitions.expressions import names_in, parse
from sightline.definitions.mappings import FILE_NAME, ROW_IN_RETURN, ExploitationFromCodes, Format, RowRule
from sightline.intake.causes import EXAMPLES, Report, quoted
from sightline.intake.cells.codes import normalise
from sightline.intake.cells.columns import LOCAL, PRECISION, SYMBOL
from sightline.intake.combine import Combined
from sightline.intake.conditions import Exactness, holds
from sightline.intake.fixes import nearest_codes
from sightline.intake.flags import say_flags
from sightline.intake.headers import pattern
from sightline.intake.quoting import in_words, parts_of, quotable_codes
from sightline.intake.sheets import ROW
from sightline.intake.spells import join_spells
from sightline.intake.typed import MOST_CODES, SOURCE, shapes
from sightline.model.codes import NOT_RECORDED
from sightline.model.entities import ENTITIES, Column, Entity
from sightline.model.identified import IDENTITY_RECORD
from sightline.model.periods import Quarter

KEPT, RETRACTED = "__kept", "__retracted"


def entity_named(name: str) -> Entity:
    """An entity of the common model, the identified one included."""
    return IDENTITY_RECORD if name == IDENTITY_RECORD.name else ENTITIES[name]


def own_columns(entity: Entity) -> list[Column]:
    """The columns that intake fills: all but the keyed ids, which are made with the agency's key later."""
    return [column for column in entity.columns if column.name not in {entity.id_column, "identity_id", "local_id"}]


@dataclass
class Made:
    """Rows made so far, by entity, and how many source rows they came from."""

    frames: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    rows_kept: int = 0


def assemble(tables: dict[str, Combined], format: Format, period: Quarter, report: Report) -> Made:
    """Apply every table's row rules."""
    made = Made()
    for combined in tables.values():
        if not combined.table.rows:
            continue
        frame = _taken_back(_set_aside(combined, report), combined, format, report).with_row_index(KEPT)
        is_kept = np.zeros(frame.height, dtype=np.bool_)
        for rule in combined.table.rows:
            rows = _rows_for(rule, frame, combined, period)
            if rule.joined:
                _say_begun_before(rule, frame, rows, combined, report)
            is_kept[(rows[KEPT].explode() if rows[KEPT].dtype == pl.List else rows[KEPT]).to_numpy()] = True
            _add(made, rule.entity, _fill(rule, rows, combined, period))
        open_texts: dict[str, set[str]] = {}
        for entry in format.signals_in(combined.table_id):
            _add(made, "flag", _flags_from_codes(entry, frame, combined, format, open_texts))
        made.rows_kept += int(is_kept.sum())
        _say_useless(frame.filter(pl.Series(~is_kept)), combined, report)
    say_flags(made.frames.get("flag", []), made.frames.get(IDENTITY_RECORD.name, []), format, report)
    return made


def _add(made: Made, entity: str, frame: pl.DataFrame) -> None:
    if frame.height:
        made.frames.setdefault(entity, []).append(frame)


def _set_aside(combined: Combined, report: Report) -> pl.DataFrame:
    """Leave out rows with no person number, and rows whose code a mapping wants quarantined."""
    frame, table = combined.frame, combined.table
    if table.person and any(rule.entity == IDENTITY_RECORD.name or ENTITIES[rule.entity].about_person for rule in table.rows):
        nobody = frame.filter(pl.col(table.person).is_null())
        frame = frame.filter(pl.col(table.person).is_not_null())
        if combined.people_by:
            reference, title = combined.people_by
            _say(nobody.filter(pl.col(reference).is_not_null()), combined, reference, "SL-INT-090", report, table=title)
            nobody = nobody.filter(pl.col(reference).is_null())
        _say(nobody, combined, table.person, "SL-INT-030", report)
    for name, column in table.columns.items():
        if column.unmapped != "quarantine" or name not in combined.books:
            continue
        book = combined.books[name]
        texts = frame[name + LOCAL].drop_nulls().unique().to_list()
        unknown = [text for text in texts if any(book.common(part)[0] is None for part in parts_of(text, column.separator))]
        wrong = pl.col(name + LOCAL).is_in(unknown).fill_null(value=False)
        _say_quarantined(frame.filter(wrong), combined, name, sorted(unknown), report)
        frame = frame.filter(~wrong)
    if table.key:
        last = frame.unique(table.key, keep="last", maintain_order=True)
        earlier = frame.join(last.select(SOURCE, ROW), on=[SOURCE, ROW], how="anti", maintain_order="left")
        _say(earlier, combined, table.key[0], "SL-INT-047", report, key=", ".join(table.key))
        frame = last
    return frame


def _taken_back(frame: pl.DataFrame, combined: Combined, format: Format, report: Report) -> pl.DataFrame:
    """Mark the rows by which the agency takes records back, where the mapping names a column for that, and tell how many they are."""
    purges = format.retention.purge_field if format.retention else ()
    if not purges:
        return frame
    own = [name for name in purges if name in combined.table.columns]
    frame = frame.with_columns(
        pl.any_horizontal(pl.lit(value=False), *(pl.col(name).fill_null(value=False) for name in own)).alias(RETRACTED)
    )
    if own:
        _say(frame.filter(RETRACTED), combined, own[0], "SL-INT-052", report)
    return frame


def _say_quarantined(rows: pl.DataFrame, combined: Combined, name: str, unknown: list[str], report: Report) -> None:
    """Rows set aside for a code that nobody knows."""
    if not rows.height:
        return
    shown = quotable_codes(unknown, rows[name + LOCAL].to_list(), rows[combined.table.person or ROW].to_list())
    _say(
        rows,
        combined,
        name,
        "SL-INT-031",
        report,
        values=shown or shapes(rows[name + LOCAL]),
        expected=quoted(
            (value.title or code for code, value in combined.books[name].values.items() if code != NOT_RECORDED), most=MOST_CODES
        ),
        fix=nearest_codes(shown, combined.books[name]),
        codes=in_words(shown, len(unknown) - len(shown)),
        list=combined.table.columns[name].codes,
        shown=shown,
        hidden=len(unknown) - len(shown),
    )


def _say(rows: pl.DataFrame, combined: Combined, column: str, code: str, report: Report, **words: Any) -> None:
    """One finding for each file that has such rows."""
    for typed in combined.sheets:
        own = rows.filter(pl.col(SOURCE) == typed.sheet.source)
        if own.height:
            # A reader knows headers, not the name a mapping gives to the first filled of several columns.
            header = '" or "'.join(combined.headers_in(typed, column))
            stands = next((one for one in combined.columns_behind(column) if one in typed.sheet.headers), None)
            place = typed.sheet.place(stands) if stands else replace(typed.sheet.place(), column=combined.headers_in(typed, column)[0])
            report.add(code, place, rows=own.height, examples=own[ROW].head(EXAMPLES).to_list(), column=header, **words)


def _say_begun_before(rule: RowRule, frame: pl.DataFrame, spells: pl.DataFrame, combined: Combined, report: Report) -> None:
    rows = frame.select(KEPT, SOURCE, ROW, *rule.needs)
    needed = rows.filter(pl.all_horizontal(pl.col(rule.needs).is_not_null())) if rule.needs else rows
    rest = needed.filter(~pl.col(KEPT).is_in(spells[KEPT].explode().implode()))
    _say(rest, combined, rule.joined.start if rule.joined else "", "SL-INT-046", report, entity=rule.entity.replace("_", " "))


def _say_useless(rows: pl.DataFrame, combined: Combined, report: Report) -> None:
    needed = sorted({name for rule in combined.table.rows for name in rule.needs})
    headers = list(dict.fromkeys(header for name in needed for header in combined.headers_in(combined.sheets[0], name)))
    why = (
        f"{quoted(headers)} {'is' if len(headers) == 1 else 'are'} blank or cannot be read"
        if headers
        else "no rule of the mapping applies to them"
    )
    if any(rule.joined for rule in combined.table.rows):
        why += ", or they belong to a spell that began before this file"
    for typed in combined.sheets:
        own = rows.filter(pl.col(SOURCE) == typed.sheet.source)
        if own.height:
            place = typed.sheet.place(
                next((one for name in needed for one in combined.columns_behind(name) if one in typed.sheet.headers), None)
            )
            examples = own[ROW].head(EXAMPLES).to_list()
            expected = f"{quoted(headers)} filled in" if headers else ""
            stands = ("(blank or unreadable)",)
            report.add("SL-INT-045", place, rows=own.height, examples=examples, values=stands, expected=expected, why=why)


def _rows_for(rule: RowRule, frame: pl.DataFrame, combined: Combined, period: Quarter) -> pl.DataFrame:
    """The rows a rule applies to, in the columns it needs; for ``each``, one for every code in the column."""
    frame = frame.select(_columns_for(rule, frame, combined))
    if rule.each:
        column = combined.table.columns[rule.each]
        separator = column.separator or ";"
        frame = frame.with_columns(pl.col(rule.each).str.split(separator), pl.col(rule.each + LOCAL).str.split(separator))
        frame = frame.filter(pl.col(rule.each + LOCAL).is_not_null()).explode(rule.each, rule.each + LOCAL)
    if rule.needs:
        frame = frame.filter(pl.all_horizontal(pl.col(rule.needs).is_not_null()))
    if rule.when:
        frame = frame.filter(holds(rule.when, period, Exactness(frame)))
    if RETRACTED in frame.columns and rule.entity == IDENTITY_RECORD.name and not _is_about_people_only(combined):
        # Taking back an episode takes back nobody: what its row says of the person is only not said any more.
        frame = frame.filter(~pl.col(RETRACTED))
    if not rule.joined:
        return frame
    person = combined.table.person or ROW
    if RETRACTED not in frame.columns:
        return join_spells(rule.joined, frame, person, period, numbered=KEPT)
    parts = [frame.filter(~pl.col(RETRACTED)), frame.filter(RETRACTED)]
    spells = [join_spells(rule.joined, part, person, period, numbered=KEPT) for part in parts if part.height]
    return pl.concat(spells) if spells else frame


def _columns_for(rule: RowRule, frame: pl.DataFrame, combined: Combined) -> list[str]:
    """The columns of a table that a rule looks at or takes from, with their companions, and those that every row is known by."""
    conditions = [rule.when, rule.joined.begins_when if rule.joined else None]
    named = {name for condition in conditions if condition for name in names_in(parse(condition))}
    named |= {*rule.needs, *(source.partition("@")[0] for source in rule.sources.values())}
    named |= {name for name in (combined.table.person, rule.each) if name}
    named |= {rule.joined.start, rule.joined.end} if rule.joined else set()

    def is_wanted(name: str) -> bool:
        # A companion is its column's name and a word behind a double line (`__local`); what every row is known by is the word alone.
        column, line, _ = name.rpartition("__")
        return name in named or (line != "" and column in {"", *named})

    return [name for name in frame.columns if is_wanted(name)]


def _is_about_people_only(combined: Combined) -> bool:
    """Whether a table only says who people are, so that taking back its row takes back the person."""
    return all(rule.entity == IDENTITY_RECORD.name for rule in combined.table.rows)


def _fill(rule: RowRule, rows: pl.DataFrame, combined: Combined, period: Quarter) -> pl.DataFrame:
    """The entity's columns, each from its source, its constant, or empty."""
    entity = entity_named(rule.entity)
    names = {column.name for column in own_columns(entity)}
    given: dict[str, pl.Expr] = {}
    for field_name, source in rule.sources.items():
        column, _, word = source.partition("@")
        given[field_name] = _word(column, word, combined) if word else _source(column, period)
        if not word and f"{field_name}_local" in names:
            local = column + LOCAL
            given.setdefault(f"{field_name}_local", pl.col(local if local in rows.columns else column).cast(pl.String))
        if f"{field_name}_precision" in names and column + PRECISION in rows.columns:
            given[f"{field_name}_precision"] = pl.col(column + PRECISION)
    for field_name, constant in rule.set.items():
        given[field_name] = pl.lit(constant)
        if f"{field_name}_local" in names:
            given.setdefault(f"{field_name}_local", pl.lit(constant))
    return _shaped(rows, entity, given, combined)


def _source(column: str, period: Quarter) -> pl.Expr:
    if column == FILE_NAME:
        return pl.col(SOURCE)
    if column == ROW_IN_RETURN:
        return pl.concat_str(pl.lit(str(period)), pl.col(SOURCE), pl.col(ROW).cast(pl.String), separator="/")
    bounds = {"period_start": period.start, "period_end": period.end}
    return pl.lit(bounds[column]) if column in bounds else pl.col(column)


def _word(column: str, word: str, combined: Combined) -> pl.Expr:
    """What a code says besides, for each code; in a cell with several codes, what the first that says anything says."""
    if column not in combined.books:
        return pl.col(column + SYMBOL)
    book = combined.books[column]
    said = {code: value.also[word] for code, value in book.values.items() if word in value.also}
    separator = combined.table.columns[column].separator
    values = combined.frame[column].drop_nulls().unique().to_list()
    answers: dict[str, str | None] = {}
    for value in values:
        for part in value.split(separator) if separator else [value]:
            answers.setdefault(part, said.get(part))
        answers[value] = next((said[part] for part in (value.split(separator) if separator else [value]) if part in said), None)
    return pl.col(column).replace_strict(list(answers), list(answers.values()), default=None, return_dtype=pl.String)


def _shaped(rows: pl.DataFrame, entity: Entity, given: dict[str, pl.Expr], combined: Combined) -> pl.DataFrame:
    columns = [
        _cast(given[c.name], c.type).alias(c.name) if c.name in given else pl.lit(None).cast(_polars(c.type)).alias(c.name)
        for c in own_columns(entity)
    ]
    person = combined.table.person
    if person and (entity.identified or entity.about_person):
        columns.insert(0, pl.col(person).cast(pl.String).alias("local_id"))
    if RETRACTED in rows.columns:
        columns.append(pl.col(RETRACTED).alias("retracted"))
    return rows.select(*columns, pl.col(SOURCE).alias("source_file"), pl.col(ROW).alias("source_row"))


def _polars(type: pa.DataType) -> pl.DataType | type[pl.DataType]:
    if pa.types.is_timestamp(type):
        return pl.Datetime("us")
    known = {pa.string(): pl.String, pa.date32(): pl.Date, pa.int64(): pl.Int64, pa.float64(): pl.Float64, pa.bool_(): pl.Boolean}
    return known[type]


def _cast(expression: pl.Expr, type: pa.DataType) -> pl.Expr:
    if type == pa.bool_():
        # Texts from “also” are "true" and "false"; truth values pass through.
        return expression.cast(pl.String).replace_strict(["true", "false"], [True, False], default=None, return_dtype=pl.Boolean)
    return expression.cast(_polars(type), strict=False)


def _flags_from_codes(
    entry: ExploitationFromCodes, frame: pl.DataFrame, combined: Combined, format: Format, open_texts: dict[str, set[str]]
) -> pl.DataFrame:
    """Flags for rows whose code, as received, means exploitation although its column is about something else.

    ``open_texts`` holds the texts of each column that no entry has spoken for yet; this one's are taken from it.
    """
    column = entry.column + LOCAL if entry.column + LOCAL in frame.columns else entry.column
    exact = {normalise(text) for text in entry.match if pattern(text) is None}
    patterns = [compiled for text in entry.match if (compiled := pattern(text))]
    if column not in open_texts:
        open_texts[column] = set(frame[column].drop_nulls().unique().to_list())
    texts = sorted(text for text in open_texts[column] if normalise(text) in exact or any(compiled.search(text) for compiled in patterns))
    open_texts[column] -= set(texts)
    # Most files name no form of exploitation in most columns: there is nothing to look for then.
    rows = frame.filter(pl.col(column).is_in(texts)) if texts else frame.clear()
    given = {
        "flag": pl.lit(entry.type),
        "flag_local": pl.col(column),
        "exploitation_type": pl.lit(entry.type),
        "certainty": pl.lit(entry.certainty),
        "definition_id": pl.lit(entry.definition),
        "started_on": pl.col(entry.started),
        "applied_by": pl.lit(format.definitions[entry.definition].applied_by if entry.definition in format.definitions else None),
    }
    if entry.ended:
        given["ended_on"] = pl.col(entry.ended)
    for name, source in (("started_on", entry.started), ("ended_on", entry.ended)):
        if f"{source}{PRECISION}" in rows.columns:
            given[f"{name}_precision"] = pl.col(f"{source}{PRECISION}")
    return _shaped(rows, ENTITIES["flag"], given, combined)
