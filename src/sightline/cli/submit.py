"""`sightline submit`: hand in a return."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.findings import show_findings
from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, QuietOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.model.periods import Quarter


def submit(
    files: Annotated[list[Path], typer.Argument(help="The return's file or files, or a folder of them.")],
    agency: Annotated[str, typer.Option(help="Agency that sends it, for example police.")],
    dataset: Annotated[str, typer.Option(help="Dataset of that agency, for example annex_a.")],
    period: Annotated[str, typer.Option(help="Period it is for, as 2026-Q1.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check a return and, unless it is refused, keep it for ever. A different file for the same period becomes a new version."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.submit_return import submit_return

    output = Output(as_json, quiet)
    opened = open_workspace(workspace)
    with output.progress() as progress:
        receipt = submit_return(
            opened,
            agency=agency,
            dataset=dataset,
            period=Quarter.parse(period),
            files=files,
            by=actor(by),
            at=instant(at),
            progress=progress,
        )
    show_findings(output, receipt.findings, receipt.not_checked)
    if receipt.already_had:
        output.say(f"These same files were accepted before as version {receipt.version}; nothing changed. Receipt {receipt.return_id}.")
    else:
        output.say(
            f"Accepted as version {receipt.version}: {receipt.rows_kept:,} of {receipt.rows_read:,} rows. Receipt {receipt.return_id}."
        )
    for name, digest in receipt.files.items():
        output.say(f"sha256 {digest}  {name}")
    output.result(receipt.as_dict())
