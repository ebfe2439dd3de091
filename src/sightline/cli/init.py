"""`sightline init`: make a workspace for a partnership."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def init(
    partnership: Annotated[Path, typer.Option(help="Folder with partnership.yml and its mappings.")],
    geography: Annotated[Path, typer.Option(help="Folder with the area's wards, postcodes and population.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a workspace: an empty ledger, an empty store, and keys of its own."""
    from sightline.app.start import create_workspace  # start-up speed: see the package docstring

    made = create_workspace(workspace, partnership=partnership, geography=geography, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"{made.partnership.name}: workspace ready in {workspace}. Next: sightline submit.")
    output.result({"workspace": str(workspace), "partnership": made.partnership.id})
