"""Time the counting of every indicator by every breakdown, and the same work of twenty-two of them in pandas.

    .venv/bin/python benchmarks/indicators.py                                  # 50,000 children, 16 quarters: within 20 s
    .venv/bin/python benchmarks/indicators.py --children 700000 --events 5000000 --limit-seconds 240 --limit-gigabytes 8
    .venv/bin/python benchmarks/indicators.py --children 2000 --events 20000   # to see that it runs

The tables of the common model are invented by the engine itself, a stream of rows to a Parquet file each, and not in the time. Each
measurement runs in a process of its own, so that its peak memory is its own. pandas does what somebody would write without Sightline
(`indicators_in_pandas.py`: twenty-two indicators and all their breakdowns); its answers are compared with ours, cell by cell, before any
time is told, and Sightline counts the same twenty-two alone beside it. (13.8 million cells with intervals: benchmarks/statistics_speed.py.)
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import indicators_in_pandas
import pandas as pd
import pyarrow as pa

from sightline.definitions.catalogue import load_catalogue
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators import Scope, count_indicators
from sightline.indicators.categories import categories
from sightline.model.codes import AGE_BAND_STARTS, CODE_LISTS
from sightline.model.entities import ENTITIES, Entity
from sightline.model.periods import Quarter, quarters_between

QUARTERS = quarters_between(Quarter(2022, 2), Quarter(2026, 1))
WARDS = 24
FEW = 0.04
"""The share of children about whom agencies record harm; schools and doors of children's services see all."""
EVERYBODY = frozenset({"absence", "school_spell", "contact", "referral", "exclusion", "ae_attendance"})
SHARES = {
    "absence": 0.30, "school_spell": 0.08, "contact": 0.14, "referral": 0.06, "assessment": 0.05, "assessment_factor": 0.06, "plan": 0.05,
    "plan_review": 0.05, "missing_episode": 0.03, "return_interview": 0.02, "flag": 0.015, "incident": 0.03, "involvement": 0.05,
    "ae_attendance": 0.02, "exclusion": 0.02, "early_help_episode": 0.015,
}  # fmt: skip
"""How many of all rows each entity has; those not named share the rest."""
GIGABYTE = 1 << 30
RATIOS = {"seconds": "time", "processor": "time of processors", "peak": "memory"}


def picked(words: list[str], salt: str) -> str:
    """One of some words, by chance that is the same every time."""
    listed = ", ".join("null" if word is None else f"'{word}'" for word in words)
    return f"[{listed}][1 + cast(hash(row, '{salt}') % {len(words)} as bigint)]"


def column_sql(  # noqa: PLR0911 - one answer for each kind of column
    entity: str, name: str, kind: pa.DataType, children: int, rows: int
) -> str:
    """A column of invented rows, as SQL over ``row``."""
    known = {
        "exploitation_type": ["sexual", "criminal", "gangs", "missing"], "agency_id": ["csc", "csc", "police"],
        "source": list(CODE_LISTS["referral_source"]), "certainty": list(CODE_LISTS["certainty"]), "role": ["victim", "suspect", "witness"],
        "plan_type": list(CODE_LISTS["plan_type"]), "location_type": list(CODE_LISTS["location_type"]), "dataset": ["d"],
        "category": ["suspension", "permanent"], "episode_type": ["missing", "missing", "away"], "status": ["crime", "crime", "related"],
        "programme": ["specialist_team", "therapy", "mental_health", "exploitation", "prevention"], "outcome": ["charged", "caution", None],
        "incident_type": ["violence", "drugs", "weapons", "missing", "exploitation_concern"], "shared_with": ["police", "nobody", None],
        "conclusive_grounds": list(CODE_LISTS["nrm_decision"]),
    }  # fmt: skip
    salt = f"{entity}.{name}"
    if name == ENTITIES[entity].id_column:
        return f"'{entity}-' || row"
    if name in ("person_id", "identity_id", "subject_identity_id"):
        who = children if entity in EVERYBODY else max(int(children * FEW), 1)
        return f"'p' || (hash(row, '{entity}') % {who})"
    if name == "incident_reference":
        return f"'I' || (hash(row, 'incident') % {max(rows // 2, 1)})" if entity != "incident" else "'I' || row"
    if name in known:
        return picked(known[name], salt)
    if name.endswith("_precision"):
        return "'minute'" if name.removesuffix("_precision").endswith("_at") else "'day'"
    if name in CODE_LISTS:
        return picked(list(CODE_LISTS[name]), salt)
    day = f"(date '2022-01-01' + cast(hash(row, '{entity}') % 1550 as integer))"
    if name.startswith(("ended", "closed", "held", "authorised", "released")):
        day = f"({day} + cast(1 + hash(row, '{salt}') % 180 as integer))"
    if name.startswith("referred"):
        day = f"({day} - cast(hash(row, '{salt}') % 90 as integer))"
    if pa.types.is_date(kind):
        return day
    if pa.types.is_timestamp(kind):
        return f"(cast({day} as timestamp) + to_minutes(cast(hash(row, '{salt}') % 1440 as integer)))"
    if pa.types.is_boolean(kind):
        return f"(hash(row, '{salt}') % 3 = 0)"
    if pa.types.is_integer(kind):
        return f"cast(1 + hash(row, '{salt}') % 60 as bigint)"
    return f"cast(hash(row, '{salt}') % 100 as double)" if pa.types.is_floating(kind) else "cast(null as varchar)"


def measured_schema(entity: Entity) -> pa.Schema:
    """What a measure sees of an entity."""
    return entity.schema.insert(0, pa.field("person_id", pa.string())) if entity.about_person else entity.schema


def invent(folder: Path, children: int, events: int) -> int:
    """Write every table to a Parquet file of its own, row by row; the rows of entities."""
    rest = (1 - sum(SHARES.values())) / (len(ENTITIES) - len(SHARES))
    made = 0
    with duckdb.connect() as connection:
        for name, entity in ENTITIES.items():
            rows = max(int(events * SHARES.get(name, rest)), 10)
            columns = (f"{column_sql(name, each.name, each.type, children, rows)} as {each.name}" for each in measured_schema(entity))
            connection.execute(f"copy (select {', '.join(columns)} from range({rows}) as given(row)) to '{folder}/{name}.parquet'")
            made += rows
        ward = "printf('W%02d', cast(hash(row, 'ward') % 26 as integer))"
        person = (
            f"select 'p' || row as person_id, date '2004-09-01' + to_months(cast(hash(row, 'born') % 216 as integer)) as birth_month,"
            f" {picked(['female', 'male'], 'sex')} as sex, {picked(list(CODE_LISTS['ethnicity']), 'ethnicity')} as ethnicity,"
            f" case when {ward} < 'W24' then {ward} end as ward, {ward} < 'W24' as resident_in_area from range({children}) as given(row)"
        )
        connection.execute(
            f"copy (select * replace (cast(birth_month as date) as birth_month) from ({person})) to '{folder}/person.parquet'"
        )
    return made


def lists(children: int) -> dict[str, pa.Table]:
    """The small tables."""
    wards = [f"W{number:02}" for number in range(WARDS)]
    cells = [
        (ward, band, sex, ethnicity)
        for ward in wards
        for _, band in AGE_BAND_STARTS
        for sex in ("female", "male")
        for ethnicity in ("asian", "black", "mixed", "white", "other")
    ]
    agencies = ["csc", "early_help", "youth_justice", "police", "health", "education", "housing"]
    return {
        "quarter": pa.table(
            {"period": list(map(str, QUARTERS)), "start_on": [q.start for q in QUARTERS], "end_on": [q.end for q in QUARTERS]}
        ),
        "agency": pa.table({"agency_id": agencies, "agency_name": agencies}),
        "own_authority": pa.table({"authority": ["999"]}),
        "population": pa.table(
            dict(zip(("ward", "age_band", "sex", "ethnicity"), map(list, zip(*cells, strict=True)), strict=True))
            | {"children": [max(children // len(cells), 1)] * len(cells)}
        ),
        "ward_version": pa.table({"ward": wards, "current_ward": wards})
        .append_column("valid_from", pa.nulls(WARDS, pa.date32()))
        .append_column("valid_to", pa.nulls(WARDS, pa.date32())),
        "ward": pa.table(
            {
                "ward": wards,
                "ward_name": wards,
                "deprivation": [str(1 + number % 5) for number in range(WARDS)],
                **{area: ["North" if number % 2 else "South" for number in range(WARDS)] for area in ("council", "health_footprint")},
                **{area: ["Coast"] * WARDS for area in ("police_force", "region")},
                "centre_easting": [500_000 + 1_000 * number for number in range(WARDS)],
                "centre_northing": [300_000 + 700 * number for number in range(WARDS)],
            }
        ),
    }


def count(folder: Path, children: int, memory: str, *, as_pandas: bool = False) -> dict[str, Any]:
    """Count everything as Sightline does, or only what pandas counts too."""
    catalogue = load_catalogue()
    if as_pandas:
        chosen = tuple(filter(indicators_in_pandas.is_counted, catalogue.indicators))
        used = {name for indicator in chosen for measure in catalogue.measures_of(indicator) for name in measure.derived}
        derived = {name: table for name, table in catalogue.derived.items() if name in used}
        catalogue = replace(catalogue, indicators=chosen, derived=derived)
    with DuckDBEngine(spill=folder, memory_limit=memory) as engine:
        for name, entity in ENTITIES.items():
            engine.register_parquet(name, [folder / f"{name}.parquet"], measured_schema(entity))
        engine.connection.execute(f"create view person as select * from '{folder}/person.parquet'")
        for name, table in lists(children).items():
            engine.register_table(name, table)
        begun, processor = time.perf_counter(), time.process_time()
        table = count_indicators(engine, catalogue, Scope(tuple(QUARTERS)))
        seconds, processor = time.perf_counter() - begun, time.process_time() - processor
    if not as_pandas:
        table.to_pandas().to_parquet(folder / "cells.parquet")
    return {"seconds": seconds, "processor": processor, "cells": table.num_rows, "indicators": len(catalogue.indicators)}


def count_in_pandas(folder: Path, children: int) -> dict[str, Any]:
    """Count the indicators that pandas counts, by all their breakdowns."""
    catalogue = load_catalogue()
    with DuckDBEngine() as engine:
        for name, table in lists(children).items():
            engine.register_table(name, table)
        codes = {id: {code for code, _ in known} for id, known in categories(engine, catalogue.breakdowns).items()}
    begun, processor = time.perf_counter(), time.process_time()
    found = list(indicators_in_pandas.count(indicators_in_pandas.Tables(folder, lists(children)), catalogue, codes))
    seconds, processor = time.perf_counter() - begun, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    compared, wrong = indicators_in_pandas.differing(pd.read_parquet(folder / "cells.parquet"), found)
    return {
        "seconds": seconds,
        "processor": processor,
        "peak": peak,
        "indicators": len({id for id, _, _ in found}),
        "cells": compared,
        "wrong": wrong,
    }


def in_its_own_process(part: str, folder: Path, children: int, memory: str) -> dict[str, Any]:
    """Run one part and give its answer with its peak memory."""
    command = [sys.executable, __file__, "--part", part, "--folder", str(folder), "--children", str(children), "--memory", memory]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """Invent, count, count in pandas, compare, tell."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--children", type=int, default=50_000)
    options.add_argument("--events", type=int, default=400_000)
    options.add_argument("--memory", default="4GB", help="what the engine may take before it spills")
    options.add_argument("--limit-seconds", type=float, default=20.0)
    options.add_argument("--limit-gigabytes", type=float, default=8.0)
    options.add_argument("--part", choices=["count", "same", "pandas"])
    options.add_argument("--folder", type=Path)
    asked = options.parse_args()
    if asked.part:
        if asked.part == "pandas":
            found = count_in_pandas(asked.folder, asked.children)
        else:
            found = count(asked.folder, asked.children, asked.memory, as_pandas=asked.part == "same")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"peak": peak} | found))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = invent(folder, asked.children, asked.events)
        ours = in_its_own_process("count", folder, asked.children, asked.memory)
        same = in_its_own_process("same", folder, asked.children, asked.memory)
        theirs = in_its_own_process("pandas", folder, asked.children, asked.memory)
    print(f"{asked.children:,} children, {rows:,} rows, {len(QUARTERS)} quarters")
    for who, told in (("Sightline", ours), ("Sightline", same), ("pandas", theirs)):
        took = f"{told['seconds']:.1f} s ({told['processor']:.1f} s of processors)"
        numbers = "numbers compared" if told is theirs else "cells"
        print(f"  {who}, {told['indicators']} indicators: {told['cells']:,} {numbers} in {took}, peak {told['peak'] / GIGABYTE:.2f} GB")
    ratios = [f"{theirs[name] / same[name]:.1f} times the {words}" for name, words in RATIOS.items()]
    print(f"  pandas takes {', '.join(ratios)} of the same {same['indicators']}; numbers that differ: {theirs['wrong']}")
    held = ours["seconds"] <= asked.limit_seconds and ours["peak"] <= asked.limit_gigabytes * GIGABYTE and not theirs["wrong"]
    print(f"  {'held' if held else 'NOT held'}: {asked.limit_seconds:.0f} s and {asked.limit_gigabytes:.0f} GB")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
