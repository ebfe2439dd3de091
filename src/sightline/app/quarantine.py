"""Set one agency apart at once, by one switch: nothing of it is taken in, used or handed to it, and none of its people signs in.

The switch decides nothing by itself: `decide` is told of it wherever it is asked, and so is everything through which people sign in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sightline.app.workspace import Workspace
from sightline.errors import InputRefused
from sightline.ledger import quarantines as ledger


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """One agency, and since when, by whom and why it is in quarantine, if it is; ``before`` is how often it was before."""

    id: str
    name: str
    people: int
    since: datetime | None = None
    by: str = ""
    reason: str = ""
    before: int = 0

    def as_dict(self) -> dict[str, Any]:
        since = self.since.isoformat() if self.since else None
        return {"agency": self.id, "in_quarantine_since": since, "by": self.by, "reason": self.reason, "people": self.people}


def put_in_quarantine(workspace: Workspace, agency: str, *, reason: str, by: str, at: datetime) -> AgencyLine:
    """Set an agency apart from this instant.

    Raises:
        NotFound: If there is no such agency.
        InputRefused: If no reason is given.
        Refused: If it is set apart already.
    """
    id = workspace.partnership.agency(agency).id
    ledger.begin(id, reason=_said(reason), by=by, at=at)
    return _one(workspace, id)


def end_quarantine(workspace: Workspace, agency: str, *, reason: str, by: str, at: datetime) -> AgencyLine:
    """Take an agency back from this instant. What it sent before is used again when the next generation is published.

    Raises:
        NotFound: If there is no such agency, or it is not set apart.
        InputRefused: If no reason is given.
    """
    id = workspace.partnership.agency(agency).id
    ledger.end(id, reason=_said(reason), by=by, at=at)
    return _one(workspace, id)


def agencies_and_quarantine(workspace: Workspace) -> tuple[AgencyLine, ...]:
    """Every agency of the partnership and whether it is set apart, those that are first."""
    found, people = ledger.quarantines(), ledger.people_of_agencies()
    lines = []
    for agency in workspace.partnership.agencies:
        own = [each for each in found if each.agency == agency.id]
        standing = next((each for each in own if each.ended is None), None)
        line = AgencyLine(agency.id, agency.name, people.get(agency.id, 0), before=sum(each.ended is not None for each in own))
        if standing is not None:
            line = AgencyLine(agency.id, agency.name, line.people, standing.at, standing.by, standing.reason, line.before)
        lines.append(line)
    return tuple(sorted(lines, key=lambda line: line.since is None))


def _one(workspace: Workspace, id: str) -> AgencyLine:
    return next(each for each in agencies_and_quarantine(workspace) if each.id == id)


def _said(reason: str) -> str:
    if not reason.strip():
        raise InputRefused("This needs a reason.", hint="Say why in a few words, without personal details.")
    return reason.strip()
