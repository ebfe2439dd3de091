"""`sightline returns`: what has come in, what is due, what is late."""

from __future__ import annotations

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, JsonOption, WorkspaceOption, instant
from sightline.cli.output import Output


def returns(workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """List the returns calendar: agency, dataset, period, state, version, receipt."""
    from sightline.app.returns import returns_overview  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    overview = returns_overview(opened, as_of=(at is None and opened.partnership.today) or instant(at).date())
    rows = [(due.agency, due.dataset, due.period, str(due.state), due.version or "", due.return_id or "") for due in overview.returns]
    output = Output(as_json)
    output.table(("agency", "dataset", "period", "state", "version", "receipt"), rows)
    output.result(
        {"returns": [dict(zip(("agency", "dataset", "period", "state", "version", "receipt"), row, strict=True)) for row in rows]}
    )
