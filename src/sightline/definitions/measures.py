"""Measures: plain SQL that an analyst can read, one file each, checked and traced when the catalogue is loaded.

A measure is one select statement over the common model. It answers with a row for each thing counted: ``event_id``, ``person_id`` where it
is about somebody, ``happened_on`` or ``period`` (or both), columns that ``breakdowns.yml`` names, and ``value`` where a median is taken.
Parameters are written ``$like_this``. A file that starts with a comment explains itself; one that does not is not loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlglot import Dialect, exp, parse
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from sightline.definitions.breakdowns import AREAS_OF_A_WARD
from sightline.errors import Place, Problem
from sightline.model.entities import ENTITIES, PERSON_SCHEMA

DIALECT = "duckdb"

SHARED_TABLES: dict[str, tuple[str, ...]] = {
    "person": tuple(PERSON_SCHEMA.names),
    "population": ("ward", "age_band", "sex", "ethnicity", "children"),
    "ward": ("ward", "ward_name", *AREAS_OF_A_WARD, "centre_easting", "centre_northing"),
    "ward_version": ("ward", "current_ward", "valid_from", "valid_to"),
    "quarter": ("period", "start_on", "end_on"),
    "agency": ("agency_id", "agency_name"),
    "own_authority": ("authority",),
}
"""Tables a measure may read besides the entities: who people are, how many live here, the lists to count by, and what returns
may write for the partnership's own area."""

PERSON, EVENT, VALUE = "person_id", "event_id", "value"
WHEN_COLUMNS = ("happened_on", "period")


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure (or one derived table that measures share), checked and with its lineage.

    ``lineage`` names every ``entity.column`` that feeds it, through derived tables too; ``derived`` the derived tables it reads, itself
    read first to last; ``columns`` what it returns; ``parameters`` the names it must be given.
    """

    name: str
    says: str
    sql: str
    columns: tuple[str, ...]
    parameters: frozenset[str]
    derived: tuple[str, ...]
    lineage: tuple[str, ...]
    file: str
    line: int = 1
    """Where its select begins."""

    @property
    def is_about_people(self) -> bool:
        """Whether each row says who it is about; only then are there children to count and breakdowns of the child."""
        return PERSON in self.columns

    @property
    def knows_people(self) -> bool:
        """Whether who is linked to whom can change what it counts."""
        return any(column.split(".")[1] == PERSON for column in self.lineage)

    @property
    def entities(self) -> frozenset[str]:
        """The entities whose rows are counted; not the shared lists."""
        return frozenset(column.split(".")[0] for column in self.lineage) & frozenset(ENTITIES)

    @property
    def version(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()[:12]


Tables = Mapping[str, tuple[str, ...]]
Parsed = list[exp.Expr] | SqlglotError
"""The statements of a file, or why they cannot be read."""


@cache
def common_model_tables() -> Tables:
    """Every table of the common model that SQL in the catalogue may read, with its columns."""
    tables: dict[str, tuple[str, ...]] = dict(SHARED_TABLES)
    for entity in ENTITIES.values():
        columns = tuple(entity.schema.names)
        tables[entity.name] = ("person_id", *columns) if entity.about_person else columns
    return tables


def _leading_comment(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def _line_of(node: exp.Expr) -> int | None:
    for inner in node.walk():
        line = inner.meta.get("line")
        if isinstance(line, int):
            return line
    return None


class _Check:
    """The checks of one file; every mistake becomes a problem with its line."""

    def __init__(self, file: str, tables: Tables, problems: list[Problem]) -> None:
        self.file, self.tables, self.problems = file, tables, problems
        self.used: set[tuple[str, str]] = set()

    def problem(self, message: str, hint: str, node: exp.Expr | None = None) -> None:
        line = _line_of(node) if node is not None else None
        self.problems.append(Problem(Place(file=self.file, line=line), message, hint))

    def statement(self, statements: Parsed) -> exp.Query | None:
        if isinstance(statements, SqlglotError):
            details = getattr(statements, "errors", None) or [{}]
            where = Place(file=self.file, line=details[0].get("line"))
            self.problems.append(Problem(where, f"not valid SQL: {details[0].get('description', 'cannot be read')}.", "DuckDB's dialect."))
            return None
        if len(statements) != 1 or not isinstance(statements[0], exp.Query):
            other = next((found for found in statements if not isinstance(found, exp.Query)), statements[-1] if statements else None)
            self.problem("holds something other than one select statement.", "A measure only reads.", other)
            return None
        return statements[0]

    def functions(self, query: exp.Query) -> None:
        for call in query.find_all(exp.Anonymous):
            self.problem(f'"{call.name}" is not a function measures may call.', "Use standard SQL functions.", call)
        for star in query.find_all(exp.Star):
            if not isinstance(star.parent, exp.Count):
                self.problem("selects *.", "Name each column, so that what feeds the number is known.", star)

    def columns(self, query: exp.Query) -> None:
        for scope in traverse_scope(query):
            self._sources(scope)
            for column in scope.columns:
                self._column(scope, column)

    def durations(self, query: exp.Query) -> None:
        """No time is measured from a date without asking how exact it is: where only the month is known, its first day is no day."""
        asked = {(column.table, column.name) for column in query.find_all(exp.Column)}
        for scope in traverse_scope(query):
            lists = {alias for alias, source in scope.sources.items() if isinstance(source, exp.Table) and source.name in SHARED_TABLES}
            for measured in scope.find_all(exp.DateDiff, exp.Add, exp.Sub):
                if not isinstance(measured, exp.DateDiff) and not isinstance(measured.expression, exp.Interval):
                    continue
                for column in measured.find_all(exp.Column):
                    if column.table not in lists and (column.table, f"{column.name}_precision") not in asked:
                        message = f'measures time by "{column.sql()}" and does not ask how exact it is.'
                        self.problem(message, f'Filter by "{column.sql()}_precision", or return it beside the date.', column)

    def certainty(self, says: str) -> None:
        """Known, suspected and at risk are three things: to count them together is a choice, and has to be said."""
        for table in sorted({table for table, _ in self.used}):
            if "certainty" in self.tables.get(table, ()) and (table, "certainty") not in self.used and "certainty" not in says:
                message = f'counts what "{table}" holds as known, suspected and at risk together, and does not say so.'
                self.problem(
                    message, f'Filter by "{table}.certainty", return it, or say in the comment that certainty makes no difference.'
                )

    def _sources(self, scope: Scope) -> None:
        for source in scope.sources.values():
            if not isinstance(source, exp.Table):
                continue
            if not isinstance(source.this, exp.Identifier):
                self.problem("reads from a function or a file.", "Only tables of the common model may be read.", source)
            elif source.db or source.name not in self.tables:
                self.problem(f'"{source.name}" is not a table of the common model.', "See docs/reference/common-model.", source)

    def _known(self, source: exp.Expression | Scope) -> tuple[str, ...] | None:
        if isinstance(source, Scope):
            selected = source.expression
            return tuple(selected.named_selects) if isinstance(selected, exp.Query) else None
        return self.tables.get(source.name)

    def _column(self, scope: Scope, column: exp.Column) -> None:
        if column.table:
            source = _named_source(scope, column.table)
            if source is None:
                self.problem(f'"{column.sql()}" reads from a table this select does not name.', "Check the alias.", column)
                return
            candidates = [source]
        else:
            candidates = [source for source in scope.sources.values() if column.name in (self._known(source) or ())]
            if not candidates and isinstance(scope.expression, exp.Query) and column.name in scope.expression.named_selects:
                return
        known = [self._known(source) for source in candidates]
        if any(names is None for names in known):
            return
        if len(candidates) != 1 or column.name not in (known[0] or ()):
            reason = "could come from several tables" if len(candidates) > 1 else "is not a column of the common model"
            self.problem(f'"{column.sql()}" {reason}.', "Check the spelling, or say which table.", column)
            return
        if isinstance(candidates[0], exp.Table):
            self.used.add((candidates[0].name, column.name))


def _named_source(scope: Scope, alias: str) -> exp.Expression | Scope | None:
    """The table an alias means, also when an inner select reads from the one around it."""
    here: Scope | None = scope
    while here is not None:
        if alias in here.sources:
            found: exp.Expression | Scope = here.sources[alias]
            return found
        here = here.parent
    return None


def _select_of(text: str) -> tuple[str, int]:
    """The statement without the comments above it, and the line on which it begins."""
    lines = text.splitlines()
    start = next((index for index, line in enumerate(lines) if line.strip() and not line.startswith("--")), len(lines))
    return "\n".join(lines[start:]).strip().rstrip(";"), start + 1


def _parse(text: str) -> Parsed:
    try:
        return [found for found in parse(text, dialect=DIALECT) if found is not None]
    except SqlglotError as error:
        return error


def read_measure(
    text: str, *, file: str, name: str, derived: Mapping[str, Measure], problems: list[Problem], parsed: Parsed | None = None
) -> Measure | None:
    """Check one SQL file and trace what feeds it; add a problem for each mistake and return None if there was any.

    Args:
        text: The file's content.
        file: Its name, for messages.
        name: What the measure is called.
        derived: Derived tables it may read.
        problems: Collects what is wrong.
        parsed: Its statements, if somebody parsed them already: that is most of the work.
    """
    before = len(problems)
    tables = {**common_model_tables(), **{each.name: each.columns for each in derived.values()}}
    check = _Check(file, tables, problems)
    says = _leading_comment(text)
    if not says:
        check.problem("does not begin with a comment.", "Say in the first lines (-- …) what is counted and why so.")
    query = check.statement(_parse(text) if parsed is None else parsed)
    if query is None:
        return None
    check.functions(query)
    check.columns(query)
    check.durations(query)
    check.certainty(says)
    if len(problems) > before:
        return None
    direct = {table for table, _ in check.used}
    reads = [each for each in derived.values() if each.name in direct]
    lineage = {f"{table}.{column}" for table, column in check.used if table not in derived}
    for each in reads:
        lineage.update(each.lineage)
    order = [each for each in derived if each in direct or any(each in read.derived for read in reads)]
    sql, line = _select_of(text)
    return Measure(
        name=name,
        says=says,
        sql=sql,
        columns=tuple(query.named_selects),
        parameters=frozenset(placeholder.name for placeholder in query.find_all(exp.Placeholder)),
        derived=tuple(order),
        lineage=tuple(sorted(lineage)),
        file=file,
        line=line,
    )


def _check_answer(measure: Measure, categories: Collection[str], problems: list[Problem]) -> bool:
    """Whether the measure returns what counting needs, and nothing that counting would not know what to do with."""
    place = Place(file=measure.file, line=measure.line)
    missing = [] if EVENT in measure.columns else [EVENT]
    if not set(WHEN_COLUMNS) & set(measure.columns):
        missing.append("happened_on (or period)")
    unknown = [column for column in measure.columns if column not in {PERSON, EVENT, VALUE, *WHEN_COLUMNS, *categories}]
    for column in missing:
        problems.append(Problem(place, f"does not return {column}.", "Every measure returns it."))
    for column in unknown:
        hint = "Leave it out, or name it as a breakdown's column in breakdowns.yml."
        problems.append(Problem(place, f'returns "{column}", which nothing counts by.', hint))
    return not missing and not unknown


def _sql_files(folder: Path, problems: list[Problem]) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.glob("*.sql")):
        try:
            yield path, path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(Place(file=str(path)), f"cannot be read: {type(error).__name__}.", "Save it as UTF-8 text."))


def read_derived(folder: Path, problems: list[Problem], *, known: Mapping[str, Measure] | None = None) -> dict[str, Measure]:
    """Read the derived tables, each after those it reads; a circle among them is a problem.

    Args:
        folder: Where the SQL files lie.
        problems: Collects what is wrong.
        known: Derived tables that were read before and that these may read; they come first in what is given back.
    """
    waiting = dict(_sql_files(folder, problems))
    names = {path.stem for path in waiting}
    parsed = {path: _parse(text) for path, text in waiting.items()}
    reads = {path: (_tables_named(parsed[path]) & names) - {path.stem} for path in waiting}
    done: dict[str, Measure] = dict(known or {})
    failed: set[str] = set()
    while waiting:
        ready = [path for path in waiting if not reads[path] - done.keys() - failed]
        if not ready:
            circle = "reads itself through other derived tables."
            problems.extend(Problem(Place(file=str(path)), circle, "Break the circle.") for path in waiting)
            break
        for path in ready:
            text = waiting.pop(path)
            table = read_measure(text, file=str(path), name=path.stem, derived=done, problems=problems, parsed=parsed[path])
            if table is None:
                failed.add(path.stem)
            else:
                done[path.stem] = table
    return done


def read_derived_once(folder: Path, problems: list[Problem]) -> dict[str, Measure]:
    """Read the derived tables of a folder that does not change while the program runs: indicators and analyses share them."""
    tables, found = _derived_of(folder)
    problems.extend(found)
    return dict(tables)


@cache
def _derived_of(folder: Path) -> tuple[dict[str, Measure], tuple[Problem, ...]]:
    problems: list[Problem] = []
    return read_derived(folder, problems), tuple(problems)


def _tables_named(statements: Parsed) -> set[str]:
    if isinstance(statements, SqlglotError):
        return set()
    return {table.name for found in statements for table in found.find_all(exp.Table)}


def read_measures(
    folder: Path, derived: Mapping[str, Measure], problems: list[Problem], *, categories: Collection[str]
) -> dict[str, Measure]:
    """Read every measure of a folder; each must return the columns that counting needs.

    Args:
        folder: Where the SQL files lie.
        derived: Derived tables they may read.
        problems: Collects what is wrong.
        categories: Columns that breakdowns are read from, which a measure may return too.
    """
    measures: dict[str, Measure] = {}
    for path, text in _sql_files(folder, problems):
        measure = read_measure(text, file=str(path), name=path.stem, derived=derived, problems=problems)
        if measure is not None and _check_answer(measure, categories, problems):
            measures[path.stem] = measure
    return measures


def to_dialect(sql: str, dialect: str) -> str:
    """The same select in another engine's words."""
    written = Dialect.get_or_raise(DIALECT).parse(sql)[0]
    return written.sql(dialect=dialect) if written is not None else sql
