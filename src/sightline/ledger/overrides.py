"""Stewards' decisions about links, and what was undone: rows that are added and never changed."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
from django.db.models import Max, QuerySet

from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.linkages import previous_linkage
from sightline.ledger.models import Linkage, LinkOverride, LinkOverrideWithdrawal, LinkUndo
from sightline.model.entities import OVERRIDE_SCHEMA
from sightline.model.overrides import OverrideKind


def add_override(
    kind: OverrideKind, one: str, other: str, *, reason: str, by: str, at: datetime, undo: LinkUndo | None = None
) -> LinkOverride:
    """Write one decision down. The audit names it by its number and kind and never says whom it is about.

    Raises:
        Refused: If the same is in force already.
    """
    left, right = sorted((one, other))
    with audit.writing():
        same = in_force().filter(left=left, right=right, kind=kind).first()
        if same is not None:
            raise Refused(f"Override {same.pk} says so already.", hint="Nothing was added.")
        made = LinkOverride.objects.create(left=left, right=right, kind=kind, reason=reason, by=by, at=at, undo=undo)
        audit.record("link_override_added", str(made), by=by, at=at, detail={"kind": kind.value, **({"undo": undo.pk} if undo else {})})
    return made


def withdraw_override(number: int, *, reason: str, by: str, at: datetime) -> LinkOverride:
    """Take a decision back; the row of the decision stays.

    Raises:
        NotFound: If there is none of that number.
        Refused: If it was withdrawn before.
    """
    with audit.writing():
        override = LinkOverride.objects.filter(pk=number).first()
        if override is None:
            raise NotFound(f"There is no override {number}.", hint="See `sightline link override list`.")
        if LinkOverrideWithdrawal.objects.filter(override=override).exists():
            raise Refused(f"Override {number} was withdrawn before.", hint="Nothing was changed.")
        LinkOverrideWithdrawal.objects.create(override=override, after=previous_linkage(), reason=reason, by=by, at=at)
        audit.record("link_override_withdrawn", str(override), by=by, at=at, detail={"kind": override.kind})
    return override


def in_force() -> QuerySet[LinkOverride]:
    """The decisions nobody has withdrawn, in the order they were made."""
    return LinkOverride.objects.filter(withdrawal=None).order_by("id")


def every_override() -> list[LinkOverride]:
    """All decisions, those withdrawn too, in the order they were made."""
    return list(LinkOverride.objects.select_related("withdrawal").order_by("id"))


def override_table(after: Linkage | None) -> pa.Table:
    """The decisions a linkage follows: those in force, and as no longer in force those withdrawn since ``after``, the linkage before it."""
    rows = [
        {
            "number": override.pk,
            "left": override.left,
            "right": override.right,
            "kind": override.kind,
            "reason": override.reason,
            "in_force": withdrawal is None,
        }
        for override in every_override()
        if (withdrawal := getattr(override, "withdrawal", None)) is None or (after is not None and withdrawal.after_id == after.pk)
    ]
    return pa.Table.from_pylist(rows, schema=OVERRIDE_SCHEMA)


def record_undo(linkage: Linkage, event: int, *, after: Linkage, reason: str, by: str, at: datetime) -> LinkUndo:
    """Write down that an event is undone by the linkage that will follow ``after``.

    Raises:
        Refused: If that is written down already.
    """
    with audit.writing():
        if LinkUndo.objects.filter(linkage=linkage, event=event, after=after).exists():
            raise Refused(f"Event {linkage.pk}-{event} is undone already.", hint="Run `sightline link`: it gives the former ids back.")
        undo = LinkUndo.objects.create(linkage=linkage, event=event, after=after, reason=reason, by=by, at=at)
        audit.record("link_event_undone", f"event {linkage.pk}-{event}", by=by, at=at, detail={"undo": undo.pk})
    return undo


def undone_since(linkage: Linkage) -> list[LinkUndo]:
    """What the next linkage after this one has to undo, in the order it was asked for."""
    return list(LinkUndo.objects.filter(after=linkage).select_related("linkage").order_by("id"))


def newest_decision() -> tuple[int, int, int]:
    """A mark that changes whenever a steward decides anything about links."""
    one, two, three = (
        int(model.objects.aggregate(newest=Max("id"))["newest"] or 0) for model in (LinkOverride, LinkOverrideWithdrawal, LinkUndo)
    )
    return one, two, three
