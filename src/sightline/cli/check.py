"""`sightline check`: read files as `submit` would, and store nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.findings import show_findings
from sightline.cli.options import JsonOption, QuietOption
from sightline.cli.output import Output
from sightline.errors import ExitCode
from sightline.model.periods import Quarter


def check(
    files: Annotated[list[Path], typer.Argument(help="The extract's file or files, or a folder of them.")],
    format: Annotated[str | None, typer.Option(help="annex_a, cin_census or ssda903; recognised from the files when left out.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A mapping (YAML) for a CSV or Excel extract of your own.")] = None,
    period: Annotated[str | None, typer.Option(help="The period the files are for, as 2026-Q1; not checked when left out.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what Sightline understands of an extract, and what to mend. Nothing is stored and no workspace is needed."""
    from sightline.app.check_extract import check_extract  # start-up speed: see the package docstring

    output = Output(as_json, quiet)
    with output.progress() as progress:
        checked = check_extract(files, format=format, mapping=mapping, period=Quarter.parse(period) if period else None, progress=progress)
    show_findings(output, checked.findings, checked.not_checked)
    output.say(
        f"{checked.format}: {checked.rows_read:,} rows read, {checked.rows_kept:,} kept, "
        f"{len(checked.mapped):,} columns mapped, {len(checked.findings):,} findings."
    )
    output.result(checked.as_dict())
    if checked.refused:
        output.say("This return would be refused. Mend the errors above.")
        raise typer.Exit(int(ExitCode.INPUT_REFUSED))
