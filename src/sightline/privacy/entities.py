"""Every entity that a return can fill, the identifying one included, for those who store tables without looking into them."""

from __future__ import annotations

from sightline.model.entities import ENTITIES, Entity
from sightline.model.identified import IDENTITY_RECORD

STORED: dict[str, Entity] = {IDENTITY_RECORD.name: IDENTITY_RECORD, **ENTITIES}

WHO = tuple(column.name for column in IDENTITY_RECORD.columns if column.name not in (IDENTITY_RECORD.id_column, "valid_from", "valid_to"))
"""The columns of an identity record that say who somebody is, without those that say when."""
