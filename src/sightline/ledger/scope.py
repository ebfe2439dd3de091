"""Whose rows a transaction may see, told to PostgreSQL, which shows no others (`ledger.guards` holds the rules). SQLite has no such thing.

A page is one transaction that says for whom it is (``SET LOCAL``), so nothing is left on the connection for the next one. Where nothing was
said nothing is seen. Decisions about the partnership as a whole are made over all rows (`whole_partnership`): one that did not see a return
could not refuse it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.backends.signals import connection_created
from django.dispatch import receiver

SETTING = "sightline.agency"
EVERYTHING = "*"
NOTHING = ""
_process = {"sees": NOTHING}
"""What this process sees outside of pages: everything where a command runs, nothing where pages are served."""


def let_process_see(agency: str) -> None:
    """Say what this process sees where no page says otherwise: `EVERYTHING` for a command, `NOTHING` for a server."""
    _process["sees"] = agency
    if has_scopes() and connection.connection is not None:
        _say(agency, local=False)


@receiver(connection_created, dispatch_uid="ledger_scope")
def _begun(sender: object, connection: Any, **more: object) -> None:
    if connection.vendor == "postgresql" and _process["sees"] != NOTHING:
        with connection.cursor() as cursor:
            cursor.execute("select set_config(%s, %s, false)", [SETTING, _process["sees"]])


def has_scopes() -> bool:
    """Whether the database knows for whom a transaction is."""
    return connection.vendor == "postgresql"


@contextmanager
def page_of(agency: str) -> Iterator[None]:
    """One transaction that sees the rows of one agency, or `EVERYTHING`, or `NOTHING`."""
    if not has_scopes():
        yield
        return
    with transaction.atomic():
        _say(agency, local=True)
        yield


@contextmanager
def whole_partnership() -> Iterator[None]:
    """Within a page that sees one agency's rows, see all for as long as this lasts; elsewhere nothing changes.

    It begins no transaction of its own: what is written down meanwhile stays, whatever happens after it.
    """
    if not has_scopes() or not connection.in_atomic_block:
        yield
        return
    before = _said()
    _say(EVERYTHING, local=True)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _say(before, local=True)


def _said() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(current_setting(%s, true), '')", [SETTING])
        return str(cursor.fetchone()[0])


def _say(agency: str, *, local: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config(%s, %s, %s)", [SETTING, agency, local])
