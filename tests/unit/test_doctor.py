"""A workspace that cannot be opened: the doctor and every other command say why, where and what to do, and no secret."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from sightline.app.doctor import examine
from sightline.app.settings import database
from sightline.definitions.working_days import known_until
from sightline.errors import EnvironmentProblem
from tests.support.commands import sightline, told
from tests.support.partnership import write_geography, write_partnership

OBJECT = f"objects/ab/{'ab' * 32}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    partnership, geography = write_partnership(folder / "p"), write_geography(folder / "g")
    told("init", "--partnership", partnership, "--geography", geography, "--no-encrypt", "-w", folder / "workspace")
    return folder / "workspace"


def work_on_it_with_a_later_version(root: Path) -> None:
    with closing(sqlite3.connect(root / "ledger.sqlite3")) as ledger, ledger:
        ledger.execute("insert into django_migrations (app, name, applied) values ('ledger', '9999_later', '2030-01-01')")


def put_a_folder_in_the_place_of_the_ledger(root: Path) -> None:
    (root / "ledger.sqlite3").unlink()
    (root / "ledger.sqlite3").mkdir()


def put_a_folder_in_the_place_of_an_object(root: Path) -> None:
    (root / OBJECT).mkdir(parents=True)


@pytest.mark.parametrize(
    ("spoil", "what", "why", "file", "other_commands"),
    [
        (work_on_it_with_a_later_version, "Workspace", "A later version of Sightline made this ledger.", "ledger.sqlite3", 6),
        (put_a_folder_in_the_place_of_the_ledger, "Workspace", "is a directory", "ledger.sqlite3", 5),
        (put_a_folder_in_the_place_of_an_object, "Objects", "is a directory", OBJECT, None),
    ],
)
def test_what_is_in_the_way_is_told_with_its_place_and_nothing_is_changed(
    spoil: Callable[[Path], None], what: str, why: str, file: str, other_commands: int | None, made: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(made, tmp_path / "workspace"))
    marker = (root / "workspace.json").read_bytes()
    spoil(root)

    examined = sightline("doctor", "-w", root)

    assert examined.returncode == 5, examined
    [line] = [each for each in examined.stdout.splitlines() if each.startswith("mend")]
    assert line.split()[1] == f"{what}:"
    assert why in line
    assert str(root / file) in line
    assert not examined.stderr
    assert (root / "workspace.json").read_bytes() == marker
    if other_commands is not None:
        refused = sightline("returns", "-w", root)
        assert (refused.returncode, refused.stdout) == (other_commands, "")
        assert why in refused.stderr


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://web:sesame@db:sesame/ledger",
        "postgresql://web:se/sesame@db:5432/ledger",
        "postgresql://web:sesame@[db/ledger",
        "postgresql://web:sesame@db",
        "mysql://web:sesame@db/ledger",
        "sesame",
    ],
)
def test_an_address_that_is_none_of_a_postgresql_database_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(EnvironmentProblem, match="SIGHTLINE_DATABASE_URL is not the address") as told_of:
        database(url, None)

    assert "sesame" not in str(told_of.value)


@pytest.mark.parametrize(("left", "verdict"), [(120, "fine"), (119, "look"), (-1, "look")])
def test_it_is_told_before_bank_holidays_are_no_longer_known(left: int, verdict: str, tmp_path: Path) -> None:
    at = datetime.combine(known_until() - timedelta(days=left), time(12), UTC)

    (check,) = (each for each in examine(tmp_path, at=at) if each.what == "Bank holidays")

    assert check.verdict == verdict
    assert str(known_until()) in check.found
