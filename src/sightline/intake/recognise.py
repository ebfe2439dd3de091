"""Tell which of the catalogue's formats a set of files is in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sightline.definitions.formats import Format, format_ids, load_format
from sightline.errors import InputRefused, NotFound, Place
from sightline.intake.causes import Report
from sightline.intake.headers import best_match, headers_of
from sightline.intake.reading.grid import Grid
from sightline.intake.reading.kinds import kind_of
from sightline.intake.reading.text import read_csv
from sightline.intake.reading.workbook import read_workbook
from sightline.intake.reading.xml import root_name


class NotRecognised(InputRefused):
    """No format of the catalogue fits the files."""

    code = "SL-INT-002"
    hint = "Name the format or the mapping to read them with."


def recognise(files: Sequence[Path]) -> str:
    """The id of the format that fits the files best, by what is in them.

    Raises:
        NotFound: If a path does not exist.
        NotRecognised: If no format of the catalogue fits.
    """
    scores = dict.fromkeys(format_ids(), 0.0)
    for path in files:
        if not path.is_file():
            raise NotFound(f'There is no file "{path}".')
        for id, score in _scores(path).items():
            scores[id] += score
    best = max(scores, key=lambda id: scores[id], default=None)
    if best is None or scores[best] == 0:
        names = ", ".join(path.name for path in files[:3])
        _, words = kind_of(files[0].read_bytes()) if files else (None, "nothing")
        raise NotRecognised(
            f"These files are in none of the formats Sightline knows ({', '.join(scores)}); the first is {words}.", place=Place(file=names)
        )
    return best


def _scores(path: Path) -> dict[str, float]:
    content = path.read_bytes()
    kind, _ = kind_of(content)
    if kind == "xml":
        root = root_name(content)
        return {id: 1.0 for id in format_ids() if (xml := load_format(id).read.xml) and xml.root == root}
    if kind is None or not content.strip():
        return {}
    return {id: sum(_agreement(grid, load_format(id)) for grid in _grids(content, kind, load_format(id), path.name)) for id in format_ids()}


def _grids(content: bytes, kind: str, format: Format, file: str) -> list[Grid]:
    if kind not in format.read.kinds:
        return []
    return read_workbook(content, file, Report()) if kind == "workbook" else [read_csv(content, format.read, file, Report())]


def _agreement(grid: Grid, format: Format) -> float:
    match = best_match(grid, format, headers_of(format))
    return match.score if match else 0.0
