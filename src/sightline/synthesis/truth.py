"""The truth, written apart: only tests and benchmarks read it, never the pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from sightline.synthesis.block import Block
from sightline.synthesis.draw import NEVER, age_on, as_dates
from sightline.synthesis.names import ETHNICITIES
from sightline.synthesis.people import BLOCK_ROOM
from sightline.synthesis.returns import LAST_DAY

AGE_BANDS = ("0-9", "10-12", "13-15", "16-17")


class TruthFiles:
    """Parquet files under ``folder`` that grow block by block; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._planted = 0

    def __enter__(self) -> TruthFiles:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for writer in self._writers.values():
            writer.close()

    @property
    def files(self) -> int:
        return len(self._writers) + self._planted

    def plant(self, facts: dict[str, Any]) -> None:
        """Write down what was planted on purpose, for the tests that hold that it is found."""
        (self._folder / "planted.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        self._planted = 1

    def add(self, block: Block) -> None:
        """Write everything true about a block, with people by their number in the whole area."""
        numbers = pl.DataFrame({"person": range(len(block.people)), "number": block.people.number})
        self._append("people", people_frame(block))
        for agency, records in block.records.items():
            self._append("identities", _numbered(records.select("person", "local_id"), numbers).with_columns(agency=pl.lit(agency)))
        days = [name for name in block.concerns.frame().columns if name.endswith("_recognised")]
        concern = block.concerns.frame().with_columns(*(as_dates(name) for name in ("started", "ended", *days)))
        concern = concern.with_columns(group=pl.when(pl.col("group") >= 0).then(pl.col("group") + block.index * 100_000).otherwise(None))
        self._append("concerns", _numbered(concern, numbers))
        kept = ("received", "authorised", "conference", "protection_end", "need_start", "need_end", "care_started", "care_end", "closed")
        referrals = block.referrals.select(
            "person", "source", "no_action", "exploitation", "all_factors", *(as_dates(name) for name in kept)
        )
        self._append("referrals", _numbered(referrals, numbers))
        missing = block.missing.with_columns(as_dates("left_day"), held=pl.when(pl.col("held") < NEVER * 1440).then("held").otherwise(None))
        self._append("missing", _numbered(missing.drop("settles"), numbers))
        happened = block.occurrences.select("occurrence", "happened", "description", "flags", "ward", "easting", "northing")
        involved = block.roles.join(happened, on="occurrence", how="inner", maintain_order="left")
        involved = involved.with_columns(pl.col("occurrence") + block.index * 1_000_000)
        self._append("involvements", _numbered(involved, numbers))
        self._append(
            "placements", _numbered(block.placements.select("person", as_dates("started"), as_dates("ended"), "kind", "away"), numbers)
        )
        plans = block.early_help.select("person", as_dates("started"), as_dates("ended"), "concern", "voice")
        self._append("early_help", _numbered(plans, numbers))

    def _append(self, name: str, frame: pl.DataFrame) -> None:
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(self._folder / f"{name}.parquet", table.schema, compression="zstd")
        self._writers[name].write_table(table.cast(self._writers[name].schema))


def _numbered(frame: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Positions in the block changed for numbers in the whole area."""
    joined = frame.with_columns(pl.col("person").cast(pl.Int64)).join(numbers, on="person", how="inner", maintain_order="left")
    return joined.drop("person").rename({"number": "person"})


def people_frame(block: Block) -> pl.DataFrame:
    """Every person of a block as they truly are on the last day."""
    people = block.people
    home = people.home_on(LAST_DAY)
    ward = block.area.ward_of[home]
    codes = [*block.area.ward_codes, None]
    born = pl.Series(people.born)
    return pl.DataFrame(
        {
            "person": people.number,
            "given_name": people.given_name.tolist(),
            "family_name": people.later_family_name.tolist(),
            "date_of_birth": born.cast(pl.Int32).cast(pl.Date),
            "sex": ["male" if boy else "female" for boy in people.boy.tolist()],
            "ethnicity": [ETHNICITIES[group][1] for group in people.ethnicity.tolist()],
            "ethnicity_code": [ETHNICITIES[group][0] for group in people.ethnicity.tolist()],
            "ward": [codes[position] for position in ward.tolist()],
            "postcode": block.area.postcodes[home].tolist(),
            "family": people.family + block.index * BLOCK_ROOM,
            "twin": people.twin,
            "adult": people.adult,
            "resident": people.resident,
            "nhs_number": people.nhs_number.tolist(),
            "upn": people.upn.tolist(),
            "moved": as_dates_series(people.moved),
            "renamed": as_dates_series(people.renamed),
        }
    )


def as_dates_series(days: pl.Series | object) -> pl.Series:
    """Days up to the last one as dates; empty where the change never came."""
    frame = pl.DataFrame({"day": days})
    return frame.select(pl.when(pl.col("day") <= LAST_DAY).then("day").otherwise(None).cast(pl.Int32).cast(pl.Date)).to_series()


def population_counts(block: Block) -> pl.DataFrame:
    """Resident children of a block on the last day, by ward, age band, sex and ethnic group."""
    age = age_on(block.people.born, LAST_DAY)
    frame = people_frame(block).with_columns(age=pl.Series(age)).filter((pl.col("age") < 18) & pl.col("resident") & ~pl.col("adult"))
    young = pl.when(pl.col("age") < 10).then(pl.lit(AGE_BANDS[0])).when(pl.col("age") < 13).then(pl.lit(AGE_BANDS[1]))
    band = young.when(pl.col("age") < 16).then(pl.lit(AGE_BANDS[2])).otherwise(pl.lit(AGE_BANDS[3]))
    return frame.group_by(ward_code="ward", age_band=band, sex="sex", ethnicity="ethnicity").agg(children=pl.len().cast(pl.Int64))


def total_population(parts: list[pl.DataFrame], wards: tuple[str, ...]) -> pl.DataFrame:
    """All blocks together, in order, with a row of 0 where nobody lives."""
    groups = sorted({row[1] for row in ETHNICITIES})
    every = pl.DataFrame({"ward_code": wards})
    for name, values in (("age_band", AGE_BANDS), ("sex", ("female", "male")), ("ethnicity", groups)):
        every = every.join(pl.DataFrame({name: values}), how="cross", maintain_order="left_right")
    keys = ["ward_code", "age_band", "sex", "ethnicity"]
    counted = pl.concat(parts).group_by(keys).agg(pl.col("children").sum())
    return every.join(counted, on=keys, how="left", maintain_order="left").with_columns(pl.col("children").fill_null(0))
