"""Definitions, geography and keys: changed by people, they are taken as they are; changed by nobody, they are refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sightline.app.doctor import examine
from sightline.app.kept_files import FILE, FileDamaged, changed_since, damaged_reports
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.start import open_workspace
from sightline.errors import EnvironmentProblem
from tests.support.partnership import NOW, referral

pytestmark = pytest.mark.django_db


def rot(path: Path) -> None:
    """Another bit, and the time of the last change as it was."""
    content, times = bytearray(path.read_bytes()), path.stat()
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize(
    "name", ["partnership/partnership.yml", "geography/population.csv", "keys/rounding", "keys/session", "keys/identity"]
)
def test_a_file_that_changed_by_itself_is_refused_by_its_name(workspace, name):
    open_workspace(workspace.root)
    rot(workspace.root / name)

    with pytest.raises(FileDamaged, match=name):
        open_workspace(workspace.root)


def test_what_people_change_is_taken_and_kept_from_then_on(workspace):
    path = workspace.root / "partnership" / "partnership.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("Testing Partnership", "Another name"), encoding="utf-8")
    os.utime(path, (1, 1))

    assert open_workspace(workspace.root).partnership.name == "Another name"
    rot(path)
    with pytest.raises(FileDamaged):
        open_workspace(workspace.root)


def test_the_identity_key_is_never_taken_for_changed(workspace):
    (workspace.root / "keys" / "identity").write_text("6" * 64, encoding="ascii")

    with pytest.raises(FileDamaged, match="keys/identity"):
        open_workspace(workspace.root)


def test_a_file_that_is_gone_or_new_is_no_damage_of_another(workspace):
    (workspace.root / "partnership" / "note.txt").write_text("new", encoding="utf-8")
    open_workspace(workspace.root)
    (workspace.root / "partnership" / "note.txt").unlink()

    assert open_workspace(workspace.root)


@pytest.mark.parametrize("content", ["", "[]", '{"files": {"a": 1}}', '{"files": 1}'])
def test_what_was_kept_is_itself_held_to_its_form(workspace, content):
    (workspace.root / FILE).write_text(content, encoding="utf-8")

    with pytest.raises(FileDamaged, match=FILE):
        open_workspace(workspace.root)


def test_a_folder_that_cannot_be_read_or_written_is_said_so(workspace, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    (workspace.root / "partnership" / "note.txt").write_text("new", encoding="utf-8")
    monkeypatch.setattr("sightline.app.kept_files.write_durably", refused)
    with pytest.raises(EnvironmentProblem, match="no space left"):
        open_workspace(workspace.root)
    monkeypatch.setattr("sightline.app.kept_files.file_digest", refused)
    with pytest.raises(EnvironmentProblem, match="cannot be read"):
        open_workspace(workspace.root)


def test_the_doctor_names_damaged_reports_and_definitions_that_changed_since(workspace, submit):
    def said() -> tuple[str, str]:
        (check,) = [each for each in examine(workspace.root, at=NOW) if each.what == "Files"]
        return check.verdict, check.found

    assert said()[0] == "fine"
    submit(referral=[referral("A1")])
    publish_generation(workspace, by="t", at=NOW)
    assert said() == ("fine", "definitions and places are those that the current generation was published with.")
    (workspace.root / "partnership" / "more.yml").write_text("a: 1", encoding="utf-8")
    assert changed_since(workspace.root, current_generation(workspace).context) == ["partnership/more.yml"]
    assert said()[0] == "look"
    report = workspace.root / "reports" / "board.html"
    report.write_text("25 children", encoding="utf-8")
    open_workspace(workspace.root)
    rot(report)
    assert said() == ("mend", "reports/board.html: not what was written.")
    assert damaged_reports(workspace.root) == ["reports/board.html"], "and is not taken for what was written when it is looked at again"
