"""Errors people can act on: each says what happened, where, and how to put it right.

An error carries a stable id (``SL-AREA-NNN``), so that documentation, support and tests can name it while the wording improves.
A raw *code* may be quoted in a message; a raw cell of a personal column never: say file, sheet, row and column instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What a command's exit status tells a script."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    INPUT_REFUSED = 3
    NOT_FOUND = 4
    ENVIRONMENT = 5
    REFUSED = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem is: as much of file, sheet, row, column and line as is known."""

    file: str | None = None
    sheet: str | None = None
    line: int | None = None
    row: int | None = None
    column: str | None = None
    letter: str | None = None
    """The column's letter in a spreadsheet program."""

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        for name in ("sheet", "line", "row", "column"):
            value = getattr(self, name)
            letter = f"{self.letter} " if name == "column" and self.letter else ""
            if value is not None:
                parts.append(f'{name} {letter}"{value}"' if isinstance(value, str) else f"{name} {value}")
        return ", ".join(parts)


class SightlineError(Exception):
    """Base of every error Sightline raises on purpose.

    Args:
        message: What happened, in one plain sentence.
        place: Where it happened.
        hint: How to put it right; the class's own hint when omitted.
    """

    code: ClassVar[str] = "SL-GEN-001"
    hint: str = "Run `sightline doctor`, and report this with the message above if it persists."
    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED

    def __init__(self, message: str, *, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place and str(self.place) else ""
        return f"{self.code}: {self.message}{where} {self.hint}"


class InputRefused(SightlineError):
    """A file or value given to Sightline cannot be used as it is."""

    code = "SL-INP-001"
    hint = "Check the file and try again; nothing was stored."
    exit_code = ExitCode.INPUT_REFUSED


class NotFound(SightlineError):
    """Something named does not exist: an agency, a period, a workspace, a release."""

    code = "SL-NOT-001"
    hint = "Check the spelling."
    exit_code = ExitCode.NOT_FOUND


class EnvironmentProblem(SightlineError):
    """The machine stands in the way: a busy port, a folder that cannot be written, a missing program."""

    code = "SL-ENV-001"
    hint = "Run `sightline doctor` to see what this machine lacks."
    exit_code = ExitCode.ENVIRONMENT


class Refused(SightlineError):
    """The request is understood and not allowed in the present state."""

    code = "SL-REF-001"
    hint = "See the reason given."
    exit_code = ExitCode.REFUSED


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a catalogue file, found while loading it."""

    place: Place
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message} {self.hint}".rstrip()


class CatalogueProblems(SightlineError):
    """The catalogue (or a partnership's own files) has mistakes; every one of them is listed, not only the first."""

    code = "SL-CAT-001"
    hint = "Mend each of the places listed and load again."
    exit_code = ExitCode.INPUT_REFUSED

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(problems)
        listing = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the catalogue:\n{listing}\n")
