"""`sightline not-disclosed`: decisions to keep what an agency holds of one person from everybody else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, JsonOption, WorkspaceOption, instant
from sightline.cli.output import Output
from sightline.cli.proof import proven, typed

not_disclosed = typer.Typer(name="not-disclosed", help="Decisions to keep what an agency holds of one person from everybody else.")
Number = Annotated[int, typer.Argument(help="The number of the decision.")]
Officer = Annotated[str, typer.Option("--by", help="The data protection officer: the name they sign in by; they are asked to prove it.")]
Day = Annotated[datetime, typer.Option("--review-by", formats=["%Y-%m-%d"], help="The day by which it is looked at again; within a year.")]
EVERYBODY = "partnership"


@not_disclosed.command()
def add(
    by: Officer,
    agency: Annotated[str, typer.Option(help="The agency whose number of the person it is.")],
    holder: Annotated[str, typer.Option(help="Whose records are not disclosed: an agency, or partnership for every one's.")],
    asked_by: Annotated[str, typer.Option(help="Who asked for them, or for whom it is decided: a body or a role.")],
    basis: Annotated[str, typer.Option(help="Why: an id of catalogue/agreements/nondisclosure.yml.")],
    reason: Annotated[str, typer.Option(help="What was weighed, in a sentence. No personal details.")],
    review_by: Day,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day it holds (default: until it is ended).")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record a decision; it holds from that instant. The agency's number of the person is asked for and typed unseen."""
    from sightline.app.break_glass import MAY_REVIEW, officer_agency  # start-up speed: see the package docstring
    from sightline.app.not_disclosed import decide_not_to_disclose
    from sightline.app.start import open_workspace
    from sightline.app.subjects import ByNumber

    opened = open_workspace(workspace)
    named = ByNumber(agency, typed("That agency's number of the person"))
    officer = proven(by, roles=MAY_REVIEW, about="recording a decision not to disclose")
    made = decide_not_to_disclose(
        opened,
        named,
        holder="" if holder == EVERYBODY else holder,
        asked_by=asked_by,
        basis=basis,
        reason=reason,
        until=_day(until),
        review_by=review_by.date(),
        by=officer,
        agency=officer_agency(officer),
        at=instant(at),
    )
    output = Output(as_json)
    output.say(f"Decision {made.number} holds from now on.")
    output.result(made.as_dict())


@not_disclosed.command()
def review(
    number: Number,
    by: Officer,
    words: Annotated[str, typer.Option(help="What was found. No personal details.")],
    review_by: Day,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a decision was looked at again and goes on."""
    from sightline.app.break_glass import MAY_REVIEW, officer_agency  # start-up speed: see the package docstring
    from sightline.app.not_disclosed import look_again
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    officer = proven(by, roles=MAY_REVIEW, about=f"looking again at decision {number} not to disclose")
    look_again(number, words=words, review_by=review_by.date(), by=officer, agency=officer_agency(officer), at=instant(at))
    output = Output(as_json)
    output.say(f"Decision {number} goes on; look again by {review_by.date()}.")
    output.result({"number": number})


@not_disclosed.command()
def end(
    number: Number,
    by: Officer,
    reason: Annotated[str, typer.Option(help="Why it ends. No personal details.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a decision at this instant."""
    from sightline.app.break_glass import MAY_REVIEW, officer_agency  # start-up speed: see the package docstring
    from sightline.app.not_disclosed import end_decision
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    officer = proven(by, roles=MAY_REVIEW, about=f"ending decision {number} not to disclose")
    end_decision(number, reason=reason, by=officer, agency=officer_agency(officer), at=instant(at))
    output = Output(as_json)
    output.say(f"Decision {number} has ended.")
    output.result({"number": number})


@not_disclosed.command(name="list")
def list_(by: Officer, workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """List the decisions that a protection officer answers for, those that hold first."""
    from sightline.app.break_glass import MAY_REVIEW, officer_agency  # start-up speed: see the package docstring
    from sightline.app.not_disclosed import list_decisions
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    officer = proven(by, roles=MAY_REVIEW, about="listing decisions not to disclose")
    found = list_decisions(officer_agency(officer), at=instant(at))
    output = Output(as_json)
    rows = [
        (each.number, each.holder or EVERYBODY, each.subject, each.basis, "holds" if each.stands else "over", str(each.review_by))
        for each in found
    ]
    output.table(("No.", "Whose records", "Of", "Because", "Stands", "Look again by"), rows)
    if not found:
        output.say("No decision was ever recorded.")
    output.result({"decisions": [each.as_dict() for each in found]})


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
