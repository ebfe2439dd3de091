"""The partnership's places: wards and their shapes, postcodes, and how many children live where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from sightline.definitions.partnership import Geography as FileNames
from sightline.errors import InputRefused, NotFound, Place

_COLUMNS: dict[str, dict[str, tuple[str, pa.DataType]]] = {
    "ward_names": {"ward_code": ("ward", pa.string()), "ward_name": ("ward_name", pa.string())},
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

SCHEMAS = {part: pa.schema(list(columns.values())) for part, columns in _COLUMNS.items()}
PARTS = ("wards", *_COLUMNS)


@dataclass(frozen=True)
class Places:
    """Geography as tables: ``wards`` (ward, ward_name), ``postcodes`` (postcode, ward), ``population`` (ward, age_band, sex, ethnicity,
    children); ``wards_geojson`` is the file of shapes as it came."""

    wards: pa.Table
    postcodes: pa.Table
    population: pa.Table
    wards_geojson: bytes


def file_names(names: FileNames) -> dict[str, str]:
    """Which part of the geography lies in which file."""
    return {part: getattr(names, part) for part in PARTS}


def read_places(files: Mapping[str, Path]) -> Places:
    """Read the four geography files (part → path) and check that the columns are there.

    Raises:
        NotFound: If a file is missing.
        InputRefused: If a file lacks a column, or a column does not hold what it should.
    """
    for path in files.values():
        if not path.is_file():
            raise NotFound(
                f"The geography file {path.name} is missing.",
                place=Place(file=str(path)),
                hint="Put it there; docs/reference describes it.",
            )
    return Places(
        wards=_read("ward_names", files["ward_names"]),
        postcodes=_read("postcodes", files["postcodes"]),
        population=_read("population", files["population"]),
        wards_geojson=files["wards"].read_bytes(),
    )


def _read(part: str, path: Path) -> pa.Table:
    columns = _COLUMNS[part]
    # An area may be called "NA" or "null": no word stands for "nothing" here.
    options = pacsv.ConvertOptions(
        include_columns=list(columns),
        column_types={name: kind for name, (_, kind) in columns.items()},
        null_values=[""],
        strings_can_be_null=False,
    )
    try:
        return pacsv.read_csv(path, convert_options=options).rename_columns([name for name, _ in columns.values()])
    except (pa.ArrowInvalid, pa.ArrowKeyError) as problem:
        raise InputRefused(
            f"The geography file {path.name} does not hold what it should.",
            place=Place(file=str(path)),
            hint=f"It needs the columns {', '.join(columns)}" + (", with whole numbers of children." if "children" in columns else "."),
        ) from problem
