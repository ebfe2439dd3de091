"""What the reading process can be asked to do, by name. Everything that opens a foreign file is here, and is asked for through `apart`.

A task is given the paths of the files and the arguments as JSON has them, and answers with JSON and Arrow tables. Whoever adds one adds the
function that asks for it and checks the answer in `apart` or beside it: an answer is not trusted.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from sightline.definitions.formats import Format
from sightline.intake.answers import Answer, from_result
from sightline.intake.package_rows import read_package
from sightline.intake.read import read_return
from sightline.intake.reading.texts import placed_texts
from sightline.intake.recognise import recognise
from sightline.intake.source_values import source_values
from sightline.intake.survey import survey
from sightline.model.periods import Quarter

Progress = Callable[[str, int, int], None]
Task = Callable[[list[Path], dict[str, Any], Progress], Answer]


@lru_cache(maxsize=64)
def _format(text: str) -> Format:
    """A mapping as it travels. It was checked against the catalogue's rules when the parent loaded it."""
    return Format.model_validate_json(text)


def _read_return(files: list[Path], arguments: dict[str, Any], progress: Progress) -> Answer:
    period = arguments["period"]
    result = read_return(
        files,
        mapping=_format(arguments["mapping"]),
        period=Quarter.parse(period) if period is not None else None,
        agency=arguments["agency"],
        dataset=arguments["dataset"],
        progress=progress,
    )
    return from_result(result)


def _recognise(files: list[Path], _arguments: dict[str, Any], _progress: Progress) -> Answer:
    return Answer({"format": recognise(files)})


def _source_values(files: list[Path], arguments: dict[str, Any], _progress: Progress) -> Answer:
    return Answer(tables={"values": source_values(files, _format(arguments["mapping"]))})


def _read_package(files: list[Path], _arguments: dict[str, Any], _progress: Progress) -> Answer:
    return read_package(files[0])


def _survey(files: list[Path], _arguments: dict[str, Any], _progress: Progress) -> Answer:
    return Answer({"tables": survey(files)})


def _texts(_files: list[Path], arguments: dict[str, Any], _progress: Progress) -> Answer:
    found = placed_texts(arguments["kind"], b64decode(arguments["content"]))
    columns = [pa.array([each[place] for each in found], pa.string()) for place in (0, 1)]
    return Answer(tables={"texts": pa.table(columns, names=["where", "text"])})


TASKS: dict[str, Task] = {
    "survey": _survey,
    "read_return": _read_return,
    "recognise": _recognise,
    "source_values": _source_values,
    "read_package": _read_package,
    "texts": _texts,
}
