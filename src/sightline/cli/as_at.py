"""`sightline as-at`: what was known at a past instant."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption, instant
from sightline.cli.output import Output


def as_at(
    moment: Annotated[str, typer.Argument(help="The instant, as 2025-11-30T17:00.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Say which returns had been accepted at a past instant, and what arrived, was corrected or was withdrawn since."""
    from sightline.app.as_at import generation_as_at  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    then = generation_as_at(open_workspace(workspace), instant(moment))
    output = Output(as_json)
    published = f"generation {then.published.number} was current" if then.published else "no generation had been published"
    output.say(f"At {then.instant:%d %B %Y %H:%M %Z}: {then.generation.returns:,} returns held, and {published}.")
    output.table(
        ("Agency", "Dataset", "Period", "Since then", "Version then", "Version now"),
        [(each.agency, each.dataset, each.period, str(each.since), each.then or "", each.now or "") for each in then.differences],
    )
    output.result(
        {
            "instant": then.instant.isoformat(),
            "returns": then.generation.returns,
            "digest": then.generation.digest,
            "published": then.published.number if then.published else None,
            "differences": [asdict(each) for each in then.differences],
        }
    )
