"""Two worlds that differ in items of intelligence under conditions alone: the community is given the same of each, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from sightline.app.community_bundle import export_bundle, files_of_bundle, zip_of_bundle
from sightline.app.protection_profiles import sign_profile
from sightline.app.publish_generation import publish_generation
from sightline.app.release import make_release
from sightline.app.release_ledger import LEDGER, read_ledger
from sightline.app.releases import read_attachment
from sightline.app.single_counts import KEPT
from sightline.definitions.protection import profile_by_id
from sightline.model.releases import Release
from tests.support.few import count_few
from tests.support.partnership import NOW, Q1, Q4, link_everybody, make_workspace, submit, use_plain_reader

pytestmark = pytest.mark.django_db
CHILDREN = 24
LATER = NOW + timedelta(days=1)
PERMITTED = {"intelligence_reference": "I1", "dated_on": "2026-02-03", "handling": "permitted", "location_reference": "L1"}
UNDER_CONDITIONS = PERMITTED | {"intelligence_reference": "I2", "handling": "conditions"}
WITHOUT_A_CODE = PERMITTED | {"intelligence_reference": "I3", "handling": None}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    count_few(monkeypatch)
    use_plain_reader(monkeypatch.setattr)


def told(folder: Path, *, items: list[dict[str, Any]], children: int = CHILDREN) -> tuple[Release, dict[str, bytes], dict[str, bytes]]:
    """Make a world of its own under the same keys: its release, the release's files, and what the community is given. Then it is gone."""
    with transaction.atomic():
        workspace = make_workspace(folder)
        for name in ("identity", "rounding"):
            (workspace.root / "keys" / name).write_text("5" * 64, encoding="ascii")
        workspace = replace(workspace, identity_key=bytes.fromhex("5" * 64))
        first = [{"local_id": str(n), "received_on": "2025-11-03", "source": "police"} for n in range(children)]
        second = [{"local_id": str(n), "received_on": "2026-02-03", "source": "school"} for n in range(children)]
        submit(workspace, folder / "incoming", period=Q4, referral=first)
        submit(workspace, folder / "incoming", period=Q1, referral=second)
        flags = [{"local_id": str(n), "started_on": "2026-01-05", "flag_local": "CE", "exploitation_type": "criminal"} for n in range(11)]
        submit(workspace, folder / "incoming", agency="police", dataset="police", period=Q1, flag=flags, intelligence=items)
        generation = publish_generation(workspace, by="t", at=NOW)
        link_everybody(workspace, generation.number, children=children)
        release, _ = make_release(workspace, period=Q1, by="t", at=NOW)
        attached = {name: read_attachment(workspace, release, name) for name in release.attachments}
        version = profile_by_id("community", workspace.root / "partnership").version
        sign_profile(workspace, "community", version=version, note="read", by="lead", at=NOW)
        export_bundle(workspace, folder=folder / "out", by="analyst", at=LATER)
        given = files_of_bundle(workspace, 1) | {"as one file": zip_of_bundle(workspace, 1)}
        transaction.set_rollback(True)
    return release, attached, given


def test_items_under_conditions_change_no_byte_of_what_the_community_is_given(tmp_path):
    without = told(tmp_path / "a", items=[PERMITTED])
    with_them = told(tmp_path / "b", items=[UNDER_CONDITIONS, PERMITTED, WITHOUT_A_CODE])

    assert with_them[2] == without[2]
    assert as_counted(with_them) == as_counted(without)


def as_counted(world: tuple[Release, Mapping[str, bytes], object]) -> tuple[Release, dict[str, bytes], Mapping[Any, Any]]:
    """A release and its files without what names the returns it was counted from, which are other returns; what is kept for the next
    release is shown to nobody and marked with them.
    """
    release, attached, _ = world
    rest = {name: content for name, content in attached.items() if name not in (LEDGER, KEPT)}
    return replace(release, generation="", attachments={}), rest, read_ledger(attached[LEDGER], title="either").placed
