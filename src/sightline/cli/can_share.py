"""`sightline can-share`: may this be shared, and why?"""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, JsonOption, WorkspaceOption, instant
from sightline.cli.output import Output
from sightline.errors import ExitCode, InputRefused
from sightline.model.agreements import Mode, Tier


def can_share(
    agency: Annotated[str, typer.Option(help="The agency whose data it is.")],
    dataset: Annotated[str, typer.Option(help="Its dataset.")],
    recipient: Annotated[str, typer.Option("--to", help="The agency or body that would receive it.")],
    purpose: Annotated[str, typer.Option(help="Why: one of the purposes, for example strategic_planning.")],
    tier: Annotated[str, typer.Option(help="community, strategic or operational.")] = "strategic",
    mode: Annotated[str, typer.Option(help="aggregate_only, pseudonymised or record_level.")] = "aggregate_only",
    field: Annotated[list[str] | None, typer.Option("--field", help="A field it needs, as entity.column; give it again for more.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether something may be shared, under which agreement and with what to keep to; or what stands in the way and how to mend it.

    The exit code is 0 for yes and 6 for no. Nothing is shared by asking.
    """
    from sightline.app.can_share import Question  # start-up speed: see the package docstring
    from sightline.app.can_share import can_share as ask
    from sightline.app.start import open_workspace

    try:
        question = Question(agency, dataset, recipient, purpose, Tier[tier.upper()], Mode(mode), tuple(field or ()))
    except (KeyError, ValueError) as problem:
        tiers, modes = ", ".join(each.name.lower() for each in Tier), ", ".join(Mode)
        raise InputRefused(f"{problem} is no tier or mode.", hint=f"The tiers are {tiers}; the modes are {modes}.") from problem
    answer = ask(open_workspace(workspace), question, at=instant(at))
    output = Output(as_json)
    output.say(answer.asked)
    output.say(answer.in_short)
    for each in answer.must:
        output.say(f"  {each}")
    for what, where, how in answer.reasons:
        output.say(f"  {what} ({where})\n    {how}")
    output.result(answer.as_dict())
    if not answer.allowed:
        raise typer.Exit(int(ExitCode.REFUSED))
