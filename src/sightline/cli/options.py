"""Options that several commands share, so that they are spelled and explained once."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sightline.errors import InputRefused

WorkspaceOption = Annotated[
    Path,
    typer.Option("--workspace", "-w", envvar="SIGHTLINE_WORKSPACE", help="Folder that holds the partnership's ledger and objects."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who does this, for the audit (default: your login name).")]
AtOption = Annotated[str | None, typer.Option("--at", help="The instant to record, as 2026-05-15T09:00 (default: now).")]
ReportOption = Annotated[
    Path | None, typer.Option("--report", help="Write the findings to this file too: its name ends in .html, .xlsx or .json.")
]
EncryptOption = Annotated[bool, typer.Option("--encrypt/--no-encrypt", help="Seal what is kept, with a storage key in a file apart.")]
_LONGEST_NAME = 150
DEFAULT_WORKSPACE = Path("sightline-workspace")


def actor(by: str | None) -> str:
    """The name to write into the audit.

    Raises:
        InputRefused: If it is longer than a name, or could pass for more than one line of the audit.
    """
    name = by or getpass.getuser()
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise InputRefused("This is no name.", hint=f"Say with --by who does this, on one line of {_LONGEST_NAME} characters at most.")
    return name


def instant(at: str | None) -> datetime:
    """The instant a command records; the command line is the one place that looks at the clock.

    Raises:
        InputRefused: If the text is not a date and time.
    """
    if at is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as problem:
        raise InputRefused(f'"{at}" is not a date and time.', hint="Write it as 2026-05-15T09:00.") from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
