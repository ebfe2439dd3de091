"""Which linkage belongs to which generation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sightline.ledger import audit
from sightline.ledger.models import Linkage


def record_linkage(
    generation: int,
    *,
    links: str,
    people: str,
    summary: Mapping[str, Any],
    by: str,
    at: datetime,
    pairs: str = "",
    events: str = "",
    gone: str = "",
    places: str = "",
) -> Linkage:
    """Write down that people were linked over a generation.

    Args:
        generation: Its number.
        links: Digest of the stored object, as are ``people``, ``pairs``, ``events`` and ``gone``.
        people: One row per person.
        summary: Counts of what was done.
        by: Who asked.
        at: When.
        pairs: The pairs weighed.
        events: What became of people since the linkage before.
        gone: Who bore which id earlier and is in no return now.
        places: Which place each way of writing means.
    """
    made = {"links": links, "pairs": pairs, "people": people, "events": events, "gone": gone, "places": places}
    with audit.writing():
        linkage = Linkage.objects.create(generation_id=generation, **made, summary=dict(summary), at=at, by=by)
        audit.record("people_linked", f"generation {generation}", by=by, at=at, detail=made)
    return linkage


def latest_linkage(generation: int) -> Linkage | None:
    """The linkage that holds for a generation; None while its people are not linked."""
    return Linkage.objects.filter(generation_id=generation).order_by("-id").first()


def previous_linkage() -> Linkage | None:
    """The newest linkage of any generation: new links keep its person ids wherever the evidence allows."""
    return Linkage.objects.order_by("-id").first()


def linkage_before(linkage: Linkage) -> Linkage | None:
    """The linkage whose person ids a linkage kept; None before the first."""
    return Linkage.objects.filter(id__lt=linkage.pk).order_by("-id").first()


def find_linkage(number: int) -> Linkage | None:
    """The linkage of that number."""
    return Linkage.objects.filter(pk=number).first()


def every_linkage() -> list[Linkage]:
    """All linkages, the newest first."""
    return list(Linkage.objects.order_by("-id"))
