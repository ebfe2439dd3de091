"""`sightline drill`: try a restore without touching the workspace."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, QuietOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def drill(
    source: Annotated[Path, typer.Argument(help="The folder of backups.")],
    keys: Annotated[Path, typer.Option(help="The folder the keys were backed up to.")],
    within: Annotated[
        Path | None, typer.Option(help="Where the folder for it is made and taken away again (default: beside the workspace).")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="Where the storage key of an encrypted workspace is (default: where the workspace finds it).")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Try the newest backup: restore it into an empty folder, hold its audit against this workspace's, open its newest release,
    ask for pages, say how long that took, and take the folder away."""
    from sightline.app.drill import drill as try_restore  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened, output = open_workspace(workspace), Output(as_json, quiet)
    with output.progress() as progress:
        seen = try_restore(
            opened,
            source,
            keys=keys,
            within=within or opened.root.parent,
            key_file=key_file,
            by=actor(by),
            at=instant(at),
            clock=time.perf_counter,
            progress=progress,
        )
    release = f"release {seen.release} opens" if seen.release else "there is no release yet"
    output.say(f"Backup {seen.name} came back in {seen.seconds:.1f} seconds: {seen.objects:,} objects, {release}, pages answer.")
    output.say(f"Its audit ends at event {seen.audit_events:,}, as this workspace has it there; {seen.behind:,} events came since.")
    output.result(seen.as_dict())
