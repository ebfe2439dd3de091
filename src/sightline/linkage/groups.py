"""Children and adults, told apart before anybody is linked, so that no child is ever taken for somebody who may cause harm.

Everybody is a child here unless something says otherwise. A record is an adult's only if, even by the youngest reading of its birth date,
its person was 18 before the partnership's first quarter and whenever the agency saw them: such a person was a child in no period that is
counted. A pupil number, or a service that an agency gave a child, outweighs a date, which may be mistyped; a part in harm outweighs
nothing, for a child who is named as causing harm is a child.

Where an agency names somebody as causing harm, or as an associate, and nothing tells their age, they are not known to be one or the other:
they are linked to nobody unless people decide so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.prepare import PROFILES

CHILD, ADULT, AGE_NOT_KNOWN = 0, 1, 2
TOLD_SCHEMA = pa.schema([("identity_id", pa.string()), ("told_as", pa.string())])
"""What returns tell of an identity: TOLD_AS_CHILD, or TOLD_OF_HARM; both may be told of one."""
TOLD_AS_CHILD, TOLD_OF_HARM = "child", "harm"
ADULT_AND_CHILD, NO_AGE = "adult and child", "age not known"
"""Why a pair is kept apart; nothing outweighs either but a steward."""


@dataclass(frozen=True, slots=True)
class Told:
    """What tells children and adults apart: the partnership's first day, and what returns tell of identities (TOLD_SCHEMA)."""

    since: date
    roles: pa.Table


@dataclass(frozen=True)
class Ages:
    """For each identity, in order, its group (CHILD, ADULT or AGE_NOT_KNOWN) and whether it is told of as causing harm or an associate."""

    group: np.ndarray
    harm: np.ndarray

    def __bool__(self) -> bool:
        return bool(self.group.any())

    def keep_apart(self, scored: pa.Table) -> pa.Table:
        """Forbid every scored pair (SCORED) of two groups, and every pair of somebody whose age is not known."""
        if not self:
            return scored
        left, right = (self.group[scored.column(side).to_numpy() - 1] for side in ("left", "right"))
        unknown = pa.array((left == AGE_NOT_KNOWN) | (right == AGE_NOT_KNOWN))
        forbidden = pc.if_else(pa.array(left != right), ADULT_AND_CHILD, scored.column("forbidden"))
        return scored.set_column(scored.column_names.index("forbidden"), "forbidden", pc.if_else(unknown, NO_AGE, forbidden))

    def people(self, labels: np.ndarray, group: int, *, harm: bool = False) -> int:
        """How many people have an identity in a group (with ``harm``, one that is told of as causing harm or an associate)."""
        chosen = self.group == group
        return len(np.unique(labels[chosen & self.harm if harm else chosen]))


def tell_ages(engine: DuckDBEngine, told: Told | None, *, identities: int, tokens: bool) -> Ages:
    """Say of every profile whose it is.

    Args:
        engine: Holds ``linkage_identity_record`` and ``linkage_profile``.
        told: None where nothing is told of anybody's age or part: everybody is handled alike.
        identities: How many profiles there are.
        tokens: Whether the profiles are of keyed tokens. A token tells no age, only whether somebody was 18 when their agency first saw
            them; that is taken for an adult's record only where a part in harm is told too.
    """
    nobody = np.zeros(identities, dtype=bool)
    if told is None:
        return Ages(nobody.astype(np.int8), nobody)
    engine.register_table("linkage_told", told.roles.select(TOLD_SCHEMA.names).cast(TOLD_SCHEMA))
    aged = _AGED_TOKENS
    if not tokens:
        # tables kept before an age was told lack the column
        held = engine.query("select * from linkage_identity_record limit 0").column_names
        aged = _AGED.format(since=told.since.isoformat(), age="age" if "age" in held else "null::integer")
    found = engine.query(
        f"""
        with role as (
            select identity_id, bool_or(told_as = '{TOLD_AS_CHILD}') as child, bool_or(told_as = '{TOLD_OF_HARM}') as harm
            from linkage_told group by identity_id
        ),
        aged as ({aged})
        select case
                when coalesce(role.child, false) or len(profile.upn) > 0 then {CHILD}
                when aged.adult and (coalesce(role.harm, false) or {str(not tokens).lower()}) then {ADULT}
                when role.harm and not aged.told and len(profile.nhs) = 0 then {AGE_NOT_KNOWN}
                else {CHILD}
            end::tinyint as "group",
            coalesce(role.harm, false) as harm
        from {PROFILES} as profile
        left join role using (identity_id)
        left join aged using (identity_id)
        order by profile.id
        """
    )
    return Ages(*(found.column(name).to_numpy(zero_copy_only=False) for name in ("group", "harm")))


# Dates before 1905 are what systems write for none; of an age the youngest reading is that the birthday was the day they were seen.
_AGED = """
    select identity_id, count(born) > 0 as told,
        coalesce(max(born) + interval 18 years <= least(min(valid_from), date '{since}'), false) as adult
    from (
        select identity_id, valid_from, case
                when date_of_birth is null or date_of_birth < date '1905-01-01' then valid_from - to_years({age})
                when date_of_birth_precision = 'year' then make_date(year(date_of_birth), 12, 31)
                when date_of_birth_precision = 'month' then last_day(date_of_birth)
                else date_of_birth
            end as born
        from linkage_identity_record where identity_id is not null
    ) group by identity_id
"""
_AGED_TOKENS = f"select identity_id, adult is not null as told, coalesce(adult, false) as adult from {PROFILES}"
