"""Calibrate the linkage model by what reviewers decided, keep the calibration, and give it to whoever needs probabilities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.app.current_linkage import current_linkage
from sightline.app.linked_pairs import seen_now
from sightline.app.review_links import ReviewedPairs, reviewed_pairs
from sightline.app.workspace import Workspace
from sightline.errors import Refused
from sightline.ledger.calibrations import calibration_of, record_calibration
from sightline.ledger.models import Linkage, LinkCalibration
from sightline.linkage.apart import told_apart
from sightline.linkage.calibrate import FEWEST_REVIEWS, UNCHANGED, Calibration, calibrate
from sightline.linkage.sample import is_of_forbidden_pairs
from sightline.model.reviews import ReviewDecision

EVIDENCE_SCHEMA = pa.schema(
    [("probability", pa.float64()), ("same", pa.bool_()), ("weight", pa.float64()), ("fate", pa.int8()), ("kept_apart", pa.string())]
)
"""What a calibration was fitted to, one row for each pair that reviewers agreed on: what the current linkage made of it (`Fate`), and the
rule that keeps it apart, null where none does."""


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
        NotFound: If people are not linked, or by another version of the model.
        TooFewReviews: If reviewers agreed on fewer than `FEWEST_REVIEWS` pairs.
    """
    current_linkage(workspace)
    reviewed = reviewed_pairs(workspace)
    table = evidence_of(workspace, reviewed) if reviewed is not None else EVIDENCE_SCHEMA.empty_table()
    decided = table.column("kept_apart").null_count
    if reviewed is None or decided < FEWEST_REVIEWS:
        raise TooFewReviews(f"Reviewers agree on {decided:,} pairs; calibrating needs {FEWEST_REVIEWS}.")
    evidence = workspace.objects.put_table(table)
    latest = calibration_of(reviewed.model)
    if latest is not None and latest.evidence == evidence:
        return Calibrated(latest.pk, latest.model, latest.decided, is_new=False)
    curve = curve_of(table)
    made = record_calibration(reviewed.model, curve.as_dict(), reviews=reviewed.reviews, decided=decided, evidence=evidence, by=by, at=at)
    return Calibrated(made.pk, made.model, made.decided, is_new=True)


def evidence_of(workspace: Workspace, reviewed: ReviewedPairs) -> pa.Table:
    """The pairs that reviewers agreed on and that the current linkage weighed.

    Of pairs that a rule keeps apart only those between people with no agency in common: an agency seldom holds somebody twice, and others
    are taken for two people whatever their pair looks like.
    """
    settled = np.isin(reviewed.settled, (ReviewDecision.SAME, ReviewDecision.DIFFERENT))
    seen = seen_now(workspace, reviewed.left, reviewed.right)
    barred = np.array([is_of_forbidden_pairs(stratum) for stratum in reviewed.stratum], dtype=bool)
    free = ~barred & np.array([reason is None for reason in seen.kept_apart])
    tells = barred & seen.between_strangers & np.array([reason is not None for reason in seen.kept_apart])
    chosen = settled & (free | tells)
    columns = (
        reviewed.probability[chosen],
        (reviewed.settled == ReviewDecision.SAME)[chosen],
        reviewed.weight[chosen],
        seen.fate[chosen],
        seen.kept_apart[chosen],
    )
    return pa.table([pa.array(column.tolist(), type) for column, type in zip(columns, EVIDENCE_SCHEMA.types, strict=True)], EVIDENCE_SCHEMA)


def curve_of(evidence: pa.Table) -> Calibration:
    """Fit a calibration to evidence (EVIDENCE_SCHEMA)."""
    free = evidence.filter(pc.is_null(evidence.column("kept_apart")))
    curve = calibrate(*(free.column(name).to_numpy(zero_copy_only=False) for name in EVIDENCE_SCHEMA.names[:4]))
    apart = evidence.filter(pc.is_valid(evidence.column("kept_apart")))
    told = told_apart(*(apart.column(name).to_numpy(zero_copy_only=False) for name in ("kept_apart", "same", "weight")))
    return replace(curve, kept_apart=tuple((reason, each.same, each.two) for reason, each in told.items()))


def calibration_for(model: str) -> Calibration:
    """The calibration of the links of one model and version, and of no other; `UNCHANGED` where there is none."""
    kept = calibration_of(model)
    return Calibration.from_dict(kept.curve) if kept is not None else UNCHANGED


def kept_calibration(linkage: Linkage) -> tuple[Calibration, LinkCalibration | None]:
    """The calibration that holds for a linkage's model, and its row in the ledger; `UNCHANGED` and None where there is none."""
    kept = calibration_of(str(linkage.summary.get("model", "")))
    return (Calibration.from_dict(kept.curve), kept) if kept is not None else (UNCHANGED, None)
