"""What the uncertainty of linkage leaves open about the counts of one generation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from sightline.app.calibrate_links import kept_calibration
from sightline.app.publish_generation import GenerationSummary
from sightline.app.tables import identity_agencies
from sightline.app.workspace import Workspace
from sightline.definitions.indicators import Catalogue
from sightline.definitions.linkage import linkage_model
from sightline.engine import Engine
from sightline.indicators import AgencySets, agency_sets_with_ranges, with_ranges
from sightline.ledger.models import Linkage
from sightline.linkage.missed import miss_rates
from sightline.linkage.uncertainty import Evidence, draw_replicates
from sightline.model.entities import ENTITIES, LINK_SCHEMA
from sightline.model.periods import Quarter

REPLICATES = 50
Progress = Callable[[str, int, int], None]
_CHANGED = "changed_person"


def count_with_ranges(
    workspace: Workspace,
    generation: GenerationSummary,
    linkage: Linkage,
    *,
    engine: Engine,
    catalogue: Catalogue,
    cells: pa.Table,
    sets: AgencySets,
    progress: Progress | None = None,
) -> tuple[pa.Table, AgencySets]:
    """Fill the ranges of cells and agency sets counted by a linkage; those of a linkage made before its pairs were kept stay without.

    The same linkage and the same calibration of its model always draw the same replicates: the generator starts from the links' own digest.
    The tables of the engine are restricted to the changed people afterwards; count what else there is to count before.
    """
    if not linkage.pairs:
        return cells, sets
    replicates = _replicates(workspace, generation, linkage, engine)
    _restrict(engine, replicates)
    ranged = with_ranges(engine, catalogue, cells, replicates=REPLICATES, progress=progress)
    return ranged, agency_sets_with_ranges(engine, catalogue, Quarter.parse(sets.period), sets, replicates=REPLICATES)


def _replicates(workspace: Workspace, generation: GenerationSummary, linkage: Linkage, engine: Engine) -> pa.Table:
    links, pairs, people = (workspace.objects.get_table(digest) for digest in (linkage.links, linkage.pairs, linkage.people))
    agency_of = identity_agencies(workspace, generation, engine)
    evidence = Evidence.of(
        links,
        pairs,
        people,
        agency_of=agency_of,
        calibration=kept_calibration(linkage)[0],
        rates=miss_rates(pairs, are_linked(links, pairs), agency_of, linkage_model()),
    )
    return draw_replicates(evidence, rng=np.random.default_rng(int(linkage.links[:16], 16)), replicates=REPLICATES)


def are_linked(links: pa.Table, pairs: pa.Table) -> np.ndarray:
    """For each pair, whether both identities belong to one person."""
    person = dict(zip(*(links.column(name).to_pylist() for name in LINK_SCHEMA.names[:2]), strict=True))
    both = zip(pairs.column("left").to_pylist(), pairs.column("right").to_pylist(), strict=True)
    return np.array([person[left] == person[right] for left, right in both], dtype=bool)


def _restrict(engine: Engine, replicates: pa.Table) -> None:
    """Leave in every table about people the rows of changed people only, under their replicates' ids."""
    engine.register_table(_CHANGED, replicates)
    tables = {
        entity.name: [column.name for column in entity.schema if column.name != "person_id"]
        for entity in ENTITIES.values()
        if entity.about_person
    }
    for name, columns in tables.items():
        chosen = ", ".join(f"{name}.{column}" for column in columns)
        engine.materialise(
            f"{name}_changed",
            f"select {chosen}, {_CHANGED}.person_id from {name} join {_CHANGED} on {_CHANGED}.identity_id = {name}.identity_id",
        )
    engine.materialise(
        "person_changed",
        f"select distinct changed.person_id, person.birth_month, person.sex, person.ethnicity, person.ward, person.resident_in_area"
        f" from {_CHANGED} as changed join person on person.person_id = changed.stands_for",
    )
    for name in (*tables, "person"):
        engine.materialise(name, f"select * from {name}_changed")
