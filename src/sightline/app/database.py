"""Set Django up, and point it at the ledger of one workspace.

Use cases import the ledger's models, and models can only be imported once Django is set up. So importing this module sets it up (with no
workspace, nothing is opened or written), and `configure` says later which ledger to use. Under a web server Django is set up already.
"""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader

from sightline.errors import EnvironmentProblem, Place

if not settings.configured and not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sightline.app.settings")
if not apps.ready:
    django.setup()

from sightline.app import ledger_key
from sightline.app import settings as module  # Only now: its database is the one Django was set up with


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
    except DatabaseError as problem:
        raise EnvironmentProblem(
            f"The ledger cannot be read: {_first_line(problem)}.",
            place=Place(file=name),
            hint="Restore it from its backup, or start the database server that SIGHTLINE_DATABASE_URL names.",
        ) from problem


def _first_line(problem: DatabaseError) -> str:
    return str(problem).partition("\n")[0].rstrip(".")


def schema_version() -> str:
    """Name the newest migration of each app that this version of Sightline knows."""
    return ",".join(f"{app}.{name}" for app, name in sorted(MigrationLoader(None).graph.leaf_nodes()))


def migrate() -> None:
    """Bring the ledger's tables up to date, each migration in one transaction."""
    call_command("migrate", interactive=False, verbosity=0)
