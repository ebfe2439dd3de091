"""The roles of people who sign in, for the pages: the one part of the ledger's vocabulary that they need."""

from sightline.app import database  # Sets Django up, which the ledger's models need
from sightline.ledger.models import Role

__all__ = ["Role", "database", "needs_second_factor"]

_AGGREGATES_ONLY = frozenset({Role.STRATEGIC_LEAD, Role.ELECTED_MEMBER})
"""Those who see released figures and nothing else; for them a second factor is their own choice."""


def needs_second_factor(role: str) -> bool:
    """Whether somebody with that role may see nothing before they have a second factor; an unknown role needs one."""
    return role not in _AGGREGATES_ONLY
