"""Indicators: a question, what is counted for it, and how a reader may and may not understand the answer.

An indicator without a purpose, two readings and a line of inquiry does not load: a number alone is not intelligence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from sightline.definitions.loading import Definition, line_at, load
from sightline.definitions.measures import Measure, read_derived, read_measures
from sightline.definitions.yaml import read_yaml_file
from sightline.errors import CatalogueProblems, Place, Problem
from sightline.model.codes import AGE_BAND_STARTS
from sightline.model.periods import Quarter

CATALOGUE = Path(__file__).parent.parent / "catalogue"
KEY_INDICATORS = 5
BREAKDOWNS = ("ward", "age_band", "sex", "ethnicity", "agency", "referral_source")
_BREAKDOWN_COLUMN = {"agency": "agency_id", "referral_source": "referral_source"}

Text = Annotated[str, Field(min_length=1)]


class Counted(Definition):
    """A measure, the values of its parameters, and what it counts in words."""

    measure: Text
    says: Text
    values: dict[str, int] = Field(default_factory=dict, alias="with")


class Residents(Definition):
    """Children who live in the area, as a denominator: the age bands to add up."""

    resident_age_bands: tuple[str, ...] = Field(min_length=1)
    says: Text

    @field_validator("resident_age_bands")
    @classmethod
    def _known_bands(cls, bands: tuple[str, ...]) -> tuple[str, ...]:
        unknown = set(bands) - {band for _, band in AGE_BAND_STARTS}
        if unknown:
            raise ValueError(f"{sorted(unknown)} is no age band")
        return bands


def _kind_of_denominator(value: Any) -> str:
    names_measure = "measure" in value if isinstance(value, dict) else isinstance(value, Counted)
    return "measured" if names_measure else "residents"


Denominator = Annotated[
    Annotated[Counted, Tag("measured")] | Annotated[Residents, Tag("residents")],
    Discriminator(_kind_of_denominator),
]


class Ages(Definition):
    """Whose events count: age on the day, from (included) and under; what happens when the age is not known."""

    start: int = Field(default=0, alias="from", ge=0)
    under: int = Field(default=18, le=25)
    unknown: Literal["counted", "left_out"] = "left_out"


class KnownBreak(Definition):
    """A day from which the numbers mean something else."""

    since: str = Field(alias="from")
    note: Text

    @field_validator("since")
    @classmethod
    def _is_a_quarter(cls, text: str) -> str:
        try:
            return str(Quarter.parse(text))
        except Exception as problem:
            raise ValueError(f"{text} is not a quarter such as 2021-Q2") from problem


class Indicator(Definition):
    """One indicator, as its YAML file gives it; ``sql``, ``lineage`` and ``version`` come from its measures (see `Catalogue`)."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]+$")
    order: int = Field(ge=1)
    title: Text
    key: bool = False
    question: Text
    purpose: Text
    unit: Literal["children", "episodes", "referrals", "assessments", "interviews", "attendances"]
    numerator: Counted
    denominator: Denominator | None = None
    per: Literal[100, 10000] | None = None
    ages: Ages = Ages()
    breakdowns: tuple[Literal["ward", "age_band", "sex", "ethnicity", "agency", "referral_source"], ...] = Field(min_length=1)
    agencies_needed: tuple[str, ...] = Field(min_length=1)
    quarters_of_records: int = Field(default=1, ge=1)
    known_breaks: tuple[KnownBreak, ...] = ()
    interpretations: tuple[Text, ...] = Field(min_length=2)
    lines_of_inquiry: tuple[Text, ...] = Field(min_length=1)
    caveat: Text

    @field_validator("per", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdigit() else value

    @model_validator(mode="after")
    def _a_ratio_needs_both_parts(self) -> Self:
        if (self.denominator is None) != (self.per is None):
            raise ValueError("denominator and per belong together: give both or neither")
        return self


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that says what is counted: indicators in their order, measures and the derived tables they share."""

    indicators: tuple[Indicator, ...]
    measures: Mapping[str, Measure]
    derived: Mapping[str, Measure]

    def indicator(self, id: str) -> Indicator:
        """One indicator by its id.

        Raises:
            KeyError: If there is none.
        """
        for indicator in self.indicators:
            if indicator.id == id:
                return indicator
        raise KeyError(id)

    def measures_of(self, indicator: Indicator) -> tuple[Measure, ...]:
        """The numerator's measure, then the denominator's if it has one."""
        names = [indicator.numerator.measure]
        if isinstance(indicator.denominator, Counted):
            names.append(indicator.denominator.measure)
        return tuple(self.measures[name] for name in names)

    def lineage_of(self, indicator: Indicator) -> tuple[str, ...]:
        """Every ``entity.column`` that feeds an indicator; age and the breakdowns come from ``person``."""
        found = {column for measure in self.measures_of(indicator) for column in measure.lineage}
        found.update({"person.birth_month"}, (f"person.{name}" for name in ("ward", "sex", "ethnicity") if name in indicator.breakdowns))
        if isinstance(indicator.denominator, Residents):
            found.add("population.children")
        return tuple(sorted(found))

    def sql_of(self, indicator: Indicator) -> str:
        """The SQL behind an indicator as a reader may follow it: derived tables, numerator, denominator, each with its comment."""
        measures = self.measures_of(indicator)
        names = {name for measure in measures for name in measure.derived}
        shared = [table for name, table in self.derived.items() if name in names]
        return "\n\n".join(f"-- {part.name}: {part.says}\n{part.sql}" for part in (*shared, *measures))

    def version_of(self, indicator: Indicator) -> str:
        """Changes whenever the definition or any SQL behind it does."""
        return hashlib.sha256((indicator.model_dump_json(by_alias=True) + self.sql_of(indicator)).encode()).hexdigest()[:12]

    @property
    def version(self) -> str:
        """One version for all measures together."""
        return hashlib.sha256("".join(map(self.version_of, self.indicators)).encode()).hexdigest()[:12]


def load_catalogue(folder: Path = CATALOGUE) -> Catalogue:
    """Load indicators, measures and derived tables, checking each against the others.

    Raises:
        CatalogueProblems: With every mistake in every file, each with its file and line.
    """
    problems: list[Problem] = []
    derived = read_derived(folder / "derived", problems)
    measures = read_measures(folder / "measures", derived, problems)
    indicators: list[Indicator] = []
    for path in sorted((folder / "indicators").glob("*.yml")):
        document = read_yaml_file(path, problems)
        if document is None:
            continue
        indicator = load(Indicator, document, file=str(path), problems=problems)
        if indicator is not None:
            _check_indicator(indicator, document, measures, path, problems)
            indicators.append(indicator)
    _check_together(indicators, folder / "indicators", problems)
    if problems:
        raise CatalogueProblems(problems)
    return Catalogue(tuple(sorted(indicators, key=lambda each: each.order)), measures, derived)


def _check_indicator(indicator: Indicator, document: object, measures: Mapping[str, Measure], path: Path, problems: list[Problem]) -> None:
    def add(location: tuple[str, ...], message: str, hint: str) -> None:
        problems.append(Problem(Place(file=str(path), line=line_at(document, location)), message, hint))

    if indicator.id != path.stem:
        add(("id",), f'id is "{indicator.id}" and the file is {path.name}.', "Give both the same name.")
    for part in ("numerator", "denominator"):
        counted = getattr(indicator, part)
        if not isinstance(counted, Counted):
            continue
        measure = measures.get(counted.measure)
        if measure is None:
            add((part, "measure"), f'"{counted.measure}" is not a measure that loaded.', "See catalogue/measures.")
            continue
        for name in sorted(measure.parameters ^ set(counted.values)):
            what = "needs a value for" if name in measure.parameters else "has no parameter"
            add((part,), f"{counted.measure} {what} ${name}.", 'Write it under "with".')
        if part == "numerator":
            for breakdown in indicator.breakdowns:
                column = _BREAKDOWN_COLUMN.get(breakdown)
                if column is not None and column not in measure.columns:
                    add(("breakdowns",), f"{counted.measure} does not return {column}.", f"Leave {breakdown} out, or return it.")


def _check_together(indicators: list[Indicator], folder: Path, problems: list[Problem]) -> None:
    place = Place(file=str(folder))
    orders = [indicator.order for indicator in indicators]
    if len(set(orders)) != len(orders):
        problems.append(Problem(place, "two indicators have the same order.", "Number each differently."))
    keys = [indicator.id for indicator in indicators if indicator.key]
    if len(keys) != KEY_INDICATORS and not problems:
        problems.append(Problem(place, f"{len(keys)} indicators are key: {', '.join(keys)}.", f"Exactly {KEY_INDICATORS} are."))
