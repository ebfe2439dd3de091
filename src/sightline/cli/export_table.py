"""`sightline export-table`: a table under a protection profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.model.periods import Quarter


def export_table(
    indicator: Annotated[str, typer.Argument(metavar="ID", help="The indicator's id, or its number in the framework (C03).")],
    profile: Annotated[str, typer.Option(help="The protection profile, as `sightline profiles list` names it.")],
    period: Annotated[str, typer.Option(help="The quarter, as 2026-Q1.")],
    broken_down: Annotated[
        list[str] | None, typer.Option("--breakdown", help="Break down by this; repeat for several, at most three.")
    ] = None,
    publish: Annotated[
        Path | None,
        typer.Option(help="Publish it: write the files to this folder, and keep what they tell in the ledger. Without it, try only."),
    ] = None,
    format: Annotated[list[str] | None, typer.Option(help="html, csv or json; repeat for several (default: all).")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a table of one indicator under a protection profile: audited with all that was published before, or not made at all."""
    from sightline.app.export_table import export_table as make_table  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace
    from sightline.publish.protected_table import FORMATS

    done = make_table(
        open_workspace(workspace),
        indicator,
        breakdowns=broken_down or (),
        profile=profile,
        period=Quarter.parse(period),
        publish_to=publish,
        formats=tuple(format or FORMATS),
        by=actor(by),
        at=instant(at),
    )
    output = Output(as_json)
    what = f"Table {done.table.number}" if done.is_published else "Tried, and nothing written"
    output.say(
        f"{what}: {done.shown + done.withheld:,} cells, {done.withheld:,} of them withheld; audited with {done.audited_with} earlier "
        f"{'release or table' if done.audited_with == 1 else 'releases and tables'}. {done.table.how}"
    )
    for file in done.files:
        output.say(f"Wrote {file}")
    output.result(done.as_dict())
