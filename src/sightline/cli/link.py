"""`sightline link`: link people across agencies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, QuietOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output


def link(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    evaluate: Annotated[
        Path | None, typer.Option(help="Folder with the truth of an invented partnership: print how right the links are.")
    ] = None,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Link identity records to people; ids stay the same when a new quarter arrives."""
    from sightline.app.link_people import evaluate_links, link_people  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    output = Output(as_json, quiet)
    opened = open_workspace(workspace)
    with output.progress() as progress:
        linked = link_people(opened, by=actor(by), at=instant(at), progress=progress)
    output.say(f"{linked.identities:,} identities belong to {linked.people:,} people.")
    if evaluate is None:
        output.result(linked.as_dict())
        return
    judged = evaluate_links(opened, evaluate)
    output.say(f"Against the truth, pair by pair: precision {judged.precision:.4f}, recall {judged.recall:.4f}, F1 {judged.f1:.4f}.")
    output.table(("agencies", "true pairs", "precision", "recall"), judged.table())
    output.result({**linked.as_dict(), "evaluation": judged.as_dict()})
