"""How many person ids change when a new batch arrives, and how long ids take.

`python benchmarks/linkage_ids.py --children 20000` links 85% of an invented partnership's identities, then all of them, and says which
ids of the first changed and why. `--only-ids 4000000` times the giving of ids alone, on that many identities.
"""

from __future__ import annotations

import argparse
import random
import resource
import secrets
import sys
import time
from collections import Counter
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.people import invent

from sightline.engine.duckdb import DuckDBEngine  # the checkout must be on the path first
from sightline.linkage import link
from sightline.linkage.identify import identify
from sightline.model.entities import HOLDER_SCHEMA


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=20_000)
    parser.add_argument("--batch", type=float, default=0.15)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--only-ids", type=int, default=0)
    asked = parser.parse_args()
    if asked.only_ids:
        time_ids(asked.only_ids, batch=asked.batch, seed=asked.seed)
    else:
        arrive(asked.children, batch=asked.batch, seed=asked.seed)


def arrive(children: int, *, batch: float, seed: int) -> None:
    made = invent(children, seed=seed)
    records = made.records
    identities = pc.unique(records["identity_id"]).to_pylist()
    rng = random.Random(seed)  # noqa: S311 - invented records, nothing secret
    late = set(rng.sample(identities, int(len(identities) * batch)))
    early = records.filter(pc.invert(pc.is_in(records["identity_id"], value_set=pa.array(sorted(late), pa.string()))))
    numbers = count(1)
    results = []
    for table in (early, records):
        begun = time.perf_counter()
        with DuckDBEngine(threads=2, memory_limit="1500MB") as engine:
            results.append(
                link(
                    table,
                    engine=engine,
                    wards=made.wards,
                    trusted=["csc", "education"],
                    previous=results[0].links if results else None,
                    gone=results[0].gone if results else None,
                    new_person_id=lambda: f"p{next(numbers):024d}",
                )
            )
        print(f"{len(set(table['identity_id'].to_pylist())):,} identities linked in {time.perf_counter() - begun:.1f} s")
    changes = results[1].summary.changes
    known = len(results[0].links)
    print(f"{changes.moved:,} of {known:,} identities known before bear another id ({changes.moved / known:.4%})")
    told = Counter((event["kind"], event["reason"]) for event in results[1].events.to_pylist() if event["kind"] != "created")
    for (kind, reason), times in sorted(told.items()):
        print(f"  {times:,} {kind}: {reason}")
    explained = {
        identity for event in results[1].events.to_pylist() if event["kind"] in {"absorbed", "split"} for identity in event["identities"]
    }
    print(f"{len(explained):,} of {changes.moved:,} changes are told of in an event")


def time_ids(identities: int, *, batch: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = pa.array([f"{number:032x}" for number in range(identities)], pa.string())
    labels = rng.integers(0, int(identities * 0.7), identities)
    begun, worked = time.perf_counter(), time.process_time()
    first = identify(ids, labels, None, new_person_id=lambda: f"p{secrets.token_hex(12)}")
    print(
        f"{identities:,} identities for the first time: {time.perf_counter() - begun:.1f} s ({time.process_time() - worked:.1f} s of work)"
    )
    known = rng.random(identities) >= batch
    previous = pa.table([ids, first.person_ids], schema=HOLDER_SCHEMA).filter(pa.array(known))
    moved = labels.copy()
    few = rng.integers(0, identities, identities // 1000)
    moved[few] = rng.permutation(moved[few])
    begun, worked = time.perf_counter(), time.process_time()
    again = identify(ids, moved, previous, new_person_id=lambda: f"p{secrets.token_hex(12)}")
    spent = f"{time.perf_counter() - begun:.1f} s ({time.process_time() - worked:.1f} s of work)"
    print(f"with {batch:.0%} new and one in a thousand moved: {spent}")
    print(again.changes)
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
