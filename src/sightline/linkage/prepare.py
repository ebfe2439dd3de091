"""From the many rows an agency sends about a person over the years to one profile of each identity.

Raw values are normalised once for each *different* value, in Python where the rules can be read and tested; joining them back and
collapsing rows is left to the engine, which does it for millions of rows in bounded memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pyarrow as pa

from sightline.definitions.linkage import NameWords
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import numbers
from sightline.linkage.addresses import place_name, read_address
from sightline.linkage.names import Nicknames, family_parts, given_parts

RECORDS, PROFILES = "linkage_record", "linkage_profile"
_GATHERED, _REPEATED = "linkage_gathered", "linkage_repeated"
_ROWS_AT_A_TIME = 200_000

_USED = (
    "identity_id, agency_id, nhs_number, upn, given_name, family_name, aliases, date_of_birth, date_of_birth_precision, sex, ethnicity,"
    " ethnicity_source, postcode, address, phone, place_of_birth"
)
# Tables kept before these columns were there lack them.
_LATER = ("address", "phone", "place_of_birth")

_TEXTS = pa.list_(pa.string())
_NAMED = pa.schema(
    [
        ("raw", pa.string()), ("first", pa.string()), ("parts", _TEXTS), ("first_keys", _TEXTS), ("keys", _TEXTS), ("whole", pa.string()),
        ("middle", _TEXTS),
    ]
)  # fmt: skip
_ALIASED = pa.schema([("raw", pa.string()), ("given", _TEXTS), ("keys", _TEXTS), ("family", _TEXTS)])
_LIVED = pa.schema([("raw", pa.string()), ("key", pa.string()), ("numbers", _TEXTS), ("words", _TEXTS)])
_CHECKED = pa.schema([("raw", pa.string()), ("value", pa.string())])


def prepare(engine: DuckDBEngine, records: pa.Table, *, words: NameWords, nicknames: Nicknames) -> int:
    """Register ``linkage_profile`` on the engine, one row per identity; return how many there are.

    Columns: ``id`` (1, 2, … in the order of identity_id), identity and agency; ``given`` and ``family`` (the latest); over time and
    aliases ``given_names`` and ``family_parts``, and the same with nickname sets as ``first_keys``, ``given_keys``, ``family_keys``;
    ``dobs`` (``yyyymmdd``), ``dob``, ``birth_year`` and ``birth_month``; ``sex``; ``postcode`` (the latest), ``sector`` and
    ``postcodes``; ``nhs`` and ``upn`` (believable ones only); ``middle`` (given names after the
    first); ``address`` (the latest), ``addresses``, ``house_numbers``, ``address_words``; ``birthplace``; ``phones``; ``adult`` (18 or over
    when first seen; null without a birth date).
    """
    for column in _LATER:
        if column not in records.column_names:
            records = records.append_column(column, pa.nulls(records.num_rows, pa.string()))
    engine.register_table("linkage_identity_record", records)
    # Most rows repeat the last quarter's; collapsing them first leaves only what differs, in an order that no row order can change.
    engine.materialise(
        RECORDS,
        f"""
        select {_USED}, max(valid_from) as last_seen, min(valid_from) as first_seen
        from linkage_identity_record where identity_id is not null group by {_USED}
        """,
    )
    for column in _CHECKS:
        _register_checked(engine, column)
    _register_addresses(engine)
    _register_names(engine, words, nicknames)
    taken = _gather(engine)
    engine.materialise(PROFILES, _PROFILE_SQL)
    for part in (_GATHERED, *taken):
        engine.materialise(part, "select 1 as done")
    found = engine.query(f"select count(*) as identities from {PROFILES}")
    return int(found.column("identities")[0].as_py())


def _gather(engine: DuckDBEngine) -> list[str]:
    """All rows of each identity into one; return the tables that this takes.

    Most identities have one row, which needs no gathering. The others come so many at a time: what an identity's lists take while they
    grow cannot be spilled.
    """
    engine.materialise(_REPEATED, f"select identity_id, count(*) as held from {RECORDS} group by identity_id having count(*) > 1")
    rows = int(engine.query(f"select coalesce(sum(held), 0)::bigint as n from {_REPEATED}").column("n")[0].as_py())
    parts = [f"{_GATHERED}_one"]
    engine.materialise(parts[0], _of_one_row(f"anti join {_REPEATED} using (identity_id)"))
    batches = -(-rows // _ROWS_AT_A_TIME)
    for number in range(batches):
        only = f"semi join {_REPEATED} using (identity_id) where hash(record.identity_id) % {batches} = {number}"
        parts.append(f"{_GATHERED}_{number}")
        engine.materialise(parts[-1], _of_many_rows(only))
    engine.create_view(_GATHERED, " union all by name ".join(f"from {part}" for part in parts))
    return [*parts, _REPEATED]


def _distinct(engine: DuckDBEngine, column: str) -> list[str]:
    rows = engine.query(f"select distinct {column} as raw from {RECORDS} where {column} is not null order by raw")
    return [str(value) for value in rows.column("raw").to_pylist()]


def _register_checked(engine: DuckDBEngine, column: str) -> None:
    check, raw = _CHECKS[column], _distinct(engine, column)
    engine.register_table(f"linkage_{column}", pa.table({"raw": raw, "value": [check(value) for value in raw]}, schema=_CHECKED))


def _register_addresses(engine: DuckDBEngine) -> None:
    """Words that a tenth of all addresses hold (the town) tell nobody from anybody and are left out."""
    read = [(raw, read_address(raw)) for raw in _distinct(engine, "address")]
    held = Counter(word for _, address in read if address for word in address.words)
    everywhere = {word for word, count in held.items() if count > max(len(read) // 10, 20)}
    engine.register_table(
        "linkage_address",
        pa.Table.from_pylist(
            [
                {
                    "raw": raw,
                    "key": address.key,
                    "numbers": _in_order(address.numbers),
                    "words": _in_order(word for word in address.words if word not in everywhere),
                }
                for raw, address in read
                if address
            ],
            schema=_LIVED,
        ),
    )


def _register_names(engine: DuckDBEngine, words: NameWords, nicknames: Nicknames) -> None:
    given = [(raw, given_parts(raw, words)) for raw in _distinct(engine, "given_name")]
    engine.register_table("linkage_given", _named(given, words, nicknames, with_whole=False))
    family = [(raw, family_parts(raw, words)) for raw in _distinct(engine, "family_name")]
    engine.register_table("linkage_family", _named(family, words, nicknames, with_whole=True))
    aliases = [(raw, *_alias(raw, words)) for raw in _distinct(engine, "aliases")]
    engine.register_table(
        "linkage_alias",
        pa.Table.from_pylist(
            [
                {"raw": raw, "given": given_names, "keys": _keys(given_names, words, nicknames), "family": family_names}
                for raw, given_names, family_names in aliases
            ],
            schema=_ALIASED,
        ),
    )


def _in_order(values: Iterable[str]) -> list[str]:
    """Each once and in order, as the lists of an identity are: most identities have one row, whose lists are theirs as they stand."""
    return sorted(set(values))


def _named(cells: Iterable[tuple[str, list[str]]], words: NameWords, nicknames: Nicknames, *, with_whole: bool) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "raw": raw,
                "first": parts[0] if parts else None,
                "parts": _in_order([*parts, "".join(parts)] if with_whole and parts else parts),
                "first_keys": _in_order(nicknames.keys(parts[0])) if parts else [],
                "keys": _keys(parts, words, nicknames),
                "whole": "".join(parts) or None,
                "middle": _in_order(part for part in parts[1:] if part not in words.shared_widely),
            }
            for raw, parts in cells
        ],
        schema=_NAMED,
    )


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "nhs_number": numbers.nhs_number,
    "upn": numbers.unique_pupil_number,
    "postcode": numbers.postcode,
    "place_of_birth": place_name,
}


def _keys(given: list[str], words: NameWords, nicknames: Nicknames) -> list[str]:
    """Keys of every given name; a name that half a community bears counts only where it stands first or alone."""
    telling = [name for position, name in enumerate(given) if len(name) > 1 and (position == 0 or name not in words.shared_widely)]
    whole = ["".join(given)] if len(given) > 1 else []
    return sorted({key for name in [*telling, *whole] for key in nicknames.keys(name)})


def _alias(text: str, words: NameWords) -> tuple[list[str], list[str]]:
    """The given and family names in a cell of other names: one word is a given name, of several the last is the family name."""
    given: list[str] = []
    family: list[str] = []
    for name in text.split("|"):
        parts = given_parts(name, words)
        given += parts[:-1] or parts
        family += parts[-1:] if len(parts) > 1 else []
    return given, family


# What systems put where no date was typed: the first day of their calendars.
_NOBODYS_BIRTH = ", ".join(f"date '{day}'" for day in ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01"))
# Some systems export a birth date with a time of midnight: exact to the minute is exact enough.
_EXACT = "coalesce(precision, 'day') not in ('year', 'month')"
DEFAULT_DAY = """default_day as (
    -- a day on which five times as many are born as on others is what some system writes when it knows the year
    select dob from profile where dob is not null group by dob
    having count(*) >= greatest(20, 5 * (select count(dob) / count(distinct dob) from profile))
)"""

_CLEANED_SQL = f"""
    select record.identity_id, record.agency_id, case when record.sex in ('female', 'male') then record.sex end as sex,
        case when record.date_of_birth not in ({_NOBODYS_BIRTH}) then record.date_of_birth end as dob,
        record.date_of_birth_precision as precision,
        record.first_seen, given.first as given, given.parts as given_parts, given.first_keys, given.middle,
        given.keys as given_keys, family.whole as family, family.parts as family_parts,
        family.keys as family_keys, alias.given as alias_given, alias.keys as alias_keys,
        alias.family as alias_family,
        nhs.value as nhs, upn.value as upn, place.value as postcode,
        lived.key as address, lived.numbers as house_numbers, lived.words as address_words, birthplace.value as birthplace,
        regexp_replace(record.phone, '[^0-9|]', '', 'g') as phone,
        -- one moment for each row, no two alike, so that "the latest" never depends on the order rows came in
        (coalesce(date_diff('day', date '0001-01-01', record.last_seen) + 1, 0)::hugeint << 88)
            + (coalesce(date_diff('day', date '0001-01-01', record.first_seen) + 1, 0)::hugeint << 64) + hash(record)::hugeint as moment
    from {RECORDS} as record
    left join linkage_given as given on given.raw = record.given_name
    left join linkage_family as family on family.raw = record.family_name
    left join linkage_alias as alias on alias.raw = record.aliases
    left join linkage_nhs_number as nhs on nhs.raw = record.nhs_number
    left join linkage_upn as upn on upn.raw = record.upn
    left join linkage_postcode as place on place.raw = record.postcode
    left join linkage_address as lived on lived.raw = record.address
    left join linkage_place_of_birth as birthplace on birthplace.raw = record.place_of_birth
"""
_LATEST = ("given", "family", "dob", "precision", "sex", "postcode", "address", "birthplace")
# list → the lists of each row that go into it, themselves in order and without doubles, the first nearly always alone; or the single value
_LISTS: dict[str, tuple[str, ...]] = {
    "given_names": ("given_parts", "alias_given"),
    "given_keys": ("given_keys", "alias_keys"),
    "first_keys": ("first_keys",),
    "family_keys": ("family_keys",),
    "family_parts": ("family_parts", "alias_family"),
    "middle": ("middle",),
    "house_numbers": ("house_numbers",),
    "address_words": ("address_words",),
}
_SINGLE = {
    "dobs": f"case when {_EXACT} then strftime(dob, '%Y%m%d') end",
    "postcodes": "postcode",
    "addresses": "address",
    "nhs": "nhs",
    "upn": "upn",
}
_PHONES = "list_filter(string_split(phone, '|'), lambda number: length(number) >= 9)"
_IN_ORDER = "list_sort(list_distinct({}))"


def _of_many_rows(which: str) -> str:
    """Each identity of several rows in one."""
    columns = [f"arg_max({name}, moment) filter ({name} is not null) as {name}" for name in _LATEST]
    for name, lists in {**_LISTS, "phones": (_PHONES,)}.items():
        columns.append(f"{_IN_ORDER.format(' || '.join(f'flatten(list(coalesce({each}, [])))' for each in lists))} as {name}")
    columns += [f"{_IN_ORDER.format(f'list({single})')} as {name}" for name, single in _SINGLE.items()]
    return f"""
        with cleaned as ({_CLEANED_SQL} {which})
        select identity_id, min(agency_id) as agency_id, min(date_diff('day', dob, first_seen)) as age_in_days, {", ".join(columns)}
        from cleaned group by identity_id
    """


def _of_one_row(which: str) -> str:
    """The same for identities of one row, whose lists are nearly always there already: putting them in order is most of the work."""
    columns = list(_LATEST)
    for name, (first, *others) in _LISTS.items():
        lists = [f"coalesce({each}, [])" for each in (first, *others)]
        alone = " and ".join(f"len({each}) = 0" for each in lists[1:]) or "true"
        columns.append(f"case when {alone} then {lists[0]} else {_IN_ORDER.format(' || '.join(lists))} end as {name}")
    columns += [f"case when {single} is not null then [{single}] else [] end as {name}" for name, single in _SINGLE.items()]
    columns.append(f"case when phone is null then [] else {_IN_ORDER.format(_PHONES)} end as phones")
    return f"""
        with cleaned as ({_CLEANED_SQL} {which})
        select identity_id, agency_id, date_diff('day', dob, first_seen) as age_in_days, {", ".join(columns)} from cleaned
    """


_PROFILE_SQL = f"""
with profile as (from {_GATHERED}),
{DEFAULT_DAY},
numbered as (select identity_id, row_number() over (order by identity_id) as id from profile)
select numbered.id, identity_id, agency_id, given,
    coalesce(given_names, []) as given_names, coalesce(first_keys, []) as first_keys, coalesce(given_keys, []) as given_keys, family,
    coalesce(family_keys, []) as family_keys,
    list_filter(coalesce(family_parts, []), lambda part: part is not null) as family_parts,
    coalesce(dobs, []) as dobs, strftime(dob, '%Y') as birth_year,
    case when precision = 'year' then null else strftime(dob, '%Y%m') end as birth_month,
    case when {_EXACT} then strftime(dob, '%Y%m%d') end as dob,
    sex, postcode, left(postcode, -2) as sector, coalesce(postcodes, []) as postcodes, coalesce(nhs, []) as nhs, coalesce(upn, []) as upn,
    coalesce(middle, []) as middle, address, coalesce(addresses, []) as addresses, coalesce(house_numbers, []) as house_numbers,
    coalesce(address_words, []) as address_words, birthplace, coalesce(phones, []) as phones, []::varchar[] as composites,
    dob in (select dob from default_day) as has_default_day,
    -- of somebody without a date of birth nobody knows
    age_in_days >= 18 * 365.25 as adult
from profile join numbered using (identity_id)
"""
