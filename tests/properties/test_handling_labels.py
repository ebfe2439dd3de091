"""Whatever is derived from intelligence is no freer than the strictest item behind it: labels form a lattice, and joins go up in it.

Two labels are enough, since what may be shared only under conditions is in nothing that is counted: permitted, and everything else. An
item's own label is the strictest of what each dataset's newest row says; without a code it is not permitted.
"""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.app.handling import held_back, shareable
from sightline.engine.duckdb import DuckDBEngine
from sightline.model.entities import ENTITIES

ITEM = ENTITIES["intelligence"]
PERMITTED, STRICTER = 0, 1
RETURNS = ("r0", "r1", "r2")
DERIVED = {
    "joined": "select distinct [one.intelligence_id, two.intelligence_id] as behind from {items} as one join {items} as two"
    " on one.location_reference = two.location_reference",
    "joined three times": "select distinct [one.intelligence_id, two.intelligence_id, three.intelligence_id] as behind from {items} as one"
    " join {items} as two on one.location_reference = two.location_reference join {items} as three on three.dataset = two.dataset",
    "counted by place": "select list(distinct intelligence_id order by intelligence_id) as behind from {items} group by location_reference",
    "a network": "with recursive near(first, id) as (select intelligence_id, intelligence_id from {items} union select near.first,"
    " other.intelligence_id from near join {items} as here on here.intelligence_id = near.id join {items} as other"
    " on other.location_reference = here.location_reference) select list(distinct id order by id) as behind from near group by first",
}
"""Ways to derive something from items, each with the items that stand behind a row of it."""

told_of = st.fixed_dictionaries(
    {
        "intelligence_id": st.sampled_from(["I1", "I2", "I3", "I4"]),
        "return_id": st.sampled_from(RETURNS),
        "dataset": st.sampled_from(["police", "specialist"]),
        "handling": st.sampled_from(["permitted", "permitted", "conditions", "not_recorded", None]),
        "location_reference": st.sampled_from(["L1", "L2", "L3"]),
    }
)
worlds = st.lists(told_of, max_size=9, unique_by=lambda row: (row["intelligence_id"], row["return_id"], row["dataset"]))


def label(id: str, rows: list[dict[str, str | None]]) -> int:
    """The label of an item in plain words: permitted only if the newest row of every dataset that tells of it says so."""
    newest: dict[str, dict[str, str | None]] = {}
    for row in sorted((row for row in rows if row["intelligence_id"] == id), key=lambda row: row["return_id"]):
        newest[row["dataset"]] = row
    return max((PERMITTED if row["handling"] == "permitted" else STRICTER for row in newest.values()), default=STRICTER)


def derived(engine: DuckDBEngine, rows: list[dict[str, str | None]]) -> dict[str, list[tuple[str, ...]]]:
    """Everything that can be derived from what figures may rest on, by way of deriving it."""
    lines = [{**row, "agency_id": "police", "source_file": "f", "source_row": place} for place, row in enumerate(rows)]
    engine.register_table("stored", pa.Table.from_pylist(lines, ITEM.schema))
    ranks = {"return_id": list(RETURNS), "position": range(len(RETURNS))}
    engine.register_table("return_rank", pa.table(ranks))
    engine.materialise("kept_back", held_back(ITEM, "stored", "return_rank"))
    engine.materialise("items", shareable(ITEM, "stored", "kept_back"))
    return {
        way: sorted(tuple(row["behind"]) for row in engine.query(sql.format(items="items")).to_pylist()) for way, sql in DERIVED.items()
    }


@settings(max_examples=60)
@given(rows=worlds)
def test_what_is_derived_is_as_strict_as_the_strictest_item_behind_it(rows) -> None:
    with DuckDBEngine(threads=1) as engine:
        found = derived(engine, rows)
        without = derived(engine, [row for row in rows if label(row["intelligence_id"], rows) is PERMITTED])

    for way, behind in found.items():
        # What is derived bears the label of what may be counted, so none of what it was derived from may bear a stricter one.
        assert max((label(id, rows) for items in behind for id in items), default=PERMITTED) == PERMITTED, way
    assert found == without, "nothing tells that there was a stricter item"


@given(rows=worlds, stricter=st.sampled_from(["conditions", "not_recorded", None]), data=st.data())
def test_an_item_made_stricter_only_ever_takes_away(rows, stricter, data) -> None:
    chosen = data.draw(st.sampled_from(rows)) if rows else None
    with DuckDBEngine(threads=1) as engine:
        before = derived(engine, rows)
        after = derived(engine, [{**row, "handling": stricter} if row is chosen else row for row in rows])

    ids = {way: {id for items in behind for id in items} for way, behind in before.items()}
    assert all(id in ids[way] for way, behind in after.items() for items in behind for id in items)
