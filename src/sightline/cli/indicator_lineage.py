"""`sightline indicators lineage` and `sightline indicators fields`: how a number was made, and what an agreement would have to cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from sightline.cli.output import Output
from sightline.definitions.lineage import Origin, Use

if TYPE_CHECKING:
    from sightline.app.lineage import DatasetFields

_USES = {Use.VALUE: "is its value", Use.CHOICE: "decides which rows count", Use.SET: "set by the mapping"}


def lineage(
    indicator: Annotated[str, typer.Argument(help="The indicator's id, or its number in the framework (C03).")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    sql: Annotated[bool, typer.Option("--sql", help="Show the SQL of every step too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show how an indicator's number is made: the steps, the common model, and the fields of each agency's extract."""
    from sightline.app.lineage import indicator_lineage  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    found = indicator_lineage(open_workspace(workspace), indicator)
    output = Output(as_json)
    output.say(f"{found.title} ({found.indicator}, version {found.version})")
    output.say(f"Counted: {found.numerator}.")
    if found.denominator:
        output.say(f"Out of: {found.denominator}.")
    for step in found.steps:
        output.say(f"\n{step.name}: {step.says}")
        if sql:
            output.say(step.sql)
    output.say(f"\nColumns of the common model: {', '.join(found.columns)}.")
    if found.lists:
        output.say(f"Not from an agency's return: {', '.join(found.lists)}.")
    if found.joins_people:
        output.say("People of several agencies are joined; the fields that join them are marked so.")
    output.table(_COLUMNS, list(_rows(found.datasets)))
    if found.unfilled:
        output.say(f"Filled by nobody in this partnership: {', '.join(found.unfilled)}.")
    output.result(found.as_dict())


def fields(
    indicators: Annotated[list[str] | None, typer.Argument(help="Ids of indicators, or numbers in the framework; none: all.")] = None,
    agency: Annotated[str | None, typer.Option(help="One agency only.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """List the fields of agencies' extracts that indicators need: what an agreement would have to cover."""
    from sightline.app.lineage import fields_to_agree  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    found = fields_to_agree(open_workspace(workspace), indicators or (), agency=agency)
    output = Output(as_json)
    output.table(_COLUMNS, list(_rows(found)))
    output.say("Fields that join people leave an agency only where it shares records; where it prepares them first, as keyed tokens.")
    output.result({"datasets": [each.as_dict() for each in found]})


_COLUMNS = ("agency", "dataset", "table", "column of the extract", "field of the common model", "what it does")


def _rows(datasets: Sequence[DatasetFields]) -> Iterator[tuple[str, ...]]:
    for each in datasets:
        for origin in each.counted:
            yield _row(each, origin, _USES[origin.use])
        for origin in each.joining:
            yield _row(each, origin, "joins people" if origin.use is Use.VALUE else _USES[origin.use])


def _row(dataset: DatasetFields, origin: Origin, does: str) -> tuple[str, ...]:
    column = " or ".join(origin.headers) if origin.headers else f"always “{origin.says}”"
    return (dataset.agency, dataset.dataset, origin.table, column, origin.field, does)
