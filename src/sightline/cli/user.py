"""`sightline user`: add somebody who may sign in."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def user(
    name: Annotated[str, typer.Argument(help="Sign-in name.")],
    role: Annotated[str, typer.Option(help="For example strategic_lead, analyst, agency_data_officer, data_protection_officer.")],
    agency: Annotated[str | None, typer.Option(help="The agency an officer belongs to.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a person who may sign in; the password is asked for, or read from standard input when it is not a terminal."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.users import add_user

    password = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    )
    add_user(open_workspace(workspace), name=name, password=password, role=role, agency=agency, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"{name} may now sign in as {role}.")
    output.result({"name": name, "role": role, "agency": agency})
