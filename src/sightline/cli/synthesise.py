"""`sightline synthesise`: invent a whole partnership."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import JsonOption, QuietOption
from sightline.cli.output import Output


def synthesise(
    out: Annotated[Path, typer.Argument(help="Folder to write to; it must be new or empty.")],
    children: Annotated[int, typer.Option(min=1_000, max=12_000_000, help="Resident children, 1,000 to 12,000,000.")] = 50_000,
    seed: Annotated[int, typer.Option(help="The same seed and size always give the same files.")] = 2026,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Invent a partnership: eight agencies' extracts over four years, its map, and (apart) the truth behind them."""
    from sightline.app.synthesise import invent_partnership  # start-up speed: see the package docstring

    output = Output(as_json, quiet)
    with output.progress() as progress:
        made = invent_partnership(out=out, children=children, seed=seed, progress=progress)
    output.say(f"Invented {made.children:,} children and {made.returns:,} returns in {out}. The truth is in {out / 'truth'}.")
    output.result({"folder": str(out), "children": made.children, "returns": made.returns, "files": made.files})
