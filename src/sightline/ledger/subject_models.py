"""One person's records in the ledger: who opened them in an emergency, who was told and what they say of it, what is not disclosed.

A person is named by the id that linkage gave them and by the keyed ids of their records, never by what an agency calls them: records may be
linked otherwise later, and what was decided goes on holding for whoever they are then.
"""

from __future__ import annotations

from django.db import models

from sightline.ledger.append_only import AppendOnly
from sightline.model.subjects import Emergency


class BreakGlass(AppendOnly):
    """Somebody opened one person's records for an hour, said why, and that was told to protection officers at the same moment."""

    person = models.CharField(max_length=96, db_index=True)
    token = models.CharField(max_length=32, db_index=True)
    identities = models.JSONField()
    emergency = models.CharField(max_length=16, choices=[(each.value, each.name) for each in Emergency])
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150, db_index=True)
    agency = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"emergency {self.pk}"


class BreakGlassEnd(AppendOnly):
    """The reader had seen what they needed before the hour was over."""

    glass = models.OneToOneField(BreakGlass, on_delete=models.PROTECT, related_name="end")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"end of emergency {self.glass_id}"


class BreakGlassTold(AppendOnly):
    """A notice to the protection officer of one agency: the reader's, and each that knows the person."""

    glass = models.ForeignKey(BreakGlass, on_delete=models.PROTECT, related_name="told")
    agency = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["glass", "agency"], name="each_agency_told_once"),)
        ordering = ("agency",)

    def __str__(self) -> str:
        return f"{self.agency} told of emergency {self.glass_id}"


class BreakGlassReview(AppendOnly):
    """What a protection officer says of it; ``agency`` empty for one who answers for the whole partnership."""

    glass = models.ForeignKey(BreakGlass, on_delete=models.PROTECT, related_name="reviews")
    agency = models.CharField(max_length=64, blank=True)
    justified = models.BooleanField()
    words = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["glass", "by"], name="each_officer_reviews_once"),
            models.UniqueConstraint(fields=["glass", "agency"], name="each_agency_reviews_once"),
        )
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"review of emergency {self.glass_id}"


class BreakGlassRefused(AppendOnly):
    """Somebody asked and nothing was opened; ``why`` is for protection officers, the reader is told less."""

    why = models.CharField(max_length=200)
    emergency = models.CharField(max_length=16, blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150, db_index=True)
    agency = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"refused emergency {self.pk}"


class NonDisclosure(AppendOnly):
    """What one agency (``holder``; empty: all) holds of a person is not to be disclosed; it stands until its last day or its end."""

    person = models.CharField(max_length=96, db_index=True)
    token = models.CharField(max_length=32, db_index=True)
    identities = models.JSONField()
    holder = models.CharField(max_length=64, blank=True)
    asked_by = models.CharField(max_length=200)
    basis = models.CharField(max_length=64)
    reason = models.TextField()
    until = models.DateField(null=True)
    review_by = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"decision {self.pk} not to disclose"


class NonDisclosureReview(AppendOnly):
    """A protection officer looked at it again and it goes on, to be looked at next by ``review_by``."""

    decision = models.ForeignKey(NonDisclosure, on_delete=models.PROTECT, related_name="reviews")
    words = models.TextField()
    review_by = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"review of decision {self.decision_id} not to disclose"


class NonDisclosureEnd(AppendOnly):
    """It no longer holds from this instant."""

    decision = models.OneToOneField(NonDisclosure, on_delete=models.PROTECT, related_name="end")
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"end of decision {self.decision_id} not to disclose"
