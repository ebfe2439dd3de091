"""Ask the reading process for what `sightline prepare` and the submitting of a package need, and check its answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from sightline.definitions.mappings import Format
from sightline.errors import InputRefused, Place
from sightline.intake.answers import Answer, check_table
from sightline.intake.apart import ReadingStopped, ask_apart, reading_stopped
from sightline.intake.frames import FrameBroken
from sightline.intake.limits import machine_limits
from sightline.intake.process import Stopped
from sightline.intake.source_values import SCHEMA
from sightline.model.packages import Manifest

Progress = Callable[[str, int, int], None]


class PackageRefused(InputRefused):
    """A file says that it is a prepared package, and is none or has been changed."""

    code = "SL-PRE-010"
    hint = "Ask the agency to prepare it again, and compare the sha256 it quotes with this file's. Nothing was stored."


def source_values_apart(files: Sequence[Path], mapping: Format, *, progress: Progress | None = None) -> pa.Table:
    """Every different value of every column of the files: file, sheet, column, value.

    Raises:
        ReadingStopped: If the reading process does not survive them.
    """
    answer = _ask("source_values", files, {"mapping": mapping.model_dump_json(by_alias=True)}, progress)
    table = answer.tables.get("values")
    if table is None or table.schema != SCHEMA:
        raise ReadingStopped("The process that reads foreign files answered with what it cannot have found.")
    return table


def read_package_apart(path: Path, *, progress: Progress | None = None) -> tuple[Manifest, dict[str, pa.Table]]:
    """The manifest and the tables of a prepared package.

    Raises:
        PackageRefused: If it is none, or not what its manifest says.
        ReadingStopped: If the reading process does not survive it.
    """
    answer = _ask("read_package", [path], {}, progress)
    place = Place(file=path.name)
    if "broken" in answer.value:
        raise PackageRefused(f"This is not a package as Sightline makes them: {answer.value['broken']}.", place=place)
    try:
        manifest = Manifest.from_bytes(str(answer.value.get("manifest")).encode())
        for name, table in answer.tables.items():
            check_table(name, table)
    except (ValueError, FrameBroken):
        raise PackageRefused("The process that reads foreign files answered with what is no package.", place=place) from None
    return manifest, dict(answer.tables)


def _ask(task: str, files: Sequence[Path], arguments: dict[str, str], progress: Progress | None) -> Answer:
    limits = machine_limits()
    try:
        return ask_apart(task, files, arguments, progress=progress, limits=limits)
    except Stopped as stopped:
        raise reading_stopped(stopped, files, limits) from None
