"""`sightline restore`: make a workspace from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import AtOption, ByOption, JsonOption, QuietOption, actor, instant
from sightline.cli.output import Output
from sightline.errors import InputRefused


def restore(
    source: Annotated[Path, typer.Argument(help="The folder of backups.")],
    to: Annotated[Path | None, typer.Argument(help="A new or empty folder for the workspace.")] = None,
    keys: Annotated[Path | None, typer.Option(help="The folder the keys were backed up to.")] = None,
    name: Annotated[str | None, typer.Option(help="Which backup (default: the newest).")] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="Where the storage key of an encrypted workspace is (default: beside the new folder).")
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="List the backups of the folder and restore nothing.")] = False,
    by: ByOption = None,
    at: AtOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Restore a workspace: everything is held against the backup's list, and the audit chain walked to its end, before it can be used."""
    from dataclasses import asdict

    from sightline.app.restore import backups_in  # start-up speed: see the package docstring
    from sightline.app.restore import restore as restore_workspace

    output = Output(as_json, quiet)
    if only_list:
        kept = backups_in(source)
        rows = [(one.name, one.made_at, one.objects, one.audit_events, one.lost) for one in kept]
        output.table(("Backup", "Made at", "Objects", "Audit events", "Objects lost"), rows)
        if not kept:
            output.say("No backup in this folder is whole.")
        output.result({"backups": [asdict(one) for one in kept]})
        return
    if to is None or keys is None:
        raise InputRefused("A restore needs a new folder and the keys.", hint="sightline restore BACKUPS NEW_FOLDER --keys KEYS")
    with output.progress() as progress:
        done = restore_workspace(source, to, keys=keys, name=name, key_file=key_file, by=actor(by), at=instant(at), progress=progress)
    output.say(f"Restored backup {done.name} to {to}: {done.objects:,} objects, {done.audit_events:,} audit events.")
    output.say("Each object matches its name, and the audit chain ends as it did when the backup was made.")
    if done.lost:
        output.say(f"{len(done.lost)} objects were lost before that backup; what needs them says so.")
    if done.erased:
        output.say(f"{len(done.erased)} objects were erased since that backup was begun and stay so; erase again what they belonged to.")
    output.result(asdict(done))
