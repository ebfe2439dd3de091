"""Where links by likeness begin, said as the precision to expect and never as a weight.

Whoever chooses says how many links in a hundred should be right. The cut is then the lowest of a few fixed probabilities at which the
accepted pairs are expected to be that precise: the mean of their probabilities, calibrated by reviews where there are any. A few fixed
ones, so that next quarter's records seldom move the cut and with it links that nobody asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.linkage.calibrate import UNCHANGED, Calibration
from sightline.linkage.resolve import LIKENESS, Edges

# A pair that is likelier two people than one is never linked, however imprecise the links may be.
_CUTS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)


@dataclass(frozen=True, slots=True)
class Cut:
    """Pairs are linked by likeness from the model's probability ``at`` on; ``asked`` is the precision chosen, None for the shipped cut."""

    at: float
    asked: float | None = None

    def apply(self, scored: pa.Table) -> pa.Table:
        """The scored pairs (SCORED) with the rule of likeness where the cut says so; rules of numbers stay."""
        rule = scored.column("rule")
        by_number = pc.fill_null(pc.not_equal(rule, LIKENESS), False)
        by_likeness = pc.if_else(pc.greater_equal(scored.column("probability"), self.at), LIKENESS, pa.scalar(None, pa.string()))
        return scored.set_column(scored.column_names.index("rule"), "rule", pc.if_else(by_number, rule, by_likeness))


def choose_cut(scored: pa.Table, *, shipped: float, precision: float | None, calibration: Calibration = UNCHANGED) -> Cut:
    """The cut for a precision.

    Args:
        scored: The scored pairs (SCORED).
        shipped: The model's own cut, which holds when no precision is chosen.
        precision: The share of links that should be right; None for the shipped cut.
        calibration: From the model's probability to what reviews say it is worth.

    Returns:
        The lowest cut that is expected to be as precise; the highest there is when none is.
    """
    if precision is None:
        return Cut(shipped)
    free = scored.filter(pc.is_null(scored.column("forbidden")))
    by_number = pc.fill_null(pc.not_equal(free.column("rule"), LIKENESS), False).to_numpy()
    model = free.column("probability").to_numpy()
    worth = calibration.apply(model)
    for at in _CUTS:
        accepted = worth[by_number | (model >= at)]
        if not len(accepted) or accepted.mean() >= precision:
            return Cut(at, precision)
    return Cut(_CUTS[-1], precision)


def expected_precision(scored: pa.Table, labels: np.ndarray, calibration: Calibration = UNCHANGED) -> float | None:
    """The mean calibrated probability of the pairs that were linked and are one person in the end; None when nobody was linked.

    Args:
        scored: The scored pairs (SCORED).
        labels: The group of each identity.
        calibration: From the model's probability to what reviews say it is worth.
    """
    edges = Edges.of(scored)
    accepted = edges.joins & (labels[edges.left] == labels[edges.right])
    worth = calibration.apply(scored.column("probability").to_numpy()[accepted])
    return float(worth.mean()) if len(worth) else None
