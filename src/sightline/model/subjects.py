"""The words of seeing one person's records in an emergency, and of deciding that something is not to be disclosed."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Emergency(StrEnum):
    """Why somebody must see a person's records at once."""

    RISK_TO_LIFE = "risk_to_life"
    IMMEDIATE_HARM = "immediate_harm"
    COURT = "court"


EMERGENCY_WORDS = {
    Emergency.RISK_TO_LIFE: "There is a risk to somebody's life",
    Emergency.IMMEDIATE_HARM: "Somebody is being harmed now, or is about to be",
    Emergency.COURT: "A court must be told today",
}

EMERGENCY_PURPOSE = "safeguard_a_child"
"""What an emergency is for; one of the catalogue's purposes, put to every agreement."""

OPEN_FOR = timedelta(minutes=60)
"""How long one person's records stay open; whatever the session does."""

SHORTEST_WORDS = 20
"""Fewer characters do not say why."""

AT_MOST = 5
"""How often one reader may ask within `LATELY`; more is no emergency but a search."""

LATELY = timedelta(hours=24)

REVIEW_WITHIN = 2
"""Working days within which a protection officer says whether it was justified."""
