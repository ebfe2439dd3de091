"""The bundle for the community: made of what a release shows, signed off, attacked, kept, and the same files whenever it is asked for."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sightline.app import community_bundle
from sightline.app.area_figures import Areas
from sightline.app.community_bundle import BundleGivesAway, NotForBundles, export_bundle, files_of_bundle, zip_of_bundle
from sightline.app.protection_profiles import NotSignedOff, sign_profile
from sightline.app.release_ledger import read_ledger
from sightline.app.workspace import Workspace
from sightline.definitions.protection import profile_by_id
from sightline.errors import NotFound
from sightline.ledger.bundle_models import BundleRecord
from sightline.ledger.models import Generation, ReleaseRecord
from sightline.model.figures import Figure, Released
from sightline.model.releases import Release, release_to_json
from sightline.publish.attachments import AREAS
from tests.support.attacked import COUNTED, clean_release
from tests.support.partnership import NOW
from tests.support.releases import WARDS

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
PAIR = ("W01+1", "Harbour and Lighthouse", ("W01", "W02"))


def kept(workspace: Workspace, release: Release, at: datetime = NOW) -> Release:
    areas = (PAIR, *((code, name, (code,)) for code, name in WARDS[2:]))
    told = {"areas": [Areas("family", areas, "release 1").as_dict()], "of": {COUNTED: "family"}, "out_of_all": []}
    digest = workspace.objects.put_bytes(json.dumps(told).encode())
    release = replace(release, attachments={AREAS: digest})
    generation = Generation.objects.create(number=1, digest="0" * 64, published_at=at, published_by="t")
    ReleaseRecord.objects.create(
        number=release.number,
        period=release.period,
        digest=workspace.objects.put_bytes(release_to_json(release)),
        attachments=release.attachments,
        generation=generation,
        created_at=at,
        created_by="t",
    )
    return release


@pytest.fixture
def signed(workspace: Workspace) -> Workspace:
    profile = profile_by_id("community", workspace.root / "partnership")
    sign_profile(workspace, "community", version=profile.version, note="read", by="lead", at=NOW)
    return workspace


def rows_of(files: dict[str, bytes] | Path) -> list[dict[str, str]]:
    content = files["figures.csv"] if isinstance(files, dict) else (files / "figures.csv").read_bytes()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def number(written: str) -> int:
    return 0 if written.startswith("0-") else int(written)


def test_every_number_is_of_the_release_rounded_on_to_ten_and_sums_agree(signed: Workspace, tmp_path: Path) -> None:
    release = kept(signed, clean_release())

    done = export_bundle(signed, folder=tmp_path, by="analyst", at=LATER)

    shown = {(each.indicator, each.period, each.breakdown, each.category): each.count for each in release.figures}
    rows = [row for row in rows_of(tmp_path / "community-2026-Q1-release-1") if row["indicator"] == COUNTED]
    for row in rows:
        was = shown.get((COUNTED, row["quarter"], row["breakdown"], row["category"]))
        assert number(row["count"]) % 10 == 0
        if isinstance(was, Released):
            assert abs(number(row["count"]) - was.value) == was.value % 10
    now = [row for row in rows if row["quarter"] == release.period]
    (total,) = [number(row["count"]) for row in now if row["breakdown"] == "all"]
    for by in ("age_band", "sex", "area"):
        assert sum(number(row["count"]) for row in now if row["breakdown"] == by) == total
    assert "Harbour and Lighthouse" in {row["category_words"] for row in now}
    assert "ward" not in {row["breakdown"] for row in now}, "no ward of an indicator whose wards were put together"
    assert done.tried >= 8


def test_it_opens_from_a_folder_and_asks_nobody_for_anything(signed: Workspace, tmp_path: Path) -> None:
    kept(signed, clean_release())

    done = export_bundle(signed, folder=tmp_path, by="analyst", at=LATER)

    pages = {name: content.decode() for name, content in done.files.items() if name.endswith(".html")}
    assert "index.html" in pages
    assert not [name for name, page in pages.items() if "<script" in page or "http://" in page or "https://" in page]
    assert "0 to 9" in "".join(pages.values())
    assert "0 to 4" not in "".join(pages.values())
    assert json.loads(done.files["figures.json"])["tier"] == "community"


def test_without_a_sign_off_or_of_another_method_nothing_is_handed_out(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        export_bundle(workspace, folder=tmp_path / "out", by="analyst", at=LATER)
    release = kept(workspace, clean_release())
    with pytest.raises(NotSignedOff):
        export_bundle(workspace, folder=tmp_path / "out", by="analyst", at=LATER)
    profile = profile_by_id("community", workspace.root / "partnership")
    with pytest.raises(NotForBundles, match="another method"):
        community_bundle._refuse_others(profile, replace(release, methods={**release.methods, "disclosure": "threshold-10-round-5/2"}))
    assert not (tmp_path / "out").exists()
    assert not BundleRecord.objects.exists()


def test_a_leak_is_found_before_anything_is_written(signed: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(signed, clean_release())
    right = community_bundle._figure

    def leaking(of: Figure, count: int | None, *rest: object) -> Figure:
        figure = right(of, count, *rest)  # type: ignore[arg-type]
        return replace(figure, count=Released(3)) if (of.breakdown, of.category) == ("sex", "male") else figure

    monkeypatch.setattr(community_bundle, "_figure", leaking)
    with pytest.raises(BundleGivesAway, match="sex male"):
        export_bundle(signed, folder=tmp_path / "out", by="analyst", at=LATER)
    assert not (tmp_path / "out").exists()
    assert not BundleRecord.objects.exists()


def test_it_is_made_once_kept_and_remembered_with_what_it_tells(signed: Workspace, tmp_path: Path) -> None:
    kept(signed, clean_release())
    first = export_bundle(signed, folder=tmp_path / "one", by="analyst", at=LATER)
    again = export_bundle(signed, folder=tmp_path / "two", by="analyst", at=LATER + timedelta(days=1))

    (record,) = BundleRecord.objects.all()
    assert (first.number, again.number) == (1, 1)
    assert dict(first.files) == dict(again.files) == files_of_bundle(signed, 1)
    with zipfile.ZipFile(io.BytesIO(zip_of_bundle(signed, 1))) as packed:
        assert set(packed.namelist()) == set(first.files)
    told = read_ledger(signed.objects.get_bytes(record.released), title="bundle 1")
    assert all(high - low >= 9 for low, high in told.placed.values() if high < 1_000)
