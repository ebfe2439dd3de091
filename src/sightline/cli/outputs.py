"""`sightline outputs`: files that are to leave the partnership, checked before they do."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.cli.proof import proven, proven_if_a_person
from sightline.errors import InputRefused

if TYPE_CHECKING:
    from sightline.app.outputs import OutputDetail

outputs = typer.Typer(name="outputs", help="Files that are to leave, checked before they do.", no_args_is_help=True, rich_markup_mode=None)

NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="The output's number, as the list has it.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept in the audit. No personal details.")]


@outputs.command()
def ask(
    file: Annotated[Path, typer.Argument(help="The file that is to leave: csv, json, html, pdf, xlsx, svg or png.")],
    title: Annotated[str, typer.Option(help="What it is, in a few words.")],
    why: Annotated[str, typer.Option(help="Why it is needed, and what its readers must know.")],
    recipient: Annotated[str, typer.Option("--for", help="For whom: the id of an agency or body, or public.")],
    purpose: Annotated[str, typer.Option(help="One of the catalogue's purposes.")] = "strategic_planning",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask that a file may leave: it is kept by its hash and checked automatically, and two checkers decide unless that stops it.

    Who names with --by somebody that signs in proves it: a code or the password is asked for, or read from standard input.
    """
    from sightline.app.outputs import agency_of, ask_for_output, bring_file  # start-up speed: see the package docstring
    from sightline.app.roles import Role
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    who = proven_if_a_person(by, roles=frozenset(Role) - {Role.CHECKER, Role.ELECTED_MEMBER}, about="asking that a file may leave")
    made = ask_for_output(
        opened,
        bring_file(file),
        title=title,
        why=why,
        purpose=purpose,
        recipient=recipient,
        by=who,
        agency=agency_of(who),
        at=instant(at),
    )
    _tell(made, Output(as_json))


@outputs.command(name="list")
def list_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """List outputs and how each stands."""
    from sightline.app.outputs import list_outputs  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    found, output = list_outputs(), Output(as_json)
    output.table(
        ("Output", "Title", "For", "Asked by", "Stands"), [(each.number, each.title, each.recipient, each.by, each.words) for each in found]
    )
    if not found:
        output.say("Nothing has been asked for yet: `sightline outputs ask FILE`.")
    output.result({"outputs": [each.as_dict() for each in found]})


@outputs.command()
def show(number: NumberArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, by: ByOption = None, as_json: JsonOption = False) -> None:
    """Show one output as you may see it: the checks, and the decisions once enough are in."""
    from sightline.app.outputs import show_output  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    _tell(show_output(open_workspace(workspace), number, to=actor(by)), Output(as_json))


@outputs.command()
def decide(
    number: NumberArgument,
    verdict: Annotated[str, typer.Argument(metavar="VERDICT", help="release: it may leave; return: give it back.")],
    reasons: Annotated[str, typer.Option(help="What you looked at; where you give it back, what has to change.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide on an output as one of its checkers: somebody who signs in with that role, for their agency.

    The checker proves it: a code or the password is asked for, or read from standard input.
    """
    from sightline.app.outputs import agency_of_checker, decide_on_output  # start-up speed: see the package docstring
    from sightline.app.roles import Role
    from sightline.app.start import open_workspace
    from sightline.model.outputs import STATE_WORDS, Verdict

    if verdict not in tuple(Verdict):
        raise InputRefused(f'"{verdict}" is no decision.', hint="Decide release or return.")
    opened = open_workspace(workspace)
    who = proven(by, roles={Role.CHECKER}, about=f"deciding on output {number}")
    state = decide_on_output(opened, number, Verdict(verdict), reasons=reasons, by=who, agency=agency_of_checker(who), at=instant(at))
    output = Output(as_json)
    output.say(f"Output {number}: {STATE_WORDS[state]}.")
    output.result({"output": number, "state": state.value})


@outputs.command()
def take(
    number: NumberArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write it to.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a released output to a folder: byte for byte what was checked. That you took it is written down before."""
    from sightline.app.outputs import write_output  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    written, output = write_output(open_workspace(workspace), number, out, by=actor(by), at=instant(at)), Output(as_json)
    output.say(f"Wrote {written}. You are told if it is recalled.")
    output.result({"output": number, "file": str(written)})


@outputs.command()
def withdraw(
    number: NumberArgument,
    reason: ReasonOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a request of your own back while it waits."""
    from sightline.app.outputs import withdraw_output  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    withdraw_output(number, reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Output {number} is taken back.")
    output.result({"output": number, "state": "withdrawn"})


@outputs.command()
def recall(
    number: NumberArgument,
    reason: ReasonOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recall a released output: it is given out no more, everybody who took it is told, and it stays in the register."""
    from sightline.app.outputs import recall_output  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    told, output = recall_output(number, reason=reason, by=actor(by), at=instant(at)), Output(as_json)
    output.say(f"Output {number} is recalled. Told on every page they open: {', '.join(told) or 'nobody, as nobody took it'}.")
    output.result({"output": number, "state": "recalled", "told": told})


@outputs.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A file that somebody holds.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Say whether exactly this file was released, or recalled since; one changed byte and it is another file."""
    from sightline.app.outputs import bring_file, look_up_file  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    found, output = look_up_file(bring_file(file).content), Output(as_json)
    for each in found:
        output.say(f"Output {each.number}, {each.title}, for {each.recipient}: {each.words}.")
    if not found:
        output.say("No output is exactly this file. It was never checked, or it was changed since.")
    output.result({"outputs": [each.as_dict() for each in found]})


@outputs.command()
def training(
    person: Annotated[str, typer.Argument(metavar="NAME", help="The checker's sign-in.")],
    until: Annotated[str, typer.Option(help="The last day on which it holds, as 2027-11-30.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down until when a checker's training in output checking holds; of any two who release, one must be trained."""
    from sightline.app.outputs import train_checker  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    try:
        day = date.fromisoformat(until)
    except ValueError as problem:
        raise InputRefused(f'"{until}" is not a day.', hint="Write it as 2027-11-30.") from problem
    open_workspace(workspace)
    train_checker(person, until=day, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"{person} is trained until {day}.")
    output.result({"person": person, "until": str(day)})


def _tell(found: OutputDetail, output: Output) -> None:
    line = found.line
    output.say(f"Output {line.number}, {line.title}, for {line.recipient}: {line.words}. SHA-256 {line.digest}")
    output.table(("Check", "Came of it", "What it says"), [(each.title, each.words, each.says) for each in found.checks])
    for check in found.checks:
        for one in check.found:
            output.say(f"  {check.title}: {one}")
    for each in found.decisions:
        output.say(f"{each.agency} decided {each.verdict.value}: {each.reasons}")
    output.result(found.as_dict())
