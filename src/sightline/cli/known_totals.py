"""`sightline known-totals`: what outsiders know already from what others publish."""

from __future__ import annotations

from sightline.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from sightline.cli.output import Output


def known_totals(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """List the totals that releases are attacked with because others publish them, and those declared that give none, with the reason."""
    from sightline.app.known_outside import declared_totals  # start-up speed: see the package docstring
    from sightline.app.known_outside import known_totals as every_total
    from sightline.app.start import open_workspace

    opened, output = open_workspace(workspace), Output(as_json)
    totals = every_total(opened)
    none = [each for each in declared_totals(opened) if each.total is None]
    rows = [(*each.name[1:], each.value, each.within, each.source) for each in totals]
    output.table(
        ("indicator", "quarter", "breakdown", "category", "value", "within", "source"), [tuple(str(part) for part in row) for row in rows]
    )
    for each in none:
        output.say(f"No total: {' '.join(each.name)}, {each.source}: {each.reason}.")
    output.say(f"{len(totals):,} totals; {len(none):,} declared that give none.")
    names = ("indicator", "quarter", "breakdown", "category", "value", "within", "source")
    output.result(
        {
            "totals": [dict(zip(names, row, strict=True)) for row in rows],
            "none": [dict(zip(names[:4], each.name, strict=True)) | {"source": each.source, "reason": each.reason} for each in none],
        }
    )
