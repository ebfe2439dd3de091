"""`sightline areas`: by which areas an indicator may be mapped."""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def areas(
    indicator: Annotated[str, typer.Argument(metavar="ID", help="The indicator's id, or its number in the framework (C03).")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the areas of at least 10 children and 8 addresses that an indicator may be mapped by; the first time, make and freeze them."""
    from sightline.app.areas import areas_of  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace
    from sightline.app.table_rows import indicator_to_count

    opened, output = open_workspace(workspace), Output(as_json)
    found = areas_of(opened, indicator_to_count(opened, indicator)[1], by=actor(by), at=instant(at))
    output.table(("area", "wards"), [(code, words) for code, words, _ in found.areas])
    output.say(f"Frozen, made from {found.made_from}; later records do not move them.")
    output.result(found.as_dict())
