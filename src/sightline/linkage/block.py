"""Which pairs of identities are worth comparing: those that share at least one key.

Keys come in kinds, from tight (a number) to loose (a family name and a year). Each kind may give so many pairs for each identity and no
more: its rarest keys are used first, and a key that is too hot for that (one birth date of a large city, a home shared by hundreds) is
taken apart by one thing more (an initial, the sex, the sector of the postcode …). So a small partnership compares nearly everybody who
has anything in common, and in a large one the pairs grow with the number of identities and not with its square.
"""

from __future__ import annotations

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.prepare import PROFILES

PAIRS = "linkage_pair"

# kind → select of (id, one text or list that the key is made of). Null parts make no key.
_KINDS = {
    "number": "select id, unnest(nhs || upn || phones) as key from profile",
    "composite": "select id, unnest(composites) as key from profile",
    # birth date with one more thing: first letters in either order, a name, a home
    "date and initials": "select id, least(given_initial, family_initial) || greatest(given_initial, family_initial) || unnest(dobs)"
    " as key from profile",
    "date and given initial": "select id, given_initial || unnest(dobs) as key from profile",
    "date and family initial": "select id, family_initial || unnest(dobs) as key from profile",
    "date and name": "select id, day || unnest(names) as key from (select id, names, unnest(dobs) as day from profile)",
    "date and home": "select id, dob || unnest(postcodes || addresses) as key from profile",
    "date and birthplace": "select id, dob || birthplace as key from profile",
    # names and part of a date, for a slip in the rest of it
    "names and year": "select id, birth_year || part || unnest(given_keys) as key"
    " from (select id, birth_year, given_keys, unnest(family_parts) as part from profile)",
    "names in either order and year": "select id, birth_year || least(given, family) || ' ' || greatest(given, family) as key from profile",
    "names and day of the year": "select id, birth_day || part || unnest(given_keys) as key"
    " from (select id, birth_day, given_keys, unnest(family_parts) as part from profile)",
    "family name, initial and year": "select id, given_initial || birth_year || unnest(family_parts) as key from profile",
    "name and month": "select id, birth_month || unnest(names) as key from profile",
    # a home, for a changed family name or a wrong date
    "home and name": "select id, home || unnest(names) as key from (select id, names, unnest(postcodes || addresses) as home from profile)",
    "home and year": "select id, birth_year || unnest(postcodes || addresses) as key from profile",
    "street and name": "select id, word || unnest(names) as key from (select id, names, unnest(address_words) as word from profile)",
    "house and name": "select id, number || ' ' || unnest(names) as key"
    " from (select id, names, unnest(house_numbers) as number from profile)",
    "two words of an address": "select id, word || ' ' || other as key from (select id, word, unnest(address_words) as other"
    " from (select id, address_words, unnest(address_words) as word from profile)) where word < other",
    "house and street": "select id, number || ' ' || unnest(address_words) as key"
    " from (select id, address_words, unnest(house_numbers) as number from profile)",
}
# Where both have an exact date those above find them; these are for somebody without one.
_KINDS_WITHOUT_DATE = {
    "near home and name": "select id, sector || unnest(names) as key from profile",
    "birthplace and name": "select id, birthplace || unnest(names) as key from profile",
    "names": "select id, part || ' ' || unnest(given_keys) as key from (select id, given_keys, unnest(family_parts) as part from profile)",
    "names in either order": "select id, least(given, family) || ' ' || greatest(given, family) as key from profile",
    "family name and initial": "select id, given_initial || unnest(family_parts) as key from profile",
}
_ONE_THING_MORE = (
    "select id, 'g' || given_initial as part from profile",
    "select id, 'f' || family_initial as part from profile",
    "select id, 's' || sector as part from profile",
    "select id, 'm' || birth_month as part from profile",
    "select id, 'p' || birthplace as part from profile",
    "select id, 'n' || unnest(given_keys) as part from profile",
)
# Profiles of tokens have the parts of a value already, since nobody could take them from its token.
_PARTS = "left(given, 1) as given_initial, left(family, 1) as family_initial, dob[5:8] as birth_day"
_NAMES = "list_distinct(given_keys || family_parts) as names"
# In a small partnership comparing costs nothing, whatever the names are.
_ALWAYS = 150_000


def block(engine: DuckDBEngine, *, largest_block: int, pairs_per_identity: float = 1.0, tokens: bool = False) -> int:
    """Register ``linkage_pair`` (join_key_l < join_key_r, match_key) as Splink reads pairs; return how many there are.

    Args:
        engine: Holds ``linkage_profile``.
        largest_block: A key shared by more identities than this is never used as it is.
        pairs_per_identity: How many pairs one kind of key may give, for each identity.
        tokens: Whether the profiles are of keyed tokens.
    """
    source = f"with profile as (select *, {_NAMES if tokens else f'{_PARTS}, {_NAMES}'} from {PROFILES})"
    identities = int(engine.query(f"select count(*) as n from {PROFILES}").column("n")[0].as_py())
    budget = int(max(_ALWAYS, pairs_per_identity * identities))
    selects = [*_KINDS.values(), *_KINDS_WITHOUT_DATE.values()]
    # Keys are kept as numbers: there are dozens for each identity, and only whether two are equal matters.
    keys = " union all ".join(
        f"select id, {number} as kind, hash(key) as key from ({select}) where key is not null" for number, select in enumerate(selects)
    )
    engine.materialise(
        "linkage_key",
        f"{source} select distinct key.id, kind, key, {len(_KINDS)} <= kind as loose, profile.dob is null as bare"
        f" from ({keys}) as key join profile on profile.id = key.id",
    )
    _sizes(engine, "linkage_key", largest_block, budget)
    more = " union all ".join(_ONE_THING_MORE)
    engine.materialise(
        "linkage_tight_key",
        f"""
        {source}, part as ({more})
        select distinct hot.id, hot.kind * 10 + strpos('gfsmpn', part.part[1]) as kind, hash(hot.key, part.part) as key, loose, bare
        from (select * from linkage_key semi join (from linkage_key_size where not used) using (kind, key)) as hot
        join part on part.id = hot.id where part.part is not null
        """,
    )
    _sizes(engine, "linkage_tight_key", largest_block, budget)
    pairs = " union all ".join(_pairs(keys) for keys in ("linkage_key", "linkage_tight_key"))
    engine.materialise(
        PAIRS,
        f"""
        with pair as (select distinct join_key_l, join_key_r from ({pairs}))
        select '0' as match_key, pair.join_key_l, pair.join_key_r
        from pair
        join {PROFILES} as one on one.id = pair.join_key_l
        join {PROFILES} as other on other.id = pair.join_key_r
        -- An agency seldom holds somebody twice, and comparing all its records with one another would be most of the work.
        where one.agency_id <> other.agency_id
            or list_has_any(one.given_keys, other.given_keys) or list_has_any(one.nhs, other.nhs) or list_has_any(one.upn, other.upn)
        """,
    )
    for table in ("linkage_key", "linkage_key_size", "linkage_tight_key", "linkage_tight_key_size"):
        engine.materialise(table, "select 1 as done")
    return int(engine.query(f"select count(*) as pairs from {PAIRS}").column("pairs")[0].as_py())


def _pairs(keys: str) -> str:
    return f"""
        select one.id as join_key_l, other.id as join_key_r
        from (select * from {keys} semi join (from {keys}_size where used) using (kind, key)) as one
        join {keys} as other on other.kind = one.kind and other.key = one.key and one.id < other.id
        where not one.loose or one.bare or other.bare
    """


def _sizes(engine: DuckDBEngine, keys: str, largest: int, budget: int) -> None:
    """How many identities share each key, and whether it is used: the rarest keys of a kind first, until its pairs are spent."""
    engine.materialise(
        f"{keys}_size",
        f"""
        with held as (
            select kind, key, count(*) as held, case when loose then count(*) filter (bare) else count(*) end as sought
            from {keys} group by kind, key, loose
        ),
        size as (select kind, key, held, sought * (held - 1) - sought * (sought - 1) // 2 as pairs from held where held > 1 and sought > 0),
        spent as (
            select kind, pairs, sum(sum(pairs)) over (partition by kind order by pairs) as spent from size group by kind, pairs
        )
        select size.kind, size.key, size.held <= {largest} and spent.spent <= {budget} as used
        from size join spent on spent.kind = size.kind and spent.pairs = size.pairs
        """,
    )
