"""A server that opened the workspace long ago shows nothing of what changed by itself since, and says what is damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import InternalError
from django.test import Client

from sightline.app.damage import damage_met
from sightline.app.doctor import _server
from sightline.app.roles import Role
from sightline.app.workspace import Workspace
from sightline.ledger.models import ReleaseRecord
from sightline.model.releases import release_to_json
from sightline.web.release_source import _read
from tests.support.outputs import with_release
from tests.support.partnership import NOW, referral
from tests.support.releases import example_release
from tests.support.tampering import unwatched

OF_RELEASES = ("/", "/indicators", "/releases", "/releases/2", "/places/figures.json?indicator=missing_episodes", "/releases/2/figures.csv")
OF_RETURNS = ("/data/returns", "/data/quality", "/data/uses")


@pytest.fixture
def served(workspace: Workspace, submit: Callable[..., object], settings: object) -> Iterator[Workspace]:
    """A workspace with a return, a release that was withdrawn, and the one in its place."""
    submit(referral=[referral("A1")])
    first = with_release(workspace)
    ReleaseRecord.objects.filter(number=1).update(withdrawn_at=NOW)
    standing = ReleaseRecord.objects.get(number=1)
    ReleaseRecord.objects.create(
        number=2,
        period=first.period,
        digest=workspace.objects.put_bytes(release_to_json(example_release(number=2))),
        attachments={},
        generation=standing.generation,
        created_at=NOW + timedelta(days=1),
        created_by="t",
    )
    settings.WORKSPACE = workspace.root  # type: ignore[attr-defined]
    _read.cache_clear()
    yield workspace
    _read.cache_clear()


@pytest.fixture
def reader(sign_in: Callable[..., Client], served: Workspace) -> Client:
    return sign_in(Role.ANALYST)


def told(reader: Client, address: str) -> tuple[int, str]:
    answer = reader.get(address)
    return answer.status_code, answer.content.decode()


def test_what_is_sound_is_shown(reader):
    assert {address: told(reader, address)[0] for address in (*OF_RELEASES, *OF_RETURNS)} == dict.fromkeys((*OF_RELEASES, *OF_RETURNS), 200)


@pytest.mark.parametrize("change", ["withdrawn_at = null", "number = 3", "digest = replace(digest, 'a', 'b')", "attachments = '{}'"])
@pytest.mark.parametrize("address", OF_RELEASES)
def test_a_release_s_row_that_changed_by_itself_is_told_on_every_page_of_figures(reader, address, change):
    unwatched(f"update ledger_releaserecord set {change} where number = 1")

    status, page = told(reader, address)

    assert status == 500
    assert "rows of releaserecord are not those that were written" in page
    assert "sightline doctor" in page


@pytest.mark.parametrize("address", OF_RETURNS)
def test_a_return_s_row_that_changed_by_itself_is_told_where_returns_are_shown(reader, address):
    assert told(reader, address)[0] == 200
    unwatched("update ledger_returnversion set rows_kept = rows_kept + 4")

    status, page = told(reader, address)

    assert status == 500
    assert "rows of returnversion are not those that were written" in page


def test_a_release_whose_bytes_changed_is_named(reader, served):
    path = served.objects.path(ReleaseRecord.objects.get(number=2).digest)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)

    status, page = told(reader, "/indicators")

    assert status == 500
    assert "its content no longer matches its name" in page


def test_a_page_that_a_database_server_refuses_to_read_is_damage():
    met = damage_met(InternalError("invalid page in block 0 of relation base/5/16385"))

    assert met is not None
    assert met.message == "The ledger is damaged and cannot be read to its end: invalid page in block 0 of relation base/5/16385."


def test_the_doctor_has_a_server_mended_that_would_not_notice(monkeypatch):
    monkeypatch.setattr("sightline.app.doctor.has_page_checksums", lambda: False)

    [check] = list(_server())

    assert (check.what, check.verdict) == ("Page checksums", "mend")
    assert "pg_checksums --enable" in check.hint


def test_a_fault_of_the_service_is_no_damage(reader, monkeypatch):
    monkeypatch.setattr("sightline.web.pages.overview.lines", lambda *asked: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        reader.get("/")
