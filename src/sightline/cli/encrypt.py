"""`sightline encrypt`: seal a workspace that lies in the clear."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, QuietOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def encrypt(
    key_file: Annotated[
        Path | None, typer.Option(help="Where the storage key goes, or already is (default: beside the workspace, as NAME.storage-key).")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Encrypt a workspace made without a storage key; stop the pages and all other work on it first. Cut short, run it again."""
    from sightline.app.encrypt_workspace import encrypt_workspace  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    output = Output(as_json, quiet)
    with output.progress() as progress:
        done = encrypt_workspace(open_workspace(workspace), key_file=key_file, by=actor(by), at=instant(at), progress=progress)
    output.say(f"Sealed {done.objects:,} objects. The storage key {done.key_id} is in {done.key_file}.")
    if not done.ledger:
        output.say("The ledger lies in the clear: install the extra sightline[encryption] and do this again.")
    output.say("Without that file nobody can read the workspace. Give its parts to custodians: sightline storage-key split.")
    output.say("What the disk held in the clear before may be found on it until it is overwritten; earlier backups hold it in the clear.")
    output.result({"objects": done.objects, "ledger": done.ledger, "key_file": str(done.key_file), "key_id": done.key_id})
