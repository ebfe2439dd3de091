"""Records that others made, with a truth that others know: what linking reaches there is asked of every change.

`make bench-linkage` measures the same and much more, beside other linkers.
"""

from __future__ import annotations

from collections import Counter
from itertools import count

import pyarrow as pa
from benchmarks.linkage_data import historical
from tests.support.samples import samples_folder

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import link


def pairs(sizes: Counter) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def test_fifty_thousand_records_with_errors_are_grouped_as_well_as_is_asked():
    samples_folder()
    case, drawn = historical(), count(1)

    with DuckDBEngine(threads=2, memory_limit="1500MB") as engine:
        linked = link(
            case.records,
            engine=engine,
            wards=pa.table({"postcode": pa.array([], pa.string()), "ward": pa.array([], pa.string())}),
            trusted=[],
            previous=None,
            new_person_id=lambda: f"p{next(drawn):024d}",
        )

    group = dict(zip(linked.links.column("identity_id").to_pylist(), linked.links.column("person_id").to_pylist(), strict=True))
    records = [(group[each["identity_id"]], each["person"]) for each in case.truth.to_pylist()]
    both, found, true = Counter(records), Counter(one for one, _ in records), Counter(other for _, other in records)
    precision = sum(both[each] / found[each[0]] for each in records) / len(records)
    recall = sum(both[each] / true[each[1]] for each in records) / len(records)
    assert len(records) == 50_578
    assert 2 * pairs(both) / (pairs(found) + pairs(true)) >= 0.920
    assert 2 * precision * recall / (precision + recall) >= 0.925
