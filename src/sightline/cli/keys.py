"""`sightline keys`: the register of keys that agencies make tokens with, and the files by which a key is changed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.errors import InputRefused

keys = typer.Typer(
    name="keys", help="Keys of tokens, by their ids: the keys themselves never come here.", no_args_is_help=True, rich_markup_mode=None
)

KeyArgument = Annotated[str, typer.Argument(metavar="KEY_ID", help="The key's id: the fingerprint that `sightline prepare-key` tells.")]


@keys.command(name="list")
def list_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """List the keys, when each is in use, and which returns wait for a rotation file."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.token_keys import keys_told

    opened = open_workspace(workspace)
    told = keys_told(opened, instant(at))
    output = Output(as_json)
    output.table(
        ("Key", "State", "In use from", "Until", "Returns made with it", "Waiting for a rotation file"),
        [
            (
                one.key.key_id,
                one.state.value,
                str(one.key.from_date),
                str(one.key.until or ""),
                f"{one.returns:,}",
                ", ".join(one.waiting),
            )
            for one in told
        ],
    )
    if not told:
        output.say("No key is registered: no return with tokens has come yet.")
    output.result({"keys": [one.as_dict() for one in told]})


@keys.command()
def register(
    key_id: KeyArgument,
    from_date: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day on which tokens are made with it.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Announce the next key; on its first day the one before it is retired."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.token_keys import register_key

    try:
        day = date.fromisoformat(from_date)
    except ValueError:
        raise InputRefused("That is no day.", hint="Write it as 2026-10-01.") from None
    key = register_key(open_workspace(workspace), key_id, from_date=day, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Key {key.key_id} is registered, in use from {key.from_date}.")
    output.say("Agencies can make their rotation files now; returns without one are left out of linking from that day on.")
    output.result({"key": key.key_id, "from": str(key.from_date)})


@keys.command()
def rotate(
    files: Annotated[list[Path], typer.Argument(help="Rotation files, one for each return, made with `sightline prepare … --rotate`.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take rotation files in, each checked against the return it is for and the files of other agencies."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.take_rotation import take_rotation

    opened, done = open_workspace(workspace), []
    output = Output(as_json)
    for file in files:
        taken = take_rotation(opened, file, by=actor(by), at=instant(at))
        done.append(taken.as_dict())
        if not taken.is_new:
            output.say(f"{taken.return_name}: this file was here before.")
            continue
        output.say(f"{taken.return_name}: {taken.pairs:,} tokens are read under key {taken.new_key} instead of {taken.old_key}.")
        if not taken.references_checked:
            output.say("Its package was not kept as it came, so that tokens of references could not be checked.")
    output.result({"rotations": done})


@keys.command()
def destroy(
    key_id: KeyArgument,
    reason: Annotated[str, typer.Option(help="Who destroyed which copies, and when.")],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also if returns wait for a rotation file from it: they stay out of linking for good.")
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down that every copy of a retired key was destroyed."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.token_keys import destroy_key

    key = destroy_key(open_workspace(workspace), key_id, reason=reason, by=actor(by), at=instant(at), anyway=anyway)
    output = Output(as_json)
    output.say(f"Key {key.key_id} is destroyed.")
    if key.left:
        output.say(f"Not reproducible from now on: {', '.join(key.left)}. They have to be prepared again with the key in use.")
    output.result({"key": key.key_id, "left": list(key.left)})
