"""`sightline check`: read files as `submit` would, and store nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.findings import names_in_words, show_findings
from sightline.cli.options import JsonOption, QuietOption, ReportOption
from sightline.cli.output import Output
from sightline.errors import ExitCode, InputRefused
from sightline.model.periods import Quarter

if TYPE_CHECKING:  # start-up speed: see the package docstring
    from sightline.app.last_return import Against


def check(
    files: Annotated[
        list[Path],
        typer.Argument(help="The extract's file or files, or a folder of them; of the SSDA903, a folder for each of several years."),
    ],
    format: Annotated[str | None, typer.Option(help="A format of the catalogue, such as annex_a; recognised when left out.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A mapping (YAML) for a CSV or Excel extract of your own.")] = None,
    period: Annotated[str | None, typer.Option(help="The period the files are for, as 2026-Q1; not checked when left out.")] = None,
    report: ReportOption = None,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", "-w", help="Compare with the last return that this workspace holds.")
    ] = None,
    agency: Annotated[str | None, typer.Option(help="With --workspace: the agency whose return this is.")] = None,
    dataset: Annotated[str | None, typer.Option(help="With --workspace: its dataset.")] = None,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Print unknown codes as they stand, on this screen only; never a column about the person.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what Sightline understands of an extract, and what to mend. Nothing is stored and no workspace is needed."""
    from sightline.app.check_extract import check_extract  # start-up speed: see the package docstring
    from sightline.app.findings_files import kind_of_report, report_of_check, write_findings

    if report:
        kind_of_report(report)
    against = _against(workspace, agency, dataset, period)
    output = Output(as_json, quiet)
    with output.progress() as progress:
        checked = check_extract(
            files,
            format=format,
            mapping=mapping,
            period=Quarter.parse(period) if period else None,
            against=against,
            show_values=show_values,
            progress=progress,
        )
    show_findings(output, checked.findings, checked.not_checked)
    for shown in checked.values:
        output.say(f"{shown.file}{', sheet ' + shown.sheet if shown.sheet else ''}, {shown.column}: {'; '.join(shown.values)}")
    output.say(
        f"{checked.format}: {checked.rows_read:,} rows read, {checked.rows_kept:,} kept, "
        f"{len(checked.mapped):,} columns mapped, findings: {len(checked.findings):,}."
    )
    if report:
        write_findings(report_of_check(checked, files=names_in_words(files)), report)
        output.say(f"The findings are in {report}.")
    output.result(checked.as_dict())
    if checked.refused:
        output.say("This return would be refused. Mend what stands under BLOCK, then check again.")
        raise typer.Exit(int(ExitCode.INPUT_REFUSED))


def _against(workspace: Path | None, agency: str | None, dataset: str | None, period: str | None) -> Against | None:
    """The last return to compare with, where one is named."""
    if workspace is None and agency is None and dataset is None:
        return None
    if workspace is None or agency is None or dataset is None or period is None:
        raise InputRefused(
            "To compare with the last return, a workspace, an agency, a dataset and a period are needed.",
            hint="Give --workspace, --agency, --dataset and --period together.",
        )
    from sightline.app.start import open_workspace  # needs Django, which a plain check does without

    opened = open_workspace(workspace)
    from sightline.app.last_return import against_last_return  # after Django is set up

    return against_last_return(opened, agency=agency, dataset=dataset, period=Quarter.parse(period))
