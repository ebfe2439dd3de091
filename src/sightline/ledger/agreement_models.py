"""Agreements in the ledger: versions, signatures and steps, each a fact."""

from __future__ import annotations

from django.db import models

from sightline.ledger.append_only import AppendOnly
from sightline.model.agreements import Step


class AgreementVersion(AppendOnly):
    """One version of an information-sharing agreement: its terms as they were agreed, for ever. ``digest`` is of the document of terms."""

    agreement = models.CharField(max_length=64, db_index=True)
    version = models.PositiveIntegerField()
    terms = models.JSONField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["agreement", "version"], name="one_row_for_each_agreement_version"),)
        ordering = ("agreement", "version")

    def __str__(self) -> str:
        return f"{self.agreement}@{self.version}"


class AgreementSignature(AppendOnly):
    """A party signed a version: ``signed_at`` is when it did, ``at`` and ``by`` when that was written down, and by whom."""

    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="signatures")
    party = models.CharField(max_length=64)
    person = models.CharField(max_length=200)
    role = models.CharField(max_length=200)
    signed_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["version", "party"], name="one_signature_of_each_party"),)
        ordering = ("signed_at", "id")

    def __str__(self) -> str:
        return f"signature of {self.party} under {self.version_id}"


class AgreementStep(AppendOnly):
    """Somebody suspended, resumed or withdrew an agreement; it holds from that instant."""

    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=16, choices=[(each.value, each.name) for each in Step])
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.step} of {self.version_id}"
