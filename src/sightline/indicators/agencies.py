"""How many children does each combination of agencies know? And how many are seen by two or more and flagged by none?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sightline.definitions.indicators import Ages, Catalogue
from sightline.engine import Engine
from sightline.indicators.people import age_condition
from sightline.model.periods import Quarter

KNOWN_MEASURE, FLAGGED_MEASURE = "children_known_to_agencies", "children_flagged"


@dataclass(frozen=True, slots=True)
class AgencySets:
    """True counts of children in the twelve months to the end of a quarter.

    ``combinations`` counts children by the exact set of agencies that knew them; ``flagged_by_none`` those whom two or more knew and about
    whom none held a concern.
    """

    period: str
    agencies: tuple[str, ...]
    combinations: dict[frozenset[str], int]
    flagged_by_none: int


def count_agency_sets(engine: Engine, catalogue: Catalogue, quarter: Quarter, agencies: Sequence[str]) -> AgencySets:
    """Count children under 18 on the quarter's last day by who knew them; `prepare` must have made the derived tables.

    Args:
        engine: Holds the tables of one generation.
        catalogue: Gives the two measures.
        quarter: The twelve months end with it.
        agencies: Agencies that share records, in order; a set is summed as one bit for each, which every engine can do.
    """
    known, flagged = catalogue.measures[KNOWN_MEASURE].sql, catalogue.measures[FLAGGED_MEASURE].sql
    bits = " ".join(f"when '{agency}' then {1 << place}" for place, agency in enumerate(agencies))
    listed = ", ".join(f"'{agency}'" for agency in agencies)
    period = str(quarter)
    sql = f"""
        with known as (
            select distinct counted.person_id, counted.agency_id
            from ({known}) as counted
            join quarter on quarter.period = counted.period
            join person on person.person_id = counted.person_id
            where counted.period = '{period}' and counted.agency_id in ({listed}) and {age_condition(Ages(), "quarter.end_on")}
        ),
        by_child as (
            select known.person_id, sum(case known.agency_id {bits} else 0 end) as bits, count(*) as agencies
            from known
            group by known.person_id
        ),
        flagged as (
            select distinct counted.person_id from ({flagged}) as counted where counted.period = '{period}'
        )
        select
            by_child.bits,
            count(*) as children,
            sum(case when by_child.agencies >= 2 and flagged.person_id is null then 1 else 0 end) as flagged_by_none
        from by_child
        left join flagged on flagged.person_id = by_child.person_id
        group by by_child.bits
        order by by_child.bits
    """
    rows = engine.query(sql).to_pylist()
    return AgencySets(
        period=period,
        agencies=tuple(agencies),
        combinations={
            frozenset(agency for place, agency in enumerate(agencies) if int(row["bits"]) >> place & 1): row["children"] for row in rows
        },
        flagged_by_none=sum(int(row["flagged_by_none"]) for row in rows),
    )
