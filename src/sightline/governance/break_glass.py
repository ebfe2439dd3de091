"""Opening one person's records in an emergency: who may, how often, and until when somebody else has to have looked at it. Rules only.

An emergency is let in at once, on the word of who asks; everything that keeps it honest comes with it or after it: one person, one hour, a
sign-in of minutes ago, officers told in the same moment, every look written down, and a review. While that is overdue, who opened the
records does not sign in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sightline.errors import Refused
from sightline.governance.subjects import Glass
from sightline.governance.working_days import is_working_day
from sightline.model.agreements import LOCAL_TIME
from sightline.model.subjects import AT_MOST, REVIEW_WITHIN


class MayNotOpen(Refused):
    """This person may not open anybody's records in an emergency now."""

    code = "SL-GOV-040"
    hint = "If somebody is in danger, ring the agencies; `docs/how-to/act-in-an-emergency.md` says who may do what."


class MayNotReview(Refused):
    """This officer may not say whether this emergency was justified, or not any more."""

    code = "SL-GOV-041"
    hint = "An officer of each agency that was told looks at it, or one who answers for the whole partnership; never the reader."


@dataclass(frozen=True, slots=True)
class Wanting:
    """Who wants to open somebody's records.

    ``is_fresh``: a second factor was given minutes ago. ``tried``: how often lately, with success or without. ``officers``: who is told.
    """

    agency: str
    is_fresh: bool
    tried: int
    open_now: Glass | None
    overdue: int
    officers: int


def refuse_to_open(wanting: Wanting) -> None:
    """Let somebody go on, or say why not; nothing of what is said depends on whom they ask about.

    Raises:
        MayNotOpen: With what stands in the way.
    """
    against = {
        "Your sign-in names no agency, and its protection officer must be told.": not wanting.agency,
        "Sign in again first: this needs a second factor that was given in the last minutes.": not wanting.is_fresh,
        "You have one person's records open. End that first: one at a time.": wanting.open_now is not None,
        f"You have asked {AT_MOST} times within a day. More than that is decided by people.": wanting.tried >= AT_MOST,
        "An earlier emergency of yours was not reviewed in time. Until it is, this way is closed to you.": wanting.overdue > 0,
        "No protection officer signs in here, and nobody would be told.": wanting.officers == 0,
    }
    for reason, stands in against.items():
        if stands:
            raise MayNotOpen(reason)


def review_due(opened_at: datetime, holidays: Collection[date]) -> datetime:
    """The instant by which it has to be reviewed: the end of the second working day after the day it was opened."""
    day, left = opened_at.astimezone(LOCAL_TIME), REVIEW_WITHIN
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day.date(), holidays)
    following = day.date() + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=LOCAL_TIME)


def still_to_review(told: Collection[str], reviewed: Collection[str]) -> tuple[str, ...]:
    """The agencies whose officers have not said anything yet; a word of the whole partnership's officer (empty) answers for all."""
    return () if "" in reviewed else tuple(sorted(set(told) - set(reviewed)))


def refuse_to_review(glass: Glass, *, told: Collection[str], reviewed: Collection[str], by: str, agency: str) -> None:
    """Let an officer say what they think of it, or say why not.

    Raises:
        MayNotReview: With what stands in the way.
    """
    against = {
        "This was your own; somebody else reviews it.": by == glass.by,
        "Your agency was not told of this, for it is not concerned.": bool(agency) and agency not in told,
        "It has been reviewed for your agency.": agency in reviewed or not still_to_review(told, reviewed),
    }
    for reason, stands in against.items():
        if stands:
            raise MayNotReview(reason)
