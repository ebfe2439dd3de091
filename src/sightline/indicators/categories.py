"""The categories of every breakdown in one generation, with their words, in order; ``not_recorded`` last."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from sightline.definitions.breakdowns import AGENCIES, AGENCY_PAIRS, AREAS_OF_A_WARD, WARDS, Breakdown
from sightline.engine import Engine
from sightline.model.codes import CODE_LISTS, COUNTED_LISTS, NOT_RECORDED

Category = tuple[str, str]
"""Code and words."""
Categories = Mapping[str, tuple[Category, ...]]
NOT_KNOWN_WARD = "Not known, or outside the area"
NONE_RECORDED = (NOT_RECORDED, "Not recorded")
_DEPRIVATION = {
    "1": "Most deprived fifth",
    "2": "Second most deprived fifth",
    "3": "Middle fifth",
    "4": "Second least deprived fifth",
    "5": "Least deprived fifth",
}


def categories(engine: Engine, breakdowns: Mapping[str, Breakdown]) -> dict[str, tuple[Category, ...]]:
    """Every category of each breakdown. What no ward tells of (no council is named, say) has none at all, and is not counted by."""
    wards = engine.query(f"select ward, ward_name, {', '.join(AREAS_OF_A_WARD)} from ward order by ward").to_pylist()
    agencies = [(row["agency_id"], row["agency_name"]) for row in engine.query("select agency_id, agency_name from agency").to_pylist()]
    lists: dict[str, tuple[Category, ...]] = {
        **{name: tuple(codes.items()) for name, codes in (CODE_LISTS | COUNTED_LISTS).items()},
        WARDS: (*((row["ward"], row["ward_name"]) for row in wards), (NOT_RECORDED, NOT_KNOWN_WARD)),
        AGENCIES: tuple(agencies),
        AGENCY_PAIRS: _pairs(agencies),
    }
    found = {}
    for id, breakdown in breakdowns.items():
        if breakdown.area is not None:
            listed = _areas(breakdown.area, sorted({row[breakdown.area] for row in wards if row[breakdown.area]}))
        else:
            listed = lists[WARDS if id == "ward" else breakdown.list or id]
        found[id] = listed if not listed or any(code == NOT_RECORDED for code, _ in listed) else (*listed, NONE_RECORDED)
    return found


def _pairs(agencies: list[Category]) -> tuple[Category, ...]:
    """Every two agencies: the ids in alphabetical order with a + between them, the names as they are listed."""
    return tuple(
        ("+".join(sorted((one, other))), f"{name} and {other_name}") for (one, name), (other, other_name) in combinations(agencies, 2)
    )


def _areas(area: str, codes: list[str]) -> tuple[Category, ...]:
    listed = tuple((code, _DEPRIVATION.get(code, code) if area == "deprivation" else code) for code in codes)
    return (*listed, (NOT_RECORDED, NOT_KNOWN_WARD)) if listed else ()
