"""Judge linkage by names, by tokens and by composite keys on the same invented records."""

from __future__ import annotations

import argparse
import sys
import time
from itertools import count
from pathlib import Path

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.specs.test_linkage_by_tokens import tokenised
from tests.support.people import Invented, invent

from sightline.engine.duckdb import DuckDBEngine  # the checkout must be on the path first
from sightline.linkage import evaluate, link


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args()
    made = invent(asked.children, seed=asked.seed)
    print(f"{'mode':<22}{'make':>8}{'link':>8}{'precision':>11}{'recall':>9}{'F1':>9}{'twins merged':>15}", flush=True)
    _row("A names", made, made.records, 0.0)
    for mode, composite_only in (("B field tokens", False), ("C composite keys", True)):
        begun = time.perf_counter()
        records = tokenised(made.records, composite_only=composite_only)
        _row(mode, made, records, time.perf_counter() - begun)


def _row(mode: str, made: Invented, records: pa.Table, making: float) -> None:
    drawn, begun = count(1), time.perf_counter()
    with DuckDBEngine(threads=2, memory_limit="2500MB") as engine:
        result = link(records, engine=engine, wards=made.wards, trusted=[], previous=None, new_person_id=lambda: f"p{next(drawn):024d}")
    seconds = time.perf_counter() - begun
    found = evaluate(result.links, made.truth, people=made.people, twins=made.twins)
    score = found.overall
    print(
        f"{mode:<22}{making:>7.1f}s{seconds:>7.1f}s{score.precision:>11.4f}{score.recall:>9.4f}{score.f1:>9.4f}"
        f"{f'{found.twins_merged} of {found.twins}':>15}",
        flush=True,
    )


if __name__ == "__main__":
    main()
