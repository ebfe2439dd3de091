"""The desk where returns are put together: each file grows as blocks arrive and is closed at the end."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from sightline.synthesis.files import Workbook, append_csv
from sightline.synthesis.returns import Return

SheetPlan = Sequence[tuple[str, Sequence[str], Sequence[str]]]


class Desk:
    """Adds rows to the files of returns under ``folder``; `close` finishes workbooks and XML, and says how many files there are."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._workroom = folder, folder / ".unfinished"
        self._books: dict[Path, Workbook] = {}
        self._ends: dict[Path, str] = {}
        self._files: set[Path] = set()

    def csv(self, sent: Return, name: str, frame: pl.DataFrame, *, separator: str = ",", encoding: str = "utf-8") -> None:
        """Add rows to a text file of a return."""
        path = self._folder / sent.folder / name
        append_csv(path, frame, separator=separator, encoding=encoding)
        self._files.add(path)

    def sheet(
        self, sent: Return, name: str, plan: SheetPlan, *, sheet: str, frame: pl.DataFrame, styles: dict[str, int] | None = None
    ) -> None:
        """Add rows to one sheet of a workbook of a return; ``plan`` says which sheets the workbook has."""
        path = self._folder / sent.folder / name
        if path not in self._books:
            self._books[path] = Workbook(path, self._workroom / sent.folder / name, plan)
        self._books[path].append(sheet, frame, styles)

    def text(self, sent: Return, name: str, start: str, body: str, end: str) -> None:
        """Add text to a file that has a fixed beginning and end."""
        path = self._folder / sent.folder / name
        if path not in self._ends:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(start, encoding="utf-8")
            self._ends[path] = end
        with path.open("a", encoding="utf-8") as stream:
            stream.write(body)

    def close(self) -> int:
        """Finish every file."""
        for book in self._books.values():
            self._files.update(book.finish())
        for path, end in self._ends.items():
            with path.open("a", encoding="utf-8") as stream:
                stream.write(end)
            self._files.add(path)
        if self._workroom.exists():
            shutil.rmtree(self._workroom)
        return len(self._files)
