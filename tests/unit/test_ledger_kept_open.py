"""The ledger stays open between pages, and another file put in its place is found out before anything is read or written."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from sightline.app.settings import database
from sightline.ledger.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db


def ledger(path: Path, words: str) -> Path:
    with closing(sqlite3.connect(path)) as made:
        made.execute("create table told (words text)")
        made.execute("insert into told values (?)", [words])
        made.commit()
    return path


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[DatabaseWrapper]:
    ledger(tmp_path / "ledger.sqlite3", "the first")
    made = DatabaseWrapper({**connection.settings_dict, **database(None, tmp_path), "OPTIONS": {}}, alias="kept")
    yield made
    made.close()


def next_request(opened: DatabaseWrapper) -> str:
    """What a page does: Django looks after its connections when a request begins, then something is asked."""
    opened.close_if_unusable_or_obsolete()
    with opened.cursor() as cursor:
        cursor.execute("select words from told")
        return str(cursor.fetchone()[0])


def test_the_same_connection_serves_one_request_after_another(opened: DatabaseWrapper) -> None:
    assert next_request(opened) == "the first"
    before = opened.connection

    assert next_request(opened) == "the first"
    assert opened.connection is before


@pytest.mark.parametrize("way", ["another file is moved over it", "it is removed and written anew"])
def test_a_ledger_that_was_replaced_is_opened_anew(opened: DatabaseWrapper, tmp_path: Path, way: str) -> None:
    assert next_request(opened) == "the first"
    place, other = tmp_path / "ledger.sqlite3", ledger(tmp_path / "restored", "the second")
    if way == "another file is moved over it":
        other.replace(place)
    else:
        place.unlink()
        shutil.copy(other, place)

    assert next_request(opened) == "the second"


def test_what_another_connection_writes_meanwhile_is_seen(opened: DatabaseWrapper, tmp_path: Path) -> None:
    assert next_request(opened) == "the first"
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as other:
        other.execute("update told set words = 'changed'")
        other.commit()

    assert next_request(opened) == "changed"


def test_only_a_ledger_in_a_file_stays_open() -> None:
    assert "CONN_MAX_AGE" not in database("postgresql://somebody@localhost/ledger", None)
