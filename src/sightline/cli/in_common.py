"""`sightline in-common`: how many people two agencies both know, without either telling the other who."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sightline.cli.options import JsonOption, QuietOption
from sightline.cli.output import Output
from sightline.errors import InputRefused
from sightline.model.periods import Quarter

in_common = typer.Typer(
    name="in-common",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Count the people two agencies both know, without telling who they are.",
)

_Files = Annotated[list[Path], typer.Argument(help="Your own extract's file or files, or a folder of them.")]
_Agency = Annotated[str, typer.Option(help="Your agency, by the name the partnership gives it.")]
_Dataset = Annotated[str, typer.Option(help="The dataset, by the name the partnership gives it.")]
_Period = Annotated[str, typer.Option(help="Period it is for, as 2026-Q1.")]
_Mapping = Annotated[Path | None, typer.Option(help="The mapping (YAML) that reads the files.")]
_Format = Annotated[str | None, typer.Option(help="One of the catalogue's formats; recognised from the files when left out.")]
_By = Annotated[str, typer.Option(help="What people are compared by: names-and-birth, nhs-number or upn. The same at both agencies.")]


@in_common.command()
def ask(
    files: _Files,
    agency: _Agency,
    dataset: _Dataset,
    period: _Period,
    out: Annotated[Path, typer.Option(help="The question to write; beside it its secret, which stays with you.")] = Path("question.json"),
    mapping: _Mapping = None,
    format: _Format = None,
    by: _By = "names-and-birth",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a question about your own people, hidden, for another agency to answer."""
    from sightline.app import in_common as exchange  # start-up speed: see the package docstring

    output = Output(as_json, quiet)
    with output.progress() as progress:
        made = exchange.ask(_own(files, agency, dataset, period, mapping=mapping, format=format, by=by), out=out, progress=progress)
    output.say(f"Wrote {made.files[0]}: {made.people:,} people, hidden. Give it to the other agency.")
    output.say(f"Wrote {made.files[1]}: keep it, and give it to nobody. The answer is read with it.")
    _say_left_out(output, made.left_out)
    output.result(made.as_dict())


@in_common.command()
def answer(
    question: Annotated[Path, typer.Argument(help="The question another agency gave you.")],
    files: _Files,
    agency: _Agency,
    dataset: _Dataset,
    period: _Period,
    out: Annotated[Path, typer.Option(help="The answer to write.")] = Path("answer.json"),
    mapping: _Mapping = None,
    format: _Format = None,
    by: _By = "names-and-birth",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Answer another agency's question with your own people, hidden."""
    from sightline.app import in_common as exchange  # start-up speed: see the package docstring

    output = Output(as_json, quiet)
    with output.progress() as progress:
        own = _own(files, agency, dataset, period, mapping=mapping, format=format, by=by)
        made = exchange.answer(question, own, out=out, progress=progress)
    output.say(f"Wrote {made.files[0]}. Give it back to the agency that asked: it learns how many people you share, and nothing else.")
    _say_left_out(output, made.left_out)
    output.result(made.as_dict())


@in_common.command()
def count(
    answer: Annotated[Path, typer.Argument(help="The answer the other agency gave you.")],
    secret: Annotated[Path, typer.Option(help="The secret of your question.")] = Path("question.json.secret"),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read an answer: how many people both agencies know, rounded to 5; none and a few are told alike."""
    from sightline.app import in_common as exchange  # start-up speed: see the package docstring

    output = Output(as_json, quiet)
    shown = exchange.count(answer, secret)
    output.say(f"People whom both agencies know, as far as their records are written alike: {shown}.")
    output.say("Whoever is spelt differently at the two is not counted: the number is a lower bound, and is rounded as every count.")
    output.say("It is of these two extracts alone: not the number of a release, which counts linked children of an age and a year.")
    output.result({"in_common": shown})


def _say_left_out(output: Output, left_out: int) -> None:
    if left_out:
        output.say(f"{left_out:,} people lack what is compared and are left out.")


def _own(files: list[Path], agency: str, dataset: str, period: str, *, mapping: Path | None, format: str | None, by: str) -> Any:
    from sightline.app.in_common import COMPARISONS, Own  # start-up speed: see the package docstring

    if by not in COMPARISONS:
        raise InputRefused(f'People cannot be compared by "{by}".', hint=f"Choose one of {', '.join(COMPARISONS)}.")
    return Own(files, agency, dataset, Quarter.parse(period), format, mapping, by)
