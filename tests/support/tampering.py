"""The database without its own rules for the audit, as somebody who holds the file can have it."""

from __future__ import annotations

from django.db import connection
from django.test import TransactionTestCase


def unguard() -> None:
    """Take the triggers off that keep audit events as they are; the end of the test, or the next migration, brings them back."""
    with connection.cursor() as cursor:
        for what in ("update", "delete"):
            cursor.execute(f"drop trigger if exists audit_event_no_{what}")


def let_tests_be_emptied() -> None:
    """Tests that commit are emptied after each: tables are flushed, after which Django says that it migrated, and the rules are back."""
    teardown = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def unguarded(self: TransactionTestCase) -> None:
        unguard()
        teardown(self)

    TransactionTestCase._fixture_teardown = unguarded  # type: ignore[attr-defined]


def unwatched(sql: str, *values: object) -> None:
    """Change the ledger as a disk does: without its triggers."""
    with connection.cursor() as cursor:
        cursor.execute("select name, sql from sqlite_master where type = 'trigger' and name like 'sum_%'")
        kept = cursor.fetchall()
        for name, _ in kept:
            cursor.execute(f'drop trigger "{name}"')
        cursor.execute(sql, values)
        for _, trigger in kept:
            cursor.execute(trigger)
