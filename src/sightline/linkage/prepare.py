"""From the many rows an agency sends about a person over the years to one profile of each identity.

Raw values are normalised once for each *different* value, in Python where the rules can be read and tested; joining them back and
collapsing rows is left to the engine, which does it for millions of rows in bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from sightline.definitions.linkage import NameWords
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.names import Nicknames
from sightline.linkage.normalise import VALUES_OF_PROFILES, register_values

RAW, RECORDS, PROFILES = "linkage_identity_record", "linkage_record", "linkage_profile"
"""Rows as they came; what is described of people later, row by row; and what identities are compared on, one row for each."""
_MADE, _ROWS, _HOLDERS, _GATHERED = "linkage_profile_made", "linkage_row", "linkage_holder", "linkage_gathered"
_ROWS_AT_A_TIME, _ROWS_IN_A_SLICE = 200_000, 500_000
# From so many identities it is guessed where slices of all begin.
_LOOKED_AT = 10_000

_USED = (
    "identity_id, agency_id, nhs_number, upn, given_name, family_name, aliases, date_of_birth, date_of_birth_precision, sex, ethnicity,"
    " ethnicity_source, postcode, address, phone, place_of_birth"
)
# Names, numbers and addresses are in the profiles by then and would take up memory until the end.
_DESCRIBED = "identity_id, agency_id, date_of_birth, date_of_birth_precision, sex, ethnicity, ethnicity_source, postcode"
# Tables kept before these columns were there lack them.
_LATER = ("address", "phone", "place_of_birth")


def prepare(engine: DuckDBEngine, records: pa.Table, *, words: NameWords, nicknames: Nicknames) -> int:
    """Register ``linkage_profile`` on the engine, one row per identity; return how many there are.

    Columns: ``id`` (1, 2, … in the order of identity_id), identity and agency; ``given`` and ``family`` (the latest); over time and
    aliases ``given_names`` and ``family_parts``, and the same with nickname sets as ``first_keys``, ``given_keys``, ``family_keys``;
    ``dobs`` (``yyyymmdd``), ``dob``, ``birth_year`` and ``birth_month``; ``sex``; ``postcode`` (the latest), ``sector`` and
    ``postcodes``; ``nhs`` and ``upn`` (believable ones only); ``middle`` (given names after the
    first); ``address`` (the latest), ``addresses``, ``house_numbers``, ``address_words`` and, of the latest,
    ``address_marks`` (of its letters); ``birthplace``; ``phones``; ``adult`` (18 or over
    when first seen; null without a birth date).
    """
    for column in _LATER:
        if column not in records.column_names:
            records = records.append_column(column, pa.nulls(records.num_rows, pa.string()))
    engine.register_table(RAW, records)
    several = _have_several_rows(engine)
    register_values(engine, f"(select * from {RAW} where identity_id is not null)", words=words, nicknames=nicknames)
    identities = 0
    for which in _slices(records):
        _add_profiles(engine, which, several=several, after=identities)
        identities = int(engine.query(f"select count(*) as n from {_MADE}").column("n")[0].as_py())
    days = engine.query(f"with profile as (select born as dob from {_MADE}), {DEFAULT_DAY} select dob from default_day order by dob")
    is_default = ", ".join(f"date '{day}'" for day in days.column("dob").to_pylist())
    engine.create_view(
        PROFILES,
        f"select * exclude (born), {f'coalesce(born in ({is_default}), false)' if is_default else 'false'} as has_default_day from {_MADE}",
    )
    # rows as they came: what is counted of people later counts each identity's value once
    engine.create_view(RECORDS, f"select {_DESCRIBED}, valid_from as last_seen from {RAW} where identity_id is not null")
    engine.drop(*VALUES_OF_PROFILES)
    return identities


def _slices(records: pa.Table) -> Iterator[str]:
    """Conditions that take some of the identities each, in their order: rows lie in memory twice while profiles are made of them."""
    slices = max(1, -(-records.num_rows // _ROWS_IN_A_SLICE))
    told = records.column("identity_id").take(np.arange(0, records.num_rows, max(1, records.num_rows // _LOOKED_AT)))
    some = sorted(each for each in told.to_pylist() if each is not None)
    bounds = sorted({some[len(some) * number // slices] for number in range(1, slices)}) if some else []
    for lowest, beyond in zip([None, *bounds], [*bounds, None], strict=True):
        above = "identity_id is not null" if lowest is None else f"identity_id >= {_quoted(lowest)}"
        yield above if beyond is None else f"{above} and identity_id < {_quoted(beyond)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _add_profiles(engine: DuckDBEngine, which: str, *, several: bool, after: int) -> None:
    """Add the profiles of some identities, in order, numbered on from ``after``."""
    gathered: list[str] = []
    rows = f"({_NUMBERED.format(which=which, after=after)}) as record"
    if several:
        engine.materialise(_ROWS, _COLLAPSED.format(which=which))
        gathered = _gather(engine, after=after)
        rows = _HELD_ROWS
    profiles = _PROFILE_SQL.format(gathered=" union all by name ".join([_of_one_row(rows), *(f"(from {part})" for part in gathered)]))
    if after:
        engine.append(_MADE, profiles)
    else:
        engine.materialise(_MADE, profiles)
    engine.drop(_ROWS, _HOLDERS, *gathered)


def _have_several_rows(engine: DuckDBEngine) -> bool:
    found = engine.query(f"select count(*) > count(distinct identity_id) as several from {RAW} where identity_id is not null")
    return bool(found.column("several")[0].as_py())


def _gather(engine: DuckDBEngine, *, after: int) -> list[str]:
    """Number identities, and put all rows of each that has several into one; return the tables that this takes.

    Most identities have one row, which needs no gathering. The others come so many at a time: what an identity's lists take while they
    grow cannot be spilled.
    """
    engine.materialise(
        _HOLDERS,
        f"select identity_id, row_number() over (order by identity_id) + {after} as id, count(*) as held from {_ROWS} group by identity_id",
    )
    held = engine.query(f"select coalesce(sum(held), 0)::bigint as n from {_HOLDERS} where held > 1")
    batches = -(-int(held.column("n")[0].as_py()) // _ROWS_AT_A_TIME)
    parts = [f"{_GATHERED}_{number}" for number in range(batches)]
    for number, part in enumerate(parts):
        engine.materialise(part, _of_many_rows(f"held > 1 and hash(record.identity_id) % {batches} = {number}"))
    return parts


# Each row with the number of its identity (``id``) and how many rows that has (``held``), where nobody has several.
_NUMBERED = f"""
    select row_number() over (order by identity_id) + {{after}} as id, 1 as held, {_USED}, valid_from as last_seen, valid_from as first_seen
    from {RAW} where {{which}}
"""
# Most rows of an identity that has several repeat the last quarter's; collapsing them first leaves only what differs.
_COLLAPSED = f"""
    select {_USED}, max(valid_from) as last_seen, min(valid_from) as first_seen from {RAW} where {{which}}
    group by {_USED} order by identity_id
"""
_HELD_ROWS = f"{_ROWS} as record join {_HOLDERS} as holder using (identity_id)"
# What systems put where no date was typed: the first day of their calendars.
_NOBODYS_BIRTH = ", ".join(f"date '{day}'" for day in ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01"))
# Some systems export a birth date with a time of midnight: exact to the minute is exact enough.
_EXACT = "coalesce(precision, 'day') not in ('year', 'month')"
DEFAULT_DAY = """default_day as (
    -- a day on which five times as many are born as on others is what some system writes when it knows the year
    select dob from profile where dob is not null group by dob
    having count(*) >= greatest(20, 5 * (select count(dob) / count(distinct dob) from profile))
)"""

_BORN = f"case when record.date_of_birth not in ({_NOBODYS_BIRTH}) then record.date_of_birth end"
_CLEANED_SQL = f"""
    select id, record.identity_id, record.agency_id, case when record.sex in ('female', 'male') then record.sex end as sex,
        {_BORN} as dob,
        record.date_of_birth_precision as precision,
        record.first_seen, given.first as given, given.parts as given_parts, given.first_keys, given.middle,
        given.keys as given_keys, family.whole as family, family.parts as family_parts,
        family.keys as family_keys, alias.given as alias_given, alias.keys as alias_keys,
        alias.family as alias_family,
        nhs.value as nhs, upn.value as upn, place.value as postcode,
        lived.key as address, lived.numbers as house_numbers, lived.words as address_words, lived.marks as address_marks,
        birthplace.value as birthplace,
        regexp_replace(record.phone, '[^0-9|]', '', 'g') as phone,
        -- one moment for each row, no two alike, so that "the latest" never depends on the order rows came in
        (coalesce(date_diff('day', date '0001-01-01', record.last_seen) + 1, 0)::hugeint << 88)
            + (coalesce(date_diff('day', date '0001-01-01', record.first_seen) + 1, 0)::hugeint << 64) + hash(record)::hugeint as moment
    from {{rows}}
    left join linkage_given as given on given.raw = record.given_name
    left join linkage_family as family on family.raw = record.family_name
    left join linkage_alias as alias on alias.raw = record.aliases
    left join linkage_nhs_number as nhs on nhs.raw = record.nhs_number
    left join linkage_upn as upn on upn.raw = record.upn
    left join linkage_postcode as place on place.raw = record.postcode
    left join linkage_address as lived on lived.raw = record.address
    left join linkage_place_of_birth as birthplace on birthplace.raw = record.place_of_birth
"""
_LATEST = ("given", "family", "dob", "precision", "sex", "postcode", "address", "address_marks", "birthplace")
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
        with cleaned as ({_CLEANED_SQL.format(rows=_HELD_ROWS)} where {which})
        select any_value(id) as id, identity_id, min(agency_id) as agency_id, min(date_diff('day', dob, first_seen)) as age_in_days,
            {", ".join(columns)}
        from cleaned group by identity_id
    """


def _of_one_row(rows: str) -> str:
    """The same for identities of one row, whose lists are nearly always there already: putting them in order is most of the work."""
    columns = list(_LATEST)
    for name, (first, *others) in _LISTS.items():
        lists = [f"coalesce({each}, [])" for each in (first, *others)]
        alone = " and ".join(f"len({each}) = 0" for each in lists[1:]) or "true"
        columns.append(f"case when {alone} then {lists[0]} else {_IN_ORDER.format(' || '.join(lists))} end as {name}")
    columns += [f"case when {single} is not null then [{single}] else [] end as {name}" for name, single in _SINGLE.items()]
    columns.append(f"case when phone is null then [] else {_IN_ORDER.format(_PHONES)} end as phones")
    return f"""
        select id, identity_id, agency_id, date_diff('day', dob, first_seen) as age_in_days, {", ".join(columns)}
        from ({_CLEANED_SQL.format(rows=rows)} where held = 1) as cleaned
    """


# Lists are never null by now; saying so again would copy each of them.
_PROFILE_SQL = f"""
select id, identity_id, agency_id, given, given_names, first_keys, given_keys, family, family_keys, family_parts, dobs,
    strftime(dob, '%Y') as birth_year,
    case when precision = 'year' then null else strftime(dob, '%Y%m') end as birth_month,
    case when {_EXACT} then strftime(dob, '%Y%m%d') end as dob,
    sex, postcode, left(postcode, -2) as sector, postcodes, nhs, upn, middle, address, addresses, house_numbers, address_words,
    coalesce(address_marks, []) as address_marks, birthplace, phones, []::varchar[] as composites,
    dob as born,
    -- of somebody without a date of birth nobody knows
    age_in_days >= 18 * 365.25 as adult
from ({{gathered}}) as profile
"""
