"""`sightline withdraw`: take a return back."""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def withdraw(
    return_id: Annotated[str, typer.Argument(help="The receipt of the return.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit. No personal details.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw a return: the next generation leaves it out; what was published before stays as it was."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.withdraw_return import withdraw_return

    withdraw_return(open_workspace(workspace), return_id=return_id, reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Return {return_id} is withdrawn. Run `sightline publish` for a generation without it.")
    output.result({"return_id": return_id, "state": "withdrawn"})
