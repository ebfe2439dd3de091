"""`sightline report`: write the board report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def report(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default: reports in the workspace).")] = None,
    release: Annotated[int | None, typer.Option(help="Number of the release (default: the current one).")] = None,
    format: Annotated[list[str] | None, typer.Option(help="pdf, html; repeat for both (default: both).")] = None,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the board report from a release: a tagged PDF and one self-contained HTML file."""
    from sightline.app.report import board_report  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    written = board_report(
        open_workspace(workspace),
        release_number=release,
        folder=out or workspace / "reports",
        formats=tuple(format or ("pdf", "html")),
        by=actor(by),
        at=instant(at),
    )
    output = Output(as_json)
    for path in written:
        output.say(f"Wrote {path}")
    output.result({"files": [str(path) for path in written]})
