"""Which returns may be used for figures at an instant: one question to `decide` for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sightline.app import database  # noqa: F401 - sets Django up before the ledger's models are imported
from sightline.governance import Action, Allow, Deny, Principal, Resource, Standing, decide
from sightline.ledger.agreements import standings
from sightline.ledger.models import ReturnVersion
from sightline.model.agreements import Mode, Tier

PURPOSE = "strategic_planning"
"""What figures are for."""
HUB = Principal("the partnership", "", Tier.OPERATIONAL)
"""Who counts."""


def may_use(version: ReturnVersion, at: datetime, held: Collection[Standing]) -> Allow | Deny:
    """Whether a return may be used for figures at an instant. A return keeps its mode for ever, so the least is asked."""
    asked = Resource(version.agency, version.dataset, version.period_from, version.period_to, Mode.AGGREGATE_ONLY)
    return decide(HUB, Action.COUNT, asked, PURPOSE, Tier.STRATEGIC, (), at, held)


def usable(versions: Iterable[ReturnVersion], at: datetime) -> list[str]:
    """The ids of those returns that may be used for figures at an instant, in their order."""
    held = standings()
    return [version.id for version in versions if isinstance(may_use(version, at, held), Allow)]
