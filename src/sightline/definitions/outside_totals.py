"""Which rows of files that others publish are which totals of a partnership: declared in its file ``outside_totals.yml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from sightline.definitions.loading import Definition, load
from sightline.definitions.yaml import LineMap, read_yaml_file
from sightline.errors import CatalogueProblems, Place, Problem
from sightline.model.periods import Quarter

OUTSIDE_FILE = "outside_totals.yml"
Text = Annotated[str, Field(min_length=1)]


class Split(Definition):
    """A total told by one thing: which breakdown it is here, which column tells it there, and which code each of its words is."""

    breakdown: Text
    column: Text
    codes: dict[str, str] = Field(min_length=1)


class OutsideTotal(Definition):
    """One total, or one for each code of a split.

    Of the Department for Education's tables ``value`` is the column with the number, and ``where`` leaves one row (of each code). Of police
    files the rows that ``where`` leaves are counted, over all ``files`` of the quarter's three months.
    """

    read: Literal["dfe_published", "police_uk"]
    files: tuple[Text, ...] = Field(min_length=1)
    indicator: Text
    quarter: Text
    where: dict[str, str] = Field(default_factory=dict)
    value: Text | None = None
    by: Split | None = None
    within: int = Field(default=0, ge=0)
    source: Text

    @field_validator("within", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdigit() else value

    @field_validator("quarter")
    @classmethod
    def _known_quarter(cls, value: str) -> str:
        return str(Quarter.parse(value))

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.read == "dfe_published") != (self.value is not None):
            raise ValueError("a published table has a column with the number, police files have rows to count: give value, or leave it out")
        if self.read == "dfe_published" and len(self.files) > 1:
            raise ValueError("a number stands in one published table: give one file")
        return self


class _Declared(Definition):
    totals: tuple[OutsideTotal, ...] = Field(min_length=1)


def load_outside_totals(path: Path) -> tuple[OutsideTotal, ...]:
    """Everything that a partnership declares.

    Raises:
        CatalogueProblems: If the file has mistakes; all of them are listed with their lines.
    """
    problems: list[Problem] = []
    document = read_yaml_file(path, problems)
    if not problems and not isinstance(document, LineMap):
        problems.append(Problem(Place(file=path.name), "declares no totals.", 'Begin with "totals:", and each of them with a dash.'))
    loaded = None if problems else load(_Declared, document, file=path.name, problems=problems)
    if loaded is None:
        raise CatalogueProblems(problems)
    return loaded.totals
