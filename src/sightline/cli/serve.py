"""`sightline serve`: serve the pages on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, WorkspaceOption
from sightline.cli.output import Output


def serve(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8000,
) -> None:
    """Serve the pages on 127.0.0.1 until stopped with Ctrl-C. Nothing leaves this machine, but for sign-in
    through an organisation's provider where `settings.yml` names one."""
    from sightline.app.serve import check_port, serve_pages  # start-up speed: see the package docstring
    from sightline.app.sign_in_with import providers
    from sightline.app.start import open_workspace

    check_port(port)
    opened = open_workspace(workspace)
    providers()  # a settings file that is not as it should be is said here, with its line
    serve_pages(port=port, say=Output().say, workspace=opened)
