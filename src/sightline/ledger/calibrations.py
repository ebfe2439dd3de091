"""Calibrations of the linkage model: rows that are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sightline.ledger import audit
from sightline.ledger.models import LinkCalibration


def record_calibration(
    model: str, curve: Mapping[str, Any], *, reviews: Sequence[int], decided: int, evidence: str, by: str, at: datetime
) -> LinkCalibration:
    """Write a calibration down.

    Args:
        model: The model and its version, as a linkage's summary names it.
        curve: As `sightline.linkage.calibrate.Calibration.as_dict` gives it.
        reviews: The review sets it was fitted to.
        decided: How many of their pairs.
        evidence: Digest of the table of those pairs.
        by: Who asked.
        at: When.
    """
    with audit.writing():
        made = LinkCalibration.objects.create(
            model=model, curve=dict(curve), reviews=list(reviews), decided=decided, evidence=evidence, by=by, at=at
        )
        audit.record(
            "link_calibrated", str(made), by=by, at=at, detail={"reviews": list(reviews), "decided": decided, "evidence": evidence}
        )
    return made


def calibrated_models() -> list[str]:
    """The models and versions that were ever calibrated."""
    return sorted(set(LinkCalibration.objects.values_list("model", flat=True)))


def calibration_of(model: str) -> LinkCalibration | None:
    """The calibration that holds for a model and version; None while there is none."""
    return LinkCalibration.objects.filter(model=model).order_by("-id").first()
