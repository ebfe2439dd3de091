"""Output checking in the ledger: what was asked to leave, what the checks and the checkers said, who took it. Facts, all of them."""

from __future__ import annotations

from django.db import models

from sightline.ledger.agreement_models import AgreementVersion
from sightline.ledger.append_only import AppendOnly
from sightline.model.outputs import OutputStep, Verdict


class OutputRequest(AppendOnly):
    """Somebody asked that these bytes may leave. ``digest`` is of the file, ``checks`` of what the automatic checks found, as objects.

    ``made_from`` is the address within Sightline that gives these bytes, empty for a file that somebody brought.
    """

    number = models.PositiveIntegerField(primary_key=True)
    digest = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8)
    size = models.PositiveBigIntegerField()
    made_from = models.TextField(blank=True)
    release = models.PositiveIntegerField(null=True)
    title = models.CharField(max_length=200)
    why = models.TextField()
    purpose = models.CharField(max_length=64)
    recipient = models.CharField(max_length=64)
    checks = models.CharField(max_length=64)
    stopped = models.BooleanField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    agency = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"output {self.number}"


class OutputDecision(AppendOnly):
    """What one checker said; one of each person, and one of each agency."""

    output = models.ForeignKey(OutputRequest, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=16, choices=[(each.value, each.name) for each in Verdict])
    reasons = models.TextField()
    agency = models.CharField(max_length=64)
    trained = models.BooleanField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["output", "by"], name="each_checker_decides_once"),
            models.UniqueConstraint(fields=["output", "agency"], name="each_agency_decides_once"),
        )
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"decision on output {self.output_id}"


class OutputEnd(AppendOnly):
    """The requester took a request back, or a released output was recalled."""

    output = models.ForeignKey(OutputRequest, on_delete=models.PROTECT, related_name="ends")
    step = models.CharField(max_length=16, choices=[(each.value, each.name) for each in OutputStep])
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["output", "step"], name="each_output_ends_once"),)

    def __str__(self) -> str:
        return f"{self.step} of output {self.output_id}"


class OutputTaken(AppendOnly):
    """Somebody took a released output; they are told if it is recalled."""

    output = models.ForeignKey(OutputRequest, on_delete=models.PROTECT, related_name="taken")
    at = models.DateTimeField()
    by = models.CharField(max_length=150, db_index=True)

    def __str__(self) -> str:
        return f"output {self.output_id} taken"


class OutputRecallConfirmed(AppendOnly):
    """Somebody who had taken a recalled output said what became of their copies."""

    output = models.ForeignKey(OutputRequest, on_delete=models.PROTECT, related_name="confirmed")
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["output", "by"], name="each_recall_confirmed_once"),)

    def __str__(self) -> str:
        return f"recall of output {self.output_id} confirmed"


class CheckerTraining(AppendOnly):
    """Until when somebody's training in output checking holds; the newest of a person counts."""

    person = models.CharField(max_length=150, db_index=True)
    until = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"training {self.pk}"


class AssessmentSignOff(AppendOnly):
    """A data protection officer signed the impact assessment of one version of an agreement.

    ``digest`` is of what it was made of, ``document`` of what it said, as an object.
    """

    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="assessments")
    digest = models.CharField(max_length=64)
    document = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"assessment of {self.version_id}"
