"""Link places: which ways of writing mean one place, and which places more people live at than a family."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from sightline.app.publish_generation import GenerationSummary
from sightline.app.tables import register_standing
from sightline.app.workspace import Workspace
from sightline.engine import Engine
from sightline.linkage.locations import RESIDENTS_SCHEMA, WRITTEN_SCHEMA, PlaceResult, key_places, link_places
from sightline.privacy.pseudonyms import place_key

_HOME = {"uprn": pa.string(), "address": pa.string(), "postcode": pa.string()}


def link_locations(
    workspace: Workspace,
    generation: GenerationSummary,
    engine: Engine,
    *,
    records: pa.Table,
    links: pa.Table,
    previous: pa.Table | None,
    new_place_id: Callable[[], str],
) -> PlaceResult:
    """Link the places that returns tell of and the homes of their people.

    Args:
        workspace: Whose key makes the stand-ins: what is kept says nothing of where a place is.
        generation: The generation being linked.
        engine: Any engine; tables named ``standing_…`` and ``place_…`` are left on it.
        records: The identity records being linked.
        links: Who belongs to which person.
        previous: The places of the last linkage.
        new_place_id: Draws an id for a new place.
    """
    key = place_key(workspace.identity_key)
    for name, kind in _HOME.items():
        if name not in records.column_names:
            records = records.append_column(name, pa.nulls(records.num_rows, kind))
    homes = key_places(records.select(["identity_id", *_HOME, "valid_from"]), key)
    location = register_standing(workspace, generation, engine, ("location",))["location"]
    places = key_places(engine.query(f"select distinct uprn, coalesce(address, label) as address, postcode from {location}"), key)
    written = pa.concat_tables([table.select(WRITTEN_SCHEMA.names) for table in (homes, places)])
    engine.register_table("place_home", homes.select(["identity_id", "place_key", "valid_from"]))
    engine.register_table("place_link", links)
    # where each identity was said to live last; two agencies may say two homes of one person
    residents = engine.query(
        """
        select distinct place_key, person_id from (
            select *, row_number() over (partition by identity_id order by valid_from desc nulls last, place_key) as newest from place_home
        ) join place_link using (identity_id) where newest = 1 order by place_key, person_id
        """
    )
    return link_places(written, residents=residents.cast(RESIDENTS_SCHEMA), previous=previous, new_place_id=new_place_id)
