"""`sightline backup`: copy a workspace, so that it can be restored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, QuietOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.errors import ExitCode


def backup(
    to: Annotated[Path, typer.Argument(help="The folder of backups; what is in it already is not copied again.")],
    keys_to: Annotated[Path, typer.Option(help="A folder apart for the keys, best on another medium: a restore needs both.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Back the workspace up, also while it is in use: its ledger as of one instant, every object it names, definitions and reports."""
    from dataclasses import asdict

    from sightline.app.back_up import back_up  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    output = Output(as_json, quiet)
    with output.progress() as progress:
        made = back_up(open_workspace(workspace), to=to, keys_to=keys_to, by=actor(by), at=instant(at), progress=progress)
    output.say(f"Backup {made.name}: {made.objects:,} objects, {made.new_objects:,} of them new; {made.audit_events:,} audit events.")
    output.say(f"Its list has the hash {made.digest}; note it where nobody can change it.")
    output.say(f"The keys are in {keys_to / made.name}. Keep them apart from the backup.")
    output.result(asdict(made))
    if made.lost:
        listed = ", ".join(f"{digest[:12]}…" for digest in made.lost[:5])
        output.say(f"Damaged or missing here and in every earlier backup: {len(made.lost)} objects ({listed}). See `sightline doctor`.")
        raise typer.Exit(int(ExitCode.ENVIRONMENT))
