"""The roles of people who sign in, for the pages: the one part of the ledger's vocabulary that they need."""

from sightline.app import database  # Sets Django up, which the ledger's models need
from sightline.ledger.models import Role
from sightline.model.agreements import Tier

__all__ = ["Role", "ceiling", "database", "needs_second_factor"]

_CEILINGS = {
    Role.STRATEGIC_LEAD: Tier.STRATEGIC,
    Role.ANALYST: Tier.OPERATIONAL,
    Role.AGENCY_DATA_OFFICER: Tier.OPERATIONAL,
    Role.PRACTITIONER: Tier.OPERATIONAL,
    Role.DATA_PROTECTION_OFFICER: Tier.OPERATIONAL,
    Role.ELECTED_MEMBER: Tier.STRATEGIC,
    Role.CHECKER: Tier.OPERATIONAL,
}
_AGGREGATES_ONLY = frozenset({Role.STRATEGIC_LEAD, Role.ELECTED_MEMBER})
"""Those who see released figures and nothing else; for them a second factor is their own choice."""


def ceiling(role: str) -> Tier | None:
    """Up to which tier a role may see; None for one that has no access to data, and for one that nobody knows."""
    return _CEILINGS.get(Role(role)) if role in Role.values else None


def needs_second_factor(role: str) -> bool:
    """Whether somebody with that role may see nothing before they have a second factor; an unknown role needs one."""
    return role not in _AGGREGATES_ONLY
