"""Whose data an incident concerns, as far as the audit tells: what somebody, or an agency's people, saw and did between two instants.

Children are told by their keyed stand-ins: whose numbers they are is found at the agencies (docs/how-to/when-something-goes-wrong.md).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from sightline.app.audit_trail import READS, SIGN_INS
from sightline.app.subjects import subject_tokens
from sightline.app.workspace import Workspace
from sightline.errors import NotFound
from sightline.ledger import reviews
from sightline.ledger.models import AuditEvent, LinkReviewPair
from sightline.ledger.scope import whole_partnership

PAIR_SEEN, TAKEN = "link_review_pair_seen", ("file_taken", "output_taken", "audit_exported", "access_answered")
MOST_FILES = 50
"""So many files that were taken are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class ChildAffected:
    """One child whose records were opened, looked at or decided about: a stand-in, how often, and when first and last."""

    subject: str
    events: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Affected:
    """What the audit tells. ``agencies`` are those whose records were shown; ``files`` those that were taken, each with how often."""

    children: tuple[ChildAffected, ...]
    agencies: tuple[str, ...]
    files: tuple[tuple[str, int], ...]
    more_files: int
    pages: int
    sign_ins: int
    changes: int
    unknown_pairs: int

    @property
    def is_empty(self) -> bool:
        return not (self.children or self.files or self.pages or self.sign_ins or self.changes)

    def as_dict(self) -> dict[str, Any]:
        return {
            "children": [
                {"subject": each.subject, "events": each.events, "first": each.first.isoformat(), "last": each.last.isoformat()}
                for each in self.children
            ],
            "agencies": list(self.agencies),
            "files": [{"file": name, "times": times} for name, times in self.files],
            "more_files": self.more_files,
            "pages": self.pages,
            "sign_ins": self.sign_ins,
            "changes": self.changes,
            "unknown_pairs": self.unknown_pairs,
        }


@whole_partnership()
def affected(workspace: Workspace, *, whose: str, agency: str, since: datetime, until: datetime) -> Affected:
    """Ask the audit.

    Args:
        workspace: Where.
        whose: What this person did; empty: what anybody of the agency did, and where that is empty too, what anybody did.
        agency: The agency of whoever did it.
        since: From this instant on.
        until: Before this instant.
    """
    events = AuditEvent.objects.filter(at__gte=since, at__lt=until)
    if whose:
        events = events.filter(actor=whose)
    elif agency:
        events = events.filter(detail__agency=agency)
    counted = dict(events.order_by().values_list("action").annotate(Count("seq")))
    times: dict[str, list[datetime]] = defaultdict(list)
    agencies: set[str] = set()
    files: Counter[str] = Counter()
    pairs: dict[str, tuple[str, ...]] = {}
    unknown = 0
    # Pages of figures are counted by the database: among a million events they are nearly all, and tell of no child.
    telling = events.filter(action__in=[action for action in counted if action in TAKEN or action not in (*READS, *SIGN_INS)])
    for action, object, at, detail in telling.order_by("seq").values_list("action", "object", "at", "detail").iterator():
        if action in TAKEN:
            files[object] += 1
        if action == PAIR_SEEN and object not in pairs:  # an event of before this version names no stand-ins
            pairs[object] = tuple(detail["subjects"]) if "subjects" in detail else _children_of_pair(workspace, object)
            unknown += not pairs[object]
        for subject in (detail["subject"],) if "subject" in detail else pairs.get(object, ()):
            times[subject].append(at)
        agencies.update(detail.get("agencies", ()) if "subject" in detail else ())
    children = [ChildAffected(subject, len(each), each[0], each[-1]) for subject, each in times.items()]
    named = sorted(files.items(), key=lambda each: (-each[1], each[0]))
    return Affected(
        children=tuple(sorted(children, key=lambda child: child.first)),
        agencies=tuple(sorted(agencies)),
        files=tuple(named[:MOST_FILES]),
        more_files=len(named[MOST_FILES:]),
        pages=counted.get("page_read", 0),
        sign_ins=counted.get("signed_in", 0),
        changes=sum(count for action, count in counted.items() if action not in (*READS, *SIGN_INS, *TAKEN)),
        unknown_pairs=unknown,
    )


def _children_of_pair(workspace: Workspace, told: str) -> tuple[str, ...]:
    """The stand-ins of those whose records stood in a pair of the review of links; none where the pair is not known any more."""
    try:
        pair = _pair(told)
        return subject_tokens(workspace, (pair.left, pair.right))
    except NotFound:
        return ()


def _pair(told: str) -> LinkReviewPair:
    """The pair that an event names: "pair 3 of link review 1"."""
    words = told.split()
    return reviews.find_pair(reviews.find_review(int(words[-1])), int(words[1]))
