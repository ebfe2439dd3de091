"""Agencies whose records cannot be compared: an export that lost a column must not link a few by luck and silently miss the rest.

Such an agency's people are linked to nobody, and the linkage says why. Where a believable number says who somebody is, names and dates may
be missing.
"""

from __future__ import annotations

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.block import PAIR_IDS
from sightline.linkage.prepare import PROFILES, RAW

NO_NAMES = "no record has a usable name, or a number instead"
NO_BIRTH_DATES = "no record has a date of birth, or a number instead"
SHARED_NUMBERS = "its own numbers stand for several people each"
# Of fewer people it may be chance that none has a name, or a date.
_MANY = 20
# Somebody whose name and year of birth were both put right looks like two people; more than one in a hundred are none.
_SOME, _UNLIKE = 0.01, 0.7


def not_comparable(engine: DuckDBEngine, *, have_several_rows: bool) -> dict[str, str]:
    """Agencies of twenty people or more that say too little of anybody, or the same number of several people, with what is wrong.

    Args:
        engine: Holds the profiles, and the records that they were made of.
        have_several_rows: Whether there are more records than identities.
    """
    bare = engine.query(
        f"""
        select agency_id, count(coalesce(given, family)) as named from {PROFILES} group by agency_id
        having count(*) >= {_MANY} and least(count(coalesce(given, family)), count(birth_year)) = 0
            and not bool_or(len(nhs) > 0 or len(upn) > 0)
        """
    ).to_pylist()
    # The names beside the first and the last date of birth under one number: two people's are both unlike.
    several = f"""
        with number as (
            select min(agency_id) as agency_id, year(min(date_of_birth)) <> year(max(date_of_birth)) and jaro_winkler_similarity(
                lower(arg_min(given_name, date_of_birth)), lower(arg_max(given_name, date_of_birth))) < {_UNLIKE} as is_shared
            from {RAW} where identity_id is not null group by identity_id
        )
        select agency_id from number group by agency_id having count(*) >= {_MANY} and count(*) filter (is_shared) > {_SOME} * count(*)
    """
    found = {row["agency_id"]: SHARED_NUMBERS for row in (engine.query(several).to_pylist() if have_several_rows else ())}
    found |= {row["agency_id"]: NO_BIRTH_DATES if row["named"] else NO_NAMES for row in bare}
    return dict(sorted(found.items()))


def leave_out(engine: DuckDBEngine, agencies: dict[str, str]) -> int:
    """Leave out every pair of an identity of these agencies; return how many pairs are left."""
    if agencies:
        named = ", ".join("'" + agency.replace("'", "''") + "'" for agency in agencies)
        kept = engine.query(
            f"""
            select pair.* from {PAIR_IDS} as pair
            where not exists (from {PROFILES} as one where one.id in (join_key_l, join_key_r) and one.agency_id in ({named}))
            order by join_key_l, join_key_r
            """
        )
        engine.register_table(PAIR_IDS, kept)
    return int(engine.query(f"select count(*) as n from {PAIR_IDS}").column("n")[0].as_py())
