"""Subject access requests in the ledger: who asked for whom, and everything that happened since, each a fact.

A person is named as in `subject_models`: by the id of linkage and by keyed ids. Nothing of an answer is kept but its hash.
"""

from __future__ import annotations

from django.db import models

from sightline.ledger.append_only import AppendOnly
from sightline.model.access import Becomes, Requester, Step


class AccessRequest(AppendOnly):
    """Somebody asked what is held about a person. ``agency`` was asked; empty: the partnership, for every agency.

    ``reference`` is the number under which whoever was asked keeps the letters.
    """

    reference = models.CharField(max_length=64)
    agency = models.CharField(max_length=64, blank=True)
    asked_by = models.CharField(max_length=16, choices=[(each.value, each.name) for each in Requester])
    received_on = models.DateField()
    person = models.CharField(max_length=96)
    token = models.CharField(max_length=32, db_index=True)
    identities = models.JSONField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"subject access request {self.pk}"


class AccessStep(AppendOnly):
    """One thing that happened to a request on a ``day``.

    ``item`` is the keyed stand-in of the record that was decided about; ``spans`` are the places in its texts that are left out, by column,
    as [from, to) in characters; ``digest`` the SHA-256 of an answer that was given.
    """

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=24, choices=[(each.value, each.name) for each in Step])
    day = models.DateField()
    words = models.TextField(blank=True)
    item = models.CharField(max_length=32, blank=True)
    becomes = models.CharField(max_length=16, blank=True, choices=[(each.value, each.name) for each in Becomes])
    exemption = models.CharField(max_length=64, blank=True)
    spans = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} of {self.request_id}"
