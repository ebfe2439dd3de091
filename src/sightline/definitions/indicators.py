"""Indicators: a question, what is counted for it, and how a reader may and may not understand the answer.

An indicator without a purpose, two readings and a line of inquiry does not load: a number alone is not intelligence. A question that the
records cannot answer yet says what it waits for, and is never counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from sightline.definitions.breakdowns import Breakdown, Domain
from sightline.definitions.loading import Definition
from sightline.definitions.measures import Measure
from sightline.definitions.partnership import Mode
from sightline.errors import Place
from sightline.model.codes import AGE_BAND_STARTS
from sightline.model.periods import Quarter
from sightline.model.units import DECIMALS, UNITS

CATALOGUE = Path(__file__).parent.parent / "catalogue"
PER = {"proportion": 100, "rate": 10_000, "ratio": 1}
"""What a statistic that is made of two numbers is expressed in."""

Text = Annotated[str, Field(min_length=1)]
Statistic = Literal["count", "proportion", "rate", "ratio", "median"]


def one_of(known: Mapping[str, object]) -> Any:
    """A validator: the text is one of the keys."""

    def check(text: str) -> str:
        if text not in known:
            raise ValueError(f"{text} is none of {', '.join(known)}")
        return text

    return check


class Counted(Definition):
    """A measure, the values of its parameters, and what it counts in words; ``unit`` where a denominator counts another thing."""

    measure: Text
    says: Text
    values: dict[str, int] = Field(default_factory=dict, alias="with")
    unit: str | None = None


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
    under: int = Field(default=18, le=120)
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


class Question(Definition):
    """What every indicator says, counted or not. ``framework`` is its number in the framework; a partnership's own may have none."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]+$")
    framework: str | None = Field(default=None, pattern=r"^[A-HJ]\d\d$")
    domain: str
    order: int = Field(default=9_000, ge=1)
    title: Text
    key: bool = False
    key_reason: str = ""
    question: Text
    purpose: Text
    sources: Text
    known_breaks: tuple[KnownBreak, ...] = ()
    interpretations: tuple[Text, ...] = Field(min_length=2)
    lines_of_inquiry: tuple[Text, ...] = Field(min_length=1)
    caveat: Text


class Waiting(Question):
    """A question that the records cannot answer yet, and what it waits for."""

    waits_for: tuple[Text, ...] = Field(min_length=1)


class Indicator(Question):
    """One indicator, as its YAML file gives it; ``sql``, ``lineage`` and ``version`` come from its measures (see `Catalogue`)."""

    unit: str
    statistic: Statistic
    numerator: Counted
    denominator: Denominator | None = None
    per: Literal[100, 10000, 1] | None = None
    value: str | None = None
    ages: Ages = Ages()
    breakdowns: tuple[str, ...] = Field(min_length=1)
    agencies_needed: tuple[str, ...] = Field(min_length=1)
    modes: tuple[Mode, ...] = Field(default=(Mode.RECORD_LEVEL, Mode.PSEUDONYMISED), min_length=1)
    quarters_of_records: int = Field(default=1, ge=1)
    months: Literal[3, 12] = 3
    """How many months each figure is about, to the end of its quarter: twelve where a quarter's own numbers are too few to look into."""
    residents_only: bool = False
    """Whether people who are known to live outside the area are left out of every part of it: a force records for several areas. What is
    out of residents leaves them out anyway."""
    linkage_range: bool = True
    """Whether it can be counted again for changed people alone; not where people are joined to one another."""

    _known_unit = field_validator("unit")(one_of(UNITS))
    _known_value = field_validator("value")(one_of(DECIMALS))

    stock: bool = False
    """Whether it counts those who are there on a day, mostly the same ones as a quarter before: no limits can be reckoned of its series."""

    @field_validator("per", "months", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdigit() else value

    @model_validator(mode="before")
    @classmethod
    def _usual_statistic(cls, data: Any) -> Any:
        """Without a word of its own, the statistic follows from what the count is out of."""
        if not isinstance(data, dict) or "statistic" in data:
            return data
        usual = {"10000": "rate", "100": "proportion", "1": "ratio"}.get(str(data.get("per")), "count")
        return {**data, "statistic": usual}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that says what is counted: indicators in their order, measures and the derived tables they share.

    ``waiting`` are the questions that no record answers yet. ``places`` says where each indicator, counted or not, is written.
    """

    indicators: tuple[Indicator, ...]
    measures: Mapping[str, Measure]
    derived: Mapping[str, Measure]
    waiting: tuple[Waiting, ...] = ()
    breakdowns: Mapping[str, Breakdown] = field(default_factory=dict)
    domains: Mapping[str, Domain] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def indicator(self, id: str) -> Indicator:
        """One counted indicator by its id.

        Raises:
            KeyError: If there is none.
        """
        for indicator in self.indicators:
            if indicator.id == id:
                return indicator
        raise KeyError(id)

    def alone(self, indicator: Indicator) -> Catalogue:
        """The catalogue with one indicator and the derived tables it reads, so that no other is made or counted."""
        names = {name for measure in self.measures_of(indicator) for name in measure.derived}
        derived = {name: table for name, table in self.derived.items() if name in names}
        return replace(self, indicators=(indicator,), derived=derived)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every indicator, counted or waiting, in order."""
        return tuple(sorted((*self.indicators, *self.waiting), key=in_order))

    def measures_of(self, indicator: Indicator) -> tuple[Measure, ...]:
        """The numerator's measure, then the denominator's if it has one."""
        names = [indicator.numerator.measure]
        if isinstance(indicator.denominator, Counted) and indicator.denominator.measure not in names:
            names.append(indicator.denominator.measure)
        return tuple(self.measures[name] for name in names)

    def lineage_of(self, indicator: Indicator) -> tuple[str, ...]:
        """Every ``entity.column`` that feeds an indicator; age and the breakdowns of the child come from ``person``."""
        found = {column for measure in self.measures_of(indicator) for column in measure.lineage}
        if self.measures[indicator.numerator.measure].is_about_people:
            found.add("person.birth_month")
            found.update(f"person.{name}" for name in ("ward", "sex", "ethnicity") if name in indicator.breakdowns)
        for name in indicator.breakdowns:
            area = self.breakdowns[name].area if name in self.breakdowns else None
            found.update({"person.ward", f"ward.{area}"} if area else ())
        if isinstance(indicator.denominator, Residents):
            found.add("population.children")
        return tuple(sorted(found))

    def sql_of(self, indicator: Indicator) -> str:
        """The SQL behind an indicator as a reader may follow it: derived tables, numerator, denominator, each with its comment."""
        measures = self.measures_of(indicator)
        names = {name for measure in measures for name in measure.derived}
        shared = [table for name, table in self.derived.items() if name in names]
        return "\n\n".join(f"-- {part.name}: {part.says}\n{part.sql}" for part in (*shared, *measures))

    def version_of(self, indicator: Question) -> str:
        """Changes whenever the definition or any SQL behind it does."""
        sql = self.sql_of(indicator) if isinstance(indicator, Indicator) else ""
        return hashlib.sha256((indicator.model_dump_json(by_alias=True) + sql).encode()).hexdigest()[:12]

    @property
    def version(self) -> str:
        """One version for all measures together."""
        return hashlib.sha256("".join(map(self.version_of, self.indicators)).encode()).hexdigest()[:12]


def in_order(question: Question) -> tuple[bool, int, str]:
    """Where a question stands: the key ones first, then as the framework numbers them.

    >>> number_of("C03"), number_of("J10")
    (303, 1010)
    """
    number = number_of(question.framework) if question.framework and not question.key else question.order
    return (not question.key, number, question.id)


def number_of(framework: str) -> int:
    """The order that a number of the framework gives."""
    return (ord(framework[0]) - ord("A") + 1) * 100 + int(framework[1:])
