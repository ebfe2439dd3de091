"""`sightline link quality|calibrate|statement`: how right the links are, and the statement that says so to others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def quality(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Say how right the current links are, with intervals, for whom, and what another cut would change; every number safe to show."""
    from sightline.app.linkage_statement import assemble_statement  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace
    from sightline.publish.linkage_statement import as_payload, key_lines, quality_tables  # start-up speed too: drawings and typst

    statement = assemble_statement(open_workspace(workspace))
    output = Output(as_json)
    output.table(("Measure", "Estimate", "Estimated from"), list(key_lines(statement)))
    output.say(statement.reviewed)
    for table in quality_tables(statement):
        output.table(table.header, table.rows, title=table.caption)
    for each in statement.not_checked:
        output.say(f"Not checked: {each.what}; {each.reason}.")
    output.result(as_payload(statement))


def calibrate(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Calibrate probabilities by what reviewers agreed on; the next count's ranges and the statement use them. Links stay as they are."""
    from sightline.app.calibrate_links import calibrate_links  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    done = calibrate_links(open_workspace(workspace), by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(
        f"Calibration {done.number} of {done.model} rests on {done.decided:,} pairs that reviewers agreed on."
        if done.is_new
        else f"Nothing was decided since calibration {done.number}; it stands."
    )
    output.result({"calibration": done.number, "model": done.model, "decided": done.decided, "is_new": done.is_new})


def statement(
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default: reports in the workspace).")] = None,
    format: Annotated[list[str] | None, typer.Option(help="pdf, html or json; repeat for several (default: all).")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Write the linkage statement after GUILD: what was linked and how, how right it is and for whom, and what is not known."""
    from sightline.app.linkage_statement import CONTENT_TYPES, write_linkage_statement  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    files = write_linkage_statement(open_workspace(workspace), folder=out or workspace / "reports", formats=tuple(format or CONTENT_TYPES))
    output = Output(as_json)
    output.say("\n".join(map(str, files)))
    output.result({"files": [str(each) for each in files]})
