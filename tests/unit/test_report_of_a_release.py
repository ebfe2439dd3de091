"""`sightline report`: which release it writes, and what it says where there is none."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sightline.app import report
from sightline.app.report import board_report
from sightline.errors import InputRefused, NotFound, Refused
from sightline.model.releases import release_to_json
from sightline.publish.attachments import kept_with_a_release
from sightline.store.objects import ObjectMissing, ObjectStore
from tests.support.boundaries import ward_squares
from tests.support.releases import example_release

BY: dict[str, Any] = {"by": "t", "at": datetime(2026, 5, 15, 9, tzinfo=UTC)}


@pytest.fixture
def workspace(tmp_path: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A workspace's objects with one release kept in them; the ledger is replaced by its answers."""
    store = ObjectStore(tmp_path / "objects")
    small = dataclasses.replace(example_release(), indicators=example_release().indicators[:2])
    kept = {name: store.put_bytes(content) for name, content in kept_with_a_release(ward_squares()).items()}
    digest = store.put_bytes(release_to_json(dataclasses.replace(small, attachments=kept)))
    ledger = {
        1: SimpleNamespace(number=1, digest=digest, withdrawn_at=None),
        2: SimpleNamespace(number=2, digest=digest, withdrawn_at="then"),
    }
    monkeypatch.setattr(report, "release_record", ledger.__getitem__)
    monkeypatch.setattr(report, "current_release_record", lambda: ledger.get(1))
    return SimpleNamespace(objects=store, ledger=ledger, kept=kept)


def test_the_current_release_is_written_in_both_forms_and_the_same_each_time(workspace: Any, tmp_path: Path) -> None:
    written = board_report(workspace, folder=tmp_path / "reports", **BY)

    assert [path.name for path in written] == ["board-report-2026-Q1-release-1.pdf", "board-report-2026-Q1-release-1.html"]
    assert written[0].read_bytes().startswith(b"%PDF")
    first = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in board_report(workspace, release_number=1, folder=tmp_path / "reports", **BY)] == first


def test_before_the_first_release_it_says_how_to_make_one(workspace: Any, tmp_path: Path) -> None:
    workspace.ledger.clear()

    with pytest.raises(NotFound, match="sightline release"):
        board_report(workspace, folder=tmp_path, **BY)


def test_a_withdrawn_release_is_not_written_again(workspace: Any, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Release 2 was withdrawn"):
        board_report(workspace, release_number=2, folder=tmp_path / "reports", **BY)
    assert not (tmp_path / "reports").exists()


def test_a_format_nobody_knows_is_refused_before_anything_is_read(workspace: Any, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="docx"):
        board_report(workspace, folder=tmp_path / "reports", formats=("docx",), **BY)


def test_lost_outlines_are_an_error_and_never_a_report_without_its_map(workspace: Any, tmp_path: Path) -> None:
    workspace.objects.path(workspace.kept["wards.geojson"]).unlink()

    with pytest.raises(ObjectMissing):
        board_report(workspace, folder=tmp_path / "reports", **BY)
