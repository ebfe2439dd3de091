"""What the ledger keeps of bundles for the community: which release each tells, under which profile, and what it told."""

from __future__ import annotations

from django.db import models

from sightline.ledger.append_only import AppendOnly


class BundleRecord(AppendOnly):
    """A bundle that was handed out. Digests of objects: ``digest`` of its files, ``released`` of every number with what it implies."""

    number = models.PositiveIntegerField(primary_key=True)
    release = models.ForeignKey("ledger.ReleaseRecord", on_delete=models.PROTECT, related_name="bundles")
    profile = models.CharField(max_length=64)
    profile_version = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    released = models.CharField(max_length=64)
    attack = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"bundle {self.number}"
