"""`sightline export-bundle`: a release for the community, as a folder and one file that open without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def export_bundle(
    folder: Annotated[Path, typer.Option(help="Where the bundle is written: a folder of pages, CSV and JSON, and the same as one zip.")],
    release: Annotated[int | None, typer.Option(help="The release's number (default: the current one).")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand a release out to the community: rounded to 10, by areas, under the signed-off profile, attacked before it is written."""
    from sightline.app.community_bundle import export_bundle as make_bundle  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    done = make_bundle(open_workspace(workspace), release_number=release, folder=folder, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Bundle {done.number} of release {done.release}: {done.tried} attacks were tried on it and none found anything.")
    for path in done.written:
        output.say(f"Wrote {path}")
    output.result(done.as_dict())
