"""Two worlds that differ in one child: what the community is given of them, and what somebody learns who holds both."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.db import transaction
from tests.support.few import count_few
from tests.support.partnership import NOW, Q1, use_plain_reader
from tests.support.small_world import Child, make_world, some_children, tell_of

from sightline.app import community_bundle
from sightline.app.attack_release import SEED, report_of
from sightline.app.community_bundle import export_bundle
from sightline.app.known_outside import known_totals
from sightline.app.protection_profiles import sign_profile
from sightline.app.release import make_release
from sightline.app.workspace import Workspace
from sightline.definitions.protection import profile_by_id
from sightline.disclosure.blackbox.on_sums import Worked
from sightline.disclosure.blackbox.outcome import Name
from sightline.model.releases import Release

pytestmark = pytest.mark.django_db
EVERY_CHILD = bool(os.environ.get("SIGHTLINE_EVERY_CHILD"))
CHILDREN = some_children(60)
WITHOUT = CHILDREN if EVERY_CHILD else [CHILDREN[0], CHILDREN[11]]
"""Every one in turn at night; in CI two who stand at a boundary: without one of them the release shows a dozen numbers otherwise."""
WITHIN = 9
"""How far a number of a first bundle lies from the true one."""
NEXT_DAY = NOW + timedelta(days=1)
_NAMES_ITSELF = re.compile(rb"(release \d+)|(\b\d{1,2} [A-Z][a-z]+ 2026\b)|(2026-05-1\d(T[\d:+]*)?)")


@dataclass(frozen=True)
class Told:
    """A release, what the community is given of it, and the same as somebody works with who attacks it."""

    release: Release
    files: Mapping[str, bytes]
    worked: Worked

    def numbers(self) -> dict[tuple[str, ...], object]:
        return {(each.indicator, each.period, each.breakdown, each.category): (each.count, each.out_of) for each in self.release.figures}

    def without_its_name(self) -> dict[str, bytes]:
        """The files without the number and the days of the release, which are another's; figures keep every byte."""
        files = {name: _NAMES_ITSELF.sub(b"", content) for name, content in self.files.items()}
        files["figures.csv"] = re.sub(rb"(?m)^\d+,", b"", files["figures.csv"])
        files["figures.json"] = re.sub(rb'"(release|number)": \d+', b"", files["figures.json"])
        return files


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A partnership that counts a few indicators, whose protection lead signed the community's profile off."""
    count_few(monkeypatch)
    use_plain_reader(monkeypatch.setattr)
    workspace = make_world(tmp_path)
    version = profile_by_id("community", workspace.root / "partnership").version
    sign_profile(workspace, "community", version=version, note="read", by="lead", at=NOW)
    return workspace


def tell(workspace: Workspace, folder: Path, children: Sequence[Child], at: datetime) -> Told:
    """Release these children, and hand out the bundle; refused if any attack on it, beside all bundles before, finds something."""
    tell_of(workspace, folder, children, at=at)
    release, _ = make_release(workspace, period=Q1, by="t", at=at)
    later = at + timedelta(hours=1)
    profile = profile_by_id("community", workspace.root / "partnership")
    made = community_bundle._made(workspace, release, profile, community_bundle._shown_before(workspace, later), at=later)
    handed_out = export_bundle(workspace, folder=folder / "out", by="analyst", at=later)
    return Told(release, handed_out.files, made.worked)


def counts_left(one: Mapping[Name, int | None], other: Mapping[Name, int | None]) -> Iterator[int]:
    """How many true counts fit each number, for somebody who knows that the worlds differ by one child and that neither was told before."""
    for name, first in one.items():
        second = other.get(name)
        if first is not None and second is not None:
            # With the child there is as many as without it, or one more.
            yield min(first, second + 1) + WITHIN - max(first - WITHIN, second - WITHIN, 0) + 1


def test_after_the_release_of_a_world_that_of_the_same_without_one_child_gives_the_community_the_same_bytes(
    world: Workspace, tmp_path: Path
) -> None:
    before = tell(world, tmp_path / "in", CHILDREN, NOW)
    changed = 0
    for child in WITHOUT:
        with transaction.atomic():
            after = tell(world, tmp_path / "in", [each for each in CHILDREN if each is not child], NEXT_DAY)
            transaction.set_rollback(True)
        assert after.without_its_name() == before.without_its_name(), f"child {child.id}"
        changed += before.numbers() != after.numbers()

    assert changed >= len(WITHOUT) / 2, "the release itself shows other numbers: it is the bundle that holds still"
    print(f"for {changed} of {len(WITHOUT)} children the release shows other numbers")  # noqa: T201 - a figure of the method page


def test_two_worlds_released_apart_may_be_told_apart_and_neither_count_nor_child_can_be_read_off_the_pair(
    world: Workspace, tmp_path: Path
) -> None:
    def apart(children: Sequence[Child]) -> Told:
        with transaction.atomic():
            told = tell(world, tmp_path / "in", children, NOW)
            transaction.set_rollback(True)
        return told

    whole, same, fewest = apart(CHILDREN), 0, 100
    for child in WITHOUT:
        other = apart([each for each in CHILDREN if each is not child])
        same += other.files == whole.files
        for first, second in ((whole, other), (other, whole)):
            report = report_of(second.worked, earlier=[first.worked], known=known_totals(world), rng=np.random.default_rng(SEED))
            assert report.found == 0, f"child {child.id}"
        fewest = min(fewest, *counts_left(whole.worked.held.numbers, other.worked.held.numbers))

    assert fewest >= 9
    told = f"of {len(WITHOUT)} children the absence of {len(WITHOUT) - same} changes a byte; counts left: {fewest} at least"
    print(told)  # noqa: T201 - figures of the method page
