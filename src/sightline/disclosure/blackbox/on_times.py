"""Whether the time that a server takes over an answer tells more than the answer.

What is shown may take whatever time it takes. But of questions that are answered with the same numbers none may take longer than another,
again and again: if one that hides three children took longer than one that hides none, whoever holds a watch would know which is which.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sightline.disclosure.blackbox.held import Held
from sightline.disclosure.blackbox.outcome import Finding, Outcome, not_tried

ALPHA = 0.001
"""Over all groups of questions together, so seldom a server that takes as long over each is taken for one that does not."""


def timing(held: Held) -> Outcome:
    """Of questions with one answer: whether some are answered faster than others, round after round."""
    if held.untimed:
        return not_tried("timing", held.untimed)
    told = stepwise([p_value(each.seconds) for each in held.timed])
    what = "is answered faster for some than for others that show the same, so that time follows something that is not shown"
    findings = tuple(Finding(each.about, what) for each, p in zip(held.timed, told, strict=True) if p < ALPHA)
    return Outcome("timing", sum(each.seconds.size for each in held.timed), findings)


def p_value(seconds: NDArray[np.float64]) -> float:
    """How likely times differ so much between questions if a question makes no difference to the time.

    Friedman's test: times are ranked within each round, so that a busy minute counts for nothing, and ranks are added up by question. Null:
    within a round every order of the times is as likely as every other, which drawing the order of asking makes so. Against it: some
    question tends to be faster, or slower, than the others. One-sided by its making: sums of ranks can only differ too much.

    Source: Friedman (1937), "The use of ranks to avoid the assumption of normality", *Journal of the American Statistical Association* 32.
    """
    if np.ptp(seconds, axis=1).max() == 0:
        return 1.0
    return float(stats.friedmanchisquare(*seconds.T).pvalue)


def stepwise(p_values: Sequence[float]) -> list[float]:
    """Each made larger for having tried them all, after Holm (1979): the chance of any false alarm stays what it was for one.

    >>> stepwise([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    many = len(p_values)
    adjusted = np.minimum(np.maximum.accumulate([(many - place) * p_values[at] for place, at in enumerate(order)]), 1.0)
    found = np.empty(many)
    found[order] = adjusted
    return [float(each) for each in found]
