"""What counting people in common costs (mode D): seconds, what is carried between agencies, and links missed.

    .venv/bin/python benchmarks/in_common.py [--people 50000] [--children 20000]

First two lists of equal size, half of whose people are in both; then the social care and police records of an invented town, compared as
`sightline in-common` compares them by names and birth date, beside how many people both know in truth, and how many linking all records by
names (mode A) or by composite keys (mode C) says. Processor seconds of one process.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections import defaultdict
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.specs.test_linkage_by_tokens import tokenised
from tests.support.people import invent

from sightline.app.in_common import people_keys  # the checkout must be on the path first
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import link
from sightline.privacy.in_common import answer, ask, count_in_common
from sightline.privacy.rules import LOCAL_ID

BY = "names-and-birth"


def processor_seconds() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def exchange(mine: list[str], theirs: list[str]) -> int:
    """Ask, answer and count; prints what each step took."""
    begun = processor_seconds()
    question = ask(mine, by=BY, about="asking")
    asked = processor_seconds()
    answered = answer(question.text, theirs, by=BY, about="answering")
    replied = processor_seconds()
    found = count_in_common(question.secret, answered)
    print(
        f"{len(set(mine)):,} with {len(set(theirs)):,} people: asking {asked - begun:.1f} s and {len(question.text) / 1e6:.1f} MB, "
        f"answering {replied - asked:.1f} s and {len(answered) / 1e6:.1f} MB, counting {processor_seconds() - replied:.1f} s"
    )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--children", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args()
    half = asked.people // 2
    found = exchange([f"person {number}" for number in range(asked.people)], [f"person {number}" for number in range(half, 3 * half)])
    print(f"{found:,} found in common, {asked.people - half:,} are")
    made = invent(asked.children, seed=asked.seed)
    known = {agency: {row["person"] for row in made.truth_rows if row["agency"] == agency} for agency in ("csc", "police")}
    keys = {agency: [key for key in people_keys(_of(made.records, agency), agency=agency, by=BY) if key] for agency in known}
    found, true = exchange(*(keys[agency] for agency in ("csc", "police"))), len(known["csc"] & known["police"])
    print(f"invented town: {found:,} found in common by social care and police, {true:,} are ({found / true:.1%})")
    agency_of = {row["identity_id"]: row["agency"] for row in made.truth_rows}
    for mode, records in (("A", made.records), ("C", tokenised(made.records, composite_only=True))):
        print(f"mode {mode}: {_known_to_both(records, made.wards, agency_of):,}")


def _known_to_both(records: pa.Table, wards: pa.Table, agency_of: dict[str, str]) -> int:
    drawn, agencies = count(1), defaultdict(set)
    with DuckDBEngine(threads=2, memory_limit="2500MB") as engine:
        result = link(records, engine=engine, wards=wards, trusted=[], previous=None, new_person_id=lambda: f"p{next(drawn):024d}")
    for identity, person in zip(*(result.links[name].to_pylist() for name in ("identity_id", "person_id")), strict=True):
        agencies[person].add(agency_of[identity])
    return sum({"csc", "police"} <= each for each in agencies.values())


def _of(records: pa.Table, agency: str) -> pa.Table:
    """One agency's records, under its own ids."""
    own = records.filter(pc.equal(records["agency_id"], agency))
    return own.set_column(own.column_names.index(LOCAL_ID), LOCAL_ID, own["identity_id"])


if __name__ == "__main__":
    main()
