"""The roles of people who sign in, for the pages: the one part of the ledger's vocabulary that they need."""

from sightline.app import database  # Sets Django up, which the ledger's models need
from sightline.ledger.models import Role

__all__ = ["Role", "database"]
