"""The partnership's places: wards and their shapes, postcodes, and how many children live where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from sightline.definitions.partnership import Geography as FileNames
from sightline.errors import InputRefused, NotFound, Place

_COLUMNS: dict[str, dict[str, tuple[str, pa.DataType]]] = {
    "ward_names": {
        "ward_code": ("ward", pa.string()),
        "ward_name": ("ward_name", pa.string()),
        "council": ("council", pa.string()),
        "police_force": ("police_force", pa.string()),
        "health_footprint": ("health_footprint", pa.string()),
        "region": ("region", pa.string()),
        "deprivation_quintile": ("deprivation", pa.string()),
        "centre_easting": ("centre_easting", pa.int64()),
        "centre_northing": ("centre_northing", pa.int64()),
    },
    "ward_versions": {
        "ward_code": ("ward", pa.string()),
        "current_ward_code": ("current_ward", pa.string()),
        "valid_from": ("valid_from", pa.date32()),
        "valid_to": ("valid_to", pa.date32()),
    },
    "postcodes": {"postcode": ("postcode", pa.string()), "ward_code": ("ward", pa.string())},
    "population": {
        "ward_code": ("ward", pa.string()),
        "age_band": ("age_band", pa.string()),
        "sex": ("sex", pa.string()),
        "ethnicity": ("ethnicity", pa.string()),
        "children": ("children", pa.int64()),
    },
}
"""For each file of rows: its columns, and the name and type each has in the tables that measures read."""

_NEEDED = {"ward_names": ("ward_code", "ward_name")}
"""Columns a file must have where it need not have all; the others are empty where it lacks them."""

SCHEMAS = {part: pa.schema(list(columns.values())) for part, columns in _COLUMNS.items()}
PARTS = ("wards", *_COLUMNS)


@dataclass(frozen=True)
class Places:
    """Geography as tables: ``wards`` (ward, ward_name, what each belongs to, its centre), ``postcodes`` (postcode, ward), ``population``
    (ward, age_band, sex, ethnicity, children); ``wards_geojson`` is the file of shapes as it came.

    ``ward_versions`` has each code that a ward has or ever had (ward), the ward of today that it is or became part of (current_ward), and
    when it was in use (valid_from, valid_to, empty where that is not known or goes on).
    """

    wards: pa.Table
    postcodes: pa.Table
    population: pa.Table
    ward_versions: pa.Table
    wards_geojson: bytes


def file_names(names: FileNames) -> dict[str, str]:
    """Which part of the geography lies in which file; a part that the partnership has no file for is left out."""
    return {part: getattr(names, part) for part in PARTS if getattr(names, part) is not None}


@dataclass(frozen=True, slots=True)
class PlaceFile:
    """A file of the geography as it came; ``where`` is how a message names it."""

    name: str
    content: bytes
    where: str


def read_places(files: Mapping[str, Path]) -> Places:
    """Read the geography files (part → path) and check that the columns are there.

    Raises:
        NotFound: If a file is missing.
        InputRefused: If a file lacks a column, or a column does not hold what it should, or a former ward became one that there is not.
    """
    for path in files.values():
        if not path.is_file():
            raise NotFound(
                f"The geography file {path.name} is missing.",
                place=Place(file=str(path)),
                hint="Put it there; docs/reference describes it.",
            )
    return places_from({part: PlaceFile(path.name, path.read_bytes(), str(path)) for part, path in files.items()})


def places_from(files: Mapping[str, PlaceFile]) -> Places:
    """Read what geography files hold (part → file); raises as `read_places` does."""
    wards = _read("ward_names", files["ward_names"])
    return Places(
        wards=wards,
        postcodes=_read("postcodes", files["postcodes"]),
        population=_read("population", files["population"]),
        ward_versions=_ward_versions(wards, files.get("ward_versions")),
        wards_geojson=files["wards"].content,
    )


def _ward_versions(wards: pa.Table, file: PlaceFile | None) -> pa.Table:
    """Today's wards, each of which is itself, and the former ones of the file, each with the ward of today it lies in."""
    schema = SCHEMAS["ward_versions"]
    codes = wards.column("ward").to_pylist()
    nothing = [None] * len(codes)
    today = pa.table({"ward": codes, "current_ward": codes, "valid_from": nothing, "valid_to": nothing}, schema=schema)
    if file is None:
        return today
    former = _read("ward_versions", file).filter(~pc.field("ward").isin(codes))
    stray = set(former.column("current_ward").to_pylist()) - set(codes)
    if stray or len(set(former.column("ward").to_pylist())) < former.num_rows:
        raise InputRefused(
            f"The geography file {file.name} has a former ward that became no ward of today, or one that stands there twice.",
            place=Place(file=file.where),
            hint="Give each former code once, with the code of the ward of today in which most of it lies.",
        )
    return pa.concat_tables([today, former.cast(schema)])


def _read(part: str, file: PlaceFile) -> pa.Table:
    columns = _COLUMNS[part]
    needed = _NEEDED.get(part, tuple(columns))
    # An area may be called "NA" or "null": no word stands for "nothing" here.
    options = pacsv.ConvertOptions(
        include_columns=list(columns),
        column_types={name: kind for name, (_, kind) in columns.items()},
        null_values=[""],
        strings_can_be_null=part in _NEEDED,
        include_missing_columns=part in _NEEDED,
    )
    try:
        if part in _NEEDED:
            _check_header(file, needed)
        return pacsv.read_csv(pa.BufferReader(file.content), convert_options=options).rename_columns([name for name, _ in columns.values()])
    except (pa.ArrowInvalid, pa.ArrowKeyError) as problem:
        raise InputRefused(
            f"The geography file {file.name} does not hold what it should.",
            place=Place(file=file.where),
            hint=f"It needs the columns {', '.join(needed)}" + (", with whole numbers of children." if "children" in columns else "."),
        ) from problem


def _check_header(file: PlaceFile, needed: tuple[str, ...]) -> None:
    """Columns that may be missing are filled with nothing, so those that may not have to be looked for."""
    header = pacsv.open_csv(pa.BufferReader(file.content)).schema.names
    if missing := [name for name in needed if name not in header]:
        raise pa.ArrowKeyError(f"no column {missing[0]}")
