"""The database wrapper, where Django looks for it (``ENGINE = "sightline.ledger.sqlcipher"``).

Django's own backend speaks to the ``sqlite3`` module by name in a few places; those are said again here for ``sqlcipher3``, which has the
same interface. ``OPTIONS["key"]`` gives the 32 bytes of the ledger's key when a connection is opened, and not before.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base as plain
from django.db.backends.sqlite3._functions import register as register_functions  # type: ignore[import-untyped]
from django.utils.asyncio import async_unsafe
from django.utils.dateparse import parse_date, parse_datetime, parse_time

from sightline.ledger.cipher import connect, module
from sightline.ledger.sqlite.base import KeptOpen

Database = module()
for _name, _parse in (("date", parse_date), ("time", parse_time), ("datetime", parse_datetime), ("timestamp", parse_datetime)):
    Database.register_converter(_name, plain.decoder(_parse))
Database.register_converter("bool", b"1".__eq__)
Database.register_adapter(decimal.Decimal, str)
Database.register_adapter(datetime.date, datetime.date.isoformat)
Database.register_adapter(datetime.datetime, lambda moment: moment.isoformat(" "))


class CursorWrapper(Database.Cursor):  # type: ignore[misc, name-defined]
    """A cursor that takes Django's style of parameters, as `django.db.backends.sqlite3` makes one of the plain module's."""

    convert_query = plain.SQLiteCursorWrapper.convert_query  # type: ignore[attr-defined]  # the stubs leave it out

    def execute(self, query: str, params: Any = None) -> Any:
        if params is None:
            return super().execute(query)
        names = list(params) if hasattr(params, "keys") else None
        return super().execute(self.convert_query(query, param_names=names), params)

    def executemany(self, query: str, param_list: Any) -> Any:
        rows = list(param_list)
        names = list(rows[0]) if rows and hasattr(rows[0], "keys") else None
        return super().executemany(self.convert_query(query, param_names=names), rows)


class DatabaseWrapper(KeptOpen):
    """Connections to an encrypted ledger."""

    Database = Database

    def get_connection_params(self) -> dict[str, Any]:
        """What a connection is opened with: Django's own, and the key, which Django does not know."""
        params: dict[str, Any] = super().get_connection_params()
        key: Callable[[], bytes] = params.pop("key")
        return {**params, "key": key()}

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open the ledger with its key, and make it behave as Django's own connections do."""
        made = connect(**conn_params)
        register_functions(made)
        made.execute("PRAGMA foreign_keys = ON")
        made.execute("PRAGMA legacy_alter_table = OFF")
        for command in self.init_commands:  # type: ignore[attr-defined]  # the stubs leave it out
            if command.strip():
                made.execute(command)
        return made

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor of this module's kind."""
        return self.connection.cursor(factory=CursorWrapper)

    def open_copy(self, target: Path) -> Any:
        """A connection to another file under the same key, for a copy of the ledger to go to."""
        with suppress(FileNotFoundError):
            target.unlink()
        return connect(database=str(target), key=self.get_connection_params()["key"])
