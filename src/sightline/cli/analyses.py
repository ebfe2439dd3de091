"""`sightline analyses`: list the analyses, and show one as a release holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from sightline.cli.output import Output
from sightline.errors import NotFound
from sightline.model.figures import Median, Ratio, Released

if TYPE_CHECKING:  # start-up speed: see the package docstring
    from sightline.model.analyses import Analysis, AnalysisRow, AnalysisTable

analyses = typer.Typer(name="analyses", help="The analyses: list them, show one of a release.", rich_markup_mode=None)


@analyses.command(name="list")
def list_them(as_json: JsonOption = False) -> None:
    """List every analysis: the page it stands on, its question, and its tables."""
    from sightline.app.analyses import all_analyses  # start-up speed: see the package docstring

    output, rows, told = Output(as_json), [], []
    for each in all_analyses():
        rows.append((each.page, each.id, len(each.tables), each.question))
        tables = [{"id": table.id, "title": table.title} for table in each.tables]
        told.append({"id": each.id, "page": each.page, "title": each.title, "question": each.question, "tables": tables})
    output.table(("page", "id", "tables", "question"), rows)
    output.result({"analyses": told})


@analyses.command()
def show(
    id: Annotated[str, typer.Argument(metavar="ID", help="The analysis's id.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    release: Annotated[int | None, typer.Option(help="The release's number; the newest when left out.")] = None,
    with_sql: Annotated[bool, typer.Option("--sql", help="Print the SQL behind each table too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one analysis of a release: what stands out, its tables, and how they may be read."""
    from sightline.app.releases import current_release, release_by_number  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace
    from sightline.model.analyses import analysis_to_json

    output, opened = Output(as_json), open_workspace(workspace)
    chosen = current_release(opened) if release is None else release_by_number(opened, release)
    if chosen is None:
        raise NotFound("There is no release yet.", hint="Run `sightline release` first.")
    found = next((analysis for analysis in chosen.analyses if analysis.id == id), None)
    if found is None:
        raise NotFound(f'The release has no analysis "{id}".', hint="Run `sightline analyses list`.")
    for line in _words(found):
        output.say(line)
    for table in found.tables:
        _say_table(output, table)
        if with_sql:
            output.say(f"\n{table.sql}")
    output.say(f"\nCareful: {found.caveat}")
    for title, lines in (("May mean:", found.interpretations), ("Ask:", found.lines_of_inquiry)):
        output.say("\n".join((title, *(f"  - {line}" for line in lines))))
    output.result({"release": chosen.number, "period": chosen.period, "analysis": analysis_to_json(found)})


def _words(found: Analysis) -> list[str]:
    lines = [f"{found.title} ({found.id})", found.question, "", f"Why: {found.purpose}"]
    return [*lines, *(["", "Stands out:", *(f"  - {sentence}" for sentence in found.found)] if found.found else [])]


def _say_table(output: Output, table: AnalysisTable) -> None:
    output.say(f"\n{table.title}: {table.says}")
    if table.not_available is not None:
        output.say(f"  {table.not_available}")
        return
    columns = [each.title for each in table.dimensions] if table.chart != "upset" else [table.dimensions[0].title]
    columns += [table.unit, *_columns(table)]
    output.table(columns, [_cells(table, row) for row in table.rows])
    output.say(f"In all: {table.total}.{f' Ratios are out of {table.out_of}.' if table.out_of else ''}")
    if table.only_shown or table.chart == "upset":
        output.say("Rows of 0 to 4, which may be none, are left out.")
    for pair in table.agreement:
        names = f"{table.label(0, pair.first)} and {table.label(1, pair.second)}"
        overlap = "withheld" if pair.jaccard is None else f"{pair.jaccard:.0%} of children with either"
        kappa = "withheld" if pair.kappa is None else f"{pair.kappa:.2f} ({pair.low:.2f} to {pair.high:.2f})"
        output.say(f"  {names}: both {overlap}; kappa {kappa}")
    if table.agencies_missing:
        output.say(f"No return for the headline quarter from: {', '.join(table.agencies_missing)}.")
    if table.agencies_not_linked:
        output.say(
            f"Not linked with other agencies' records: {', '.join(table.agencies_not_linked)}; whoever these tell of counts once more."
        )


def _columns(table: AnalysisTable) -> list[str]:
    found = ["out of", "ratio", "interval"] if table.out_of else []
    found += ["median", "interval"] if table.value else []
    found += [f"beside {table.compared}"] if table.compared else []
    return found + (["at the common rate"] if any(row.expected is not None for row in table.rows) else [])


def _cells(table: AnalysisTable, row: AnalysisRow) -> tuple[str, ...]:
    words = table.words(row)
    cells = [" + ".join(words)] if table.chart == "upset" else list(words)
    cells.append(str(row.count))
    if table.out_of:
        interval = row.ratio.interval or "" if isinstance(row.ratio, Ratio) else ""
        cells += [str(row.out_of or ""), str(row.ratio or ""), interval]
    if table.value:
        cells += [str(row.median or ""), row.median.interval if isinstance(row.median, Median) else ""]
    if table.compared:
        cells.append(str(row.beside or ""))
    if any(each.expected is not None for each in table.rows):
        cells.append(f"about {row.expected}" if isinstance(row.expected, Released) else "")
    return tuple(cells)
