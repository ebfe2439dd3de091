"""`sightline release`: make a release."""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.key_measures import show_key_measures
from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, QuietOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.model.periods import Quarter


def release(
    period: Annotated[str, typer.Option(help="Headline quarter, as 2026-Q1.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make every figure safe to show and keep the result as an immutable release, which pages and reports read."""
    from sightline.app.release import make_release  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    output = Output(as_json, quiet)
    with output.progress() as progress:
        made, digest = make_release(
            open_workspace(workspace), period=Quarter.parse(period), by=actor(by), at=instant(at), progress=progress
        )
    output.say(f"Release {made.number} ({digest[:12]}): {len(made.figures):,} figures.")
    show_key_measures(output, made)
    output.result({"number": made.number, "digest": digest, "period": made.period, "figures": len(made.figures)})
