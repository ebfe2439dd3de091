"""Time the whole of linkage, from identity records to people and their ids, with the shipped model, and its peak memory.

    .venv/bin/python benchmarks/linkage_speed.py [--records 10000 100000 1000000 4000000] [--steps] [--splink]

Each size is linked in a process of its own, so that its peak memory is its own. Reading the records is not counted. Beside the time on the
clock stands the processors' time: where other work runs on the machine, half of it is what the clock would show on two free processors
at best. With --splink, Splink itself then compares and weighs the same pairs of the same profiles with the same model, by the one statement
that it writes: what a linkage of these pairs takes at the least where every comparison is asked of the engine.
"""

from __future__ import annotations

import argparse
import json
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import pyarrow as pa
import pyarrow.parquet as pq

SIZES = (10_000, 100_000, 1_000_000, 4_000_000)
_LEAST = 0.01
TABLES = ("records", "truth", "twins", "wards")


def invented(folder: Path, records: int) -> None:
    from many_people import many_people  # in a process of its own: what inventing takes is not linkage's

    made = many_people(records)
    for name in TABLES:
        pq.write_table(getattr(made, name), folder / f"{name}.parquet")


def linked(folder: Path) -> dict[str, Any]:
    """Link what lies in the folder, in this process."""
    from sightline.engine.duckdb import DuckDBEngine
    from sightline.linkage import link, memory_for

    records, wards = (pq.read_table(folder / f"{name}.parquet") for name in ("records", "wards"))
    steps: dict[str, dict[str, float]] = {}
    begun = before = (time.perf_counter(), _processor_seconds())
    current = "start"

    def told(step: str, done: int, of: int) -> None:
        nonlocal before, current
        now = (time.perf_counter(), _processor_seconds())
        steps[current] = {"seconds": now[0] - before[0], "processor_seconds": now[1] - before[1], "peak_mb": _peak()}
        before, current = now, step

    with DuckDBEngine(spill=folder / "tmp", memory_limit=memory_for(records.num_rows), threads=2) as engine:
        result = link(
            records,
            engine=engine,
            wards=wards,
            trusted=["csc", "education", "health", "police"],
            previous=None,
            new_person_id=lambda: f"p{secrets.token_hex(12)}",
            progress=told,
        )
    done = (time.perf_counter(), _processor_seconds())
    return {
        "records": records.num_rows,
        "seconds": done[0] - begun[0],
        "processor_seconds": done[1] - begun[1],
        "peak_mb": _peak(),
        "pairs": result.summary.pairs,
        "people": result.summary.people,
        **_right(result.links, pq.read_table(folder / "truth.parquet")),
        "steps": steps,
    }


def scored(folder: Path) -> dict[str, Any]:
    """Compare and weigh the pairs of what lies in the folder, by us and by Splink alone, in this process."""
    from splink import DuckDBAPI, Linker

    from sightline.engine.duckdb import DuckDBEngine
    from sightline.linkage import memory_for
    from sightline.linkage.block import PAIRS, block
    from sightline.linkage.linking import Lists
    from sightline.linkage.names import Nicknames
    from sightline.linkage.prepare import PROFILES, prepare
    from sightline.linkage.score import Scorer, splink_settings
    from sightline.linkage.weigh import quiet

    lists, records = Lists(), pq.read_table(folder / "records.parquet")
    with DuckDBEngine(spill=folder / "tmp", memory_limit=memory_for(records.num_rows), threads=2) as engine, quiet():
        identities = prepare(engine, records, words=lists.words, nicknames=Nicknames.from_sets(lists.nicknames))
        pairs = block(engine, largest_block=lists.model.largest_block)
        begun = _processor_seconds()
        ours = Scorer(engine, lists.model, identities=identities).score(PAIRS, at_least=_LEAST)
        by_us, begun = _processor_seconds() - begun, _processor_seconds()
        database = DuckDBAPI(engine.connection)
        settings = splink_settings(lists.model, identities) | {"retain_matching_columns": True}
        linker = Linker(database.register(PROFILES), settings, log_level=None)
        linker.table_management.register_blocked_pairs_for_predict(database.register(PAIRS, table_name="pairs_for_splink"))
        theirs = linker.inference.predict(threshold_match_probability=_LEAST, warning_mode="never")
        kept = engine.query(f"select count(*) as n from {theirs.physical_name}").column("n")[0].as_py()
        by_splink = _processor_seconds() - begun
    return {"pairs": pairs, "by_us": by_us, "kept_by_us": len(ours), "by_splink": by_splink, "kept_by_splink": kept}


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _right(links: pa.Table, truth: pa.Table) -> dict[str, float]:
    """Pairwise precision and recall: fast and wrong would be worth nothing."""
    both = links.select(["identity_id", "person_id"]).join(truth, "identity_id")

    def pairs(*keys: str) -> int:
        sizes = both.group_by(list(keys)).aggregate([([], "count_all")]).column("count_all").to_numpy()
        return int((sizes * (sizes - 1) // 2).sum())

    right = pairs("person_id", "person")
    return {"precision": right / max(pairs("person_id"), 1), "recall": right / max(pairs("person"), 1)}


def apart(*arguments: object) -> str:
    done = subprocess.run([sys.executable, __file__, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip())
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=SIZES, help="how many records")
    parser.add_argument("--steps", action="store_true", help="also say what each step took")
    parser.add_argument("--splink", action="store_true", help="also say what Splink alone takes for the same pairs")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    parser.add_argument("--invent", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--link", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--score", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.invent:
        invented(asked.invent, asked.records[0])
        return
    if asked.link:
        print(json.dumps(linked(asked.link)))
        return
    if asked.score:
        print(json.dumps(scored(asked.score)))
        return
    print(
        f"{'records':>10} {'time':>8} {'processors':>11} {'peak':>9} {'pairs each':>11} {'people':>10} {'precision':>10} {'recall':>8}",
        flush=True,
    )
    found = []
    for records in asked.records:
        with tempfile.TemporaryDirectory() as folder:
            apart("--invent", folder, "--records", records)
            (Path(folder) / "tmp").mkdir()
            row = json.loads(apart("--link", folder).splitlines()[-1])
            if asked.splink:
                row["beside_splink"] = json.loads(apart("--score", folder).splitlines()[-1])
        found.append(row)
        print(
            f"{records:10,} {row['seconds']:6.1f} s {row['processor_seconds']:9.1f} s {row['peak_mb']:6.0f} MB"
            f" {row['pairs'] / records:11.2f} {row['people']:10,} {row['precision']:10.4f} {row['recall']:8.4f}",
            flush=True,
        )
        if asked.steps:
            for step, took in row["steps"].items():
                print(f"{step:>10} {took['seconds']:6.1f} s {took['processor_seconds']:9.1f} s {took['peak_mb']:6.0f} MB")
        if asked.splink:
            beside = row["beside_splink"]
            print(
                f"{'':>10} comparing and weighing {beside['pairs']:,} pairs: Splink alone {beside['by_splink']:.1f} s of processors"
                f" ({beside['kept_by_splink']:,} kept), here {beside['by_us']:.1f} s ({beside['kept_by_us']:,} kept)",
                flush=True,
            )
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
