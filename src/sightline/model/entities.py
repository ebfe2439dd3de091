"""The entities of the common model, assembled: what agencies' returns fill, and what linkage makes of them.

Intake fills these tables, linkage adds ``person_id``, measures read them. They stand by theme in `care`, `events` and `settings`.
"""

from __future__ import annotations

import pyarrow as pa

from sightline.model import care, events, settings
from sightline.model.columns import (
    BOOLEAN,
    CONTEXT,
    DATE,
    IDENTITY,
    INTEGER,
    LINEAGE,
    NUMBER,
    PSEUDONYM,
    SENSITIVE,
    TEXT,
    TIME,
    Column,
    Entity,
    Privacy,
    coded,
    day,
    moment,
    record_id,
)

__all__ = [
    "BOOLEAN",
    "CONTEXT",
    "DATE",
    "ENTITIES",
    "EVENT_SCHEMA",
    "HOLDER_SCHEMA",
    "IDENTITY",
    "INTEGER",
    "LINEAGE",
    "LINK_SCHEMA",
    "NUMBER",
    "OVERRIDE_SCHEMA",
    "PAIR_SCHEMA",
    "PERSON_SCHEMA",
    "PLACE_SCHEMA",
    "PSEUDONYM",
    "SENSITIVE",
    "TEXT",
    "TIME",
    "Column",
    "Entity",
    "Privacy",
    "coded",
    "day",
    "moment",
    "record_id",
]

ENTITIES: dict[str, Entity] = {
    entity.name: entity for module in (care, events, settings) for entity in vars(module).values() if isinstance(entity, Entity)
}
"""Entities that agencies' returns fill, all but the one that identifies people (see `sightline.model.identified`)."""

PERSON_SCHEMA = pa.schema(
    [("person_id", TEXT), ("birth_month", DATE), ("sex", TEXT), ("ethnicity", TEXT), ("ward", TEXT), ("resident_in_area", BOOLEAN)]
)
"""One row per linked person, made by linkage from identity records; no identifying column. ``birth_month`` is the first of the month."""

LINK_SCHEMA = pa.schema(
    [("identity_id", TEXT), ("person_id", TEXT), ("match_weight", NUMBER), ("match_probability", NUMBER), ("method", TEXT)]
)
"""Which person each identity belongs to, with the strongest evidence that put it there."""

PAIR_SCHEMA = pa.schema(
    [
        ("left", TEXT),
        ("right", TEXT),
        ("match_weight", NUMBER),
        ("match_probability", NUMBER),
        ("rule", TEXT),
        ("forbidden", TEXT),
        ("pattern", TEXT),
    ]
)
"""The pairs of identities that linkage weighed and that are not plainly two people: the evidence of links, without a name in it.

``left`` < ``right`` are identity ids; ``rule`` says what joins the pair, ``forbidden`` what parts it (either may be empty); ``pattern`` is
how alike each thing compared was, as ``given:same|family:one slip|…`` in the words of the linkage model.
"""

PLACE_SCHEMA = pa.schema([("place_key", TEXT), ("place_id", TEXT), ("method", TEXT), ("residents", INTEGER), ("shared", BOOLEAN)])
"""Which place each way of writing means: keyed, with what put it there and how many people live at the place; ``shared`` by more than a
family. Where the place is does not stand here."""

HOLDER_SCHEMA = pa.schema([("identity_id", TEXT), ("person_id", TEXT)])
"""Who bears, or once bore, which person id."""

OVERRIDE_SCHEMA = pa.schema([("number", INTEGER), ("left", TEXT), ("right", TEXT), ("kind", TEXT), ("reason", TEXT), ("in_force", BOOLEAN)])
"""What stewards have decided about two identities, whatever the evidence says; see `sightline.model.overrides` for the kinds.

One that is no longer in force is not applied; it says why people change who were held together, or apart, by it.
"""

EVENT_SCHEMA = pa.schema(
    [
        ("number", INTEGER),
        ("kind", TEXT),
        ("person_id", TEXT),
        ("others", pa.list_(TEXT)),
        ("identities", pa.list_(TEXT)),
        ("beside", pa.list_(TEXT)),
        ("reason", TEXT),
        ("override", INTEGER),
        ("asked", BOOLEAN),
        ("reversible", BOOLEAN),
        ("protected", BOOLEAN),
    ]
)
"""What became of people between two linkages; see `sightline.model.overrides` for the kinds and the reasons in words.

``others`` are the person ids that also took part, ``identities`` those whose person id changed, ``beside`` those they joined or left.
``asked``: a steward's decision is behind it (``override`` is its number). ``protected``: only for those who may know of it.
"""
