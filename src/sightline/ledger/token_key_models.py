"""Keys of tokens in the ledger: by their ids, never the keys; which return was made with which, and what rotation files came."""

from __future__ import annotations

from django.db import models

from sightline.ledger.append_only import AppendOnly


class TokenKeyRecord(AppendOnly):
    """A key that agencies make tokens with, by the id they all see in their packages. It is in use from a day until the next one is."""

    key_id = models.CharField(max_length=8, unique=True)
    from_date = models.DateField(unique=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("from_date",)

    def __str__(self) -> str:
        return f"token key {self.key_id}"


class TokenKeyEnd(AppendOnly):
    """Every copy of a key was destroyed. ``left`` names the returns that no rotation file had brought to a later key by then."""

    key = models.OneToOneField(TokenKeyRecord, on_delete=models.PROTECT, related_name="end")
    reason = models.TextField()
    left = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"end of {self.key}"


class KeyedReturn(AppendOnly):
    """Which key the tokens of a return were made with; a return without tokens has none."""

    return_version = models.OneToOneField("ledger.ReturnVersion", on_delete=models.PROTECT, related_name="keyed")
    key_id = models.CharField(max_length=8, db_index=True)

    def __str__(self) -> str:
        return f"{self.return_version_id} by {self.key_id}"


class TokenRotation(AppendOnly):
    """A rotation file that was taken in: what each token of a return is under a later key. ``digest`` is the file as an object."""

    return_version = models.ForeignKey("ledger.ReturnVersion", on_delete=models.PROTECT, related_name="rotations")
    old_key = models.CharField(max_length=8)
    new_key = models.CharField(max_length=8)
    digest = models.CharField(max_length=64)
    pairs = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["return_version", "old_key"], name="one_rotation_from_each_key"),)
        ordering = ("id",)

    def __str__(self) -> str:
        return f"rotation of {self.return_version_id} from {self.old_key} to {self.new_key}"
