"""What a protection officer should ask about: looks at records of people that no work explains by itself.

Nobody is found guilty here and nothing is refused. Somebody who looks at the same child day after day, asks for numbers that nobody has,
goes through pairs of records without deciding, or is shown a record with their own family name may have every reason to; an officer asks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sightline.ledger.models import AuditEvent, User
from sightline.ledger.scope import whole_partnership
from sightline.model.agreements import LOCAL_TIME

WITHIN = timedelta(days=30)
DAYS_ON_ONE_CHILD, IN_VAIN, UNDECIDED = 3, 3, 10
"""From so many on an officer is told: days on which somebody looked at one child, asks for nobody, pairs seen and not decided about."""
LOOKS = ("break_glass_read", "break_glass_text_read", "link_review_pair_seen")
REFUSED, DECIDED = "break_glass_refused", "link_review_decided"
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Unusual:
    """Who, what in words, and when last."""

    by: str
    words: str
    last: datetime


def bears_name_of(reader: str, family_names: Iterable[str]) -> bool:
    """Whether somebody's own name, as far as the sign-in tells it, is among family names that they are shown."""
    user = User.objects.filter(username=reader).first()
    own = _words(reader) | (_words(user.last_name) if user else set())
    return any(own & _words(name) for name in family_names)


@whole_partnership()
def unusual(*, at: datetime) -> list[Unusual]:
    """What stands out in the events of the last 30 days, the newest first."""
    events = AuditEvent.objects.filter(action__in=(*LOOKS, REFUSED, DECIDED), at__gt=at - WITHIN, at__lte=at).order_by("seq")
    days: dict[tuple[str, str], dict[date, datetime]] = defaultdict(dict)
    in_vain: dict[str, list[datetime]] = defaultdict(list)
    undecided: dict[str, dict[str, datetime]] = defaultdict(dict)
    found = []
    for event in events:
        if event.action == REFUSED:
            in_vain[event.actor].append(event.at)
        elif event.action == DECIDED:
            undecided[event.actor].pop(event.object, None)
        elif event.action == "link_review_pair_seen":
            undecided[event.actor][event.object] = event.at
        if event.detail.get("own_name"):
            found.append(Unusual(event.actor, f"was shown a record with their own family name ({event.object})", event.at))
        if event.action in LOOKS:
            for subject in event.detail.get("subjects", [event.detail.get("subject", "")]):
                days[event.actor, subject][event.at.astimezone(LOCAL_TIME).date()] = event.at
    found += [
        Unusual(by, f"looked at child {subject} on {len(each)} days", max(each.values()))
        for (by, subject), each in days.items()
        if subject and len(each) >= DAYS_ON_ONE_CHILD
    ]
    found += [
        Unusual(by, f"asked {len(each)} times for a child's records in an emergency, and nothing was opened", each[-1])
        for by, each in in_vain.items()
        if len(each) >= IN_VAIN
    ]
    found += [
        Unusual(by, f"was shown {len(each)} pairs of records and decided about none of them", max(each.values()))
        for by, each in undecided.items()
        if len(each) >= UNDECIDED
    ]
    return sorted(found, key=lambda each: (each.last, each.by, each.words), reverse=True)


def _words(text: str) -> set[str]:
    return {word for word in re.split(r"[^\w]+|[\d_]+", text.casefold()) if len(word) >= _SHORTEST_NAME}
