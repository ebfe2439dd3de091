"""Analyses: questions that one number cannot answer, each a few tables that are read together.

An analysis is a YAML file in ``catalogue/analyses``; what its tables count is plain SQL in ``catalogue/tables``, one file each, checked and
traced like the measures of indicators. Like an indicator, an analysis without a purpose, two readings and a line of inquiry does not load.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from sightline.definitions.breakdowns import AGENCIES, AREAS_OF_A_WARD, FILE_NAME, WARDS, Breakdown, read_breakdowns
from sightline.definitions.indicators import CATALOGUE, Ages, Counted, Denominator, Residents, Text
from sightline.definitions.loading import Definition, line_at, load
from sightline.definitions.measures import VALUE, Measure, read_derived, read_derived_once, read_measures
from sightline.definitions.yaml import read_yaml_file
from sightline.errors import CatalogueProblems, Place, Problem
from sightline.model.codes import CODE_LISTS, COUNTED_LISTS
from sightline.model.units import DECIMALS, UNITS

PAGES = ("sources", "flags", "journeys", "missing", "needs", "people_who_cause_harm", "screening", "reach", "voice")
NONE, TOTAL = "none", "total"
SCHOOLS, TOOLS, QUARTERS, OPEN = "schools", "tools", "quarters", "open"
"""Lists that the records give: schools with pupils on roll, screening tools, and whatever a column holds (only what is shown is listed)."""
LISTS = frozenset({*CODE_LISTS, *COUNTED_LISTS, AGENCIES, WARDS, SCHOOLS, TOOLS, QUARTERS, OPEN})


_FOLDERS = {"analyses": "*.yml", "tables": "*.sql"}


class LocalDimension(Definition):
    """A dimension of one analysis only: its codes and words, or a list that the records give."""

    title: Text
    categories: dict[str, Text] = Field(default_factory=dict)
    list: str | None = None

    @model_validator(mode="after")
    def _has_codes(self) -> Self:
        if bool(self.categories) == (self.list is not None):
            raise ValueError("give categories, or a list")
        if self.list is not None and self.list not in LISTS:
            raise ValueError(f"{self.list} is not a list of codes; there are {', '.join(sorted(LISTS))}")
        return self


class TableDefinition(Definition):
    """One table of an analysis: what a row counts, by what, and what it is out of.

    ``by`` names dimensions, outermost first. ``out_of`` is ``none``, ``total``, or the dimension within which shares are taken; instead of
    it ``denominator`` and ``per`` make a rate. ``rows: shown`` leaves withheld rows out. ``sets`` counts children by exactly which of the
    categories they are in. ``agreement`` compares the first two dimensions, whose third says both, first, second or neither.
    ``compared`` names those whom a category of the last dimension is held beside; ``expected`` says what the common rate would give.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]+$")
    title: Text
    says: Text
    measure: Text
    values: dict[str, int] = Field(default_factory=dict, alias="with")
    by: tuple[Text, ...] = Field(min_length=1, max_length=3)
    unit: Text
    people: Literal["children", "adults", "anyone"] = "children"
    ages: Ages = Ages()
    out_of: Text = NONE
    denominator: Denominator | None = None
    per: Literal[1, 100, 10000] | None = None
    value: Text | None = None
    chart: Literal["bars", "sankey", "heatmap", "upset", "dots", "none"] = "none"
    rows: Literal["all", "shown"] = "all"
    sets: bool = False
    agreement: bool = False
    apart: bool = False
    """The first two dimensions are never the same: an agency is not followed by itself."""
    flows: bool = False
    """Its rows go from one agency, authority or stage to another: few of them in one row are few children on one way."""
    compared: Text | None = None
    expected: bool = False
    agencies_needed: tuple[Text, ...] = ()
    linkage_range: bool = True
    """False where people are joined to one another: counting again only those whose links may be wrong would tell nothing."""
    quarters_of_records: int = Field(default=4, ge=1)
    months: int = Field(default=12, ge=12, le=120)
    """How far back is counted; more than a year only for what is laid out by quarter."""

    @field_validator("per", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdigit() else value

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, value: str) -> str:
        if value not in UNITS:
            raise ValueError(f"{value} is not something that is counted; there are {', '.join(UNITS)}")
        return value

    @field_validator("value")
    @classmethod
    def _known_measure(cls, value: str | None) -> str | None:
        if value is not None and value not in DECIMALS:
            raise ValueError(f"{value} is not what a median is measured in; there are {', '.join(DECIMALS)}")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.denominator is None) != (self.per is None):
            raise ValueError("denominator and per belong together: give both or neither")
        if self.denominator is not None and self.out_of != NONE:
            raise ValueError("a table is out of a denominator or out of a part of itself, not both")
        if self.out_of not in {NONE, TOTAL, *self.by[:-1]}:
            raise ValueError(f"out_of is none, total or one of {list(self.by[:-1])}")
        if (self.compared or self.expected) and self.denominator is None:
            raise ValueError("to compare, or to expect, a table needs a denominator")
        if isinstance(self.denominator, Residents) and self.unit != "children":
            raise ValueError("residents are children: only children are out of them")
        if self.sets and (len(self.by) > 1 or self.unit != "children"):
            raise ValueError("sets are of children, by one dimension")
        if self.agreement and (len(self.by) != 3 or self.out_of != self.by[1]):
            raise ValueError("agreement needs two dimensions and the answer of both, out of the second")
        if self.chart == "sankey" and not self.flows:
            raise ValueError("a sankey chart draws flows: say flows: yes, so that small ones are not shown")
        if self.flows and len(self.by) < 2:
            raise ValueError("a flow goes from one thing to another: give both")
        return self

    @property
    def leading(self) -> int:
        """How many of the first dimensions the table's margins are of; 0: it has none but its total."""
        if self.out_of in self.by:
            return self.by.index(self.out_of) + 1
        return len(self.by) - 1 if self.compared else 0


class AnalysisDefinition(Definition):
    """One analysis, as its YAML file gives it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]+$")
    order: int = Field(ge=1)
    page: Literal["sources", "flags", "journeys", "missing", "needs", "people_who_cause_harm", "screening", "reach", "voice"]
    title: Text
    question: Text
    purpose: Text
    interpretations: tuple[Text, ...] = Field(min_length=2)
    lines_of_inquiry: tuple[Text, ...] = Field(min_length=1)
    caveat: Text
    dimensions: dict[str, LocalDimension] = Field(default_factory=dict)
    tables: tuple[TableDefinition, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Analyses:
    """Every analysis in its order, what their tables count, and the derived tables and breakdowns those share."""

    analyses: tuple[AnalysisDefinition, ...]
    measures: Mapping[str, Measure]
    derived: Mapping[str, Measure]
    breakdowns: Mapping[str, Breakdown]

    def analysis(self, id: str) -> AnalysisDefinition:
        """One analysis by its id.

        Raises:
            KeyError: If there is none.
        """
        for analysis in self.analyses:
            if analysis.id == id:
                return analysis
        raise KeyError(id)

    def dimension(self, analysis: AnalysisDefinition, id: str) -> Breakdown:
        """A dimension of one analysis, its own or the catalogue's."""
        own = analysis.dimensions.get(id)
        return self.breakdowns[id] if own is None else Breakdown(id=id, title=own.title, column=id, list=own.list)

    def measures_of(self, table: TableDefinition) -> tuple[Measure, ...]:
        """What the table counts, then what it is out of if that is counted too."""
        names = [table.measure]
        if isinstance(table.denominator, Counted):
            names.append(table.denominator.measure)
        return tuple(self.measures[name] for name in names)

    def lineage_of(self, table: TableDefinition) -> tuple[str, ...]:
        """Every ``entity.column`` that feeds a table."""
        found = {column for measure in self.measures_of(table) for column in measure.lineage} | {"person.birth_month"}
        found.update(f"person.{name}" for name in ("ward", "sex", "ethnicity") if name in table.by)
        if any(by in AREAS_OF_A_WARD for by in table.by):
            found.add("person.ward")
        if isinstance(table.denominator, Residents):
            found.add("population.children")
        return tuple(sorted(found))

    def sql_of(self, table: TableDefinition) -> str:
        """The SQL behind a table as a reader may follow it: derived tables, what is counted, what it is out of."""
        measures = self.measures_of(table)
        names = {name for measure in measures for name in measure.derived}
        shared = [each for name, each in self.derived.items() if name in names]
        return "\n\n".join(f"-- {part.name}: {part.says}\n{part.sql}" for part in (*shared, *measures))

    def version_of(self, analysis: AnalysisDefinition) -> str:
        """Changes whenever the definition or any SQL behind it does."""
        written = analysis.model_dump_json(by_alias=True) + "".join(map(self.sql_of, analysis.tables))
        return hashlib.sha256(written.encode()).hexdigest()[:12]

    @property
    def version(self) -> str:
        """One version for all analyses together."""
        return hashlib.sha256("".join(map(self.version_of, self.analyses)).encode()).hexdigest()[:12]


def load_analyses(folder: Path = CATALOGUE, *, own: Path | None = None) -> Analyses:
    """Load analyses and what their tables count, checking each against the others.

    Args:
        folder: The catalogue.
        own: A partnership's folder: its ``analyses`` and ``tables`` are read beside the catalogue's.

    Raises:
        CatalogueProblems: With every mistake in every file, each with its file and line.
    """
    shipped = _shipped() if folder == CATALOGUE else _load(folder, None)
    if own is None or not any(any((own / name).glob(pattern)) for name, pattern in _FOLDERS.items()):
        return shipped
    return _load(own, shipped)


@cache
def _shipped() -> Analyses:
    """The shipped analyses are read once: they do not change while the program runs."""
    return _load(CATALOGUE, None)


def _load(folder: Path, beside: Analyses | None) -> Analyses:
    """The analyses of a folder, with those they stand beside and may share breakdowns, derived tables and SQL with."""
    problems: list[Problem] = []
    breakdowns = dict(beside.breakdowns) if beside is not None else {}
    if (folder / FILE_NAME).is_file():
        breakdowns |= read_breakdowns(folder / FILE_NAME, problems, earlier=breakdowns)
    read = _read(folder / "analyses", problems)
    columns = {each.column for each in breakdowns.values() if each.column} | {name for analysis, *_ in read for name in analysis.dimensions}
    if folder == CATALOGUE:
        derived = read_derived_once(folder / "derived", problems)
    else:
        derived = read_derived(folder / "derived", problems, known=beside.derived if beside is not None else None)
    measures = dict(beside.measures) if beside is not None else {}
    measures |= read_measures(folder / "tables", derived, problems, categories=columns)
    for analysis, path, document in read:
        _check(analysis, _Against(document, path, measures, breakdowns, problems))
    found = [*(beside.analyses if beside is not None else ()), *(analysis for analysis, *_ in read)]
    _check_orders(found, folder / "analyses", problems)
    if problems:
        raise CatalogueProblems(problems)
    return Analyses(tuple(sorted(found, key=lambda each: (PAGES.index(each.page), each.order))), measures, derived, breakdowns)


def _read(folder: Path, problems: list[Problem]) -> list[tuple[AnalysisDefinition, Path, object]]:
    found = []
    for path in sorted(folder.glob("*.yml")):
        document = read_yaml_file(path, problems)
        analysis = None if document is None else load(AnalysisDefinition, document, file=str(path), problems=problems)
        if analysis is not None:
            found.append((analysis, path, document))
    return found


@dataclass(frozen=True, slots=True)
class _Against:
    """What one analysis is checked against, and where its mistakes go."""

    document: object
    path: Path
    measures: Mapping[str, Measure]
    breakdowns: Mapping[str, Breakdown]
    problems: list[Problem]

    def problem(self, location: tuple[Any, ...], message: str, hint: str) -> None:
        self.problems.append(Problem(Place(file=str(self.path), line=line_at(self.document, location)), message, hint))


def _check(analysis: AnalysisDefinition, against: _Against) -> None:
    if analysis.id != against.path.stem:
        against.problem(("id",), f'id is "{analysis.id}" and the file is {against.path.name}.', "Give both the same name.")
    ids = [table.id for table in analysis.tables]
    for place, table in enumerate(analysis.tables):
        if table.id in ids[:place]:
            against.problem(("tables", place, "id"), f'there is a table "{table.id}" already.', "Give each its own id.")
        _check_table(analysis, place, against)


def _check_table(analysis: AnalysisDefinition, place: int, against: _Against) -> None:
    table = analysis.tables[place]
    for part, counted in _counted_parts(table):
        measure = against.measures.get(counted.measure)
        where: tuple[int | str, ...] = ("tables", place, *part)
        if measure is None:
            against.problem((*where, "measure"), f'"{counted.measure}" is not a table\'s SQL that loaded.', "See catalogue/tables.")
            continue
        for name in sorted(measure.parameters ^ set(counted.values)):
            what = "needs a value for" if name in measure.parameters else "has no parameter"
            against.problem(where, f"{counted.measure} {what} ${name}.", 'Write it under "with".')
        if not part:
            _check_columns(analysis, place, measure, against)
    for name in table.by:
        if name not in analysis.dimensions and name not in against.breakdowns:
            against.problem(("tables", place, "by"), f'"{name}" is not a dimension.', f"See {FILE_NAME}, or add it under dimensions.")
    of_child = [name for name in table.by if name in against.breakdowns and not against.breakdowns[name].is_of_what_happened]
    if isinstance(table.denominator, Residents) and len(of_child) > 1:
        against.problem(("tables", place, "by"), f"residents are not counted by {' and '.join(of_child)} at once.", "Take one of them.")
    if any(analysis.dimensions[name].list == OPEN for name in table.by if name in analysis.dimensions) and table.rows != "shown":
        # A category that is listed only because somebody is in it would tell that somebody is.
        against.problem(("tables", place), "has a dimension that is open, and lists withheld rows.", "Write rows: shown.")


def _counted_parts(table: TableDefinition) -> list[tuple[tuple[str, ...], Counted]]:
    own = Counted.model_validate({"measure": table.measure, "says": table.says, "with": table.values})
    return [((), own), *([(("denominator",), table.denominator)] if isinstance(table.denominator, Counted) else [])]


def _check_columns(analysis: AnalysisDefinition, place: int, measure: Measure, against: _Against) -> None:
    table = analysis.tables[place]
    wanted = [name if name in analysis.dimensions else getattr(against.breakdowns.get(name), "column", None) for name in table.by]
    if table.value is not None:
        wanted.append(VALUE)
    for column in wanted:
        if column is not None and column not in measure.columns:
            against.problem(("tables", place, "by"), f"{measure.name} does not return {column}.", "Return it, or leave it out.")


def _check_orders(found: list[AnalysisDefinition], folder: Path, problems: list[Problem]) -> None:
    ids = [analysis.id for analysis in found]
    for twice in sorted({id for id in ids if ids.count(id) > 1}):
        problems.append(
            Problem(Place(file=str(folder / f"{twice}.yml")), f'there is an analysis "{twice}" already.', "Give it another id.")
        )
    places = [(analysis.page, analysis.order) for analysis in found]
    if len(set(places)) != len(places):
        problems.append(Problem(Place(file=str(folder)), "two analyses of one page have the same order.", "Number each differently."))
