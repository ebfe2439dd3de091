"""Django's entry for the ledger."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The ledger: returns, generations, releases, people who sign in, audit."""

    name = "sightline.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
