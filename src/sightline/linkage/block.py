"""Which pairs of identities are worth comparing: those that share at least one key.

Keys come from loose to tight. A loose key shared by too many (a hot block: one birth date of a large city) is dropped, and the tighter
keys inside it stand in for it, so the number of pairs grows with the number of identities and not with its square.
"""

from __future__ import annotations

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.prepare import PROFILES

PAIRS = "linkage_pair"

# Each select gives (id, key). The letters in front keep the kinds of key apart.
_KEYS = (
    "select id, 'n' || unnest(nhs) as key from {profiles}",
    "select id, 'u' || unnest(upn) as key from {profiles}",
    # birth date with a first letter, in either order, or a home; then with a whole given name
    "select id, 'dx' || least(given_initial, family_initial) || greatest(given_initial, family_initial) || unnest(dobs) as key"
    " from {profiles}",
    "select id, 'dp' || dob || unnest(postcodes) as key from {profiles} where dob is not null",
    "select id, 'di' || given_initial || unnest(dobs) as key from {profiles}",
    "select id, 'df' || family_initial || unnest(dobs) as key from {profiles}",
    "select id, 'dg' || dob || unnest(given_keys) as key from {profiles} where dob is not null",
    # both names and the year, in either order
    "select id, 'gfy' || birth_year || part || unnest(given_keys) as key"
    " from (select id, birth_year, given_keys, unnest(family_parts) as part from {profiles})",
    "select id, 'w' || birth_year || least(given, family) || ' ' || greatest(given, family) as key from {profiles}",
    # a family name, an initial and a year, for a given name never seen before
    "select id, 'fi' || given_initial || birth_year || unnest(family_parts) as key from {profiles}",
    # a home, for a changed family name or a wrong date
    "select id, 'pg' || place || unnest(given_keys) as key from (select id, given_keys, unnest(postcodes) as place from {profiles})",
    "select id, 'py' || birth_year || unnest(postcodes) as key from {profiles}",
)
# Without a date or a place only names that few bear are worth it.
_LOOSE_KEYS = (
    "select id, 'gf' || part || unnest(given_keys) as key from (select id, given_keys, unnest(family_parts) as part from {profiles})",
    "select id, 'wo' || least(given, family) || ' ' || greatest(given, family) as key from {profiles}",
)


def block(engine: DuckDBEngine, *, largest_block: int) -> int:
    """Register ``linkage_pair`` (join_key_l < join_key_r, match_key) as Splink reads pairs; return how many there are.

    Args:
        engine: Holds ``linkage_profile``.
        largest_block: A key shared by more identities than this is not used.
    """
    source = f"(select *, left(given, 1) as given_initial, left(family, 1) as family_initial from {PROFILES})"
    blocks = " union all ".join(
        _blocks(" union all ".join(keys).format(profiles=source), largest)
        for keys, largest in ((_KEYS, largest_block), (_LOOSE_KEYS, max(largest_block // 4, 2)))
    )
    engine.materialise("linkage_block", blocks)
    engine.materialise(
        PAIRS,
        f"""
        with pair as (
            select distinct one as join_key_l, other as join_key_r
            from (select one, unnest(ids[list_position(ids, one) + 1 :]) as other from (select ids, unnest(ids) as one from linkage_block))
        )
        select '0' as match_key, pair.join_key_l, pair.join_key_r
        from pair
        join {PROFILES} as one on one.id = pair.join_key_l
        join {PROFILES} as other on other.id = pair.join_key_r
        -- An agency seldom holds somebody twice, and comparing all its records with one another would be most of the work.
        where one.agency_id <> other.agency_id
            or list_has_any(one.given_keys, other.given_keys) or list_has_any(one.nhs, other.nhs) or list_has_any(one.upn, other.upn)
        """,
    )
    return int(engine.query(f"select count(*) as pairs from {PAIRS}").column("pairs")[0].as_py())


def _blocks(keys: str, largest: int) -> str:
    """The identities that share each key, in order, where they are few enough."""
    return f"""
        select key, list(distinct id order by id) as ids from ({keys})
        where key is not null group by key having len(ids) between 2 and {largest}
    """
