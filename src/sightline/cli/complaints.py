"""`sightline complaints`: who complains about what is done with their data, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from sightline.cli.incidents import WHOLE, Officer, officer
from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, JsonOption, WorkspaceOption, instant
from sightline.cli.output import Output

complaints = typer.Typer(
    name="complaints",
    help="Who complains about what is done with their data: the register. The officer is named with --by and proves it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it happened, as 2026-05-15 (default: today).")]


@complaints.command()
def record(
    by: Officer,
    about: Annotated[str, typer.Option(help="access, wrong, shared, read, kept, told or other.")],
    agency: Annotated[str, typer.Option(help="To whom: an agency, or partnership.")],
    reference: Annotated[str, typer.Option(help="The number under which the letters are kept.")],
    received: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day it arrived, as 2026-05-15.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a complaint down."""
    from sightline.app.complaints import record_complaint  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    who, own = officer(by, "writing a complaint down")
    to = "" if agency == WHOLE else agency
    day = received.date()
    made = record_complaint(opened, reference=reference, agency=to, about=about, received_on=day, by=who, own_agency=own, at=instant(at))
    output = Output(as_json)
    output.say(f"Complaint {made.number}: {made.stands}.")
    output.result(made.as_dict())


@complaints.command()
def step(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The complaint's number, as the list has it.")],
    happened: Annotated[str, typer.Argument(help="acknowledged, noted, upheld, partly_upheld or not_upheld.")],
    by: Officer,
    words: Annotated[str, typer.Option(help="In a few words; kept. No personal details.")],
    day: Day = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down what happened to a complaint."""
    from sightline.app.complaints import take_complaint_step  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    who, own = officer(by, f"writing down what happened to complaint {number}")
    on = day.date() if day else None
    take_complaint_step(number, step=happened, words=words, day=on, by=who, own_agency=own, at=instant(at))
    output = Output(as_json)
    output.say(f"Written down of complaint {number}.")
    output.result({"number": number, "step": happened})


@complaints.command(name="list")
def list_(by: Officer, workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """List the register, those not answered first."""
    from sightline.app.complaints import list_complaints  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    _, own = officer(by, "listing complaints")
    found, output = list_complaints(own, at=instant(at)), Output(as_json)
    rows = [(each.number, each.reference, each.agency or WHOLE, each.about, each.stands) for each in found]
    output.table(("No.", "Reference", "To", "About", "Stands"), rows)
    if not found:
        output.say("Nobody has complained.")
    output.result({"complaints": [each.as_dict() for each in found]})
