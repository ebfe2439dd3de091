"""`sightline storage-key`: custodians' parts of the key that opens a workspace, and a new key in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, QuietOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.errors import InputRefused

storage_key = typer.Typer(
    name="storage-key", help="The key that opens a workspace: parts of it for custodians, and a new one in its place."
)


@storage_key.command()
def split(
    custodian: Annotated[list[str], typer.Option(help='A custodian and a new file on their own medium, as "Police=/media/a/part.json".')],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give each custodian a part of the key: any two parts together are the key, and one alone is nothing."""
    from sightline.app.encrypt_workspace import split_storage_key  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    named = [tuple(each.split("=", 1)) for each in custodian]
    if any(len(each) != len(("name", "file")) or not all(each) for each in named):
        raise InputRefused("A custodian is named with a file.", hint='Write it as --custodian "Police=/media/a/part.json".')
    files = split_storage_key(open_workspace(workspace), [(name, Path(path)) for name, path in named], by=actor(by), at=instant(at))
    output = Output(as_json)
    for (name, _), path in zip(named, files, strict=True):
        output.say(f"{name}: {path}")
    output.say("Any two of these make the key again (sightline storage-key join). Parts of an earlier splitting still do, too.")
    output.result({"files": [str(path) for path in files]})


@storage_key.command()
def join(
    first: Annotated[Path, typer.Argument(help="One custodian's part.")],
    second: Annotated[Path, typer.Argument(help="Another custodian's part.")],
    to: Annotated[Path, typer.Option(help="The key file to write, apart from the workspace.")],
    as_json: JsonOption = False,
) -> None:
    """Make the key file again from two custodians' parts."""
    from sightline.app.encrypt_workspace import join_storage_key  # start-up speed: see the package docstring

    key = join_storage_key((first, second), to)
    output = Output(as_json)
    output.say(f"Wrote storage key {key.id} to {to}. Put it beside the workspace as NAME.storage-key, or name it in SIGHTLINE_KEY_FILE.")
    output.result({"key_id": key.id, "file": str(to)})


@storage_key.command()
def rotate(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take a new storage key: every key is wrapped to it, and no object is written anew. Cut short, run it again."""
    from sightline.app.encrypt_workspace import rotate_storage_key  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    output = Output(as_json, quiet)
    with output.progress() as progress:
        key = rotate_storage_key(open_workspace(workspace), by=actor(by), at=instant(at), progress=progress)
    output.say(f"The storage key is {key} now. Make a backup, then new parts for the custodians; parts of the key before open nothing new.")
    output.result({"key_id": key})
