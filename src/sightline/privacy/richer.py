"""Whether rows that came in say more than a mode allows: the receiver looks for itself and does not take a package's word for it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from sightline.model.entities import Column, Entity, Privacy
from sightline.model.tokens import is_token
from sightline.privacy.entities import STORED
from sightline.privacy.rules import CONTACTS, LOCAL_ID, NAMES, NUMBERS, fields_leaving, is_free_text

_SECTOR = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9]")
_COARSE = frozenset({"year", "month"})


def says_more_than_pseudonymised(tables: Mapping[str, pa.Table]) -> list[str]:
    """The fields that name somebody, or may.

    Names; addresses, phones, places of birth, numbers and references that are no tokens; full dates of birth; whole postcodes; free text.
    """
    found = []
    for name, table in sorted(tables.items()):
        entity = STORED[name]
        for column in fields_leaving(entity):
            if column.name in table.column_names and _is_richer(entity, column, table):
                found.append(f"{name}.{column.name}")
    return found


def _is_richer(entity: Entity, column: Column, table: pa.Table) -> bool:
    values = table[column.name].drop_null().unique().to_pylist()
    if not values:
        return False
    if column.name == "date_of_birth":
        precision = f"{column.name}_precision"
        said = table[precision].to_pylist() if precision in table.column_names else [None] * table.num_rows
        pairs = zip(table[column.name].to_pylist(), said, strict=True)
        return any(value is not None and (exact not in _COARSE or value.day != 1) for value, exact in pairs)
    if column.name in NAMES or (is_free_text(entity, column) and column.name not in entity.key):
        return True
    if column.name == "postcode":
        return not all(_SECTOR.fullmatch(value) for value in values)
    if column.name in (LOCAL_ID, *NUMBERS, *CONTACTS) or column.privacy is Privacy.PSEUDONYM:
        return not all(is_token(part) for value in values for part in value.split(";"))
    return False
