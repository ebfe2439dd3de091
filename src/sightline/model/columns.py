"""What a table of the common model is made of: entities, and columns with a type and a privacy class each.

The privacy class says how far a column may travel: a test fails until every column has one, and identified columns leave the database only
through `intake`, `privacy` and `linkage`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

import pyarrow as pa


class Privacy(Enum):
    """How far a column may travel."""

    IDENTIFIED = "names a person or gives a number that does"
    PSEUDONYM = "a keyed stand-in for a person or a record"
    SENSITIVE = "says something about a person; only ever counted"
    CONTEXT = "says nothing about one person"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``name``, Arrow ``type``, privacy class, and what it holds."""

    name: str
    type: pa.DataType
    privacy: Privacy
    holds: str

    @property
    def title(self) -> str:
        """What it holds, for the head of a line: without the codes it may hold, how several are parted, and that it is as received."""
        words = re.sub(r",? (as received|(codes )?separated by).*", "", self.holds).partition(";")[0].partition(":")[0]
        return words[:1].upper() + words[1:]


@dataclass(frozen=True, slots=True)
class Entity:
    """One table of the common model.

    ``id_column`` is made from ``key`` (and the agency): the same record in two overlapping extracts gets the same id, and the latest
    accepted return wins. ``about_person`` says whether rows belong to a person (they carry ``identity_id``).
    """

    name: str
    purpose: str
    id_column: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    about_person: bool = True
    identified: bool = False

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the stored table: this entity's columns, then the lineage columns."""
        return pa.schema([(column.name, column.type) for column in (*self.columns, *LINEAGE)])


TEXT, DATE, TIME, INTEGER, NUMBER, BOOLEAN = pa.string(), pa.date32(), pa.timestamp("s"), pa.int64(), pa.float64(), pa.bool_()
PSEUDONYM, SENSITIVE, CONTEXT = Privacy.PSEUDONYM, Privacy.SENSITIVE, Privacy.CONTEXT

LINEAGE: tuple[Column, ...] = (
    Column("return_id", TEXT, CONTEXT, "the return version this row came in"),
    Column("agency_id", TEXT, CONTEXT, "who sent it"),
    Column("dataset", TEXT, CONTEXT, "the agency's dataset, for example annex_a"),
    Column("source_file", TEXT, CONTEXT, "file (and sheet) it was read from"),
    Column("source_row", INTEGER, CONTEXT, "row number in that file or sheet, counted as a person sees it"),
    Column("mapping_version", TEXT, CONTEXT, "the mapping that read it"),
    Column("retracted", BOOLEAN, CONTEXT, "the agency has taken this record back; it stays in the return and leaves every current view"),
)


def coded(name: str, holds: str) -> tuple[Column, Column]:
    """A coded column keeps both vocabularies: ``name`` in the common list and ``name_local`` as received."""
    return Column(name, TEXT, SENSITIVE, holds), Column(f"{name}_local", TEXT, SENSITIVE, f"{holds}, as received")


def moment(name: str, holds: str) -> tuple[Column, Column]:
    """A date keeps how exact it is: ``name`` and ``name_precision`` (year, month, day or minute)."""
    return Column(name, TIME, SENSITIVE, holds), Column(
        f"{name}_precision", TEXT, CONTEXT, f"how exact {name} is: year, month, day or minute"
    )


def day(name: str, holds: str) -> tuple[Column, Column]:
    """A day, and how exact it is: a source that only knows the month must not enter a duration as its first day."""
    return Column(name, DATE, SENSITIVE, holds), Column(f"{name}_precision", TEXT, CONTEXT, f"how exact {name} is: year, month or day")


def record_id(name: str, holds: str = "id of this record") -> Column:
    """A keyed id column."""
    return Column(name, TEXT, PSEUDONYM, holds)


IDENTITY = Column("identity_id", TEXT, PSEUDONYM, "one agency's view of one person")
