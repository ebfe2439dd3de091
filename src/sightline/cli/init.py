"""`sightline init`: make a workspace for a partnership."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, EncryptOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def init(
    partnership: Annotated[Path, typer.Option(help="Folder with partnership.yml and its mappings.")],
    geography: Annotated[Path, typer.Option(help="Folder with the area's wards, postcodes and population.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    encrypt: EncryptOption = True,
    key_file: Annotated[
        Path | None, typer.Option(help="Where the storage key goes (default: beside the workspace, as NAME.storage-key).")
    ] = None,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a workspace: an empty ledger, an empty store, and keys of its own."""
    from sightline.app.start import create_workspace, key_file_for  # start-up speed: see the package docstring

    key = key_file_for(workspace, key_file) if encrypt else None
    made = create_workspace(workspace, partnership=partnership, geography=geography, by=actor(by), at=instant(at), key_file=key)
    output = Output(as_json)
    output.say(f"{made.partnership.name}: workspace ready in {workspace}. Next: sightline submit.")
    if key is not None:
        output.say(
            f"Its storage key is in {key}: without that file nobody can read it. Give custodians parts: sightline storage-key split."
        )
    output.result({"workspace": str(workspace), "partnership": made.partnership.id, "key_file": str(key) if key else None})
