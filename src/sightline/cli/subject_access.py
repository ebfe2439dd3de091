"""`sightline subject-access`: a person asked what is held about them."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, instant
from sightline.cli.output import Output
from sightline.cli.proof import proven, typed
from sightline.errors import InputRefused

if TYPE_CHECKING:
    from sightline.app.subject_access import RequestLine

subject_access = typer.Typer(
    name="subject-access",
    help="A person asked what is held about them: the request, its time limit, decisions, and the answer. The officer is named with --by"
    " and proves it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The request's number, as the list has it.")]
Key = Annotated[str, typer.Argument(metavar="RECORD", help="The record's mark, as `show` lists it.")]
DayOption = Annotated[str | None, typer.Option("--day", help="The day it happened, as 2026-05-15 (default: today).")]
WordsOption = Annotated[str, typer.Option("--words", help="How, or why; kept in the audit. No personal details.")]


@subject_access.command()
def record(
    agency: Annotated[str, typer.Argument(help="The agency by whose own number the person is named.")],
    reference: Annotated[str, typer.Option(help="The number under which the letters are kept.")],
    received: Annotated[str, typer.Option(help="The day the request came, as 2026-05-15.")],
    asked_by: Annotated[str, typer.Option(help="person, parent or representative.")] = "person",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a request down. The agency's own number for the person is asked for, or read from standard input, and kept nowhere."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.subject_access import record_request
    from sightline.app.subjects import ByNumber

    opened, number = open_workspace(workspace), typed("The agency's own number for the person")
    who, own = _officer(by, "recording a subject access request")
    named, day = ByNumber(agency, number), _day(received)
    made = record_request(opened, named, reference=reference, asked_by=asked_by, received_on=day, own_agency=own, by=who, at=instant(at))
    _tell(made, Output(as_json))


@subject_access.command(name="list")
def list_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """List every request and when its answer is due, the first due first."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.subject_access import list_requests

    open_workspace(workspace)
    found, output = list_requests("", at=instant(at)), Output(as_json)
    rows = [(each.number, each.reference, each.agency or "the partnership", str(each.received_on), each.stands) for each in found]
    output.table(("No.", "Reference", "Asked of", "Received on", "Stands"), rows)
    if not found:
        output.say("Nobody has asked what is held about them.")
    output.result({"requests": [each.as_dict() for each in found]})


@subject_access.command()
def show(
    number: Number, workspace: WorkspaceOption = DEFAULT_WORKSPACE, by: ByOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Show where a request stands, what is missing, and the marks of its records; no record is shown."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.subject_access import missing, records, show_request

    opened, now = open_workspace(workspace), instant(at)
    _, own = _officer(by, f"looking at subject access request {number}")
    line, found, lacks = show_request(number, own, at=now), records(opened, number, own, at=now), missing(opened, number, own, at=now)
    output = Output(as_json)
    output.say(f"Request {line.number} ({line.reference}): {line.stands}.")
    rows = [(each.key, each.agency, each.kind, "waits for a decision" if each.becomes is None else each.becomes.value) for each in found]
    output.table(("Record", "Agency", "What", "Becomes"), rows)
    for each in lacks:
        output.say(f"First: {each}")
    listed = [{"record": key, "agency": agency, "kind": kind, "becomes": becomes} for key, agency, kind, becomes in rows]
    output.result({**line.as_dict(), "missing": lacks, "records": listed})


@subject_access.command()
def step(
    number: Number,
    what: Annotated[
        str,
        typer.Argument(
            metavar="STEP",
            help="identity_checked, clock_stopped, clock_started, extended, harm_considered, interests_considered or refused.",
        ),
    ],
    words: WordsOption,
    day: DayOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down what happened to a request; it moves the day on which the answer is due."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.subject_access import take_step
    from sightline.model.access import Step

    if what not in tuple(Step):
        raise InputRefused(f'"{what}" is no step.', hint=f"The steps are: {', '.join(Step)}.")
    open_workspace(workspace)
    now = instant(at)
    who, own = _officer(by, f"{what.replace('_', ' ')} for subject access request {number}")
    made = take_step(number, Step(what), day=_day(day) if day else now.date(), words=words, own_agency=own, by=who, at=now)
    _tell(made, Output(as_json))


@subject_access.command()
def read(
    number: Number,
    key: Key,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read one record with its texts, to decide about it. That you read it is written down before you see it."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.subject_access import read_text

    opened = open_workspace(workspace)
    who, own = _officer(by, f"reading a record of subject access request {number}")
    found, output = read_text(opened, number, key, own, by=who, at=instant(at)), Output(as_json)
    lines = [*found.lines, *found.texts.values()]
    output.table(("What", "As recorded"), lines)
    output.result({"record": found.key, "kind": found.kind, "lines": [list(line) for line in lines]})


@subject_access.command()
def decide(
    number: Number,
    key: Key,
    becomes: Annotated[str, typer.Argument(metavar="BECOMES", help="include, redact or withhold.")],
    exemption: Annotated[str, typer.Option(help="Why something is left out: one of the catalogue's exemptions.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide what becomes of one record. To redact, the words to take out are lines of standard input after the proof; none is kept."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.subject_access import decide_record
    from sightline.model.access import Becomes

    if becomes not in tuple(Becomes):
        raise InputRefused(f'"{becomes}" is no decision.', hint="Decide include, redact or withhold.")
    opened = open_workspace(workspace)
    who, own = _officer(by, f"deciding about a record of subject access request {number}")
    words_out = _lines() if becomes == Becomes.REDACT else []
    now = instant(at)
    decide_record(opened, number, key, Becomes(becomes), exemption=exemption, words_out=words_out, own_agency=own, by=who, at=now)
    output = Output(as_json)
    output.say(f"Record {key}: {becomes}.")
    output.result({"record": key, "becomes": becomes})


@subject_access.command()
def answer(
    number: Number,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write it to.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the answer as HTML and JSON. Its hashes are written down before; nothing else of it is kept, so hand it over and delete it."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.subject_access import show_request, write_answer

    opened, now = open_workspace(workspace), instant(at)
    who, own = _officer(by, f"answering subject access request {number}")
    written, output = write_answer(opened, number, out, own, by=who, at=now), Output(as_json)
    for path in written:
        output.say(f"Wrote {path}.")
    output.say("Hand it over on a safe way, and delete these files.")
    output.result({**show_request(number, own, at=now).as_dict(), "files": [str(path) for path in written]})


@subject_access.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A file that somebody holds.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Say whether exactly this file was given as an answer, to which request and when."""
    from sightline.app.outputs import bring_file  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace
    from sightline.app.subject_access import look_up_answer

    open_workspace(workspace)
    found, output = look_up_answer(bring_file(file).content), Output(as_json)
    for request, at in found:
        output.say(f"This was given as the answer to {request} on {at.date()}.")
    if not found:
        output.say("No answer is exactly this file: it was never given, or it was changed since.")
    output.result({"answers": [{"request": request, "at": at.isoformat()} for request, at in found]})


def _officer(by: str | None, about: str) -> tuple[str, str]:
    """The officer who does this, proved, and their agency; empty for one of the whole partnership."""
    from sightline.app.outputs import agency_of  # start-up speed: see the package docstring
    from sightline.app.roles import Role

    who = proven(by, roles={Role.DATA_PROTECTION_OFFICER}, about=about)
    return who, agency_of(who)


def _lines() -> list[str]:
    """Words to take out: asked for one after the other until an empty one, or the rest of standard input."""
    if not sys.stdin.isatty():
        return [line.rstrip("\n") for line in sys.stdin]
    found = []
    while word := str(typer.prompt("Words to take out (empty: no more)", default="", show_default=False)):
        found.append(word)
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise InputRefused(f'"{text}" is not a day.', hint="Write it as 2026-05-15.") from problem


def _tell(line: RequestLine, output: Output) -> None:
    output.say(f"Request {line.number} ({line.reference}): {line.stands}.")
    output.result(line.as_dict())
