"""Time and judge linkage on invented records: `python benchmarks/linkage.py --children 50000`."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.people import invent

from sightline.engine.duckdb import DuckDBEngine  # the checkout must be on the path first
from sightline.linkage import evaluate, link


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args()
    made = invent(asked.children, seed=asked.seed)
    records = made.records
    drawn = count(1)
    begun = time.perf_counter()

    def tell(step: str, done: int, of: int) -> None:
        print(f"{time.perf_counter() - begun:7.2f} s  {done}/{of} {step}", flush=True)

    with DuckDBEngine(threads=2, memory_limit="1500MB") as engine:
        result = link(
            records,
            engine=engine,
            wards=made.wards,
            trusted=["csc", "education"],
            previous=None,
            new_person_id=lambda: f"p{next(drawn):024d}",
            progress=tell,
        )
    seconds = time.perf_counter() - begun
    found = evaluate(result.links, made.truth, people=made.people, twins=made.twins)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{found.identities} identities, {result.summary.pairs} pairs compared, {seconds:.1f} s, peak {peak_mb:.0f} MB")
    score = found.overall
    print(
        f"precision {score.precision:.4f}, recall {score.recall:.4f}, F1 {score.f1:.4f}, twins merged {found.twins_merged} of {found.twins}"
    )
    for group, score in found.by_ethnicity.items():
        print(f"  {group}: precision {score.precision:.4f}, recall {score.recall:.4f}")


if __name__ == "__main__":
    main()
