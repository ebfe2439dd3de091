"""`sightline doctor`: what this machine and workspace have and lack."""

from __future__ import annotations

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from sightline.cli.output import Output
from sightline.errors import ExitCode


def doctor(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Check the machine and, where there is one, the workspace: every object against its name, the ledger against the objects."""
    from sightline.app.doctor import examine  # start-up speed: see the package docstring

    output = Output(as_json)
    checks = examine(workspace)
    for check in checks:
        output.say(f"{check.verdict:11} {check.what}: {check.found}" + (f" {check.hint}" if check.hint else ""))
    output.result({"checks": [check.as_dict() for check in checks]})
    if any(check.verdict == "mend" for check in checks):
        raise typer.Exit(int(ExitCode.ENVIRONMENT))
