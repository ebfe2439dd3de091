"""`sightline indicators`: list the indicators, show one, check those of one's own, try one on a workspace."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli import indicator_lineage
from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, JsonOption, QuietOption, instant
from sightline.cli.output import Output
from sightline.errors import ExitCode
from sightline.model.figures import Figure, NotAvailable, Released
from sightline.model.periods import Quarter

if TYPE_CHECKING:  # start-up speed: see the package docstring
    from sightline.app.indicators import Tried
    from sightline.model.releases import IndicatorText

indicators = typer.Typer(
    name="indicators", help="The indicators: list, show, check your own, try one, see how a number is made.", rich_markup_mode=None
)
indicators.command()(indicator_lineage.lineage)
indicators.command()(indicator_lineage.fields)

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        exists=True,
        file_okay=False,
        help="A partnership's folder whose own indicators, measures and derived tables are read too.",
    ),
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The indicator's id, or its number in the framework (C03).")]


@indicators.command(name="list")
def list_them(folder: FolderOption = None, as_json: JsonOption = False) -> None:
    """List every indicator in order: its number in the framework, what it counts, and whether it waits for data."""
    from sightline.app.indicators import all_questions  # start-up speed: see the package docstring
    from sightline.definitions.indicators import Indicator

    output, rows, told = Output(as_json), [], []
    for each in all_questions(folder):
        counted = isinstance(each, Indicator)
        what = f"{each.statistic} of {each.unit}" if isinstance(each, Indicator) else "waits for data"
        rows.append((each.framework or "", each.id, "key" if each.key else "", what, each.title))
        told.append(
            {"id": each.id, "framework": each.framework, "domain": each.domain, "key": each.key, "counted": counted, "title": each.title}
        )
    output.table(("no.", "id", "", "counts", "title"), rows)
    output.result({"indicators": told})


@indicators.command()
def show(id: IdArgument, folder: FolderOption = None, as_json: JsonOption = False) -> None:
    """Show one indicator: its question, what it counts, how it may be read, and the SQL behind it."""
    from dataclasses import asdict

    from sightline.app.indicators import one_indicator  # start-up speed: see the package docstring

    output, found = Output(as_json), one_indicator(id, folder)
    for line in _lines(found):
        output.say(line)
    output.result(asdict(found))


def _lines(found: IndicatorText) -> list[str]:
    lines = [f"{found.title} ({found.id}{', ' + found.framework if found.framework else ''})", found.question, "", f"Why: {found.purpose}"]
    if found.key_reason:
        lines.append(f"A key indicator: {found.key_reason}")
    if found.waits_for:
        lines += ["Waits for:", *(f"  - {each}" for each in found.waits_for)]
    else:
        shown = "median " + str(found.value) if found.is_median else found.statistic + (f" per {found.per:,}" if found.per else "")
        lines += [f"Counts ({found.unit}): {found.numerator}", f"Out of: {found.denominator or 'nothing'}", f"Shown as: {shown}"]
        lines += [f"By: {', '.join(found.breakdowns)}", f"Needs: {', '.join(found.agencies_needed)}"]
    lines += [f"Sources: {found.sources}", f"Careful: {found.caveat}"]
    lines += ["May mean:", *(f"  - {each}" for each in found.interpretations), "Ask:", *(f"  - {each}" for each in found.lines_of_inquiry)]
    return [*lines, "", found.sql] if found.sql else lines


@indicators.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="A partnership's folder; the shipped catalogue alone when left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check indicators, measures and derived tables: every mistake at once, each with its file and line."""
    from sightline.app.indicators import check_definitions  # start-up speed: see the package docstring

    output, found = Output(as_json), check_definitions(folder)
    for problem in found.problems:
        output.say(str(problem))
    output.result(found.as_dict())
    if found.problems:
        count = len(found.problems)
        output.say(
            f"{count} problem{'s' if count != 1 else ''}. Mend {'each' if count != 1 else 'it'} and check again; nothing was changed."
        )
        raise typer.Exit(int(ExitCode.INPUT_REFUSED))
    own = f", {len(found.own)} of them your own ({', '.join(found.own)})" if found.own else ""
    output.say(f"{found.counted} indicators are counted and {found.waiting} wait for data{own}. All load and run.")
    output.say(f"Key: {', '.join(found.key)}.")


@indicators.command(name="try")
def try_it(
    id: IdArgument,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace",
            "-w",
            envvar="SIGHTLINE_WORKSPACE",
            help="Workspace to count on; without one here or in the present folder, a small partnership is invented.",
        ),
    ] = None,
    folder: FolderOption = None,
    period: Annotated[str | None, typer.Option(help="The quarter, as 2026-Q1; the last there are returns for when left out.")] = None,
    keep_in: Annotated[
        Path | None, typer.Option("--keep-in", help="Keep the invented partnership in this folder, to have it at once the next time.")
    ] = None,
    at: AtOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Count one indicator on a workspace, or on a small invented partnership, and print it as a release would show it. Nothing goes
    into a release."""
    output = Output(as_json, quiet)
    tried = _tried(output, id, workspace, keep_in, folder, Quarter.parse(period) if period else None, at=instant(at))
    output.say(f"{tried.indicator.title}, {tried.period.title}: {_shown(tried.total)}")
    output.table(
        ("by", "category", tried.indicator.unit, "out of", _statistic_title(tried.indicator)),
        [(by, category, str(figure.count), str(figure.out_of or ""), _statistic(figure)) for by, category, figure in tried.parts],
    )
    kinds = [_kind(figure) for *_, figure in tried.parts]
    if tried.parts:
        output.say(
            f"{kinds.count('shown')} of {len(kinds)} parts are shown, {kinds.count('withheld')} withheld,"
            f" {kinds.count('not available')} not available."
        )
    output.result(tried.as_dict())


def _tried(
    output: Output, id: str, workspace: Path | None, keep_in: Path | None, folder: Path | None, period: Quarter | None, *, at: datetime
) -> Tried:
    from sightline.app.demo import TODAY
    from sightline.app.indicators import quarters_looked_back_on, try_indicator  # start-up speed: see the package docstring
    from sightline.app.small_demo import CHILDREN, small_demo
    from sightline.app.start import open_workspace
    from sightline.app.workspace import is_workspace

    if workspace is None and keep_in is None and is_workspace(DEFAULT_WORKSPACE):
        workspace = DEFAULT_WORKSPACE
    if workspace is not None:
        return try_indicator(open_workspace(workspace), id, at=at, own=folder, period=period)
    quarters = quarters_looked_back_on(id, folder)  # before the work, not after it
    with output.progress() as progress, small_demo(keep_in, quarters=quarters, progress=progress) as invented:
        tried = try_indicator(invented, id, at=TODAY, own=folder, period=period)
    kept = f"It is kept in {keep_in}." if keep_in else "It was not kept; --keep-in FOLDER keeps it, so that the next try is quicker."
    output.say(f"Counted on an invented partnership of {CHILDREN:,} children. {kept}")
    return tried


def _kind(figure: Figure) -> str:
    if isinstance(figure.count, Released):
        return "shown"
    return "not available" if isinstance(figure.count, NotAvailable) else "withheld"


def _shown(figure: Figure) -> str:
    out_of = f" of {figure.out_of}" if isinstance(figure.out_of, Released) else ""
    return f"{figure.count}{out_of}" + (f", {_statistic(figure)}" if figure.statistic is not None else "")


def _statistic(figure: Figure) -> str:
    interval = getattr(figure.statistic, "interval", None)
    return "" if figure.statistic is None else f"{figure.statistic} ({interval})" if interval else str(figure.statistic)


def _statistic_title(indicator: IndicatorText) -> str:
    return "median" if indicator.is_median else indicator.statistic if indicator.per else ""
