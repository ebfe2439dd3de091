"""Whether calibrated probabilities and the intervals of linked counts keep what they promise, on invented towns whose truth is known.

    .venv/bin/python benchmarks/linkage_intervals.py [--towns 20] [--children 4000] [--reviews 1000]

Each town is linked with the shipped model; pairs are drawn as the review queue draws them and answered by the truth; the calibration made
of the answers gives the intervals of three counts. Printed: how far each band of probability is from the truth, before and after, and in
how many towns each interval holds it.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.linkage import (  # the checkout must be on the path first
    THREE_COUNTS,
    answered_by_truth,
    calibrated,
    linked_town,
    may_be_linked,
    people_by,
    ranges_of_three_counts,
    three_counts,
)

from sightline.linkage.calibrate import UNCHANGED

BANDS = (0.0, 0.05, 0.2, 0.5, 0.9, 0.99, 1.0)
WAYS = ("model", "calibrated")


def bands_of(probability: np.ndarray, true: np.ndarray) -> np.ndarray:
    """For each band: pairs, the sum of their probabilities, and how many are one person."""
    place = np.clip(np.searchsorted(BANDS, probability, side="right") - 1, 0, len(BANDS) - 2)
    return np.stack([np.bincount(place, weights, minlength=len(BANDS) - 1) for weights in (np.ones_like(probability), probability, true)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--towns", type=int, default=20)
    parser.add_argument("--children", type=int, default=4000)
    parser.add_argument("--reviews", type=int, default=1000)
    parser.add_argument("--first", type=int, default=101, help="the first town's seed")
    asked = parser.parse_args()
    held = {way: np.zeros(len(THREE_COUNTS), dtype=int) for way in WAYS}
    width = {way: np.zeros(len(THREE_COUNTS)) for way in WAYS}
    bands = {way: np.zeros((3, len(BANDS) - 1)) for way in WAYS}
    exact = np.zeros(len(THREE_COUNTS), dtype=int)
    for seed in range(asked.first, asked.first + asked.towns):
        town = linked_town(asked.children, seed=seed)
        free, same = may_be_linked(town), town.pairs_where(town.truth)
        reviews = answered_by_truth(town, asked.reviews, seed=seed)
        curve = calibrated(town, reviews)
        by_model = town.result.pairs["match_probability"].to_numpy()
        true = three_counts(people_by(town.truth), town.agency_of)
        for way, each in zip(WAYS, (UNCHANGED, curve), strict=True):
            probability = each.apply(by_model)
            as_linked, interval = ranges_of_three_counts(town, each, seed=seed)
            held[way] += (interval.lower <= true) & (true <= interval.upper)
            width[way] += interval.upper - interval.lower
            bands[way] += bands_of(probability[free], same[free].astype(float))
        exact += as_linked == true
        print(f"town {seed}: {curve.reviews} of {len(reviews.rows)} reviews count", file=sys.stderr, flush=True)
    _print(bands, held, width, exact, asked.towns)


def _print(bands: dict[str, np.ndarray], held: dict[str, np.ndarray], width: dict[str, np.ndarray], exact: np.ndarray, towns: int) -> None:
    print("| probability | pairs, model | true less said, model | pairs, calibrated | true less said, calibrated |\n|---|---|---|---|---|")
    for place, (low, high) in enumerate(pairwise(BANDS)):
        cells = []
        for way in WAYS:
            pairs, said, true = bands[way][:, place]
            cells.append(f"{pairs:,.0f} | {(true - said) / pairs:+.3f}" if pairs else "0 | nothing to compare")
        print(f"| {low:g} to {high:g} | {' | '.join(cells)} |")
    print(f"\n| count | held, model (of {towns}) | width | held, calibrated | width | links alone are exact |\n|---|---|---|---|---|---|")
    for place, name in enumerate(THREE_COUNTS):
        cells = [f"{held[way][place]} | {width[way][place] / towns:.1f}" for way in WAYS]
        print(f"| {name} | {' | '.join(cells)} | {exact[place]} |")


if __name__ == "__main__":
    main()
