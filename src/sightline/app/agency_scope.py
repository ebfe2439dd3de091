"""Whose rows a page sees, for the pages: the one part of the ledger's rules that they need."""

from sightline.app import database  # Sets Django up, which the ledger needs
from sightline.ledger.scope import EVERYTHING, NOTHING, has_scopes, page_of

__all__ = ["EVERYTHING", "NOTHING", "database", "has_scopes", "page_of"]
