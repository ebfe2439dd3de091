"""Notice a ledger whose bytes changed by themselves: a sum over the rows of each table, kept by the ledger with every write.

An encrypted ledger vouches for each of its pages; a plain SQLite file vouches for nothing, and a flipped bit in a digest, a period or a
state would be another figure. So triggers add every row that comes and take away every row that goes, within the transaction of the change,
and whoever is about to rely on the rows adds them up again. This is against rot, not against people: whoever can write the ledger can write
the sums. What people do is in the audit chain, which has hashes of its own and is not added up here.

PostgreSQL keeps checksums of its pages itself (docs/how-to/use-postgresql.md names the setting); nothing is added up there.

Method page: docs/methods/damage.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from sightline.errors import SightlineError

FUNCTION = "sightline_row"
_SUMS = "ledger_tablesum"
_APART = frozenset({"User", "AuditEvent", "AuditHead", "TableSum"})
"""People who sign in, whose rows change with each sign-in and who are in no figure; and what vouches for itself."""


class LedgerDamaged(SightlineError):
    """Rows of the ledger are not those that were written."""

    code = "SL-LED-040"
    hint = (
        "Restore the ledger from the newest backup (sightline restore); nothing is counted or shown from rows that changed by themselves."
    )


def watched_tables() -> list[str]:
    """The tables whose rows are added up: every one of the ledger that a figure may rest on."""
    return sorted(each._meta.db_table for each in apps.get_app_config("ledger").get_models() if each.__name__ not in _APART)


def row_sum(*values: Any) -> int:
    """What one row adds: 64 bits of a hash over its values, as a signed number, as SQLite keeps them."""
    return int.from_bytes(hashlib.blake2b(repr(values).encode(), digest_size=8).digest(), "big", signed=True)


def add_function(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Teach a new connection to SQLite what the triggers call."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, -1, row_sum, deterministic=True)


def install(**_: Any) -> None:
    """Put the triggers on tables that have none, or others, and add up their rows as they are: after a migration made or changed them."""
    if connection.vendor != "sqlite":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        can_keep, kept = bool(_columns(cursor, _SUMS)), _kept(cursor)
        for table in watched_tables():
            columns = _columns(cursor, table) if can_keep else []
            wanted = _triggers(table, columns) if columns else {}
            found = _found(cursor, table)
            if found == wanted and (table in kept or not wanted):
                continue
            for name in found:
                cursor.execute(f'DROP TRIGGER "{name}"')
            for sql in wanted.values():
                cursor.execute(sql)
            if wanted:
                rows, total = _added_up(cursor, table, columns)
                cursor.execute(f'INSERT OR REPLACE INTO {_SUMS} (name, "rows", total) VALUES (%s, %s, %s)', [table, rows, total])


def check(tables: Iterable[str] | None = None, *, before_migrating: bool = False) -> None:
    """Add up the rows of these tables, or of all, and hold them against what the ledger kept; its indexes against its rows, too.

    Args:
        tables: Which; all that are watched when None.
        before_migrating: Whether tables may have no sums yet, because an earlier version made the ledger.

    Raises:
        LedgerDamaged: Naming the first table that is not as it was written.
    """
    if connection.vendor != "sqlite":
        return
    table = "the whole ledger"
    if tables is None:
        _found_right.cache_clear()  # whoever asks for all wants to know of the design, too
    try:
        with connection.cursor() as cursor, _one_view(cursor):
            kept = _kept(cursor)
            for table in watched_tables() if tables is None else tables:
                columns = _columns_added_up(cursor, table) if table in kept else ()
                if columns:
                    cursor.execute(f'PRAGMA integrity_check("{table}")')
                    is_sound = cursor.fetchall() == [("ok",)] and _added_up(cursor, table, columns) == kept[table]
                else:
                    is_sound = before_migrating
                if not is_sound:
                    raise _damaged(table)
    except (DatabaseError, UnicodeDecodeError) as problem:
        raise _damaged(table) from problem


@lru_cache(maxsize=1)
def _found_right(ledger: str, schema: int) -> dict[str, tuple[str, ...]]:
    """The columns of tables whose triggers were found as they should be, by table: asked for each page, that would be most of its check.

    Args:
        ledger: Which ledger.
        schema: SQLite's own number of its schema, which goes up with every table and trigger made or dropped.
    """
    return {}


def _columns_added_up(cursor: CursorWrapper, table: str) -> tuple[str, ...]:
    """Those of a table; none where there is no such table, or its triggers are missing or others."""
    cursor.execute("PRAGMA schema_version")
    found_right = _found_right(str(connection.settings_dict["NAME"]), cursor.fetchone()[0])
    if table not in found_right:
        columns = _columns(cursor, table)
        if not columns or _found(cursor, table) != _triggers(table, columns):
            return ()
        found_right[table] = tuple(columns)
    return found_right[table]


def _damaged(table: str) -> LedgerDamaged:
    return LedgerDamaged(f"The ledger is damaged: rows of {table.removeprefix('ledger_')} are not those that were written.")


@contextmanager
def _one_view(cursor: CursorWrapper) -> Iterator[None]:
    """Read rows and sums as of one instant, without keeping writers out longer than that takes."""
    if connection.in_atomic_block:
        yield
        return
    cursor.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        cursor.execute("ROLLBACK")


def _kept(cursor: CursorWrapper) -> dict[str, tuple[int, int]]:
    if not _columns(cursor, _SUMS):
        return {}
    cursor.execute(f'SELECT name, "rows", total FROM {_SUMS} NOT INDEXED')
    return {name: (rows, total) for name, rows, total in cursor.fetchall()}


def _columns(cursor: CursorWrapper, table: str) -> list[str]:
    cursor.execute(f'PRAGMA table_info("{table}")')
    return [row[1] for row in cursor.fetchall()]


def _found(cursor: CursorWrapper, table: str) -> dict[str, str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s AND name LIKE 'sum_%%'", [table])
    return dict(cursor.fetchall())


def _added_up(cursor: CursorWrapper, table: str, columns: Iterable[str]) -> tuple[int, int]:
    """Of the rows themselves, by no index. Each is read as an expression, so that no converter stands between."""
    cursor.execute(f'SELECT {FUNCTION}({_listed(columns)}) FROM "{table}" NOT INDEXED')
    rows = total = 0
    for (each,) in cursor:
        rows, total = rows + 1, total ^ each
    return rows, total


def _listed(columns: Iterable[str], of: str = "") -> str:
    return ", ".join(f'{of}"{column}"' for column in columns)


def _triggers(table: str, columns: list[str]) -> dict[str, str]:
    """The triggers of a table, by name. A row that changes goes as it was and comes as it is."""
    new, old = (f"{FUNCTION}({_listed(columns, of)})" for of in ("NEW.", "OLD."))
    return {
        f"sum_{table}_{event}": f'CREATE TRIGGER "sum_{table}_{event}" AFTER {event.upper()} ON "{table}" BEGIN '
        + " ".join(_adding(table, rows, row) for rows, row in steps)
        + " END"
        for event, steps in (("insert", [(1, new)]), ("update", [(-1, old), (1, new)]), ("delete", [(-1, old)]))
    }


def _adding(table: str, rows: int, row: str) -> str:
    """SQLite has no exclusive or: it is what either has and not both."""
    either = f"(total | {row}) - (total & {row})"
    return f"""UPDATE {_SUMS} SET "rows" = "rows" + {rows}, total = {either} WHERE name = '{table}';"""
