"""How every command speaks: results on standard output (or JSON), progress and problems on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


class Report(Protocol):
    """Called by long work: what is being done, how much is done, out of how much."""

    def __call__(self, doing: str, done: int, out_of: int) -> None: ...


@dataclass(frozen=True)
class Output:
    """Where a command's words go."""

    as_json: bool = False
    quiet: bool = False

    @property
    def errors(self) -> Console:
        return Console(stderr=True, highlight=False)

    def say(self, text: str) -> None:
        """A line for a person; nothing under --json."""
        if not self.as_json:
            Console(highlight=False, soft_wrap=True).print(text, markup=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> None:
        """A table for a person; nothing under --json. Numbers are set to the right."""
        if self.as_json or not rows:
            return
        table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for position, column in enumerate(columns):
            numeric = all(isinstance(row[position], int | float) for row in rows)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value) for value in row))
        # A pipe has no width of its own: give it one wide enough that no cell is broken over lines.
        Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(table, markup=False)

    def result(self, data: dict[str, Any]) -> None:
        """The command's result as one JSON document, under --json only."""
        if self.as_json:
            sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")

    @contextmanager
    def progress(self) -> Iterator[Report]:
        """A bar on standard error while long work runs; plain lines where standard error is no terminal; nothing under --quiet."""
        if self.quiet:
            yield lambda doing, done, out_of: None
            return
        if not sys.stderr.isatty():
            yield _plain_lines()
            return
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=self.errors, transient=False
        ) as bar:
            tasks: dict[str, Any] = {}

            def report(doing: str, done: int, out_of: int) -> None:
                if doing not in tasks:
                    tasks[doing] = bar.add_task(doing, total=out_of)
                bar.update(tasks[doing], completed=done, total=out_of)

            yield report


def _plain_lines() -> Report:
    """For logs and pipes: one line when a piece of work begins and one when it ends."""
    begun: set[str] = set()

    def report(doing: str, done: int, out_of: int) -> None:
        if doing not in begun:
            begun.add(doing)
            sys.stderr.write(f"{doing} …\n")
        if out_of and done >= out_of:
            sys.stderr.write(f"{doing}: {done:,} of {out_of:,}\n")

    return report
