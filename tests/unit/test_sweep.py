"""The sweep: what was cut short goes, what is named stays."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from sightline.app.publish_generation import publish_generation
from sightline.app.sweep import named_objects, sweep_orphans
from sightline.ledger.linkages import record_linkage
from sightline.ledger.models import AuditEvent
from sightline.ledger.releases import record_release
from tests.support.partnership import NOW, referral


def test_everything_the_ledger_names_stays_and_the_rest_goes_after_a_day(workspace, submit):
    put = workspace.objects.put_bytes
    submit(referral=[referral("A1")])
    generation = publish_generation(workspace, by="t", at=NOW).number
    record_linkage(generation, links=put(b"links"), pairs=put(b"pairs"), people=put(b"people"), summary={}, by="t", at=NOW)
    named_by_release = {"period": "2026-Q1", "digest": put(b"release"), "attachments": {"charts/x.svg": put(b"chart")}}
    record_release(1, **named_by_release, generation=generation, by="t", at=NOW)
    kept, orphan = set(workspace.objects.names()), put(b"orphan")
    for digest in workspace.objects.names():
        os.utime(workspace.objects.path(digest), (1_000, 1_000))
    young = put(b"still being submitted")
    now = datetime.fromtimestamp(workspace.objects.path(young).stat().st_mtime, UTC) + timedelta(hours=23)

    assert sweep_orphans(workspace, by="t", at=now) == [orphan]
    assert set(workspace.objects.names()) == kept | {young}
    assert kept == named_objects()
    assert AuditEvent.objects.order_by("seq").last().action == "objects_swept"
    assert sweep_orphans(workspace, by="t", at=now) == []
