"""The black box: attacks on a release by somebody who holds only what is shown, in files or on pages, and no truth.

`attack` runs them all and tells of each what was tried, how often, and what was found. What could not be tried is told as not tried.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sightline.disclosure.blackbox import on_answers, on_pictures, on_sums, on_times, on_words
from sightline.disclosure.blackbox.held import Held
from sightline.disclosure.blackbox.implied import METHODS, Implied, implied_by
from sightline.disclosure.blackbox.on_sums import KnownNumber
from sightline.disclosure.blackbox.outcome import Finding, Name, Outcome

__all__ = ["METHODS", "Finding", "Held", "Implied", "KnownNumber", "Name", "Outcome", "attack", "implied_by"]


def attack(
    target: Held | on_sums.Worked,
    *,
    earlier: Sequence[Held | on_sums.Worked] = (),
    known: Sequence[KnownNumber] = (),
    rng: np.random.Generator,
    tries: int = on_answers.TRIES,
) -> list[Outcome]:
    """Try everything on one release.

    Args:
        target: What readers hold of it, with what was worked out of it already if it was.
        earlier: Releases that they hold besides.
        known: Totals that others publish.
        rng: Draws unions, and worlds.
        tries: So many unions and complements are drawn.

    Raises:
        KeyError: If the method of a release is not known.
    """
    worked = _worked(target)
    held, implied = worked.held, worked.implied
    return [
        worked.subtraction,
        on_sums.bounds(worked, rng),
        on_sums.linked_tables(worked),
        on_sums.slivers(worked),
        on_answers.release_pairs(worked, list(map(_worked, earlier))),
        on_answers.unions_and_complements(worked, rng, tries=tries),
        on_answers.averaging(held),
        on_answers.percentages(held, implied),
        on_sums.whole_groups(worked),
        on_sums.insiders(worked),
        on_words.symbols(held, implied),
        on_pictures.chart_geometry(held),
        on_words.attributes(held.pages),
        on_pictures.maps(held),
        on_words.narrative(held, implied),
        on_words.empty_and_withheld(held),
        on_words.order_of_rows(held),
        on_sums.outside_totals(worked, known),
        on_sums.presence(worked),
        on_words.headers_and_errors(held),
        on_times.timing(held),
    ]


def _worked(release: Held | on_sums.Worked) -> on_sums.Worked:
    return release if isinstance(release, on_sums.Worked) else on_sums.Worked(release, implied_by(release.method))
