"""`sightline retention`: what is due to be destroyed, and what must not be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output

retention = typer.Typer(name="retention", help="What is due to be destroyed by the rule of its agreement, and legal holds that stop it.")


@retention.command(name="list")
def list_due(
    everything: Annotated[bool, typer.Option("--all", help="Also what is not due yet.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is due, by which rule, and what hinders it."""
    from sightline.app.retention import retained  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    now = instant(at)
    found = [each for each in retained(open_workspace(workspace), at=now) if everything or each.is_due(now.date())]
    output = Output(as_json)
    rows = [
        (each.told_as, each.return_id, str(each.due_on or "people decide"), each.action, each.title, " ".join(each.hindrances))
        for each in found
    ]
    output.table(("Return", "Receipt", "Due on", "Action", "Rule", "First"), rows)
    if not found:
        output.say("Nothing is due.")
    output.result(
        {
            "due": [
                {
                    "return": each.return_id,
                    "due_on": str(each.due_on) if each.due_on else None,
                    "action": each.action,
                    "rule": each.rule,
                    "source": each.source,
                    "holds": list(each.holds),
                    "hindrances": list(each.hindrances),
                }
                for each in found
            ]
        }
    )


@retention.command()
def run(workspace: WorkspaceOption = DEFAULT_WORKSPACE, by: ByOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Ask that everything due and not hindered be erased; somebody else agrees to each rule's (`sightline erase agree`)."""
    from sightline.app.retention import ask_for_due  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    made = ask_for_due(open_workspace(workspace), by=actor(by), at=instant(at))
    output = Output(as_json)
    for each in made:
        output.say(f"Erasure {each.number}: {len(each.returns)} returns. {each.reason}.")
    output.say("Somebody else has to agree to each." if made else "Nothing is due that could be erased now.")
    output.result({"erasures": [each.number for each in made]})


@retention.command()
def hold(
    reason: Annotated[str, typer.Option(help="The inquiry or case; kept in the audit. No personal details.")],
    agency: Annotated[str, typer.Option(help="Only what this agency sent (default: any).")] = "",
    dataset: Annotated[str, typer.Option(help="Only this dataset of it.")] = "",
    period: Annotated[str, typer.Option(help="Only what is for this quarter, as 2026-Q1.")] = "",
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day it stands (default: until it is lifted).")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Place a legal hold: nothing it covers is erased while it stands."""
    from sightline.app.retention import place_hold  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    scope = {"agency": agency, "dataset": dataset, "period": period}
    last = until.date() if until else None
    made = place_hold(open_workspace(workspace), **scope, reason=reason, until=last, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Legal hold {made.number} covers {made.scope}.")
    output.result({"hold": made.number, "scope": made.scope})


@retention.command()
def lift(
    number: Annotated[int, typer.Argument(help="The number of the hold.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit. No personal details.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lift a legal hold."""
    from sightline.app.retention import lift_hold  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    lift_hold(number, reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Legal hold {number} is lifted.")
    output.result({"hold": number, "lifted": True})


@retention.command()
def holds(workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """List the legal holds that stand."""
    from sightline.app.retention import standing_holds  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    found = standing_holds(at=instant(at))
    output = Output(as_json)
    output.table(("No.", "Covers", "Reason", "Until", "By"), [(e.number, e.scope, e.reason, str(e.until or "lifted"), e.by) for e in found])
    if not found:
        output.say("No legal hold stands.")
    output.result({"holds": [{"number": each.number, "scope": each.scope, "until": str(each.until or "")} for each in found]})
