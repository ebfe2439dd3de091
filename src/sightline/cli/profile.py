"""`sightline profile`: the public profile of a local authority, with no agreement and no records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import JsonOption
from sightline.cli.output import Output


def profile(
    source: Annotated[Path, typer.Option("--from", help="Folder with the Department for Education's published tables.")],
    area: Annotated[str, typer.Option(help='Local authority, for example "Redcar and Cleveland".')],
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("profile"),
    format: Annotated[
        list[str] | None, typer.Option(help="html (one file), pages (a folder), pdf, json; repeat for several (default: all).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Build the public profile of any English local authority from published tables, beside England and its region."""
    from sightline.app.profile import public_profile  # start-up speed: see the package docstring

    output = Output(as_json)
    made = public_profile(source, area, out=out, formats=tuple(format or ("html", "pages", "pdf", "json")))
    for line in made.lines():
        output.say(line)
    for path in made.files:
        output.say(f"Wrote {path}")
    output.result(made.as_dict())
