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
    rounding_key_lost: Annotated[
        str | None, typer.Option(help="Declare the rounding key lost, saying why, and go on with a new one; written down for good.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make every figure safe to show and keep the result as an immutable release, which pages and reports read."""
    from sightline.app.release import NEW_ROUNDING_KEY, make_release  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    output = Output(as_json, quiet)
    opened = open_workspace(workspace)
    if rounding_key_lost is not None:
        opened.replace_rounding_key(reason=rounding_key_lost, by=actor(by), at=instant(at))
        output.say(NEW_ROUNDING_KEY)
    with output.progress() as progress:
        made, digest = make_release(opened, period=Quarter.parse(period), by=actor(by), at=instant(at), progress=progress)
    output.say(f"Release {made.number} ({digest[:12]}): {len(made.figures):,} figures.")
    show_key_measures(output, made)
    warned = {"warning": NEW_ROUNDING_KEY} if rounding_key_lost is not None else {}
    output.result({"number": made.number, "digest": digest, "period": made.period, "figures": len(made.figures), **warned})
