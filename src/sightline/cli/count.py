"""`sightline count`: count the indicators."""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, JsonOption, QuietOption, WorkspaceOption, instant
from sightline.cli.output import Output
from sightline.model.periods import Quarter


def count(
    period: Annotated[str, typer.Option(help="Headline quarter, as 2026-Q1.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Count every indicator for every quarter up to the headline one. True counts stay inside; this prints only how many there are."""
    from sightline.app.count import count as count_indicators  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    output = Output(as_json, quiet)
    with output.progress() as progress:
        counted = count_indicators(open_workspace(workspace), period=Quarter.parse(period), at=instant(at), progress=progress)
    output.say(f"Counted {counted.cells:,} cells of {counted.indicators} indicators over {counted.periods} quarters.")
    output.result({"cells": counted.cells, "indicators": counted.indicators, "periods": counted.periods})
