"""Withdraw a return: the next generation leaves it out; what was published before stays as it was."""

from __future__ import annotations

from datetime import datetime

from sightline.app.workspace import Workspace
from sightline.errors import InputRefused
from sightline.ledger import returns


def withdraw_return(workspace: Workspace, *, return_id: str, reason: str, by: str, at: datetime) -> None:
    """Withdraw one return version and keep the reason.

    The version before it does not come back by itself: nobody has said that it is right after all. Submitting it again says so.

    Raises:
        InputRefused: If no reason is given.
        NotFound: If there is no such return.
        Refused: If it was withdrawn before.
    """
    if not reason.strip():
        raise InputRefused("A withdrawal needs a reason.", hint="Say why in a few words, without personal details.")
    returns.withdraw(return_id, reason=reason.strip(), by=by, at=at)
