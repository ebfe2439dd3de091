"""`sightline profiles`: by what rules tables are made safe for whom, and who signed them off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output

if TYPE_CHECKING:  # start-up speed: see the package docstring
    from sightline.app.workspace import Workspace

profiles = typer.Typer(
    name="profiles", help="Protection profiles: by what rules tables are made safe for whom; list, show, sign off.", rich_markup_mode=None
)
ProfileArgument = Annotated[str, typer.Argument(metavar="ID", help="The profile's id, as `sightline profiles list` gives it.")]


@profiles.command(name="list")
def list_them(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """List every profile, and whether it is signed off in this workspace; without a workspace, those of the catalogue."""
    from sightline.app.protection_profiles import profiles_of  # start-up speed: see the package docstring

    output, found = Output(as_json), profiles_of(_opened(workspace))
    rows = [(each.profile.id, each.profile.tier, each.profile.method.value, each.profile.version, each.words) for each in found]
    output.table(("id", "tier", "method", "version", "sign-off"), rows)
    output.result({"profiles": [each.as_dict() for each in found]})


@profiles.command()
def show(id: ProfileArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Show one profile: each rule with its source and the day from which it holds."""
    from sightline.app.protection_profiles import profiles_of  # start-up speed: see the package docstring
    from sightline.errors import NotFound

    output, known = Output(as_json), {each.profile.id: each for each in profiles_of(_opened(workspace))}
    if id not in known:
        raise NotFound(f'There is no protection profile "{id}".', hint=f"There are: {', '.join(known)}.")
    state = known[id]
    output.say(f"{state.profile.title} (version {state.profile.version}), {state.words}. {state.profile.made_for}.")
    rows = [(name, str(rule.value), rule.in_force_from.isoformat(), rule.source) for name, rule in state.profile.all_rules()]
    output.table(("rule", "is", "in force from", "source"), rows)
    output.result(state.as_dict())


@profiles.command()
def sign(
    id: ProfileArgument,
    version: Annotated[str, typer.Option(help="The version that was read, as `sightline profiles show` gives it.")],
    note: Annotated[str, typer.Option(help="What the protection lead wants kept with it.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign a profile off as a protection lead: only then may tables be published under it, and only under this very wording."""
    from sightline.app.protection_profiles import sign_profile  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    state = sign_profile(open_workspace(workspace), id, version=version, note=note, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"{state.profile.title} (version {state.profile.version}): {state.words}.")
    output.result(state.as_dict())


def _opened(folder: Path) -> Workspace | None:
    from sightline.app.start import open_workspace  # start-up speed: see the package docstring
    from sightline.app.workspace import is_workspace

    return open_workspace(folder) if is_workspace(folder) else None
