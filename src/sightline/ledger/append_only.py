"""A fact of the ledger: written once, never changed, never deleted."""

from __future__ import annotations

from typing import Any

from django.db import models

from sightline.errors import Refused


class AppendOnly(models.Model):
    """A fact: written once, never changed, never deleted."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise Refused(f"A {self._meta.verbose_name} is a fact and cannot be changed.", hint="Add a new one that says what changed.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        raise Refused(f"A {self._meta.verbose_name} is a fact and cannot be deleted.", hint="Withdraw it instead.")
