"""Sums over the ledger's rows: kept with every write, and missed when a row is another than was written."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection

from sightline.app.database import as_ledger_problem
from sightline.app.publish_generation import publish_generation
from sightline.app.withdraw_return import withdraw_return
from sightline.errors import EnvironmentProblem
from sightline.ledger import sums
from sightline.ledger.models import GenerationReturn, ReturnVersion
from sightline.ledger.sums import LedgerDamaged
from tests.support.partnership import NOW, referral
from tests.support.tampering import unwatched

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(workspace, submit):
    first = submit(referral=[referral("A1")])
    submit(referral=[referral("A2")])
    submit(agency="police", dataset="police", referral=[referral("P1")])
    publish_generation(workspace, by="t", at=NOW)
    standing = ReturnVersion.objects.get(agency="police")
    withdraw_return(workspace, return_id=standing.id, reason="wrong", by="t", at=NOW)
    return first


def test_whatever_is_written_corrected_published_and_withdrawn_adds_up(published):
    sums.check()
    GenerationReturn.objects.all()._raw_delete("default")
    sums.check()


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("update ledger_returnversion set period = '2025-Q1' where agency = 'police'", "returnversion"),
        ("update ledger_returnversion set state = 'accepued' where state = 'accepted'", "returnversion"),
        ("update ledger_returnobject set digest = replace(digest, 'a', 'b')", "returnobject"),
        ("update ledger_generationreturn set position = position + 1 where position = 1", "generationreturn"),
        ("update ledger_generation set context = '{}'", "generation"),
        ("delete from ledger_currentgeneration", "currentgeneration"),
        ("update ledger_agreementversion set terms = replace(terms, 'csc', 'csd')", "agreementversion"),
        ("update ledger_tablesum set total = total + 1 where name = 'ledger_linkage'", "linkage"),
        ("delete from ledger_tablesum where name = 'ledger_releaserecord'", "releaserecord"),
    ],
)
def test_a_row_that_changed_by_itself_is_missed(published, change, table):
    unwatched(change)

    with pytest.raises(LedgerDamaged, match=f"rows of {table} are not"):
        sums.check()


def test_a_trigger_that_is_gone_is_no_clean_bill(published):
    with connection.cursor() as cursor:
        cursor.execute("drop trigger sum_ledger_generation_update")

    with pytest.raises(LedgerDamaged, match="generation"):
        sums.check()
    sums.check(before_migrating=True)
    sums.install()
    sums.check()


def test_who_asks_for_all_tables_looks_at_the_triggers_anew(published):
    """A trigger that rots leaves SQLite's number of the schema as it was."""
    sums.check()
    with connection.cursor() as cursor:
        cursor.execute("pragma schema_version")
        (before,) = cursor.fetchone()
        cursor.execute("drop trigger sum_ledger_generation_update")
        cursor.execute(f"pragma schema_version = {before}")

    with pytest.raises(LedgerDamaged, match="generation"):
        sums.check()


def test_every_table_of_the_ledger_is_watched_but_those_that_vouch_for_themselves():
    watched = sums.watched_tables()

    assert "ledger_returnversion" in watched
    assert not {"ledger_user", "ledger_auditevent", "ledger_audithead", "ledger_tablesum"} & set(watched)


def test_rows_that_cannot_be_read_at_all_are_damage(published, monkeypatch):
    def unreadable(*_: object) -> tuple[int, int]:
        raise DatabaseError("database disk image is malformed")

    monkeypatch.setattr(sums, "_added_up", unreadable)
    with pytest.raises(LedgerDamaged):
        sums.check(["ledger_generation"])


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (DatabaseError("file is not a database"), LedgerDamaged),
        (OperationalError("database disk image is malformed"), LedgerDamaged),
        (OperationalError("database or disk is full"), EnvironmentProblem),
        (IntegrityError("UNIQUE constraint failed"), type(None)),
        (ValueError("another"), type(None)),
    ],
)
def test_an_error_of_the_database_is_told_in_words(problem, kind):
    told = as_ledger_problem(problem)

    assert isinstance(told, kind)
    assert told is None or str(problem) in told.message


def test_a_database_server_keeps_sums_of_its_own(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "postgresql")

    sums.check()
    sums.install()
    sums.add_function(connection)
