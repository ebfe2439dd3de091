"""Tell which of the catalogue's formats a set of files is in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from sightline.definitions.formats import Format, format_ids, load_format
from sightline.definitions.mappings import Read
from sightline.errors import InputRefused, NotFound, Place
from sightline.intake.causes import Report
from sightline.intake.headers import best_match, headers_of
from sightline.intake.open import content_of
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
    words = "nothing"
    for path in files:
        if not path.exists():
            raise NotFound(f'There is no file "{path}".')
        found = _Found(path)
        words = found.words if path == files[0] else words
        for id in scores:
            scores[id] += found.agreement(load_format(id))
    best = max(scores, key=lambda id: scores[id], default=None)
    if best is None or scores[best] == 0:
        names = ", ".join(path.name for path in files[:3])
        raise NotRecognised(
            f"These files are in none of the formats Sightline knows ({', '.join(scores)}); the first is {words}.", place=Place(file=names)
        )
    return best


class _Found:
    """A file as far as it has to be read to tell its format; each way of reading it is tried once, whatever the number of formats."""

    def __init__(self, path: Path) -> None:
        self.file = path.name
        report = Report()
        content = content_of(path, Place(file=path.name), report)
        self.content = content or b""
        self.kind, self.words = kind_of(self.content)
        if content is None:
            self.kind, self.words = None, "no ordinary file"
        elif not content.strip():
            self.words = "empty"
        self._grids: dict[tuple[str, str], list[Grid]] = {}

    def agreement(self, format: Format) -> float:
        """How well the file agrees with a format's headers, sheets or elements; 0 where it does not."""
        if self.kind not in format.read.kinds or not self.content.strip():
            return 0.0
        if self.kind == "json":
            return 1.0 if "json" in format.read.kinds else 0.0
        if self.kind == "xml":
            return 1.0 if format.read.xml and format.read.xml.root == self.root else 0.0
        return sum(_agreement(grid, format) for grid in self._read(format.read))

    @cached_property
    def root(self) -> str | None:
        return root_name(self.content)

    def _read(self, read: Read) -> list[Grid]:
        way = ("", "") if self.kind == "workbook" else (read.encoding, read.delimiter)
        if way not in self._grids:
            self._grids[way] = self._grids_of(read)
        return self._grids[way]

    def _grids_of(self, read: Read) -> list[Grid]:
        if self.kind == "workbook":
            return read_workbook(self.content, self.file, Report())
        return [read_csv(_beginning(self.content), read, self.file, Report())]


_ENOUGH_TO_KNOW = 1 << 20


def _beginning(content: bytes) -> bytes:
    """The first lines: headers stand there, and a national file need not be read to its end to know what it is."""
    return (
        content if len(content) <= _ENOUGH_TO_KNOW else content[: content.rfind(b"\n", 0, _ENOUGH_TO_KNOW) + 1] or content[:_ENOUGH_TO_KNOW]
    )


def _agreement(grid: Grid, format: Format) -> float:
    match = best_match(grid, format, headers_of(format))
    return match.score if match else 0.0
