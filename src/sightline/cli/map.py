"""`sightline map`: draft a mapping for an unknown file, say what a mapping does, publish the language's schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.findings import show_findings
from sightline.cli.options import JsonOption
from sightline.cli.output import Output
from sightline.errors import InputRefused, Place
from sightline.model.periods import Quarter

mapping = typer.Typer(name="map", help="Draft, explain and describe mappings.", no_args_is_help=True, rich_markup_mode=None)


@mapping.command()
def suggest(
    files: Annotated[list[Path], typer.Argument(help="The unknown file or files, or a folder of them.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write the draft (default: standard output).")] = None,
    id: Annotated[str, typer.Option(help="The mapping's id.")] = "new_mapping",
    title: Annotated[str, typer.Option(help="The mapping's title.")] = "New mapping",
    agency: Annotated[str, typer.Option(help="The agency's id.")] = "agency",
    as_json: JsonOption = False,
) -> None:
    """Draft a mapping for a file nobody has described. Nothing that is unsure is decided: it stands in the draft as a question."""
    from sightline.app.mappings import suggest_mapping  # start-up speed: see the package docstring

    if out is not None and out.exists():
        raise InputRefused("There is a file of that name already.", place=Place(file=str(out)), hint="Name another, or remove it first.")
    drafted = suggest_mapping(files, id=id, title=title, agency=agency)
    output = Output(as_json)
    if out is not None:
        out.write_text(drafted.text, encoding="utf-8")
    elif not as_json:
        sys.stdout.write(drafted.text)
    like = f"like {drafted.format}" if drafted.format else "like none of the catalogue's formats"
    sys.stderr.write(
        f"Tables: {drafted.tables}, {like}. Of {drafted.columns} columns {drafted.columns_known} are known by their header, "
        f"{drafted.columns_decided} by likeness, {drafted.columns_open} are open. Of the codes that are not known {drafted.codes_decided} "
        f"were decided and {drafted.codes_open} are open.\n"
    )
    if out is not None:
        sys.stderr.write(f"The draft is in {out}. Answer what begins with “# decide”, then run: sightline map check {out} FILES\n")
    output.result(drafted.as_dict())


@mapping.command()
def check(
    path: Annotated[Path, typer.Argument(metavar="MAPPING", help="The mapping (YAML).")],
    files: Annotated[list[Path] | None, typer.Argument(help="Files to try it on.")] = None,
    period: Annotated[str | None, typer.Option(help="The period the files are for, as 2026-Q1.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say in plain words what a mapping does; with files, what it makes of them and which codes it does not know."""
    from sightline.app.mappings import explain_mapping  # start-up speed: see the package docstring

    explained = explain_mapping(path, files or (), period=Quarter.parse(period) if period else None)
    output = Output(as_json)
    for line in explained.lines:
        output.say(line)
    if explained.checked is not None:
        show_findings(output, explained.checked.findings, explained.checked.not_checked)
        output.say(f"{explained.checked.rows_read:,} rows read, {explained.checked.rows_kept:,} kept.")
    output.result(explained.as_dict())


@mapping.command()
def schema() -> None:
    """Print the mapping language as a JSON Schema."""
    from sightline.app.mappings import mapping_schema  # start-up speed: see the package docstring

    sys.stdout.write(json.dumps(mapping_schema(), indent=2, sort_keys=True) + "\n")
