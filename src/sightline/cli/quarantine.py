"""`sightline quarantine`: set one agency apart at once, and take that back."""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.errors import InputRefused


def quarantine(
    agency: Annotated[str | None, typer.Argument(help="The agency; without one, how every agency stands is listed.")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit and shown to whoever is refused. No personal details.")] = "",
    end: Annotated[bool, typer.Option("--end", help="Take the agency back.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set one agency apart at once: nothing it sends is taken in, nothing of it is counted anew or handed to it, and none of
    its people is or stays signed in. Figures published before stay as they are."""
    from sightline.app.quarantine import agencies_and_quarantine, end_quarantine, put_in_quarantine  # start-up speed: see the docstring
    from sightline.app.start import open_workspace

    if agency is None and (reason or end):
        raise InputRefused("Nothing was changed: no agency is named.", hint='sightline quarantine AGENCY --reason "…"')
    opened, output = open_workspace(workspace), Output(as_json)
    if agency is not None:
        change = end_quarantine if end else put_in_quarantine
        line = change(opened, agency, reason=reason, by=actor(by), at=instant(at))
        if end:
            output.say(f"{line.name} is out of quarantine. Publish and link again: until then its returns are in no figure.")
        else:
            output.say(
                f"{line.name} is in quarantine: its people ({line.people}) are signed out, and nothing of it is taken in or counted. "
                "Publish and link again to count without it; every figure then names the gap."
            )
    lines = agencies_and_quarantine(opened)
    if agency is None:
        output.table(
            ("Agency", "Name", "In quarantine since", "By", "Why"),
            [(each.id, each.name, f"{each.since:%Y-%m-%d %H:%M}" if each.since else "no", each.by, each.reason) for each in lines],
        )
    output.result({"agencies": [each.as_dict() for each in lines]})
