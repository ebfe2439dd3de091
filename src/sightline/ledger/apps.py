"""Django's entry for the ledger."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    """The ledger: returns, generations, releases, people who sign in, audit."""

    name = "sightline.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give the database its own rules, and have its rows added up, whenever its tables were brought up to date."""
        from sightline.ledger import sums  # models can be imported only once every app is ready

        connection_created.connect(sums.add_function, dispatch_uid="ledger_sums")
        post_migrate.connect(sums.install, sender=self, dispatch_uid="ledger_sums")
        post_migrate.connect(_put_guards_in_place, sender=self, dispatch_uid="ledger_guards")


def _put_guards_in_place(using: str, **more: Any) -> None:
    from sightline.ledger.guards import put_in_place  # models can be imported only once every app is ready

    put_in_place(connections[using])
