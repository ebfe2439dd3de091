"""`sightline erase`: destroy returns for good, with two people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, instant
from sightline.cli.output import Output
from sightline.cli.proof import proven, typed

if TYPE_CHECKING:
    from sightline.app.erase import Effects

erase = typer.Typer(name="erase", help="Destroy returns for good: seen before, asked for by one person, agreed to by another.")
Receipts = Annotated[list[str], typer.Argument(help="The receipts of the returns.")]
Number = Annotated[int, typer.Argument(help="The number of the erasure.")]
AgencyArgument = Annotated[str, typer.Argument(help="The agency, by the name the partnership gives it.")]
NUMBER_OF = "The agency's own number for the person"
BACK_UP = " Make a backup now: it takes the keys out of the folder of backed-up keys, too."


@erase.command()
def plan(returns: Receipts, workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Show what erasing these returns would destroy and leave; nothing is changed."""
    from sightline.app.erase import effects_of  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    _tell(effects_of(open_workspace(workspace), returns, at=instant(at)), Output(as_json))


@erase.command()
def plan_person(
    agency: AgencyArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Show what erasing one person's rows in an agency's returns would destroy and leave; nothing is changed.

    The agency's own number for the person is asked for, or read from standard input, and kept nowhere.
    """
    from sightline.app.erase import effects_of_person  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    _tell(effects_of_person(opened, agency, typed(NUMBER_OF), at=instant(at)), Output(as_json))


@erase.command()
def ask_person(
    agency: AgencyArgument,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit. No personal details.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask that one person's rows in an agency's returns be erased; somebody else has to agree.

    The agency's own number for the person is asked for, and then what proves who asks; or both are lines of standard input.
    """
    from sightline.app.erase import MAY_ASK, ask_to_erase_person  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened, number = open_workspace(workspace), typed(NUMBER_OF)
    who = proven(by, roles=MAY_ASK, about="asking that one person's rows be erased")
    made = ask_to_erase_person(opened, agency, number, reason=reason, by=who, at=instant(at))
    output = Output(as_json)
    output.say(f"Erasure {made.number} is asked for. Somebody else has to agree: sightline erase agree {made.number} --by NAME.")
    output.result({"erasure": made.number, "state": made.state})


@erase.command()
def ask(
    returns: Receipts,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit. No personal details.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask that returns be erased; somebody else has to agree. Who asks proves it: a code or the password is asked for, or read from
    standard input."""
    from sightline.app.erase import MAY_ASK, ask_to_erase  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    who = proven(by, roles=MAY_ASK, about="asking that returns be erased")
    made = ask_to_erase(opened, returns, reason=reason, by=who, at=instant(at))
    output = Output(as_json)
    output.say(f"Erasure {made.number} is asked for. Somebody else has to agree: sightline erase agree {made.number} --by NAME.")
    output.result({"erasure": made.number, "state": made.state})


@erase.command()
def agree(
    number: Number, workspace: WorkspaceOption = DEFAULT_WORKSPACE, by: ByOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Agree to an erasure that somebody else asked for, and carry it out. It cannot be undone. Cut short, do it again.

    One person's rows go in two steps: publish and link once it is agreed to, and do it again.
    Who agrees proves it: a code or the password is asked for, or read from standard input.
    """
    from sightline.app.erase import MAY_AGREE, WAITS, agree_to_erase, waits_for  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    who = proven(by, roles=MAY_AGREE, about=f"agreeing to erasure {number}")
    done = agree_to_erase(opened, number, by=who, at=instant(at))
    output = Output(as_json)
    waits = waits_for(number)
    output.say(f"Erasure {number} is {done.state}." + (BACK_UP if done.state != WAITS else ""))
    for each in waits:
        output.say(f"First: {each}")
    if waits:
        output.say("The returns go on without the rows; the rows are destroyed when somebody agrees once more.")
    output.result({"erasure": number, "state": done.state, "waits_for": waits})


@erase.command()
def refuse(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit. No personal details.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse an erasure that was asked for; who refuses proves who they are, as who agrees does."""
    from sightline.app.erase import MAY_AGREE, refuse_to_erase  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    who = proven(by, roles=MAY_AGREE, about=f"refusing erasure {number}")
    done = refuse_to_erase(number, reason=reason, by=who, at=instant(at))
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


def _tell(effects: Effects, output: Output) -> None:
    from sightline.app.erase import CANNOT_BE_UNDONE, IN_THE_CLEAR  # start-up speed: see the package docstring

    rows = [
        ("Returns", str(len(effects.returns))),
        *((f"Rows of the person in {name}", f"{count:,}") for name, count in effects.rows.items()),
        ("Objects destroyed", f"{effects.objects:,}"),
        ("Objects kept, because other returns hold the same", f"{effects.shared:,}"),
        ("Linkings of people destroyed", str(effects.linkages)),
        ("Generations that cannot be counted again", ", ".join(effects.generations) or "none"),
        ("Releases that stay as published and cannot be made again", ", ".join(map(str, effects.releases)) or "none"),
    ]
    if effects.rows:
        rows.append(("Returns that go on without the rows", ", ".join(effects.go_on) or "none"))
        rows += [(f"{kept.title}, which keep a keyed stand-in", str(count)) for count, kept in effects.stays]
    output.table(("What", "How many"), rows)
    for _, kept in effects.stays:
        output.say(f"{kept.title} stay. {kept.says} {kept.source}.")
    for hindrance in effects.hindrances:
        output.say(f"First: {hindrance}")
    output.say(CANNOT_BE_UNDONE if effects.sealed else f"{CANNOT_BE_UNDONE} {IN_THE_CLEAR}")
    output.result(effects.as_dict())
