"""Indicators for whoever writes or reads them: list, show, check a folder of one's own, try one on a workspace."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from sightline.app.agreed import gaps, refuse_unless_usable
from sightline.app.count import NotLinked, covered_quarters
from sightline.app.geography import SCHEMAS
from sightline.app.indicator_texts import indicator_texts, waiting_texts
from sightline.app.publish_generation import current_generation
from sightline.app.releases import current_release
from sightline.app.tables import AGENCY_SCHEMA, OWN_AUTHORITY_SCHEMA, QUARTER_SCHEMA, open_tables
from sightline.app.workspace import Workspace
from sightline.definitions.analyses import load_analyses
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Catalogue, Indicator, Question
from sightline.definitions.measures import SHARED_TABLES, Measure
from sightline.definitions.partnership import FILE_NAME, load_partnership
from sightline.disclosure import METHOD, Before, ToRelease, protect_release
from sightline.engine import Engine
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import CatalogueProblems, NotFound, Place, Problem
from sightline.indicators import Scope, categories, cells_from_table, count_indicators
from sightline.indicators.people import with_values
from sightline.ledger.linkages import latest_linkage
from sightline.model.entities import ENTITIES, PERSON_SCHEMA
from sightline.model.figures import Figure, Median, NotAvailable, Ratio, Released, Withheld
from sightline.model.periods import Quarter, quarters_between
from sightline.model.releases import IndicatorText

_MEMORY = "1500MB"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a folder of definitions holds, and every mistake in it (none: it loads and runs)."""

    problems: tuple[Problem, ...]
    counted: int = 0
    waiting: int = 0
    own: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    analyses: int = 0

    def as_dict(self) -> dict[str, Any]:
        told = [{"file": each.place.file, "line": each.place.line, "message": each.message, "hint": each.hint} for each in self.problems]
        lists = {"own": list(self.own), "key": list(self.key)}
        return {"problems": told, "counted": self.counted, "waiting": self.waiting, "analyses": self.analyses, **lists}


@dataclass(frozen=True, slots=True)
class Tried:
    """One indicator counted and protected for one quarter: the total, then (breakdown, category in words, figure) for each category."""

    indicator: IndicatorText
    period: Quarter
    total: Figure
    parts: tuple[tuple[str, str, Figure], ...]

    def as_dict(self) -> dict[str, Any]:
        parts = [{"breakdown": by, "category": category, **shown_as_dict(figure)} for by, category, figure in self.parts]
        return {"indicator": self.indicator.id, "period": str(self.period), "total": shown_as_dict(self.total), "parts": parts}


def shown_as_dict(figure: Figure) -> dict[str, Any]:
    """A figure as it may be shown: a number, or the word that stands in its place."""
    return {"count": _plain(figure.count), "out_of": _plain(figure.out_of), "statistic": _plain(figure.statistic)}


def _plain(shown: Released | Ratio | Median | Withheld | NotAvailable | None) -> object:
    match shown:
        case None:
            return None
        case Released(value):
            return value
        case Ratio() | Median():
            return {"words": str(shown), "value": shown.value, "low": shown.low, "high": shown.high}
    return str(shown)


def all_questions(own: Path | None) -> tuple[Question, ...]:
    """Every indicator, counted or waiting, of the catalogue and of a partnership's folder.

    Raises:
        CatalogueProblems: If the definitions have mistakes.
    """
    return load_catalogue(own=own).questions


def one_indicator(id: str, own: Path | None) -> IndicatorText:
    """The words of one indicator, by its id or its number in the framework.

    Raises:
        NotFound: If there is none.
        CatalogueProblems: If the definitions have mistakes.
    """
    catalogue = load_catalogue(own=own)
    found = _question(catalogue, id)
    return next(text for text in (*indicator_texts(catalogue), *waiting_texts(catalogue)) if text.id == found.id)


def _question(catalogue: Catalogue, id: str) -> Question:
    found = next((each for each in catalogue.questions if id in (each.id, each.framework)), None)
    if found is None:
        raise NotFound(f'There is no indicator "{id}".', hint="`sightline indicators list` names them all.")
    return found


def _counted(catalogue: Catalogue, id: str) -> Indicator:
    question = _question(catalogue, id)
    if not isinstance(question, Indicator):
        raise NotFound(f'"{question.id}" waits for data and is not counted.', hint="`sightline indicators show` says what it waits for.")
    return question


def quarters_looked_back_on(id: str, own: Path | None) -> int:
    """How many quarters of returns an indicator needs before there is a figure.

    Raises:
        NotFound: If there is no such indicator, or the question waits for data.
        CatalogueProblems: If the definitions have mistakes.
    """
    return _counted(load_catalogue(own=own), id).quarters_of_records


_OWN_FOLDERS = ("indicators", "measures", "derived", "analyses", "tables")
_WHERE_OWN_FILES_LIE = "Name the folder that holds partnership.yml, or the folders indicators (.yml) and measures (.sql)."


def check_definitions(own: Path | None) -> Checked:
    """Load the catalogue with a partnership's folder beside it, and let the engine read every measure.

    Raises:
        NotFound: If there is no such folder, or nothing in it that could be checked.
    """
    if own is not None and not own.is_dir():
        raise NotFound("There is no such folder.", place=Place(file=str(own)), hint=_WHERE_OWN_FILES_LIE)
    if own is not None and not any((own / name).exists() for name in (FILE_NAME, *_OWN_FOLDERS)):
        raise NotFound("There is nothing to check in this folder.", place=Place(file=str(own)), hint=_WHERE_OWN_FILES_LIE)
    problems: list[Problem] = []
    if own is not None and (own / FILE_NAME).is_file():
        try:
            load_partnership(own)
        except CatalogueProblems as found:
            problems += found.problems
    analyses = None
    try:
        analyses = load_analyses(own=own)
    except CatalogueProblems as found:
        problems += found.problems
    try:
        catalogue = load_catalogue(own=own)
    except CatalogueProblems as found:
        return Checked(tuple(dict.fromkeys((*problems, *found.problems))))
    tables = tuple(analyses.measures.values()) if analyses is not None else ()
    problems += _what_the_engine_refuses((*catalogue.derived.values(), *catalogue.measures.values(), *tables), catalogue.derived)
    beyond = load_catalogue().places.keys() if own is not None else catalogue.places.keys()
    return Checked(
        tuple(problems),
        counted=len(catalogue.indicators),
        analyses=len(analyses.analyses) if analyses is not None else 0,
        waiting=len(catalogue.waiting),
        own=tuple(id for id in catalogue.places if id not in beyond),
        key=tuple(each.id for each in catalogue.indicators if each.key),
    )


def _what_the_engine_refuses(parts: Sequence[Measure], derived: Collection[str]) -> list[Problem]:
    """Mistakes that only running shows (a day compared with a word, say): every measure is read over empty tables."""
    problems = []
    with DuckDBEngine(threads=1) as engine:
        register_empty(engine)
        for part in parts:
            refused = engine.problem_with(with_values(part.sql, dict.fromkeys(part.parameters, 1)))
            if refused is not None:
                message, line = refused
                place = Place(file=part.file, line=part.line + (line or 1) - 1)
                problems.append(Problem(place, f"cannot be run: {message}.", "The tables are described in docs/reference/common-model.md."))
            elif part.name in derived:
                engine.create_view(part.name, part.sql)
    return problems


def register_empty(engine: Engine) -> None:
    """Register every table that a measure may read, without a row."""
    for entity in ENTITIES.values():
        schema = entity.schema.insert(0, pa.field("person_id", pa.string())) if entity.about_person else entity.schema
        engine.register_table(entity.name, schema.empty_table())
    lists = {"person": PERSON_SCHEMA, "quarter": QUARTER_SCHEMA, "agency": AGENCY_SCHEMA, "own_authority": OWN_AUTHORITY_SCHEMA}
    lists |= {"ward": SCHEMAS["ward_names"], "ward_version": SCHEMAS["ward_versions"], "population": SCHEMAS["population"]}
    for name, columns in SHARED_TABLES.items():
        schema = lists.get(name, pa.schema([(column, pa.string()) for column in columns]))
        engine.register_table(name, schema.empty_table())


def try_indicator(workspace: Workspace, id: str, *, at: datetime, own: Path | None = None, period: Quarter | None = None) -> Tried:
    """Count one indicator on a workspace and show it as a release would; nothing is kept.

    Args:
        workspace: Where there is a published and linked generation.
        id: The indicator's id, or its number in the framework.
        at: The instant at which agreements must let every return be used.
        own: A partnership's folder to take definitions from; the workspace's own when None.
        period: The quarter; the last that any return is for when None.

    Raises:
        NotFound: If there is no such indicator or no generation, or the question waits for data.
        NotLinked: If people are not linked.
        CatalogueProblems: If the definitions have mistakes.
        MoreThanAll: If it counts more than what it is out of.
    """
    catalogue = load_catalogue(own=own or workspace.root / "partnership")
    question = _counted(catalogue, id)
    generation = current_generation(workspace)
    refuse_unless_usable(workspace, generation, at)
    if generation.number is None or latest_linkage(generation.number) is None:
        raise NotLinked("The people of the current generation are not linked yet.")
    covered = covered_quarters(generation)
    first, last = workspace.partnership.first_period, max(map(Quarter.parse, {each for told in covered.values() for each in told}))
    quarter = period or last
    modes = {agency.id: str(agency.mode) for agency in workspace.partnership.agencies}
    alone = catalogue.alone(question)
    with DuckDBEngine(spill=workspace.spill, memory_limit=workspace.memory(_MEMORY)) as engine:
        open_tables(workspace, generation, engine)
        not_agreed = gaps(workspace.partnership, generation, at)
        scope = Scope(tuple(quarters_between(first, quarter)), covered, first, modes, not_agreed)
        cells = cells_from_table(count_indicators(engine, alone, scope))
        known = categories(engine, catalogue.breakdowns)
    release = current_release(workspace)
    # What a release shows of the same count is shown here too: a number rounded in two ways would tell more than either.
    before = Before(release.figures) if release is not None and release.methods.get("disclosure") == METHOD else None
    safe = protect_release(ToRelease(cells), key=workspace.rounding_key, before=before).figures
    figures = [figure for figure in safe if figure.period == str(quarter)]
    if not figures:
        raise NotFound(f"No return tells about {quarter.title}.", hint="Name a quarter for which returns were accepted.")
    return Tried(indicator_texts(alone)[0], quarter, figures[0], tuple(_in_words(figures[1:], catalogue, known)))


def _in_words(
    figures: Sequence[Figure], catalogue: Catalogue, known: dict[str, tuple[tuple[str, str], ...]]
) -> list[tuple[str, str, Figure]]:
    return [
        (catalogue.breakdowns[each.breakdown].title, dict(known[each.breakdown]).get(each.category, each.category), each)
        for each in figures
    ]
