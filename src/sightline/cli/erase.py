"""`sightline erase`: destroy returns for good, with two people."""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output

erase = typer.Typer(name="erase", help="Destroy returns for good: seen before, asked for by one person, agreed to by another.")
Receipts = Annotated[list[str], typer.Argument(help="The receipts of the returns.")]
Number = Annotated[int, typer.Argument(help="The number of the erasure.")]


@erase.command()
def plan(returns: Receipts, workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Show what erasing these returns would destroy and leave; nothing is changed."""
    from sightline.app.erase import CANNOT_BE_UNDONE, IN_THE_CLEAR, effects_of  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    effects = effects_of(open_workspace(workspace), returns, at=instant(at))
    output = Output(as_json)
    output.table(
        ("What", "How many"),
        [
            ("Returns", str(len(effects.returns))),
            ("Objects destroyed", f"{effects.objects:,}"),
            ("Objects kept, because other returns hold the same", f"{effects.shared:,}"),
            ("Linkings of people destroyed", str(effects.linkages)),
            ("Generations that cannot be counted again", ", ".join(effects.generations) or "none"),
            ("Releases that stay as published and cannot be made again", ", ".join(map(str, effects.releases)) or "none"),
        ],
    )
    for hindrance in effects.hindrances:
        output.say(f"First: {hindrance}")
    output.say(CANNOT_BE_UNDONE if effects.sealed else f"{CANNOT_BE_UNDONE} {IN_THE_CLEAR}")
    output.result(effects.as_dict())


@erase.command()
def ask(
    returns: Receipts,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit. No personal details.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask that returns be erased; somebody else has to agree."""
    from sightline.app.erase import ask_to_erase  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    made = ask_to_erase(open_workspace(workspace), returns, reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Erasure {made.number} is asked for. Somebody else has to agree: sightline erase agree {made.number} --by NAME.")
    output.result({"erasure": made.number, "state": made.state})


@erase.command()
def agree(
    number: Number, workspace: WorkspaceOption = DEFAULT_WORKSPACE, by: ByOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Agree to an erasure that somebody else asked for, and carry it out. It cannot be undone. Cut short, do it again."""
    from sightline.app.erase import agree_to_erase  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    done = agree_to_erase(open_workspace(workspace), number, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Erasure {number} is {done.state}. Make a backup now: it takes the keys out of the folder of backed-up keys, too.")
    output.result({"erasure": number, "state": done.state})


@erase.command()
def refuse(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit. No personal details.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse an erasure that was asked for."""
    from sightline.app.erase import refuse_to_erase  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    done = refuse_to_erase(number, reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Erasure {number} is {done.state}.")
    output.result({"erasure": number, "state": done.state})


@erase.command(name="list")
def list_erasures(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """List every erasure ever asked for, the newest first."""
    from sightline.app.erase import asked_erasures  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    found = asked_erasures()
    output = Output(as_json)
    rows = [(each.number, "; ".join(each.returns), each.reason, each.by, each.state, each.decided_by) for each in found]
    output.table(("No.", "Returns", "Reason", "Asked by", "State", "Decided by"), rows)
    if not found:
        output.say("No erasure was ever asked for.")
    output.result(
        {"erasures": [{"number": each.number, "returns": list(each.returns), "state": each.state, "by": each.by} for each in found]}
    )
