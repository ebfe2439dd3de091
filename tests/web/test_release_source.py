"""The pages over a real workspace: which release they show, and what they ask of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from sightline.app.workspace import Workspace
from sightline.ledger.models import Generation, ReleaseRecord
from sightline.model.releases import Release, release_to_json
from sightline.web import release_source
from sightline.web.release_source import WorkspaceSource
from tests.support.releases import example_release
from tests.web.reading import words_of

AT = datetime(2026, 5, 15, 9, 5, tzinfo=UTC)


def keep(workspace: Workspace, release: Release) -> None:
    """Write a release into the workspace as the use case that makes one does."""
    generation, _ = Generation.objects.get_or_create(number=1, defaults={"digest": "0" * 64, "published_at": AT, "published_by": "analyst"})
    digest = workspace.objects.put_bytes(release_to_json(release))
    ReleaseRecord.objects.create(
        number=release.number,
        period=release.period,
        digest=digest,
        attachments=release.attachments,
        generation=generation,
        created_at=AT,
        created_by="analyst",
    )


@pytest.fixture
def source(workspace: Workspace, settings) -> WorkspaceSource:
    settings.WORKSPACE = workspace.root
    return WorkspaceSource(workspace.root)


def test_a_new_workspace_has_no_release_and_a_calendar_of_what_is_expected(source):
    assert source.current() is None
    assert source.all() == ()
    assert source.returns().returns


def test_the_newest_release_is_shown_whole(source, workspace):
    keep(workspace, example_release(number=1))
    keep(workspace, example_release(number=2))

    assert source.current() == example_release(number=2)
    assert source.numbered(1) == example_release(number=1)
    assert source.numbered(3) is None


def test_a_withdrawn_release_gives_way_to_the_one_before_and_can_still_be_read(source, workspace):
    keep(workspace, example_release(number=1))
    keep(workspace, example_release(number=2))
    ReleaseRecord.objects.filter(number=2).update(withdrawn_at=AT)

    assert source.current().number == 1
    assert source.numbered(2).number == 2


def test_an_attachment_is_read_from_the_store_and_a_missing_one_is_none(source, workspace):
    digest = workspace.objects.put_bytes(b"<svg/>")
    release = replace(example_release(), attachments={"agencies.svg": digest})
    keep(workspace, release)

    assert source.attachment(release, "agencies.svg") == b"<svg/>"
    assert source.attachment(release, "maps/nothing.svg") is None


def test_the_pages_read_the_workspace_that_the_settings_name(source, workspace, sign_in):
    keep(workspace, example_release())

    assert "January to March 2026 · Saltmere" in words_of(sign_in().get("/"))


@pytest.mark.parametrize(("its_own", "taken"), [(date(2026, 5, 15), date(2026, 5, 15)), (None, date(2026, 11, 20))])
def test_an_invented_partnership_says_which_day_it_is_and_a_real_one_asks_the_clock(source, monkeypatch, its_own, taken):
    asked = []
    monkeypatch.setattr(release_source, "returns_overview", lambda workspace, *, as_of: asked.append(as_of))
    monkeypatch.setattr(release_source.timezone, "localdate", lambda: date(2026, 11, 20))
    source.workspace = SimpleNamespace(partnership=SimpleNamespace(today=its_own))

    source.returns()

    assert asked == [taken]
