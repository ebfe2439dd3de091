"""Where commands begin: make a workspace, or open one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sightline.app.agreements import agreement_files, read_agreement, register_agreements
from sightline.app.database import configure
from sightline.app.encryption import default_key_file
from sightline.app.workspace import Workspace
from sightline.definitions.partnership import load_partnership
from sightline.ledger import audit
from sightline.ledger.scope import EVERYTHING, let_process_see

__all__ = ["configure", "create_workspace", "key_file_for", "open_workspace"]


def create_workspace(root: Path, *, partnership: Path, geography: Path, by: str, at: datetime, key_file: Path | None = None) -> Workspace:
    """Make a workspace from a partnership's definitions, its agreements and its geography; see `Workspace.create`.

    The agreements are read before anything is written, and are in the registry before anybody can use the workspace. With a ``key_file``
    what is kept is sealed.

    Raises:
        ForeignAgreement: If an agreement names what the partnership does not have; and as `Workspace.create` does.
    """
    defined = load_partnership(partnership)
    for file in agreement_files(partnership):
        read_agreement(file, defined)
    let_process_see(EVERYTHING)
    workspace = Workspace.create(root, partnership, geography, key_file=key_file)
    with audit.writing():
        audit.record("workspace_created", workspace.partnership.id, by=by, at=at)
        register_agreements(workspace, by=by, at=at)
    return workspace


def key_file_for(root: Path, chosen: Path | None = None) -> Path:
    """Where the storage key of a new workspace goes: where it is asked for, or beside the workspace."""
    return chosen or default_key_file(root.resolve())


def open_workspace(root: Path) -> Workspace:
    """Open a workspace for a command, which works for the whole partnership; see `Workspace.open`."""
    let_process_see(EVERYTHING)
    return Workspace.open(root)
