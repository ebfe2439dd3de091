"""One row per linked person, with nothing that identifies: what breakdowns of counts need and no more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.prepare import RECORDS
from sightline.model.codes import NOT_RECORDED
from sightline.model.entities import PERSON_SCHEMA

_RANKS = pa.schema([("agency_id", pa.string()), ("rank", pa.int64())])

# The common value; among equally common ones the more trusted agency's; then the first in order, so that a tie never falls by chance.
_CHOSEN = """
    select person, {value} from (
        select person, {value}, row_number() over (
            partition by person order by {first} count(*) desc, min(rank), {value}
        ) as place
        from ({votes}) as vote group by person, {value}
    ) where place = 1
"""


def describe_people(engine: DuckDBEngine, links: pa.Table, *, wards: pa.Table, trusted: Sequence[str]) -> pa.Table:
    """Make the person table.

    Month of birth and sex are the ones most identities give; ethnicity likewise, but what somebody is known to say of themselves goes
    first. What somebody else observed is no ethnicity of the person: where there is nothing else, it is not recorded. The ward is that of
    the latest home postcode, empty outside the area. Where agencies tie, the more trusted decides.

    Args:
        engine: Still holds the records `prepare` registered.
        links: Which person each identity belongs to.
        wards: Columns ``postcode`` and ``ward``, one row for each postcode of the area.
        trusted: Agency ids, most trusted first; agencies not named come last.

    Returns:
        ``PERSON_SCHEMA``, ordered by person_id.
    """
    people = links.column("person_id").combine_chunks().dictionary_encode()
    # numbers are counted and joined in a third of the time that ids take
    numbers = {"person": people.indices, "identity": np.arange(len(links))}
    engine.register_table("linkage_link", pa.table({"identity_id": links.column("identity_id"), **numbers}))
    engine.register_table("linkage_ward", wards)
    engine.register_table("linkage_trust", pa.table({"agency_id": list(trusted), "rank": list(range(len(trusted)))}, schema=_RANKS))
    engine.materialise(
        "linkage_view",
        f"""
        select link.person, link.identity, record.last_seen, coalesce(trust.rank, {len(trusted)}) as rank,
            case when record.date_of_birth_precision = 'year' then null
                else date_trunc('month', record.date_of_birth)::date end as birth_month,
            case when record.sex in ('female', 'male') then record.sex end as sex,
            case when coalesce(record.ethnicity_source, '') <> 'observed' then nullif(record.ethnicity, '{NOT_RECORDED}') end as ethnicity,
            coalesce(record.ethnicity_source, '') = 'self' as is_self_defined,
            place.value as postcode
        from {RECORDS} as record
        join linkage_link as link using (identity_id)
        left join linkage_trust as trust on trust.agency_id = record.agency_id
        left join linkage_postcode as place on place.raw = record.postcode
        """,
    )
    # of most people all records say the same, and there is nothing to choose between
    values = ("birth_month", "sex", "ethnicity", "postcode")
    differ = " or ".join(f"coalesce(min({value}) <> max({value}), false)" for value in values)
    engine.materialise(
        "linkage_agreed",
        f"select person, {', '.join(f'min({value}) as {value}' for value in values)}, {differ} as is_contested"
        " from linkage_view group by person",
    )
    contested = "select person from linkage_agreed where is_contested"
    engine.materialise("linkage_contested", f"select * from linkage_view semi join ({contested}) using (person)")
    born = _CHOSEN.format(value="birth_month", first="", votes=_votes("birth_month", "rank"))
    sex = _CHOSEN.format(value="sex", first="", votes=_votes("sex", "rank"))
    ethnicity = _CHOSEN.format(value="ethnicity", first="max(is_self_defined) desc,", votes=_votes("ethnicity", "rank, is_self_defined"))
    described = engine.query(
        f"""
        with home as (
            select person, postcode from linkage_contested where postcode is not null
            qualify row_number() over (partition by person order by last_seen desc nulls last, rank, postcode) = 1
        ),
        ward as (
            select upper(regexp_replace(postcode, '[^A-Za-z0-9]', '', 'g')) as postcode, min(ward) as ward from linkage_ward group by 1
        ),
        described as (
            select person, birth_month, sex, ethnicity, postcode from linkage_agreed where not is_contested
            union all by name
            select person, born.birth_month, sex.sex, ethnicity.ethnicity, home.postcode
            from ({contested})
            left join ({born}) as born using (person)
            left join ({sex}) as sex using (person)
            left join ({ethnicity}) as ethnicity using (person)
            left join home using (person)
        )
        select person, birth_month, coalesce(sex, '{NOT_RECORDED}') as sex, coalesce(ethnicity, '{NOT_RECORDED}') as ethnicity, ward.ward,
            case when described.postcode is not null then ward.ward is not null end as resident_in_area
        from described left join ward on ward.postcode = described.postcode
        """
    )
    engine.drop("linkage_view", "linkage_agreed", "linkage_contested")
    person_id = people.dictionary.take(described.column("person").combine_chunks())
    return described.set_column(0, "person_id", person_id).sort_by("person_id").cast(PERSON_SCHEMA)


def _votes(value: str, others: str) -> str:
    """One vote for each identity and value, however many rows repeat it."""
    return f"select distinct person, identity, {value}, {others} from linkage_contested where {value} is not null"
