"""What other tests of the audit leave out: files of events, a ledger that is full, rules for another database, nobody who signs out."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.contrib.auth.signals import user_logged_out
from django.db import OperationalError, connection
from django.http import HttpRequest

from sightline.app.audit_files import write_events
from sightline.app.audit_trail import Asked, events
from sightline.errors import EnvironmentProblem, InputRefused
from sightline.ledger import audit, guards, sums
from sightline.ledger.models import AuditEvent
from sightline.web import audit_reads
from sightline.web.sessions import HeldBack

AT = datetime(2026, 5, 15, 9, tzinfo=UTC)
WHY = "for the yearly review"


def happen(*actions: str) -> None:
    with audit.writing():
        for action in actions:
            audit.record(action, "=cmd|' /C calc'!A0", by="ann", at=AT, detail={"agency": "csc"})


@pytest.mark.django_db
def test_events_asked_for_are_written_as_a_table_without_formulas_or_as_data_and_leave_an_event(tmp_path):
    happen("page_read", "return_withdrawn")

    assert write_events(tmp_path / "a.csv", Asked(), reason=WHY, by="dpo", at=AT) == 2
    assert write_events(tmp_path / "a.json", Asked(agency="csc"), reason=WHY, by="dpo", at=AT) == 2

    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text(encoding="utf-8-sig"))))
    told = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert [row["action"] for row in rows] == [each["action"] for each in told] == ["return_withdrawn", "page_read"]
    assert not any(value.startswith("=") for row in rows for value in row.values())
    assert [event.action for event in events(Asked(person="dpo"))] == ["audit_exported"] * 2


@pytest.mark.django_db
def test_events_are_written_into_no_other_kind_of_file_and_nowhere_that_cannot_be_written(tmp_path):
    happen("page_read")
    (tmp_path / "file").write_text("")

    with pytest.raises(InputRefused, match=r"\.csv or \.json"):
        write_events(tmp_path / "a.xlsx", Asked(), reason=WHY, by="dpo", at=AT)
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        write_events(tmp_path / "file" / "a.csv", Asked(), reason=WHY, by="dpo", at=AT)


@pytest.mark.django_db
def test_events_of_one_person_and_until_an_instant_are_those_alone():
    happen("page_read")

    assert [len(events(Asked(person=person, until=until))) for person, until in (("ann", None), ("bo", None), ("ann", AT))] == [1, 0, 0]
    with pytest.raises(InputRefused, match="no kind of event"):
        events(Asked(kind="gossip"))


@pytest.mark.django_db
def test_a_ledger_that_cannot_be_written_is_said_so(monkeypatch):
    def full() -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(audit, "_locked_head", full)
    with pytest.raises(EnvironmentProblem, match=r"cannot be written: database or disk is full\."), audit.writing():
        pass


@pytest.mark.parametrize(("vendor", "tables"), [("oracle", [guards.AUDIT]), ("sqlite", []), ("postgresql", ["other"])])
def test_another_database_and_one_without_an_audit_get_no_rules(vendor, tables):
    def cursor() -> None:
        raise AssertionError("nothing was to be said to it")

    guards.put_in_place(SimpleNamespace(vendor=vendor, introspection=SimpleNamespace(table_names=lambda: tables), cursor=cursor))


@pytest.mark.django_db
def test_a_ledger_that_cannot_keep_sums_has_no_triggers_that_would_need_them(monkeypatch):
    monkeypatch.setattr(sums, "_columns", lambda cursor, table: [])

    sums.install()

    with connection.cursor() as cursor:
        cursor.execute("select count(*) from sqlite_master where name like 'sum_%'")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_rows_and_sums_are_read_as_of_one_instant_where_nothing_is_being_written():
    sums.check()

    assert not connection.in_atomic_block


@pytest.mark.django_db
def test_a_page_held_back_is_called_so_and_nobody_who_signs_out_is_nobody():
    assert audit_reads._action(HttpRequest(), HeldBack("/purpose"), "overview") == "page_held_back"

    audit_reads._signed(sender=None, signal=user_logged_out, request=None, user=None)
    assert not AuditEvent.objects.exists()
