"""How many children does each combination of agencies know? And how many are seen by two or more and flagged by none?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sightline.definitions.indicators import Ages, Catalogue
from sightline.engine import Engine
from sightline.indicators.people import age_condition, of_replicate
from sightline.model.periods import Quarter
from sightline.stats.replicates import replicate_intervals

KNOWN_MEASURE, FLAGGED_MEASURE = "children_known_to_agencies", "children_flagged"


@dataclass(frozen=True, slots=True)
class AgencySets:
    """True counts of children in the twelve months to the end of a quarter.

    ``combinations`` counts children by the exact set of agencies that knew them; ``flagged_by_none`` those whom two or more knew and about
    whom none held a concern. ``ranges``, ``agency_ranges`` and ``flagged_range`` are what linkage leaves open about each (lowest, highest);
    empty or None where that is not worked out.
    """

    period: str
    agencies: tuple[str, ...]
    combinations: dict[frozenset[str], int]
    flagged_by_none: int
    ranges: dict[frozenset[str], tuple[int, int]] = field(default_factory=dict)
    agency_ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    flagged_range: tuple[int, int] | None = None


def count_agency_sets(engine: Engine, catalogue: Catalogue, quarter: Quarter, agencies: Sequence[str]) -> AgencySets:
    """Count children under 18 on the quarter's last day by who knew them; `prepare` must have made the derived tables.

    Args:
        engine: Holds the tables of one generation.
        catalogue: Gives the two measures.
        quarter: The twelve months end with it.
        agencies: Agencies that share records, in order; a set is summed as one bit for each, which every engine can do.
    """
    rows = engine.query(_sql(catalogue, quarter, agencies)).to_pylist()
    return AgencySets(
        period=str(quarter),
        agencies=tuple(agencies),
        combinations={_known_to(int(row["bits"]), agencies): row["children"] for row in rows},
        flagged_by_none=sum(int(row["flagged_by_none"]) for row in rows),
    )


def agency_sets_with_ranges(engine: Engine, catalogue: Catalogue, quarter: Quarter, sets: AgencySets, *, replicates: int) -> AgencySets:
    """Fill the ranges of sets already counted; the engine holds changed people as `sightline.indicators.ranges` reads them.

    A combination that no child is in as linked has a range too where another linkage would put a child there.
    """
    still = np.zeros(replicates)
    changes: dict[frozenset[str], np.ndarray] = defaultdict(still.copy)
    flagged = still.copy()
    for row in engine.query(_sql(catalogue, quarter, sets.agencies, replicate=of_replicate("by_child.person_id"))).to_pylist():
        replicate, sign = int(row["replicate"][:-1]), 1 if row["replicate"][-1] == "+" else -1
        changes[_known_to(int(row["bits"]), sets.agencies)][replicate] += sign * row["children"]
        flagged[replicate] += sign * int(row["flagged_by_none"])
    known = sorted(changes.keys() | sets.combinations.keys(), key=sorted)
    draws = {each: sets.combinations.get(each, 0) + changes.get(each, still) for each in known}
    by_agency = {agency: sum((draws[each] for each in known if agency in each), still) for agency in sets.agencies}
    return replace(
        sets,
        ranges=dict(zip(known, _ranges(list(draws.values())), strict=True)),
        agency_ranges=dict(zip(sets.agencies, _ranges(list(by_agency.values())), strict=True)),
        flagged_range=_ranges([sets.flagged_by_none + flagged])[0],
    )


def _ranges(draws: list[np.ndarray]) -> list[tuple[int, int]]:
    if not draws:
        return []
    found = replicate_intervals(np.stack(draws))
    return list(zip(found.lower.astype(int).tolist(), found.upper.astype(int).tolist(), strict=True))


def _known_to(bits: int, agencies: Sequence[str]) -> frozenset[str]:
    return frozenset(agency for place, agency in enumerate(agencies) if bits >> place & 1)


def _sql(catalogue: Catalogue, quarter: Quarter, agencies: Sequence[str], *, replicate: str = "") -> str:
    """Children and those flagged by none for each set of agencies; for each ``replicate`` (an expression) too, if given."""
    chosen, by = (f"{replicate} as replicate, ", f"{replicate}, ") if replicate else ("", "")
    known, flagged = catalogue.measures[KNOWN_MEASURE].sql, catalogue.measures[FLAGGED_MEASURE].sql
    bits = " ".join(f"when '{agency}' then {1 << place}" for place, agency in enumerate(agencies))
    listed = ", ".join(f"'{agency}'" for agency in agencies)
    period = str(quarter)
    return f"""
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
            {chosen}by_child.bits,
            count(*) as children,
            sum(case when by_child.agencies >= 2 and flagged.person_id is null then 1 else 0 end) as flagged_by_none
        from by_child
        left join flagged on flagged.person_id = by_child.person_id
        group by {by}by_child.bits
        order by {by}by_child.bits
    """
