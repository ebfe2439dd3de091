"""`sightline audit`: who did what; does the record of it hold together; and its end, signed."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.cli.proof import proven_if_a_person

audit = typer.Typer(name="audit", help="Who did what: list it, check that nobody changed it, sign its end.", rich_markup_mode=None)


@audit.command(name="list")
def list_events(
    person: Annotated[str, typer.Option(help="Only what this person did.")] = "",
    agency: Annotated[str, typer.Option(help="Only what people of this agency read.")] = "",
    subject: Annotated[str, typer.Option(help="Only what is about this child, by the stand-in that registers name.")] = "",
    kind: Annotated[str, typer.Option(help="reads, refusals, sign_ins, keys or changes.")] = "",
    since: Annotated[datetime | None, typer.Option(help="Only from this day on.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Only before this day.")] = None,
    before: Annotated[int | None, typer.Option(help="Only events older than this number.")] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """List what was done and read, newest first, each in a sentence."""
    from sightline.app.audit_trail import Asked, events  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    begin, end = (instant(each.isoformat()) if each else None for each in (since, until))
    found = events(Asked(person, agency, kind, begin, end, subject), before=before, most=most)
    output = Output(as_json)
    output.table(("No.", "When (UTC)", "What"), [(event.seq, f"{event.at:%Y-%m-%d %H:%M:%S}", event.text) for event in found])
    if not found:
        output.say("No event is like that.")
    output.result({"events": [asdict(event) for event in found]})


@audit.command()
def digest(
    month: Annotated[str, typer.Argument(help="The month, as 2026-05 (default: the last whole one).")] = "",
    agency: Annotated[str, typer.Option(help="Only what people of this agency did.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sum a month up: how much was read by whom, and each thing that stands out."""
    from sightline.app.audit_digest import digest as sum_up  # start-up speed: see the package docstring
    from sightline.app.audit_digest import month_named
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    found, output = sum_up(month_named(month, at=instant(at)), agency=agency), Output(as_json)
    output.table((f"{found.month:%B %Y}", "Times"), found.counts)
    rows = [(each.role, each.agency, each.people, each.pages, each.files) for each in found.readers]
    output.table(("Role", "Agency", "People", "Pages read", "Files taken"), rows)
    output.table(
        ("No.", "When (UTC)", "What stands out"), [(each.seq, f"{each.at:%Y-%m-%d %H:%M}", each.text) for each in found.stands_out]
    )
    if found.more:
        output.say(f"{found.more:,} more stand out: sightline audit list.")
    output.result(found.as_dict())


@audit.command()
def verify(
    heads: Annotated[
        list[Path] | None, typer.Argument(help="Ends of the chain signed earlier (files, or folders of them), to hold it against.")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Walk the whole chain of events; name the first that does not fit."""
    from sightline.app.audit_trail import verify_against  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    count = verify_against(heads or [])
    output = Output(as_json)
    output.say(f"{count:,} events, each carrying the hash of the one before it.")
    if heads:
        output.say("It fits every end signed earlier that was given.")
    else:
        output.say("That nobody replaced all of them shows only against an end signed earlier: sightline audit verify SIGNED_ENDS.")
    output.result({"events": count, "heads": len(heads or [])})


@audit.command()
def sign(
    to: Annotated[Path | None, typer.Argument(help="A folder elsewhere: of each agency's data protection officer, best.")] = None,
    daily: Annotated[
        bool, typer.Option("--daily", help="Into the folders that settings.yml names (sign_audit_to), unless it was done today.")
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign the end of the chain and write it to a folder; once a day, by whatever runs jobs on this machine."""
    from sightline.app.audit_trail import sign_head  # start-up speed: see the package docstring
    from sightline.app.daily_signing import folders_to_sign_into, sign_today
    from sightline.app.start import open_workspace
    from sightline.errors import InputRefused

    if (to is None) != daily:
        raise InputRefused("Say where to: a folder, or --daily for those of settings.yml.", hint="sightline audit sign FOLDER")
    opened, output = open_workspace(workspace), Output(as_json)
    if to is not None:
        head, path = sign_head(opened, to=to, by=actor(by), at=instant(at))
        output.say(
            f"Signed the end of the audit at event {head.seq:,} and wrote {path}. Keep it where whoever runs this machine cannot change it."
        )
        output.result(asdict(head) | {"file": str(path)})
        return
    signed = sign_today(opened, by=actor(by), at=instant(at))
    if signed is not None:
        output.say(f"Signed the end of the audit at event {signed.seq:,} into the folders of settings.yml.")
    elif folders_to_sign_into(opened):
        output.say("The end of the audit was signed today already.")
    else:
        raise InputRefused("settings.yml names no folder to sign into.", hint="Add sign_audit_to: [FOLDER, …]")
    output.result(asdict(signed) if signed else {"signed": False})


@audit.command()
def schedule(workspace: WorkspaceOption = DEFAULT_WORKSPACE) -> None:
    """Print what makes this machine sign the end of the chain every day: units for systemd, or a line for cron.
    `sightline serve` does it by itself while it runs."""
    from sightline.app.daily_signing import schedule as written  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    Output().say(written(open_workspace(workspace), Path(sys.argv[0]).resolve()))


@audit.command()
def export(
    to: Annotated[Path, typer.Argument(help="The file to write: its name ends in .csv or .json.")],
    reason: Annotated[str, typer.Option(help="What for; recorded.")],
    person: Annotated[str, typer.Option(help="Only what this person did.")] = "",
    agency: Annotated[str, typer.Option(help="Only what people of this agency read.")] = "",
    subject: Annotated[str, typer.Option(help="Only what is about this child, by the stand-in that registers name.")] = "",
    kind: Annotated[str, typer.Option(help="reads, refusals, sign_ins, keys or changes.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take events out of the audit as a file; that this was done, and why, becomes an event itself.

    An agency's officer, named with --by and proved, takes what that agency's people did.
    """
    from sightline.app.audit_files import write_events  # start-up speed: see the package docstring
    from sightline.app.audit_trail import Asked
    from sightline.app.outputs import agency_of
    from sightline.app.roles import Role
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    who = proven_if_a_person(by, roles={Role.DATA_PROTECTION_OFFICER}, about="taking events out of the audit")
    asked = Asked(person, agency, kind, subject=subject)
    count = write_events(to, asked, reason=reason, by=who, own_agency=agency_of(who), at=instant(at))
    output = Output(as_json)
    output.say(f"Wrote {count:,} events to {to}.")
    output.result({"events": count, "file": str(to)})
