"""Add to the identity records of one agency the tokens by which they are linked where there is no name."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from sightline.definitions.linkage import name_words, nickname_sets
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.names import Nicknames
from sightline.linkage.tokens import field_tokens
from sightline.model.tokens import FIELD_TOKENS, LINKING
from sightline.privacy.entities import STORED
from sightline.privacy.keyed import KeyUnusable, TokenKey
from sightline.privacy.rules import LOCAL_ID

_ENTITY = "identity_record"


def with_field_tokens(tables: Mapping[str, pa.Table], agency: str, key: TokenKey | None, *, composite_only: bool) -> dict[str, pa.Table]:
    """The tables as intake read them, with the tokens of each person's fields beside every row about them.

    Args:
        tables: Entity name → rows; without identity records they are returned as they are.
        agency: Whose they are.
        key: The partnership's key.
        composite_only: Make tokens of several fields taken together only.

    Raises:
        KeyUnusable: If there is no key.
    """
    if key is None:
        raise KeyUnusable("Tokens for linking were asked for, and no key was given.")
    records = tables.get(_ENTITY)
    if records is None or not records.num_rows:
        return dict(tables)
    given = {name: records[name] for name in records.column_names if name != FIELD_TOKENS}
    columns = {
        column.name: given.get(column.name, pa.nulls(records.num_rows, column.type)).cast(column.type) for column in STORED[_ENTITY].columns
    }
    columns |= {"identity_id": records[LOCAL_ID].cast(pa.string()), "agency_id": pa.array([agency] * records.num_rows, pa.string())}
    with DuckDBEngine(threads=1) as engine:
        tokens = field_tokens(
            engine,
            pa.table(columns),
            words=name_words(),
            nicknames=Nicknames.from_sets(nickname_sets()),
            token=lambda purpose: key.tokens(LINKING, purpose),
            key=key.fingerprint,
            composite_only=composite_only,
        )
    made = dict(zip(tokens.column("identity_id").to_pylist(), tokens.column("link_tokens").to_pylist(), strict=True))
    beside = pa.array([made.get(person) for person in columns["identity_id"].to_pylist()], pa.string())
    return {**tables, _ENTITY: pa.table({**given, FIELD_TOKENS: beside})}
