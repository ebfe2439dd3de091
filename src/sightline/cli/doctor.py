"""`sightline doctor`: what this machine and workspace have and lack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.errors import ExitCode


def doctor(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    backups: Annotated[
        Path | None,
        typer.Option("--mend-from", metavar="BACKUPS", help="Put damaged or missing objects back from this folder of backups first."),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="With --mend-from, the folder that keys were backed up to: keys of sealed objects are put back too.")
    ] = None,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Take away objects older than a day that nothing names, which broken-off work left.")
    ] = False,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the machine and, where there is one, the workspace: its audit chain, each object against its name, its last backup."""
    from sightline.app.doctor import examine, mend_from  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace
    from sightline.app.sweep import sweep_orphans

    output, mended = Output(as_json), 0
    if backups is not None:
        mended = mend_from(open_workspace(workspace), backups, keys=keys, by=actor(by), at=instant(at))
        output.say(f"Put back from the backup: {mended} objects.")
    swept = sweep_orphans(open_workspace(workspace), by=actor(by), at=instant(at)) if sweep else []
    if sweep:
        output.say(f"Taken away, as nothing names them: {len(swept)} objects.")
    checks = examine(workspace, at=instant(at))
    for check in checks:
        output.say(f"{check.verdict:11} {check.what}: {check.found}" + (f" {check.hint}" if check.hint else ""))
    output.result({"checks": [check.as_dict() for check in checks], "mended": mended, "swept": len(swept)})
    if any(check.verdict == "mend" for check in checks):
        raise typer.Exit(int(ExitCode.ENVIRONMENT))
