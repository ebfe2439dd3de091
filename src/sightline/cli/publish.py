"""`sightline publish`: publish a generation."""

from __future__ import annotations

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def publish(workspace: WorkspaceOption = DEFAULT_WORKSPACE, by: ByOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Publish a generation: the ordered set of returns accepted now, on which everything after is counted."""
    from sightline.app.publish_generation import publish_generation  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    generation = publish_generation(open_workspace(workspace), by=actor(by), at=instant(at))
    output = Output(as_json)
    new = "published" if generation.is_new else "is unchanged and stays current"
    output.say(f"Generation {generation.number} ({generation.returns:,} returns) {new}.")
    output.result(generation.as_dict())
