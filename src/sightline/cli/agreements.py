"""`sightline agreements`: what agencies agreed to share, and how it stands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output

if TYPE_CHECKING:
    from sightline.app.agreements import Line
    from sightline.app.workspace import Workspace

agreements = typer.Typer(name="agreements", help="What agencies agreed to share.", no_args_is_help=True, rich_markup_mode=None)

AgreementArgument = Annotated[str, typer.Argument(metavar="AGREEMENT", help="The agreement's id, as the list has it.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept in the audit and shown to whoever is refused. No personal details.")]


@agreements.command()
def add(
    file: Annotated[Path, typer.Argument(help="The agreement as a YAML file.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add an agreement, or a new version of one, with the signatures that its file names. A version never changes afterwards."""
    from sightline.app.agreements import add_agreement  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    _tell(add_agreement(open_workspace(workspace), file, by=actor(by), at=instant(at)), Output(as_json))


@agreements.command()
def sign(
    agreement: AgreementArgument,
    party: Annotated[str, typer.Option(help="The agency that signed.")],
    person: Annotated[str, typer.Option(help="Who signed for it.")],
    role: Annotated[str, typer.Option(help="In what role, for example Caldicott guardian.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down that a party signed the newest version. When every party has, and its first day has come, it is in force."""
    from sightline.app.agreements import sign_agreement  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    line = sign_agreement(open_workspace(workspace), agreement, party=party, person=person, role=role, by=actor(by), at=instant(at))
    _tell(line, Output(as_json))


@agreements.command()
def suspend(
    agreement: AgreementArgument,
    reason: ReasonOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop all new use under an agreement, from this instant; `resume` takes it up again."""
    _step("suspend", agreement, reason, workspace=workspace, by=by, at=at, as_json=as_json)


@agreements.command()
def resume(
    agreement: AgreementArgument,
    reason: ReasonOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take up an agreement that was suspended."""
    _step("resume", agreement, reason, workspace=workspace, by=by, at=at, as_json=as_json)


@agreements.command()
def withdraw(
    agreement: AgreementArgument,
    reason: ReasonOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """End an agreement for good, from this instant."""
    _step("withdraw", agreement, reason, workspace=workspace, by=by, at=at, as_json=as_json)


@agreements.command(name="list")
def list_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """List agreements, how each stands, and which end soon."""
    from sightline.app.agreements import list_agreements  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    found = list_agreements(opened, at=_now(opened, at))
    output = Output(as_json)
    output.table(
        ("Agreement", "Version", "Title", "Stands", "From", "To", "Parties"),
        [(each.id, each.version, each.title, _words(each), str(each.start), str(each.end), ", ".join(each.parties)) for each in found],
    )
    if not found:
        output.say("There is no agreement. Nothing can be submitted until one is in force: `sightline agreements add FILE.yml`.")
    output.result({"agreements": [each.as_dict() for each in found]})


@agreements.command()
def show(
    agreement: AgreementArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Show one agreement: its terms, who signed, and what happened to it."""
    from sightline.app.agreements import show_agreement  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    found = show_agreement(opened, agreement, at=_now(opened, at))
    terms, output = found.standing.terms, Output(as_json)
    output.say(f"{terms.title} ({found.standing.name}): {_words(found.line)}, from {terms.start} to {terms.end}.")
    output.say(f"Purposes: {'; '.join(found.purposes)}. Up to the {terms.tier_ceiling.name.lower()} tier. {found.retention}.")
    output.say(f"Legal bases: {'; '.join(f'{title} ({source})' for title, source in found.legal_bases)}.")
    output.table(
        ("Agency", "Dataset", "Detail", "Fields"),
        [(each.agency, each.dataset, each.mode.value.replace("_", " "), ", ".join(each.fields)) for each in terms.datasets],
    )
    output.table(
        ("Party", "Signed", "By"),
        [(each.party, f"{each.at:%Y-%m-%d}", f"{each.person}, {each.role}") for each in found.standing.signatures]
        + [(party, "not yet", "") for party in found.unsigned],
    )
    for one in found.versions:
        for each in one.happened:
            output.say(f"{each.at:%Y-%m-%d %H:%M} {one.name} {each.step.value} by {each.by}: {each.reason}")
    output.result(found.as_dict())


@agreements.command()
def check(workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Say what to look at: datasets that no agreement in force covers, and agreements that end soon or are due for review."""
    from sightline.app.agreements import check_agreements  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    found = check_agreements(opened, at=_now(opened, at))
    output = Output(as_json)
    for each in found:
        output.say(each)
    if not found:
        output.say("Every dataset is covered by an agreement in force, and none ends within 90 days.")
    output.result({"found": list(found)})


@agreements.command()
def assess(
    agreement: AgreementArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write it to, as HTML, PDF and JSON.")] = None,
    sign_as: Annotated[str | None, typer.Option("--sign-as", help="Sign it, as this data protection officer (their sign-in).")] = None,
    note: Annotated[str, typer.Option(help="Advice kept with the signature. No personal details.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Generate the impact assessment of an agreement's newest version; a version that goes further is not in force before it is signed."""
    from sightline.app.assessments import assessment_of, sign_assessment, write_facts  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened, now, output = open_workspace(workspace), instant(at), Output(as_json)
    facts = sign_assessment(opened, agreement, note=note, by=sign_as, at=now) if sign_as else assessment_of(opened, agreement, at=now)
    files = write_facts(facts, out, f"impact-assessment-{agreement}") if out else []
    for each in facts["widens"]:
        output.say(f"Goes further than what was assessed before: {each}.")
    output.say("It is not in force until a data protection officer signs." if facts["blocks"] else "Nothing in it waits for a signature.")
    for one in facts["signed"]:
        output.say(f"Signed by {one}.{' What it is made of has changed since.' if facts['stale'] else ''}")
    for file in files:
        output.say(f"Wrote {file}.")
    output.result({**facts, "files": [str(file) for file in files]})


@agreements.command()
def processing(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write it to, as HTML, PDF and JSON.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the record of processing (UK GDPR, Article 30), generated from the agreements as they stand."""
    from sightline.app.assessments import record_of_processing, write_facts  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    facts, output = record_of_processing(opened, at=_now(opened, at)), Output(as_json)
    files = write_facts(facts, out, "record-of-processing")
    for file in files:
        output.say(f"Wrote {file}.")
    output.result({"digest": facts["digest"], "files": [str(file) for file in files]})


def _step(step: str, agreement: str, reason: str, *, workspace: Path, by: str | None, at: str | None, as_json: bool) -> None:
    from sightline.app.agreements import take_step  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace
    from sightline.model.agreements import Step

    line = take_step(open_workspace(workspace), agreement, Step(step), reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    _tell(line, output)
    output.say("Run `sightline publish` and `sightline link`: figures counted from now on follow it.")


def _tell(line: Line, output: Output) -> None:
    output.say(f"{line.title} ({line.id}@{line.version}) is {line.words}.")
    output.result(line.as_dict())


def _words(line: Line) -> str:
    return line.words if line.warn_within is None else f"{line.words}; ends in {line.days_left} days"


def _now(workspace: Workspace, at: str | None) -> datetime:
    """The instant asked about; the invented partnership's own today where none is named."""
    from sightline.app.agreements import today_of  # start-up speed: see the package docstring

    return today_of(workspace, instant(at)) if at is None else instant(at)
