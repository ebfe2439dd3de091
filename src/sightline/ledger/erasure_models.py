"""Erasures and legal holds in the ledger: what was asked, who agreed, what was destroyed, each a fact."""

from __future__ import annotations

from django.db import models

from sightline.ledger.append_only import AppendOnly


class Erasure(AppendOnly):
    """Somebody asked that returns be erased. ``returns`` are their ids; ``rule`` the retention rule that asks it, empty for other reasons.

    ``effects`` is what was shown before: how many objects, generations and releases it concerns. ``mark`` is empty where the returns go
    whole; else only what they hold of one person of ``agency`` goes, who is known by that keyed mark and by nothing else here.
    """

    returns = models.JSONField()
    reason = models.TextField()
    rule = models.CharField(max_length=64, blank=True)
    effects = models.JSONField()
    agency = models.CharField(max_length=64, blank=True)
    mark = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class ErasureMark(AppendOnly):
    """The same person under another key of an agency that sends tokens: what it sends with that key brings nobody back either."""

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="marks")
    mark = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["erasure", "mark"], name="each_mark_once_in_an_erasure"),)

    def __str__(self) -> str:
        return f"mark of {self.erasure_id}"


class ErasureDecision(AppendOnly):
    """A second person agreed to an erasure or refused it. Agreed to, the returns are gone from that instant."""

    erasure = models.OneToOneField(Erasure, on_delete=models.PROTECT, related_name="decision")
    agreed = models.BooleanField()
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"decision about {self.erasure_id}"


class ErasureCarriedOut(AppendOnly):
    """Every object of an erasure is destroyed: ``keys`` of them by their keys, ``files`` in all. Missing, the destroying was cut short."""

    erasure = models.OneToOneField(Erasure, on_delete=models.PROTECT, related_name="carried_out")
    keys = models.PositiveIntegerField()
    files = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"end of {self.erasure_id}"


class Tombstone(AppendOnly):
    """One return that is no more: what it was for stays with its row, why and by whom with the erasure. It names nobody."""

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="tombstones")
    return_version = models.OneToOneField("ledger.ReturnVersion", on_delete=models.PROTECT, related_name="tombstone")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"tombstone of {self.return_version_id}"


class ReleaseErasure(AppendOnly):
    """A release that was counted from returns that were erased since: it stays as published, and cannot be counted again."""

    release = models.ForeignKey("ledger.ReleaseRecord", on_delete=models.PROTECT, related_name="erasures")
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="releases")
    returns = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["release", "erasure"], name="each_release_once_in_an_erasure"),)

    def __str__(self) -> str:
        return f"release {self.release_id} after {self.erasure_id}"


class LegalHold(AppendOnly):
    """Nothing it covers is erased while it stands. Empty means any: an agency, a dataset, a period."""

    agency = models.CharField(max_length=64, blank=True)
    dataset = models.CharField(max_length=64, blank=True)
    period = models.CharField(max_length=7, blank=True)
    reason = models.TextField()
    until = models.DateField(null=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"hold {self.pk}"


class LegalHoldEnd(AppendOnly):
    """Somebody lifted a legal hold."""

    hold = models.OneToOneField(LegalHold, on_delete=models.PROTECT, related_name="end")
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"end of hold {self.hold_id}"
