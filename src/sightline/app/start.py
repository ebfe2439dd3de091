"""Where commands begin: make a workspace, or open one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sightline.app.database import configure
from sightline.app.workspace import Workspace
from sightline.ledger import audit

__all__ = ["configure", "create_workspace", "open_workspace"]


def create_workspace(root: Path, *, partnership: Path, geography: Path, by: str, at: datetime) -> Workspace:
    """Make a workspace from a partnership's definitions and its geography; see `Workspace.create`."""
    workspace = Workspace.create(root, partnership, geography)
    with audit.writing():
        audit.record("workspace_created", workspace.partnership.id, by=by, at=at)
    return workspace


def open_workspace(root: Path) -> Workspace:
    """Open a workspace; see `Workspace.open`."""
    return Workspace.open(root)
