"""When a control chart's centre and limits may have had their day: a proposal with its reason, for a person to decide on.

Nothing here redraws a chart. Rules, limits and a worked example: docs/methods/control-charts.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from sightline.stats.control_charts import LONG_RUN, Signal, sides, xmr_charts

ENOUGH_FOR_LIMITS = 12
"""Limits from fewer points than this still move a good deal with each new one."""
_NEARBY = 2


class RebaseReason(StrEnum):
    """Why new limits are proposed."""

    KNOWN_CHANGE = "a known change, and every point since lies on one side of the centre"
    SUSTAINED_SHIFT = "every point since lies on one side of the centre, and no change is known that explains it"


@dataclass(frozen=True, slots=True)
class RebaseProposal:
    """A place from which the series may be given limits of its own.

    ``at``: place of the first point of the new part, from 0. ``since``: points in it. ``provisional``: too few of them for limits that
    stay.
    """

    at: int
    reason: RebaseReason
    since: int
    centre_before: float
    centre_since: float
    provisional: bool


def propose_rebase(values: ArrayLike, *, known_changes: Sequence[int] = (), rounded_to: float = 0.0) -> RebaseProposal | None:
    """Propose new limits where a series has moved to a new level and stayed there.

    All of these hold: the last seven points or more lie on one side of the centre of the whole; at least seven lie before them; they are
    not themselves a steady rise or fall, which has not arrived anywhere yet. A change without a shift is no reason, because the old limits
    still describe the series; and a shift without a known change is first a question to those who know the service.

    Args:
        values: One series (or its current part), oldest first; NaN where there is none.
        known_changes: Places of the first point after a change that is known to matter, such as a new definition or service.
        rounded_to: The step that values are rounded to; a point less than half of it from the centre is on neither side.

    Returns:
        None where nothing is proposed.

    Source: NHS England, "Making data count: strengthening your decisions", on when to recalculate limits; docs/methods/control-charts.md.

    >>> propose_rebase([9, 10, 8, 9, 10, 9, 8, 10, 3, 4, 3, 2, 4, 3, 4, 3], known_changes=[8]).at
    8
    """
    y = np.asarray(values, dtype=np.float64)
    chart = xmr_charts(y)
    side = sides(y, chart.centre, rounded_to / 2)
    if side.size < 2 * LONG_RUN or side[-1] == 0:
        return None
    others = np.flatnonzero(side != side[-1])
    start = int(others[-1]) + 1 if others.size else 0
    near = [change for change in known_changes if abs(change - start) <= _NEARBY]
    at = min(near, key=lambda change: abs(change - start)) if near else start
    before, since = y[:at], y[at:]
    if since.size < LONG_RUN or int((~np.isnan(before)).sum()) < LONG_RUN or side.size - start < LONG_RUN:
        return None
    if set(xmr_charts(since).signals.tolist()) & {int(Signal.RISING), int(Signal.FALLING)}:
        return None
    return RebaseProposal(
        at=at,
        reason=RebaseReason.KNOWN_CHANGE if near else RebaseReason.SUSTAINED_SHIFT,
        since=since.size,
        centre_before=float(np.nanmean(before)),
        centre_since=float(np.nanmean(since)),
        provisional=since.size < ENOUGH_FOR_LIMITS,
    )
