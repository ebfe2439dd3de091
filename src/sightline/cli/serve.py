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
    """Serve the pages on 127.0.0.1 until stopped with Ctrl-C. Nothing leaves this machine."""
    from sightline.app.serve import check_port, serve_pages  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    check_port(port)
    open_workspace(workspace)
    Output().say(f"Serving on http://127.0.0.1:{port} (stop with Ctrl-C).")
    serve_pages(port=port)
