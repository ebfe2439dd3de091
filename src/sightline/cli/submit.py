"""`sightline submit`: hand in a return."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.findings import show_findings
from sightline.cli.options import (
    DEFAULT_WORKSPACE,
    AtOption,
    ByOption,
    JsonOption,
    QuietOption,
    ReportOption,
    WorkspaceOption,
    actor,
    instant,
)
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
    report: ReportOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check a return and, unless it is refused, keep it for ever. A different file for the same period becomes a new version."""
    from sightline.app.findings_files import kind_of_report, report_of_receipt, report_of_refusal, write_findings
    from sightline.app.receipts import ReturnRefused
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.submit_return import submit_return

    if report:
        kind_of_report(report)
    output = Output(as_json, quiet)
    opened = open_workspace(workspace)
    sender = opened.partnership.agency(agency)
    words = {"agency": sender.name, "dataset": sender.dataset(dataset).title, "period": Quarter.parse(period).title}
    try:
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
    except ReturnRefused as refused:
        show_findings(output, refused.findings, refused.not_checked)
        if report:
            write_findings(report_of_refusal(refused, **words), report)
        raise
    show_findings(output, receipt.findings, receipt.not_checked)
    if receipt.already_had:
        output.say(f"These same files were accepted before as version {receipt.version}; nothing changed. Receipt {receipt.return_id}.")
    else:
        output.say(
            f"Accepted as version {receipt.version}: {receipt.rows_kept:,} of {receipt.rows_read:,} rows. Receipt {receipt.return_id}."
        )
    for name, digest in receipt.files.items():
        output.say(f"sha256 {digest}  {name}")
    if report:
        write_findings(report_of_receipt(receipt, **words), report)
        output.say(f"The findings are in {report}.")
    output.result(receipt.as_dict())
