"""What an agency can count from its own rows alone, as the catalogue declares it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sightline.definitions.loading import Definition, line_at, load
from sightline.definitions.yaml import LineMap, read_yaml_file
from sightline.errors import CatalogueProblems, Place, Problem
from sightline.model.entities import ENTITIES

FILE = Path(__file__).resolve().parent.parent / "catalogue" / "local_counts.yml"
BREAKDOWNS = ("sex", "age_band", "exploitation", "ward")


class LocalCount(Definition):
    """Rows of one entity, placed in time by one of its dates; ``says`` is the definition that travels with every count."""

    entity: str
    dated_by: str
    title: str
    says: str


class LocalCounts(Definition):
    """All of them, by id."""

    counts: dict[str, LocalCount]


@lru_cache(maxsize=1)
def load_local_counts() -> dict[str, LocalCount]:
    """Every count of the catalogue, in its order.

    Raises:
        CatalogueProblems: If the file has mistakes; all of them are listed with their lines.
    """
    problems: list[Problem] = []
    document = read_yaml_file(FILE, problems)
    whole = LineMap(counts=document) if isinstance(document, LineMap) else LineMap()
    loaded = load(LocalCounts, whole, file=FILE.name, problems=problems)
    for id, count in (loaded.counts if loaded else {}).items():
        entity = ENTITIES.get(count.entity)
        if entity is None or count.dated_by not in {column.name for column in entity.columns}:
            problems.append(Problem(Place(file=FILE.name, line=line_at(document, (id,))), f'"{id}" names a field that does not exist.'))
    if problems or loaded is None:
        raise CatalogueProblems(problems)
    return loaded.counts
