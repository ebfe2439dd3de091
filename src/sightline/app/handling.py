"""Handling codes of intelligence (3x5x2): an item that may be shared only under conditions is in no table that figures are counted from.

It is held back where its rows are opened, before any join: whatever is derived from the tables, by however many joins, cannot depend on it.
An item without a code counts as one with conditions. The newest row of each dataset decides, and the strictest of several.
"""

from __future__ import annotations

from sightline.model.entities import Entity

HANDLING = "handling"
SHAREABLE = "permitted"
"""The one code under which figures may rest on an item: sharing is permitted. See catalogue/agreements/handling.yml for source and date."""


def has_handling(entity: Entity) -> bool:
    """Whether items of an entity carry a handling code."""
    return any(column.name == HANDLING for column in entity.columns)


def held_back(entity: Entity, source: str, ranks: str) -> str:
    """Give the select statement for the ids of items that are held back.

    Args:
        entity: Theirs.
        source: The table of every row of every return.
        ranks: The table of returns in order of precedence.
    """
    newest = (
        f"select {source}.{entity.id_column}, {source}.{HANDLING}, row_number() over ("
        f"partition by {source}.{entity.id_column}, {source}.agency_id, {source}.dataset"
        f" order by {ranks}.position desc, {source}.source_row desc, {source}.source_file desc) as newest_first"
        f" from {source} join {ranks} on {ranks}.return_id = {source}.return_id"
    )
    # A null is no permission: `<>` alone would let an item without a code through.
    return (
        f"select distinct {entity.id_column} from ({newest}) as told"
        f" where newest_first = 1 and ({HANDLING} is null or {HANDLING} <> '{SHAREABLE}')"
    )


def shareable(entity: Entity, source: str, kept_back: str) -> str:
    """Give the select statement for the rows that figures may rest on: permitted themselves, and of an item that is not held back."""
    gone = f"select 1 as found from {kept_back} where {kept_back}.{entity.id_column} = {source}.{entity.id_column}"
    return f"select {source}.* from {source} where {source}.{HANDLING} = '{SHAREABLE}' and not exists ({gone})"
