"""Which published tables the public profile reads, how they are recognised, what their symbols mean, what is made of them."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from sightline.definitions.loading import Definition, load
from sightline.definitions.yaml import read_yaml_file
from sightline.errors import CatalogueProblems, Problem

PUBLISHED = Path(__file__).parent.parent / "catalogue" / "profile" / "published.yml"
CHILDREN = "children"


class PublishedTable(Definition):
    """One table, known by columns that no other of them has; ``of`` is what its numbers count."""

    id: str
    title: str
    publication: str
    recognised_by: tuple[str, ...] = Field(min_length=2)
    of: str
    optional: bool = False
    national_only: bool = False


class PublishedMeasure(Definition):
    """One column, out of resident children (a rate for 10,000) or of another column (a percentage).

    Before ``first_year`` the column was not collected, whatever symbol the table has there.
    """

    id: str
    group: str
    title: str
    table: str
    column: str
    out_of: str
    first_year: int | None = None

    @property
    def per(self) -> int:
        """10,000 for a rate, 100 for a percentage."""
        return 10_000 if self.out_of == CHILDREN else 100


class PublishedCatalogue(Definition):
    """Everything the profile is made of."""

    symbols: dict[str, str]
    tables: tuple[PublishedTable, ...]
    measures: tuple[PublishedMeasure, ...]

    @model_validator(mode="after")
    def _measures_know_their_tables(self) -> PublishedCatalogue:
        known = {table.id for table in self.tables}
        lost = sorted({measure.table for measure in self.measures} - known)
        if lost:
            raise ValueError(f"a measure names a table that is not there: {', '.join(lost)}")
        ids = [measure.id for measure in self.measures]
        twice = sorted({id for id in ids if ids.count(id) > 1})
        if twice:
            raise ValueError(f"a measure is there twice: {', '.join(twice)}")
        return self

    def columns_of(self, table: str) -> tuple[str, ...]:
        """The columns of a table that some measure needs, in the order they are first named."""
        found = [m.column for m in self.measures if m.table == table]
        found += [m.out_of for m in self.measures if m.table == table and m.out_of != CHILDREN]
        return tuple(dict.fromkeys(found))


def load_published(path: Path = PUBLISHED) -> PublishedCatalogue:
    """Load the catalogue of published tables.

    Raises:
        CatalogueProblems: If the file has mistakes; all of them are listed.
    """
    problems: list[Problem] = []
    document = read_yaml_file(path, problems)
    found = None if problems else load(PublishedCatalogue, document, file=str(path), problems=problems)
    if found is None:
        raise CatalogueProblems(problems)
    return found
