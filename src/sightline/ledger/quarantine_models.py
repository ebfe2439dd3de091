"""Quarantine of an agency in the ledger: who set it apart and why, and who took it back, each a fact."""

from __future__ import annotations

from django.db import models

from sightline.ledger.append_only import AppendOnly


class Quarantine(AppendOnly):
    """From this instant nothing of an agency is taken in or used, and none of its people signs in, until an end stands beside it."""

    agency = models.CharField(max_length=64, db_index=True)
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"quarantine of {self.agency}"


class QuarantineEnd(AppendOnly):
    """Somebody ended a quarantine."""

    quarantine = models.OneToOneField(Quarantine, on_delete=models.PROTECT, related_name="end")
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"end of {self.quarantine}"
