"""`sightline uses`: what came of what an agency sent."""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from sightline.cli.output import Output


def uses(
    agency: Annotated[str, typer.Argument(help="The agency, by the name the partnership gives it.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Say what came of an agency's returns: the releases they are in, the figures they fed, the reports made and who read."""
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.uses import ACTIONS_NOT_KEPT, uses_in, uses_in_words

    opened = open_workspace(workspace)
    name, found = opened.partnership.agency(agency).name, uses_in(opened, agency)
    output = Output(as_json)
    for use in found:
        output.say(uses_in_words(use))
    if not found:
        output.say(f"{name} is in no release yet.")
    output.say(ACTIONS_NOT_KEPT)
    output.result({"agency": agency, "uses": [use.as_dict() for use in found]})
