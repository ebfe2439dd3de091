"""Sweep the store: take away objects that no row of the ledger names, left behind by submissions that were cut short."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sightline.app.workspace import Workspace
from sightline.ledger import audit
from sightline.ledger.bundle_models import BundleRecord
from sightline.ledger.erasures import erased_generations
from sightline.ledger.models import AreaPartition, Generation, Linkage, ProtectedTableRecord, ReleaseChecklist, ReleaseRecord, ReturnObject
from sightline.ledger.output_models import AssessmentSignOff, OutputRequest
from sightline.ledger.states import State
from sightline.ledger.token_key_models import TokenRotation

GRACE = timedelta(hours=24)
"""Objects are written before the ledger row that names them: younger ones may belong to work still going on."""


def sweep_orphans(workspace: Workspace, *, by: str, at: datetime) -> list[str]:
    """Remove unnamed objects older than a day; the names of their files.

    Args:
        workspace: Where.
        by: Who asks.
        at: Now, by the clock that also dates the files.
    """
    with audit.writing():
        removed = workspace.objects.sweep(keep=named_objects(), older_than=(at - GRACE).timestamp())
        if removed:
            audit.record("objects_swept", f"{len(removed)} objects", by=by, at=at, detail={"objects": removed})
    return removed


def named_objects(*, erased: Collection[str] = ()) -> set[str]:
    """Every object that the ledger names: of returns, generations, linkages, releases, and of what protects them.

    What was erased is named no more, and neither are the links of people over a generation that a return was erased from. ``erased`` are
    returns to be taken for erased, too.
    """
    of_returns = ReturnObject.objects.exclude(return_version__state=State.ERASED).exclude(return_version__in=erased)
    linked = Linkage.objects.exclude(generation__in=erased_generations(erased))
    named = set(of_returns.values_list("digest", flat=True))
    for context in Generation.objects.values_list("context", flat=True):
        named |= set(context.values())
    for made in linked.values_list("links", "pairs", "people", "events", "gone", "places"):
        named |= {digest for digest in made if digest}
    for digest, attachments in ReleaseRecord.objects.values_list("digest", "attachments"):
        named |= {digest, *attachments.values()}
    for objects in ProtectedTableRecord.objects.values_list("digest", "released", "truth"):
        named |= set(objects)
    for asked in OutputRequest.objects.values_list("digest", "checks"):
        named |= set(asked)
    named |= set(AssessmentSignOff.objects.values_list("document", flat=True))
    rotations = TokenRotation.objects.exclude(return_version__state=State.ERASED).exclude(return_version__in=erased)
    named |= set(rotations.values_list("digest", flat=True))
    for objects in BundleRecord.objects.values_list("digest", "released", "attack"):
        named |= set(objects)
    named |= set(ReleaseChecklist.objects.values_list("digest", flat=True))
    return named | set(AreaPartition.objects.values_list("digest", flat=True))
