"""Calibrate the linkage model by what reviewers decided, keep the calibration, and give it to whoever needs probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from sightline.app.review_links import ReviewedPairs, reviewed_pairs
from sightline.app.workspace import Workspace
from sightline.errors import Refused
from sightline.ledger.calibrations import calibration_of, record_calibration
from sightline.ledger.models import Linkage, LinkCalibration
from sightline.linkage.calibrate import FEWEST_REVIEWS, UNCHANGED, Calibration, calibrate
from sightline.linkage.sample import is_of_forbidden_pairs
from sightline.model.reviews import ReviewDecision

EVIDENCE_SCHEMA = pa.schema([("probability", pa.float64()), ("same", pa.bool_()), ("weight", pa.float64())])
"""What a calibration was fitted to, one row for each pair that reviewers agreed on."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What calibrating did; ``is_new`` is False when nothing had been decided since the last time."""

    number: int
    model: str
    decided: int
    is_new: bool


class TooFewReviews(Refused):
    """Fewer pairs are decided than could say anything against the model."""

    code = "SL-LNK-030"
    hint = "Draw a set with `sightline link review`; until then the model's own probabilities are used, and said to be unchecked."


def calibrate_links(workspace: Workspace, *, by: str, at: datetime) -> Calibrated:
    """Fit a calibration to every pair that reviewers agreed on, over all sets of the current model, and keep it.

    Links stay as they are; the ranges of counts, and what is said of quality, use it from the next count on.

    Raises:
        TooFewReviews: If reviewers agreed on fewer than `FEWEST_REVIEWS` pairs.
    """
    reviewed = reviewed_pairs(workspace)
    table = evidence_of(reviewed) if reviewed is not None else EVIDENCE_SCHEMA.empty_table()
    if reviewed is None or table.num_rows < FEWEST_REVIEWS:
        raise TooFewReviews(f"Reviewers agree on {table.num_rows:,} pairs; calibrating needs {FEWEST_REVIEWS}.")
    evidence = workspace.objects.put_table(table)
    latest = calibration_of(reviewed.model)
    if latest is not None and latest.evidence == evidence:
        return Calibrated(latest.pk, latest.model, latest.decided, is_new=False)
    curve = calibrate(*(table.column(name).to_numpy(zero_copy_only=False) for name in EVIDENCE_SCHEMA.names))
    made = record_calibration(
        reviewed.model, curve.as_dict(), reviews=reviewed.reviews, decided=table.num_rows, evidence=evidence, by=by, at=at
    )
    return Calibrated(made.pk, made.model, made.decided, is_new=True)


def evidence_of(reviewed: ReviewedPairs) -> pa.Table:
    """The pairs that reviewers agreed on and that the model decides: forbidden pairs are parted whatever it says."""
    free = np.array([not is_of_forbidden_pairs(stratum) for stratum in reviewed.stratum], dtype=bool)
    chosen = free & np.isin(reviewed.settled, (ReviewDecision.SAME, ReviewDecision.DIFFERENT))
    columns = (reviewed.probability, reviewed.settled == ReviewDecision.SAME, reviewed.weight)
    return pa.table([pa.array(column[chosen].tolist()) for column in columns], names=EVIDENCE_SCHEMA.names).cast(EVIDENCE_SCHEMA)


def kept_calibration(linkage: Linkage) -> tuple[Calibration, LinkCalibration | None]:
    """The calibration that holds for a linkage's model, and its row in the ledger; `UNCHANGED` and None where there is none."""
    kept = calibration_of(str(linkage.summary.get("model", "")))
    return (Calibration.from_dict(kept.curve), kept) if kept is not None else (UNCHANGED, None)
