"""`sightline incidents`: what went wrong with data, the 72 hours, what was done, and whose data it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, JsonOption, WorkspaceOption, instant
from sightline.cli.output import Output
from sightline.cli.proof import proven

if TYPE_CHECKING:
    from sightline.app.incidents import IncidentLine

incidents = typer.Typer(
    name="incidents",
    help="What went wrong with data: the log, its 72 hours, and whose data it concerns. The officer is named with --by and proves it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The incident's number, as the list has it.")]
Officer = Annotated[str, typer.Option("--by", help="The data protection officer: the name they sign in by; they are asked to prove it.")]
Words = Annotated[str, typer.Option(help="In a sentence; kept. No personal details.")]
WHOLE = "partnership"


@incidents.command()
def record(
    by: Officer,
    kind: Annotated[
        str,
        typer.Option(help="lost_device, wrong_hands, account_misused, read_without_need, told_too_much, attack, lost_or_changed or other."),
    ],
    agency: Annotated[str, typer.Option(help="Where: an agency, or partnership.")],
    words: Words,
    noticed: Annotated[str, typer.Option(help="When it was noticed, as 2026-05-15T09:00; the 72 hours run from then.")],
    happened: Annotated[str | None, typer.Option(help="Since when (default: when it was noticed).")] = None,
    until: Annotated[str | None, typer.Option(help="Until when, if it went on after it was noticed.")] = None,
    whose: Annotated[str, typer.Option(help="The sign-in it concerns, if somebody's.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down that something went wrong."""
    from sightline.app.incidents import record_incident  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    who, own = officer(by, "writing an incident down")
    made = record_incident(
        opened,
        kind=kind,
        agency="" if agency == WHOLE else agency,
        words=words,
        happened_at=instant(happened or noticed),
        noticed_at=instant(noticed),
        until=instant(until) if until else None,
        whose=whose,
        by=who,
        own_agency=own,
        at=instant(at),
    )
    _tell(made, Output(as_json))


@incidents.command()
def step(
    number: Number,
    done: Annotated[str, typer.Argument(help="contained, regulator_told, not_reported, people_told, people_not_told, noted or closed.")],
    by: Officer,
    words: Words,
    when: Annotated[str | None, typer.Option(help="When it was done, as 2026-05-15T09:00 (default: now).")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down what was done about an incident, or decided."""
    from sightline.app.incidents import show_incident, take_incident_step  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    who, own = officer(by, f"writing down what was done about incident {number}")
    moment = instant(at)
    done_at = instant(when) if when else None
    take_incident_step(number, step=done, words=words, happened_at=done_at, by=who, own_agency=own, at=moment)
    _tell(show_incident(number, own, at=moment), Output(as_json))


@incidents.command(name="list")
def list_(by: Officer, workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """List the log, those whose 72 hours run first."""
    from sightline.app.incidents import list_incidents  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    _, own = officer(by, "listing incidents")
    found, output = list_incidents(own, at=instant(at)), Output(as_json)
    rows = [(each.number, each.kind, each.agency or WHOLE, f"{each.due:%Y-%m-%d %H:%M}", each.stands) for each in found]
    output.table(("No.", "What", "Where", "72 hours end (UTC)", "Stands"), rows)
    if not found:
        output.say("None was ever written down.")
    output.result({"incidents": [each.as_dict() for each in found]})


@incidents.command()
def affected(
    number: Number, by: Officer, workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Ask the audit whose data an incident concerns; that it was asked becomes an event itself."""
    from sightline.app.incidents import affected_by  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    who, own = officer(by, f"asking whose data incident {number} concerns")
    found, output = affected_by(opened, number, own, by=who, at=instant(at)), Output(as_json)
    output.say(f"{len(found.children):,} children whose records were opened or looked at; {found.pages:,} pages read.")
    rows = [(each.subject, each.events, f"{each.first:%Y-%m-%d %H:%M}", f"{each.last:%Y-%m-%d %H:%M}") for each in found.children]
    output.table(("Child (stand-in)", "Events", "First (UTC)", "Last (UTC)"), rows)
    output.table(("File that was taken", "Times"), found.files)
    output.result(found.as_dict())


def officer(by: str, about: str) -> tuple[str, str]:
    """The officer who does this, proved, and their agency; empty for one of the whole partnership."""
    from sightline.app.outputs import agency_of  # start-up speed: see the package docstring
    from sightline.app.roles import Role

    who = proven(by, roles={Role.DATA_PROTECTION_OFFICER}, about=about)
    return who, agency_of(who)


def _tell(line: IncidentLine, output: Output) -> None:
    output.say(f"Incident {line.number}: {line.stands}. 72 hours end at {line.due:%Y-%m-%d %H:%M} (UTC).")
    output.result(line.as_dict())
