"""Set Django up, and point it at the ledger of one workspace.

Use cases import the ledger's models, and models can only be imported once Django is set up. So importing this module sets it up (with no
workspace, nothing is opened or written), and `configure` says later which ledger to use. Under a web server Django is set up already.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, OperationalError, ProgrammingError, connections, transaction
from django.db.migrations.loader import MigrationLoader

from sightline.errors import EnvironmentProblem, Place, Refused, SightlineError

if not settings.configured and not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sightline.app.settings")
if not apps.ready:
    django.setup()

from sightline.app import ledger_key
from sightline.app import settings as module  # Only now: its database is the one Django was set up with
from sightline.ledger import guards, sums

_NOT_ALLOWED = "42501"
"""PostgreSQL's word for a role that lacks a right."""


def configure(root: Path) -> None:
    """Use the workspace in ``root`` from now on: its ledger, its session key, its folder for uploads.

    A database given by URL stays, and so does the database in memory that a test run has made.
    """
    root = root.resolve()
    settings.WORKSPACE = root
    settings.SECRET_KEY = module.secret_key(root)
    settings.FILE_UPLOAD_TEMP_DIR = str(root / "tmp")
    current = connections["default"].settings_dict
    wanted = module.database(os.environ.get("SIGHTLINE_DATABASE_URL"), root)
    is_made_by_tests = "mode=memory" in str(current["NAME"])
    is_own = not wanted["ENGINE"].endswith("postgresql")
    if is_own and not is_made_by_tests and (current["NAME"], current["ENGINE"]) != (wanted["NAME"], wanted["ENGINE"]):
        connections.close_all()
        current.update(wanted)
        # Another kind of ledger is opened by another wrapper, which Django makes anew when it is next asked for.
        del connections["default"]


def seal_ledger(root: Path) -> bool:
    """Encrypt the ledger of a workspace that is encrypted, where that can be done here, and go on with it; whether it is encrypted now.

    Raises:
        EnvironmentProblem: If it is in use or cannot be written.
    """
    if connections["default"].vendor == "sqlite":
        connections.close_all()
    is_sealed = ledger_key.seal_ledger(root, root / module.LEDGER_FILE)
    configure(root)
    return is_sealed


def check_ledger() -> None:
    """Make sure that the ledger is there and answers: opening a missing SQLite file would make an empty one in silence.

    Raises:
        EnvironmentProblem: If it is missing, damaged or out of reach.
        Refused: If a later version of Sightline has been at work on it: this one does not know what its tables mean by now.
    """
    connection = connections["default"]
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and "memory" not in name and not Path(name).is_file():
        raise EnvironmentProblem(
            "The workspace's ledger is missing.", place=Place(file=name), hint="Restore the workspace folder from its backup."
        )
    try:
        with connection.cursor() as cursor:
            cursor.execute("select seq from ledger_audithead")
            cursor.execute("select name from django_migrations where app = 'ledger'")
            made = {name for (name,) in cursor.fetchall()}
    except (DatabaseError, UnicodeDecodeError) as problem:  # the module that reads SQLite quotes a damaged name, and cannot
        raise EnvironmentProblem(
            f"The ledger cannot be read: {_first_line(problem)}.",
            place=Place(file=name),
            hint="Restore it from its backup, or start the database server that SIGHTLINE_DATABASE_URL names.",
        ) from problem
    if made - {name for app, name in _migrations().disk_migrations if app == "ledger"}:
        raise Refused(
            "A later version of Sightline made this ledger.",
            place=Place(file=name),
            hint="Install that version, or restore a backup of before. Nothing was changed.",
        )


def as_ledger_problem(problem: Exception) -> SightlineError | None:
    """What a database's own error means for whoever runs a command; None for any other error, and for one that is a fault of ours.

    Only its first line is told: a server may quote a row in the next.
    """
    if not isinstance(problem, DatabaseError) or isinstance(problem, IntegrityError | ProgrammingError):
        return None
    said = _first_line(problem)
    if isinstance(problem, OperationalError) and "malformed" not in said:
        return EnvironmentProblem(
            f"The ledger cannot be reached or written: {said}.",
            hint="Nothing that was accepted is lost. Free some space if the disk is full, and run `sightline doctor`.",
        )
    return sums.LedgerDamaged(f"The ledger is damaged and cannot be read to its end: {said}.")


def _first_line(problem: Exception) -> str:
    return str(problem).partition("\n")[0].rstrip(".")


def schema_version() -> str:
    """Name the newest migration of each app that this version of Sightline knows."""
    return ",".join(f"{app}.{name}" for app, name in sorted(_migrations().graph.leaf_nodes()))


@functools.cache
def _migrations() -> MigrationLoader:
    """The migrations that this version knows, read once for each process."""
    return MigrationLoader(None)


def migrate() -> None:
    """Bring the ledger's tables up to date, and give the database its own rules: in one transaction on SQLite, each in its own on a server.

    Django writes down that a migration was made after it has committed what it made: a process killed between the two leaves a ledger that
    is neither the one of before nor the one of after, and that nothing opens.

    Raises:
        LedgerDamaged: If rows changed by themselves: what is copied into other tables would be taken for what was written.
        EnvironmentProblem: If the role that the program signs in with does not own the tables.
    """
    sums.check(before_migrating=True)
    try:
        with _all_or_nothing():
            call_command("migrate", interactive=False, verbosity=0)
    except ProgrammingError as problem:
        if getattr(problem.__cause__, "sqlstate", "") != _NOT_ALLOWED:
            raise
        raise EnvironmentProblem(
            "The ledger's tables have to be brought up to date, and this role does not own them.",
            hint="Run `sightline database prepare` once, with SIGHTLINE_DATABASE_URL naming the role that owns the tables.",
        ) from problem


def prepare_server() -> int:
    """Make the roles of a database server's ledger and say what each may do, as the owner of its tables; how many statements that took.

    Raises:
        Refused: If the ledger is no database server's.
        EnvironmentProblem: If this role may not.
    """
    connection = connections["default"]
    if connection.vendor != "postgresql":
        raise Refused("The ledger lies in a file, which has no roles.", hint="Set SIGHTLINE_DATABASE_URL to a PostgreSQL server.")
    migrate()
    statements = list(guards.roles())
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except ProgrammingError as problem:
        raise EnvironmentProblem(
            f"The roles cannot be made: {_first_line(problem)}.", hint="Sign in as the owner of the tables, who may create roles."
        ) from problem
    return len(statements)


def statements_for_server() -> list[str]:
    """The statements that give a PostgreSQL server its rules and roles, to be read first, or run by whoever looks after it."""
    return [*guards.on_postgresql(), *guards.roles()]


def signed_in_as() -> tuple[str, bool] | None:
    """The role that the program has on a database server, and whether its rules bind it; None where the ledger is a file."""
    connection = connections["default"]
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_user, rolsuper or rolbypassrls or pg_has_role(current_user, (select relowner from pg_class "
            f"where oid = '{guards.AUDIT}'::regclass), 'usage') from pg_roles where rolname = current_user"
        )
        name, is_free = cursor.fetchone()
    return str(name), not is_free


def has_page_checksums() -> bool | None:
    """Whether a database server vouches for each page that it reads from its disk; None where the ledger is a file."""
    connection = connections["default"]
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("show data_checksums")
        return bool(cursor.fetchone()[0] == "on")


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """One transaction around several. On SQLite tables are made anew unchecked, which has to be asked for before it begins."""
    connection = connections["default"]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.disable_constraint_checking()
    try:
        with transaction.atomic(), connection.execute_wrapper(_only_within):
            yield
    except BaseException as problem:
        # Where a statement failed, Django leaves its part of the transaction open, and believes in it while nothing holds what follows.
        connection.in_atomic_block = False
        connection.close()
        if isinstance(problem, transaction.TransactionManagementError) and isinstance(problem.__context__, OperationalError):
            raise problem.__context__ from None
        raise
    finally:
        connection.enable_constraint_checking()


def _only_within(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run a statement within the transaction or not at all: SQLite ends one by itself when the disk is full, and what follows stays."""
    if not context["connection"].connection.in_transaction:
        raise OperationalError("database or disk is full")
    return execute(sql, params, many, context)


def check_rows() -> None:
    """Hold the ledger's rows against their sums; see `sightline.ledger.sums`.

    Raises:
        LedgerDamaged: If rows changed by themselves.
    """
    sums.check()
