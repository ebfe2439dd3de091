"""Which linkage belongs to which generation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sightline.ledger import audit
from sightline.ledger.models import Linkage


def record_linkage(
    generation: int, *, links: str, people: str, summary: Mapping[str, Any], by: str, at: datetime, pairs: str = ""
) -> Linkage:
    """Write down that people were linked over a generation; ``links``, ``pairs`` and ``people`` are digests of objects already stored."""
    made = {"links": links, "pairs": pairs, "people": people}
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
