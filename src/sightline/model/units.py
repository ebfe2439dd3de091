"""What indicators count, in the plural and the singular, and what medians are measured in."""

from __future__ import annotations

UNITS: dict[str, str] = {
    "children": "child",
    "episodes": "episode",
    "referrals": "referral",
    "assessments": "assessment",
    "interviews": "interview",
    "attendances": "attendance",
    "incidents": "incident",
    "offences": "offence",
    "outcomes": "outcome",
    "actions": "action",
    "plans": "plan",
    "reviews": "review",
    "screenings": "screening",
    "discussions": "discussion",
    "decisions": "decision",
    "records": "record",
    "wards": "ward",
    "agencies": "agency",
    "absences": "absence",
    "moves": "move",
    "places": "place",
    "people": "person",
}
"""Plural → singular."""

DECIMALS: dict[str, int] = {"days": 0, "hours": 0, "minutes": 0, "years": 1, "kilometres": 1}
"""How exactly a median is shown, by what it is measured in."""

GRID: dict[str, float] = {"days": 5, "hours": 6, "minutes": 15, "years": 0.5, "kilometres": 5}
"""Between which steps the ends of a median's interval are shown, by what it is measured in: an end is the value of one child."""


def counted(number: int, unit: str) -> str:
    """A number with its unit.

    >>> counted(1, "children"), counted(1_250, "episodes")
    ('1 child', '1,250 episodes')
    """
    return f"{number:,} {UNITS.get(unit, unit) if number == 1 else unit}"


def in_several_rows(unit: str) -> str:
    """That rows overlap, said under a table whose parts add up to more than all together.

    >>> in_several_rows("children"), in_several_rows("incidents")
    ('A child may be in more than one row.', 'An incident may be in more than one row.')
    """
    one = UNITS.get(unit, unit)
    return f"{'An' if one[:1] in 'aeiou' else 'A'} {one} may be in more than one row."
