"""A month of the audit on one sheet, for an officer who does not read a million events: who read how much, what stands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q

from sightline.app.audit_trail import Asked, Told, events
from sightline.errors import InputRefused
from sightline.ledger.models import AuditEvent
from sightline.ledger.scope import whole_partnership
from sightline.model.agreements import LOCAL_TIME

COUNTED: Mapping[str, tuple[str, ...]] = {
    "Pages read": ("page_read",),
    "Files taken": ("file_taken", "output_taken"),
    "Refusals": ("page_refused",),
    "Sign-ins": ("signed_in",),
    "Refused sign-ins": ("sign_in_failed",),
    "Looks at one child’s records": ("break_glass_read", "break_glass_text_read", "access_text_read"),
    "Looks at pairs of records under review": ("link_review_pair_seen",),
}
"""What is counted, in the words of the sheet."""
STANDS_OUT = (
    "agreement_suspended",
    "audit_exported",
    "break_glass_opened",
    "break_glass_refused",
    "complaint_recorded",
    "erasure_carried_out",
    "incident_recorded",
    "not_disclosed",
    "output_recalled",
    "person_not_proved",
    "quarantine_begun",
    "rounding_key_replaced",
    "second_factor_reset",
    "storage_key_rotated",
    "token_key_destroyed",
)
"""What an officer reads one by one."""
MOST = 200


@dataclass(frozen=True, slots=True)
class Readers:
    """How much people of one role and agency read and took."""

    role: str
    agency: str
    people: int
    pages: int
    files: int


@dataclass(frozen=True, slots=True)
class Digest:
    """One month; ``agency`` whose people alone it tells of, empty for everybody. ``more`` events stand out besides those listed."""

    month: date
    agency: str
    counts: tuple[tuple[str, int], ...]
    readers: tuple[Readers, ...]
    stands_out: tuple[Told, ...]
    more: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "month": f"{self.month:%Y-%m}",
            "agency": self.agency or "partnership",
            "counts": dict(self.counts),
            "readers": [
                {"role": each.role, "agency": each.agency, "people": each.people, "pages": each.pages, "files": each.files}
                for each in self.readers
            ],
            "stands_out": [{"seq": each.seq, "at": each.at.isoformat(), "text": each.text} for each in self.stands_out],
            "more": self.more,
        }


def month_named(text: str, *, at: datetime) -> date:
    """The first day of a month written as 2026-05; of the last whole one where nothing is written.

    Raises:
        InputRefused: If it is no month.
    """
    if not text.strip():
        return (at.astimezone(LOCAL_TIME).date().replace(day=1) - timedelta(days=1)).replace(day=1)
    try:
        return datetime.strptime(text.strip(), "%Y-%m").date()
    except ValueError as wrong:
        raise InputRefused("Give the month as 2026-05.", hint="Year and month.") from wrong


@whole_partnership()
def digest(month: date, *, agency: str = "") -> Digest:
    """Sum a month up, by the clock here.

    Args:
        month: Its first day.
        agency: Only what this agency's people did; empty: what anybody did.
    """
    since, until = _instant(month), _instant((month.replace(day=28) + timedelta(days=4)).replace(day=1))
    within = AuditEvent.objects.filter(at__gte=since, at__lt=until)
    if agency:
        within = within.filter(detail__agency=agency)
    counted = dict(within.order_by().values_list("action").annotate(Count("seq")))
    taken = COUNTED["Files taken"]
    groups = (
        within.filter(action__in=("page_read", *taken))
        .order_by()
        .values_list("detail__role", "detail__agency")
        .annotate(
            people=Count("actor", distinct=True),
            pages=Count("seq", filter=Q(action="page_read")),
            files=Count("seq", filter=Q(action__in=taken)),
        )
    )
    readers = [Readers(role or "", of or "", people, pages, files) for role, of, people, pages, files in groups]
    asked = Asked(agency=agency, since=since, until=until)
    outstanding = events(asked, most=MOST, actions=STANDS_OUT)
    return Digest(
        month=month,
        agency=agency,
        counts=tuple((words, sum(counted.get(action, 0) for action in actions)) for words, actions in COUNTED.items()),
        readers=tuple(sorted(readers, key=lambda each: (each.role, each.agency))),
        stands_out=tuple(outstanding),
        more=sum(counted.get(action, 0) for action in STANDS_OUT) - len(outstanding),
    )


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_TIME)
