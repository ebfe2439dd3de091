"""The registers of a data protection officer: what went wrong with data, and who complained. Facts, all of them; no person is named."""

from __future__ import annotations

from django.db import models

from sightline.ledger.append_only import AppendOnly
from sightline.model.complaints import ComplaintAbout, ComplaintStep
from sightline.model.incidents import IncidentKind, IncidentStep


class Incident(AppendOnly):
    """Something went wrong with data. ``agency`` is where; empty: the partnership as a whole.

    ``whose`` and the two instants say whose doings in the audit it concerns, and from when to when; empty: nobody's in particular.
    """

    kind = models.CharField(max_length=32, choices=[(each.value, each.name) for each in IncidentKind])
    agency = models.CharField(max_length=64, blank=True)
    words = models.TextField()
    happened_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    whose = models.CharField(max_length=150, blank=True)
    until = models.DateTimeField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"incident {self.pk}"


class IncidentStepTaken(AppendOnly):
    """One thing that was done about an incident at ``happened_at``, written down at ``at``."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=32, choices=[(each.value, each.name) for each in IncidentStep])
    words = models.TextField()
    happened_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} of incident {self.incident_id}"


class Complaint(AppendOnly):
    """Somebody complained about what is done with their data. ``reference`` is the number under which the letters are kept."""

    reference = models.CharField(max_length=64)
    agency = models.CharField(max_length=64, blank=True)
    about = models.CharField(max_length=32, choices=[(each.value, each.name) for each in ComplaintAbout])
    received_on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"complaint {self.pk}"


class ComplaintStepTaken(AppendOnly):
    """One thing that happened to a complaint on a ``day``."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=32, choices=[(each.value, each.name) for each in ComplaintStep])
    words = models.TextField()
    day = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} of complaint {self.complaint_id}"
