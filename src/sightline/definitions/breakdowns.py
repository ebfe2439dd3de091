"""Breakdowns: by what a figure may be looked at, as the catalogue declares it.

Three kinds. Of the child: ward, age band, sex, ethnicity, which counting knows itself. Of the home: what the child's ward belongs to (a
council, a deprivation fifth), which ``wards.csv`` tells. Of what happened: a column that the measure returns, with the list of its codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from sightline.definitions.loading import Definition, line_at, load
from sightline.definitions.yaml import LineMap, read_yaml_file
from sightline.errors import Place, Problem
from sightline.model.codes import CODE_LISTS, COUNTED_LISTS
from sightline.model.units import UNITS

FILE_NAME = "breakdowns.yml"
OF_THE_CHILD = ("ward", "age_band", "sex", "ethnicity")
AREAS_OF_A_WARD = ("deprivation", "council", "police_force", "health_footprint", "region")
"""Columns of the ``ward`` table besides its code and name: what each ward belongs to, as far as ``wards.csv`` tells."""
AGENCIES, AGENCY_PAIRS, WARDS = "agencies", "agency_pairs", "wards"
ONE, SEVERAL = "one", "several"
"""Each that is counted stands in exactly one row of a breakdown, or may stand in more than one."""

Text = Annotated[str, Field(min_length=1)]


class Breakdown(Definition):
    """One way to look at a figure. ``column`` is what the numerator's measure returns; ``area`` a column of the ward table."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text
    column: str | None = None
    area: str | None = None
    list: str | None = None
    several: tuple[str, ...] = ()
    """Units, besides children, of which one may stand in more than one row: an incident with several children, in their wards."""

    @property
    def is_of_what_happened(self) -> bool:
        """Whether the measure has to return it; a child may then stand in several categories, and residents have none."""
        return self.column is not None

    def in_rows(self, unit: str, *, of_people: bool, of_one_day: bool) -> str:
        """In how many rows one that is counted may stand, as far as anybody can say before counting.

        Args:
            unit: What is counted, in the plural.
            of_people: Whether distinct people are counted, not what happened to them.
            of_one_day: Whether one figure takes everybody's age on one day; who is counted on several days may have two ages.

        Returns:
            `ONE`, `SEVERAL`, or nothing: then parts mostly add up, and nobody promises it.
        """
        if unit in self.several or (of_people and (self.is_of_what_happened or (self.id == "age_band" and not of_one_day))):
            return SEVERAL
        return ONE if of_people else ""


class _Breakdowns(Definition):
    breakdowns: tuple[Breakdown, ...]


class Domain(Definition):
    """One part of the framework: its letter there and its words."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    letter: str = Field(pattern=r"^[A-Z]$")
    title: Text
    says: Text


class _Domains(Definition):
    domains: tuple[Domain, ...]


def read_breakdowns(path: Path, problems: list[Problem], *, earlier: Mapping[str, Breakdown] | None = None) -> dict[str, Breakdown]:
    """Every breakdown of a file, by id; none may take the id of an earlier one. A mistake in one is a problem with its line."""
    document = _listed(path, "breakdowns", problems)
    loaded = load(_Breakdowns, document, file=str(path), problems=problems)
    found: dict[str, Breakdown] = {}
    for place, breakdown in enumerate(loaded.breakdowns if loaded else ()):
        for mistake, hint in _mistakes(breakdown, {**(earlier or {}), **found}):
            problems.append(Problem(Place(file=str(path), line=line_at(document, ("breakdowns", place))), mistake, hint))
        found[breakdown.id] = breakdown
    return found


def _mistakes(breakdown: Breakdown, earlier: Mapping[str, Breakdown]) -> list[tuple[str, str]]:
    found = []
    if breakdown.id in earlier or breakdown.id == "all":
        found.append((f'there is a breakdown "{breakdown.id}" already.', "Give each its own id."))
    if breakdown.column is not None and breakdown.area is not None:
        found.append((f'"{breakdown.id}" is of what happened or of the home, not both.', "Give column or area."))
    if breakdown.column is None and breakdown.area is None and breakdown.id not in OF_THE_CHILD:
        found.append((f'"{breakdown.id}" does not say what it is read from.', "Name the column that measures return, and its list."))
    if breakdown.area is not None and breakdown.area not in AREAS_OF_A_WARD:
        found.append((f'"{breakdown.area}" is not known of a ward.', f"There are {', '.join(AREAS_OF_A_WARD)}."))
    if strange := [unit for unit in breakdown.several if unit not in UNITS]:
        found.append((f'"{strange[0]}" is not something that is counted.', f"There are {', '.join(UNITS)}."))
    if breakdown.column is not None and breakdown.list not in {*CODE_LISTS, *COUNTED_LISTS, AGENCIES, AGENCY_PAIRS, WARDS}:
        found.append(
            (f'"{breakdown.id}" has no list of its codes.', f"Give a list of the common model, {AGENCIES}, {AGENCY_PAIRS} or {WARDS}.")
        )
    return found


def read_domains(path: Path, problems: list[Problem]) -> dict[str, Domain]:
    """Every domain of the framework, by id and in order."""
    loaded = load(_Domains, _listed(path, "domains", problems), file=str(path), problems=problems)
    return {domain.id: domain for domain in (loaded.domains if loaded else ())}


def _listed(path: Path, name: str, problems: list[Problem]) -> LineMap:
    """A file that is one list, as a mapping of it under a name, so that messages can say which place of the list is wrong."""
    document = read_yaml_file(path, problems)
    whole = LineMap({name: document if document is not None else []})
    whole.line, whole.key_lines = 1, {name: 1}
    return whole
