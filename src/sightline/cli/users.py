"""`sightline users`: people who may sign in, and what helps them when they cannot."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output

users = typer.Typer(name="users", help="People who may sign in.", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(help="Sign-in name.")]


@users.command("list")
def list_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Name everybody who may sign in, with role, agency, and whether a second factor is set up."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.users import list_users

    open_workspace(workspace)
    people = list_users(at=instant(None))
    output = Output(as_json)
    rows = [
        (
            each.name,
            each.role,
            each.agency or "",
            each.against or "yes",
            "yes" if each.has_second_factor else "no",
            str(each.role_until or ""),
            str(each.trained_until or ""),
        )
        for each in people
    ]
    output.table(("Name", "Role", "Agency", "May sign in", "Second factor", "Role until", "Trained until"), rows)
    names = ("name", "role", "agency", "may_sign_in", "second_factor", "role_until", "trained_until")
    found = [
        (
            each.name,
            each.role,
            each.agency or None,
            each.against is None,
            each.has_second_factor,
            each.role_until and str(each.role_until),
            each.trained_until and str(each.trained_until),
        )
        for each in people
    ]
    output.result({"people": [dict(zip(names, each, strict=True)) for each in found]})


@users.command()
def add(
    name: NameArgument,
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

    add_user(open_workspace(workspace), name=name, password=_password(), role=role, agency=agency, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"{name} may now sign in as {role}.")
    output.result({"name": name, "role": role, "agency": agency})


@users.command()
def until(
    name: NameArgument,
    role_until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day of what they do here.")] = None,
    trained_until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day on which their training is in date.")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name the last day of somebody's role or training: after it they are signed out, and sign in no more until a later one is named."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.users import limit_sign_in

    open_workspace(workspace)
    days = {"role_until": role_until and role_until.date(), "trained_until": trained_until and trained_until.date()}
    limit_sign_in(name, **days, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"{name} signs in until {min(day for day in days.values() if day)}, unless a later day is named.")
    output.result({"name": name} | {field: str(day) if day else None for field, day in days.items()})


@users.command()
def set_password(
    name: NameArgument,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give somebody who lost their password another one; every session of theirs ends. It is asked for as when adding somebody."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.users import set_password as give

    give(open_workspace(workspace), name, _password(), by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"{name} has a new password; whoever was signed in as {name} no longer is.")
    output.result({"name": name})


@users.command("reset-mfa")
def reset_mfa(
    name: NameArgument,
    reason: Annotated[str, typer.Option(help="Why, for example how you made sure who asks; kept in the audit.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the second factors of somebody who lost them away; they are led to set one up when they next sign in.

    Make sure first that it is they who ask: whoever knows the password can set up a device of their own then.
    """
    from sightline.app.second_factors import reset  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    reset(open_workspace(workspace), name, reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"{name} has no second factor any more, and is led to set one up at the next sign-in.")
    output.result({"name": name})


@users.command("end-sessions")
def end_sessions(
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")],
    names: Annotated[list[str] | None, typer.Argument(help="Sign-in names.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="Of everybody, for example after an incident.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """End every session of some people, or of everybody, at once; passwords and second factors stay as they are."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.users import end_sessions as end
    from sightline.errors import InputRefused

    if bool(names) == everybody:
        raise InputRefused("Say whose sessions end: names, or --everybody.", hint="sightline users end-sessions NAME --reason …")
    open_workspace(workspace)
    count = end(names or [], reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"{count:,} {'person has' if count == 1 else 'people have'} to sign in again.")
    output.result({"people": count})


@users.command()
def approve(
    name: NameArgument,
    role: Annotated[str, typer.Option(help="What they may see: a role, as for adding somebody.")],
    agency: Annotated[str | None, typer.Option(help="The agency an officer belongs to.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let somebody in whom an organisation's sign-in named and who waits since; the role is the one given here, not the one claimed."""
    from sightline.app.sign_in_with import approve as let  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    let(open_workspace(workspace), name, role=role, agency=agency, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"{name} may now sign in as {role}.")
    output.result({"name": name, "role": role, "agency": agency})


@users.command()
def code(name: NameArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Show the code that the authenticator app of a person of the demo shows now. For people of the demo only."""
    from sightline.app.second_factors import demo_code  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    shown = demo_code(open_workspace(workspace), name, at=instant(at))
    output = Output(as_json)
    output.say(shown)
    output.result({"name": name, "code": shown})


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
