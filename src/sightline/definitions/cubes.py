"""Tables that readers may cross and filter, as data: which indicators, by what, where, over which quarters, and under which rules.

A declared table is a YAML file in ``catalogue/cubes``. Nothing else is counted by several breakdowns at once for readers to ask, so a
release holds every table that can be asked for, made safe together. A partnership may add its own.

Method page: docs/methods/tables-to-ask.md.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from sightline.definitions.breakdowns import AREAS_OF_A_WARD, OF_THE_CHILD
from sightline.definitions.indicators import CATALOGUE, Catalogue, Text
from sightline.definitions.loading import Definition, line_at, load
from sightline.definitions.yaml import LineMap, read_yaml_file
from sightline.errors import CatalogueProblems, Place, Problem

FOLDER = "cubes"
FINEST_AREA = "ward"
GEOGRAPHY = (FINEST_AREA, *AREAS_OF_A_WARD)
MOST_BREAKDOWNS = 3
PROFILES = ("strategic",)
"""Those that releases are made by: a table of another could not agree with the figures beside it."""
Mistake = tuple[tuple[int | str, ...], str, str]

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class CodeGroup(Definition):
    """A code that is the sum of others of its breakdown, finest codes or groups."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: Text
    parts: tuple[Text, ...] = Field(min_length=1)


class Geography(Definition):
    """One family of areas: the finest is served, or only counted with, as the common piece of areas that do not nest."""

    areas: tuple[Text, ...] = Field(min_length=1)

    @property
    def serves_finest(self) -> bool:
        """Whether wards are served themselves."""
        return FINEST_AREA in self.areas

    @property
    def wider(self) -> tuple[str, ...]:
        """The areas that are sums of wards."""
        return tuple(area for area in self.areas if area != FINEST_AREA)


class OutsideTotal(Definition):
    """A total that others publish of something this table counts; by the name of its publication."""

    name: Text
    indicator: Text
    quarter: Text
    value: int = Field(ge=0)
    within: int = Field(default=0, ge=0)


class CubeDefinition(Definition):
    """One declared table, as its YAML file gives it.

    ``groups`` makes a breakdown a tree; a breakdown in ``overlapping`` may have a code in two groups.
    ``zeros`` says whether none and a few are shown alike. ``contributor`` is whom a count counts.
    """

    id: Id
    order: int = Field(ge=1)
    title: Text
    says: Text
    indicators: tuple[Text, ...] = Field(min_length=1)
    breakdowns: tuple[Text, ...] = ()
    geography: tuple[Geography, ...] = ()
    groups: dict[str, tuple[CodeGroup, ...]] = Field(default_factory=dict)
    overlapping: tuple[str, ...] = ()
    quarters: int = Field(default=0, ge=0, le=40)
    rolling_years: int = Field(default=0, ge=0, le=40)
    contributor: Literal["child", "family"] = "child"
    zeros: Literal["with_small"] = "with_small"
    profile: Text
    outside_totals: tuple[OutsideTotal, ...] = ()

    @field_validator("geography", mode="before")
    @classmethod
    def _one_or_a_list(cls, value: Any) -> Any:
        return value if isinstance(value, list | tuple) else (value,)

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: str) -> str:
        if value not in PROFILES:
            raise ValueError(f"no release is made by the profile {value}; there is {', '.join(PROFILES)}")
        return value

    @property
    def axes(self) -> tuple[str, ...]:
        """What it is by: its breakdowns, then its finest areas."""
        return (*self.breakdowns, *((FINEST_AREA,) if self.geography else ()))


@dataclass(frozen=True, slots=True)
class Cubes:
    """Every declared table, in order."""

    cubes: tuple[CubeDefinition, ...] = field(default=())

    def of(self, indicator: str) -> tuple[CubeDefinition, ...]:
        """The tables that an indicator can be asked by."""
        return tuple(cube for cube in self.cubes if indicator in cube.indicators)

    @property
    def version(self) -> str:
        """Changes whenever any declared table does."""
        return hashlib.sha256("".join(cube.model_dump_json() for cube in self.cubes).encode()).hexdigest()[:12]


def load_cubes(catalogue: Catalogue, folder: Path = CATALOGUE, *, own: Path | None = None) -> Cubes:
    """Load declared tables, checking each against what is counted.

    Args:
        catalogue: The indicators and breakdowns they may name.
        folder: The catalogue.
        own: A partnership's folder, whose ``cubes`` are read beside the catalogue's.

    Raises:
        CatalogueProblems: With every mistake in every file, each with its file, its line and the rule.
    """
    problems: list[Problem] = []
    read = [*_read(folder, problems), *(_read(own, problems) if own is not None else ())]
    for place, (path, document, cube) in enumerate(read):
        for location, message, hint in _mistakes(cube, path, catalogue, [each for _, _, each in read[:place]]):
            problems.append(Problem(Place(file=str(path), line=line_at(document, location)), message, hint))
    if problems:
        raise CatalogueProblems(problems)
    return Cubes(tuple(sorted((cube for _, _, cube in read), key=lambda each: (each.order, each.id))))


@cache
def _shipped_files() -> tuple[Path, ...]:
    return tuple(sorted((CATALOGUE / FOLDER).glob("*.yml")))


def _read(folder: Path, problems: list[Problem]) -> list[tuple[Path, object, CubeDefinition]]:
    found: list[tuple[Path, object, CubeDefinition]] = []
    for path in _shipped_files() if folder == CATALOGUE else sorted((folder / FOLDER).glob("*.yml")):
        document = read_yaml_file(path, problems)
        if document is not None and not isinstance(document, LineMap):
            problems.append(Problem(Place(file=str(path), line=1), "is not a table.", "Write keys and values, as the others do."))
            continue
        cube = None if document is None else load(CubeDefinition, document, file=str(path), problems=problems)
        if cube is not None:
            found.append((path, document, cube))
    return found


def _mistakes(cube: CubeDefinition, path: Path, catalogue: Catalogue, earlier: Sequence[CubeDefinition]) -> Iterator[Mistake]:
    if cube.id != path.stem:
        yield ("id",), f'id is "{cube.id}" and the file is {path.name}.', "Give both the same name."
    if any(each.id == cube.id for each in earlier):
        yield ("id",), f'there is a table "{cube.id}" already.', "Give yours another name."
    yield from _of_dimensions(cube, catalogue)
    if not (cube.quarters or cube.rolling_years):
        yield ("quarters",), "is of no period.", "Write how many quarters, or rolling years, back from the headline quarter."
    yield from _of_groups(cube)
    yield from _of_indicators(cube, catalogue)
    yield from _of_totals(cube)


def _of_dimensions(cube: CubeDefinition, catalogue: Catalogue) -> Iterator[Mistake]:
    if len(cube.breakdowns) > MOST_BREAKDOWNS:
        yield (
            ("breakdowns",),
            f"has {len(cube.breakdowns)} breakdowns ({', '.join(cube.breakdowns)}); the rule is at most three breakdowns, one geography "
            "family and a period.",
            "Declare several tables.",
        )
    if len(cube.geography) > 1:
        yield (
            ("geography",),
            f"has {len(cube.geography)} geography families; the rule is at most three breakdowns, one geography family and a period.",
            "List all areas under one family: they may overlap, and wards are their common pieces.",
        )
    if not cube.axes:
        yield ("breakdowns",), "is by nothing.", "Name breakdowns, or a geography."
    for name, times in Counter(cube.breakdowns).items():
        if times > 1:
            yield ("breakdowns",), f'names "{name}" {times} times.', "Name each once."
        breakdown = catalogue.breakdowns.get(name)
        if breakdown is None:
            yield ("breakdowns",), f'"{name}" is no breakdown.', "See breakdowns.yml."
        elif name in GEOGRAPHY:
            yield ("breakdowns",), f'"{name}" is an area, not a breakdown.', "Name it under geography."
        elif breakdown.is_of_what_happened or name not in OF_THE_CHILD:
            message = f'"{name}" is of what happened: a {cube.contributor} may stand in several of its codes and would be counted twice.'
            yield ("breakdowns",), message, "A table is by what is told of each once: age_band, sex, ethnicity, areas."
    for place, family in enumerate(cube.geography):
        for area in family.areas:
            if area not in GEOGRAPHY:
                yield ("geography", place, "areas"), f'"{area}" is no area.', f"There are {', '.join(GEOGRAPHY)}."


def _of_groups(cube: CubeDefinition) -> Iterator[Mistake]:
    for name in (*cube.groups, *cube.overlapping):
        if name not in cube.breakdowns:
            yield ("groups" if name in cube.groups else "overlapping",), f'groups "{name}", which it is not by.', "Add it to breakdowns."
    for name, groups in cube.groups.items():
        if name in cube.overlapping:
            continue
        parents: dict[str, list[str]] = {}
        for group in groups:
            for part in group.parts:
                parents.setdefault(part, []).append(group.code)
        for part, inside in parents.items():
            if len(inside) > 1:
                listed = " and ".join(f'"{each}"' for each in inside)
                hint = "Keep one, or list the breakdown under overlapping."
                yield ("groups", name), f'{name} has "{part}" in two places of its tree, {listed}.', hint


def _of_indicators(cube: CubeDefinition, catalogue: Catalogue) -> Iterator[Mistake]:
    counted = {each.id: each for each in catalogue.indicators}
    for place, id in enumerate(cube.indicators):
        where = ("indicators", place)
        indicator = counted.get(id)
        if indicator is None:
            waits = any(each.id == id for each in catalogue.waiting)
            message = f'"{id}" waits for data and is not counted yet.' if waits else f'"{id}" is no indicator.'
            yield where, message, "See `sightline indicators list`."
            continue
        measure = catalogue.measures[indicator.numerator.measure]
        if not measure.is_about_people:
            yield where, f"{id} counts no children: {measure.name} returns no person_id.", "Take another indicator."
        if cube.contributor == "family":
            message = f"{id} cannot count families: children of one family may stand in several codes, and sums would count it again."
            yield where, message, "Write contributor: child; `sightline export-table` withholds by distinct families."
        if cube.rolling_years and (indicator.months != 3 or "period" in measure.columns):
            message = f"{id} has no rolling year: " + (
                "each of its figures is about twelve months already." if indicator.months != 3 else f"{measure.name} counts by quarter."
            )
            yield ("rolling_years",), message, "Leave rolling_years out, or declare a table of other indicators."


def _of_totals(cube: CubeDefinition) -> Iterator[Mistake]:
    first: Mapping[tuple[str, str], OutsideTotal] = {}
    for place, total in enumerate(cube.outside_totals):
        where = ("outside_totals", place)
        if total.indicator not in cube.indicators:
            yield where, f'{total.name} gives a total of "{total.indicator}", which this table does not count.', "Correct its indicator."
        before = first.get((total.indicator, total.quarter))
        if before is not None and abs(before.value - total.value) > before.within + total.within:
            message = f"{before.name} and {total.name} contradict each other in {total.indicator}, {total.quarter}."
            yield where, message, "Find out which counts what, and say under within how far off each may be."
        first = {**first, (total.indicator, total.quarter): before or total}
