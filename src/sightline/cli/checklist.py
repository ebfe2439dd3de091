"""`sightline checklist`: the motivated-intruder checklist of a release or table."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output

checklist = typer.Typer(
    name="checklist",
    help="The motivated-intruder checklist of a release or table: what was tried, what a person must answer, who signed.",
    rich_markup_mode=None,
)


class Subject(StrEnum):
    """Of what a checklist is."""

    release = "release"
    table = "table"


SubjectArgument = Annotated[Subject, typer.Argument(help="release or table.")]
NumberArgument = Annotated[int, typer.Argument(min=1, help="Its number.")]


@checklist.command()
def show(
    subject: SubjectArgument,
    number: NumberArgument,
    report: Annotated[Path | None, typer.Option(help="Write it to this file too, as one HTML page.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Show the checklist as it stands; the first time everything that can be tried automatically is tried."""
    from sightline.app.intruder_checklist import read_checklist  # start-up speed: see the package docstring
    from sightline.app.report_files import write_files
    from sightline.app.start import open_workspace
    from sightline.publish.checklist_page import checklist_page

    output, found = Output(as_json), read_checklist(open_workspace(workspace), subject.value, number)
    told = found.as_dict()
    output.table(("Tried", "Times", "What came of it"), [(each.what, each.times, each.came_of_it) for each in found.tried])
    for each in told["questions"]:
        answer = each["answer"]
        output.say(f"{each['id']}: {each['question']}")
        output.say(f"  {answer['text']} ({answer['by']}, {answer['at'][:10]})" if answer else "  not answered")
    output.say(f"Signed by {found.signed_by}, {found.signed_at}." if found.signed_by else "Not signed.")
    if report is not None:
        (written,) = write_files(report.parent, {report.name: checklist_page(told)})
        output.say(f"Wrote {written}")
    output.result(told)


@checklist.command()
def answer(
    subject: SubjectArgument,
    number: NumberArgument,
    question: Annotated[str, typer.Argument(help="The question's id.")],
    text: Annotated[str, typer.Option("--answer", help="What was looked at, and what was found.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer one question; it is kept with who answered and when, and takes an earlier sign-off away."""
    from sightline.app.intruder_checklist import answer_question  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    found = answer_question(open_workspace(workspace), subject.value, number, question, text, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Kept. Not answered yet: {', '.join(found.unanswered) or 'none'}.")
    output.result(found.as_dict())


@checklist.command()
def sign(
    subject: SubjectArgument,
    number: NumberArgument,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign the checklist: nothing was found, and every question is answered."""
    from sightline.app.intruder_checklist import sign_checklist  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    found = sign_checklist(open_workspace(workspace), subject.value, number, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"The checklist of {found.subject} is signed by {found.signed_by}.")
    output.result(found.as_dict())
