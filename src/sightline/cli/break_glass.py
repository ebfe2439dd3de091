"""`sightline break-glass`: one person's records in an emergency, and what protection officers say of it afterwards.

These commands know no `--at`: what is open for an hour is open by the clock alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, instant
from sightline.cli.output import Output
from sightline.cli.proof import proven, typed

if TYPE_CHECKING:
    from sightline.app.break_glass import Shown

break_glass = typer.Typer(name="break-glass", help="One person's records in an emergency: opened at once, for an hour, told and reviewed.")
Number = Annotated[int, typer.Argument(help="The number of the emergency.")]
Who = Annotated[str, typer.Option("--by", help="Who does this: the name they sign in by; they are asked to prove it.")]


@break_glass.command(name="open")
def open_(
    by: Who,
    agency: Annotated[str, typer.Option(help="The agency whose number of the person it is.")],
    emergency: Annotated[str, typer.Option(help="risk_to_life, immediate_harm or court.")],
    words: Annotated[str, typer.Option(help="What the emergency is, in a sentence. No name, date or number.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Open one person's records to a practitioner for 60 minutes; the protection officers are told in the same moment.

    The agency's number of the person is asked for and typed unseen, as is the code of the practitioner's authenticator app.
    """
    from sightline.app.break_glass import MAY_ASK, has_factor, open_records, reader_named  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace
    from sightline.app.subjects import ByNumber

    opened = open_workspace(workspace)
    named = ByNumber(agency, typed("That agency's number of the person"))
    reader = reader_named(proven(by, roles=MAY_ASK, about="opening one person's records in an emergency"))
    made = open_records(opened, reader, named, emergency=emergency, words=words, is_fresh=has_factor(by), at=instant(None))
    output = Output(as_json)
    output.say(f"Emergency {made} is open for 60 minutes: sightline break-glass show {made} --by {by}.")
    output.result({"number": made})


@break_glass.command()
def show(
    number: Number,
    by: Who,
    text: Annotated[str, typer.Option(help="The key of one text to open; each is listed with what it may speak of.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Show the records of an emergency that is open. Every look is written down; texts stay closed but for the one named."""
    from sightline.app.break_glass import MAY_ASK, look, reader_named  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    reader = reader_named(proven(by, roles=MAY_ASK, about=f"looking at emergency {number}"))
    shown = look(opened, reader, number, at=instant(None), opened=text)
    output = Output(as_json)
    _say(output, shown)
    output.result(_as_dict(shown))


@break_glass.command()
def end(number: Number, by: Who, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Close the records before the hour is over."""
    from sightline.app.break_glass import MAY_ASK, reader_named  # start-up speed: see the package docstring
    from sightline.app.break_glass import end as end_it
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    end_it(reader_named(proven(by, roles=MAY_ASK, about=f"closing emergency {number}")), number, at=instant(None))
    output = Output(as_json)
    output.say(f"Emergency {number} is closed.")
    output.result({"number": number})


@break_glass.command(name="list")
def list_(by: Who, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """List what a protection officer was told of, those that wait for a review first, with their age."""
    from sightline.app.break_glass import MAY_REVIEW, emergencies_told, officer_agency  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    officer = proven(by, roles=MAY_REVIEW, about="listing the emergencies they were told of")
    found = emergencies_told(officer_agency(officer), at=instant(None))
    output = Output(as_json)
    rows = [
        (
            each.number,
            each.by,
            f"{each.emergency}. {each.reason}",
            f"{each.days} days ago",
            "open" if each.is_open else "closed",
            ", ".join(each.waits_for) or "reviewed",
        )
        for each in found
    ]
    output.table(("No.", "Opened by", "Why", "When", "Stands", "Waits for"), rows)
    if not found:
        output.say("Nobody opened anything.")
    output.result({"emergencies": [each.as_dict() for each in found]})


@break_glass.command()
def review(
    number: Number,
    by: Who,
    justified: Annotated[bool, typer.Option("--justified/--not-justified", help="Whether it was.")],
    words: Annotated[str, typer.Option(help="Why you think so. Nothing about the person.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Record what a protection officer says of an emergency."""
    from sightline.app.break_glass import MAY_REVIEW, officer_agency  # start-up speed: see the package docstring
    from sightline.app.break_glass import review as review_it
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    agency = officer_agency(proven(by, roles=MAY_REVIEW, about=f"reviewing emergency {number}"))
    review_it(number, justified=justified, words=words, by=by, agency=agency, at=instant(None))
    output = Output(as_json)
    output.say(f"Emergency {number} is reviewed.")
    output.result({"number": number, "justified": justified})


def _say(output: Output, shown: Shown) -> None:
    output.say(f"Open until {shown.line.closes_at.isoformat(timespec='minutes')}. This look was written down.")
    for agency in shown.agencies:
        output.say(f"\n{agency.name}")
        for text in agency.texts:
            speaks = f"; may speak of {', '.join(text.categories).lower()}" if text.categories else ""
            output.say(f"  [text {text.key}] {text.kind}, {text.when}; {text.length} words{speaks}")
            if text.words is not None:
                output.say(f"    {text.words}")
        for record in agency.records:
            output.say(f"  {', '.join(filter(None, (record.kind, record.when)))} ({record.dataset}, {record.period})")
            for what, value in record.lines:
                output.say(f"    {what}: {value}")
    if shown.nothing_of:
        output.say(f"\nNothing is shown of: {', '.join(shown.nothing_of)}. That does not mean that they know nothing.")
    for gap in shown.gaps:
        output.say(gap)
    output.say("Something may be left out without a sign: conditions on handling, and decisions not to disclose.")


def _as_dict(shown: Shown) -> dict[str, object]:
    return {
        "emergency": shown.line.as_dict(),
        "agencies": [
            {
                "agency": agency.id,
                "records": [
                    {"kind": each.kind, "when": each.when, "dataset": each.dataset, "period": each.period, "says": dict(each.lines)}
                    for each in agency.records
                ],
                "texts": [
                    {"key": each.key, "kind": each.kind, "when": each.when, "categories": list(each.categories), "words": each.words}
                    for each in agency.texts
                ],
            }
            for agency in shown.agencies
        ],
        "nothing_of": list(shown.nothing_of),
        "gaps": list(shown.gaps),
    }
