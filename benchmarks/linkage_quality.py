"""Whether what is said of the quality of links holds the truth, on invented towns whose truth is known.

    .venv/bin/python benchmarks/linkage_quality.py [--towns 12] [--children 2500] [--first 301]

Each town is linked with the shipped model; pairs are drawn as the review queue draws them and answered by the truth. Printed for each
estimate: how many intervals hold the truth, how wide they are and how far the estimate is off, in the mean.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.linkage import Answered, Town, answered_by_truth, calibrated, linked_town  # the checkout must be on the path first

from sightline.definitions.linkage import linkage_model
from sightline.linkage.missed import miss_rates
from sightline.linkage.quality import Estimate, Judged, Reviewed, precision, recall

FEW, MANY = 300, 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--towns", type=int, default=12)
    parser.add_argument("--children", type=int, default=2500)
    parser.add_argument("--first", type=int, default=301, help="the first town's seed")
    asked = parser.parse_args()
    found: dict[tuple[str, str], list[tuple[Estimate, float]]] = defaultdict(list)
    for seed in range(asked.first, asked.first + asked.towns):
        for what, reviews, estimate, true in _estimates(linked_town(asked.children, seed=seed), seed):
            found[what, reviews].append((estimate, true))
        print(f"town {seed}", file=sys.stderr, flush=True)
    print("| estimate | reviews | intervals that hold the truth | mean width | mean error |\n|---|---|---|---|---|")
    for (what, reviews), pairs in found.items():
        held = sum(each.lower <= true <= each.upper for each, true in pairs)
        width = np.mean([each.upper - each.lower for each, _ in pairs])
        error = np.mean([each.value - true for each, true in pairs])
        print(f"| {what} | {reviews} | {held} of {len(pairs)} | {width:.3f} | {error:+.4f} |")


def _estimates(town: Town, seed: int) -> list[tuple[str, str, Estimate, float]]:
    linked, same = town.pairs_where(town.person_of), town.pairs_where(town.truth)
    every = sum(number * (number - 1) // 2 for number in Counter(town.truth.values()).values())
    right, reached = float(same[linked].mean()), float((linked & same).sum() / every)
    by_model = town.result.pairs["match_probability"].to_numpy()
    plain = Judged.of(town.result.pairs, linked, by_model, basis="the model's own probabilities")
    rates, rng = miss_rates(town.result.pairs, linked, town.agency_of, linkage_model()), np.random.default_rng(seed)
    told = []
    for number in (FEW, MANY):
        answers = answered_by_truth(town, number, seed=seed)
        given = _reviewed(answers, linked)
        told.append(("precision, from reviews", f"{number:,}", precision(plain, given), right))
        told.append(("recall, from reviews and numbers", f"{number:,}", recall(plain, rates, rng=rng, reviewed=given), reached))
        if number == FEW:
            likely = calibrated(town, answers).apply(by_model)
            judged = Judged.of(town.result.pairs, linked, likely, basis="calibrated probabilities")
            told.append(("precision, from calibrated probabilities", f"{number:,}", precision(judged), right))
    told.append(("recall, from numbers", "none needed", recall(plain, rates, rng=rng), reached))
    return [(what, reviews, estimate, true) for what, reviews, estimate, true in told if estimate is not None]


def _reviewed(answers: Answered, linked: np.ndarray) -> Reviewed:
    _, stratum = np.unique(np.array(answers.strata), return_inverse=True)
    return Reviewed(linked[answers.rows], answers.same, answers.weight, stratum)


if __name__ == "__main__":
    main()
