"""What the ledger adds up over its own rows, in tables."""

from __future__ import annotations

from django.db import models


class TableSum(models.Model):
    """How many rows a table has and what they add up to, kept by the ledger with every write: see `sightline.ledger.sums`."""

    name = models.CharField(primary_key=True, max_length=64)
    rows = models.BigIntegerField()
    total = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name
