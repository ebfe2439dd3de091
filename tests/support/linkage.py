"""Invented evidence of linkage, and an invented town linked whole, for tests of what is made from links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

import numpy as np
import pyarrow as pa

from sightline.app.calibrate_links import EVIDENCE_SCHEMA, curve_of
from sightline.definitions.linkage import linkage_model
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import LinkResult, link
from sightline.linkage.apart import contradicted, in_common
from sightline.linkage.calibrate import UNCHANGED, Calibration, fates
from sightline.linkage.missed import MissRate, miss_rates
from sightline.linkage.sample import Weighed, draw_sample
from sightline.linkage.uncertainty import Evidence, draw_replicates
from sightline.stats.intervals import Intervals
from sightline.stats.replicates import replicate_intervals
from tests.support.people import Invented, invent


def evidence(
    people: Iterable[str],
    pairs: Iterable[tuple[str, str, float]],
    *,
    agencies: dict[str, str] | None = None,
    rates: Iterable[MissRate] = (),
) -> Evidence:
    """Evidence of identities of one letter: ``people`` are words ("ab" is one person with identities a and b), all born alike."""
    words = list(people)
    identities = sorted(letter for word in words for letter in word)
    person = {letter: number for number, word in enumerate(words) for letter in word}
    given = list(pairs)
    return Evidence(
        identities=pa.array(identities),
        person=np.array([person[each] for each in identities]),
        agency=np.array([(agencies or {}).get(each, f"agency {each}") for each in identities], dtype=object),
        person_ids=pa.array(words),
        birth=np.zeros(len(words), dtype=np.int64),
        left=np.array([identities.index(left) for left, _, _ in given], dtype=np.int64),
        right=np.array([identities.index(right) for _, right, _ in given], dtype=np.int64),
        probability=np.array([probability for _, _, probability in given]),
        rates=list(rates),
    )


@dataclass(frozen=True)
class Town:
    """An invented town and its linkage; ``agency_of`` and ``truth`` by identity."""

    made: Invented
    result: LinkResult
    agency_of: dict[str, str]
    truth: dict[str, int]

    @property
    def person_of(self) -> dict[str, str]:
        return dict(zip(self.result.links["identity_id"].to_pylist(), self.result.links["person_id"].to_pylist(), strict=True))

    def pairs_where(self, owner: dict[str, object]) -> np.ndarray:
        """For each pair kept, whether both identities have the same owner."""
        both = zip(self.result.pairs["left"].to_pylist(), self.result.pairs["right"].to_pylist(), strict=True)
        return np.array([owner[left] == owner[right] for left, right in both], dtype=bool)


def linked_town(children: int, *, seed: int) -> Town:
    """Invent a town and link it with the shipped model."""
    made, drawn = invent(children, seed=seed), count(1)
    with DuckDBEngine(threads=2) as engine:
        result = link(
            made.records, engine=engine, wards=made.wards, trusted=[], previous=None, new_person_id=lambda: f"p{next(drawn):024d}"
        )
    rows = made.truth_rows
    return Town(
        made,
        result,
        {str(row["identity_id"]): str(row["agency"]) for row in rows},
        {str(row["identity_id"]): row["person"] for row in rows},
    )


def people_by(owner: dict[str, object]) -> list[list[str]]:
    """The identities of each owner."""
    groups: dict[object, list[str]] = defaultdict(list)
    for identity, person in owner.items():
        groups[person].append(identity)
    return list(groups.values())


@dataclass(frozen=True)
class Answered:
    """Pairs drawn for review and answered by the truth; all but ``rows`` by review, ``rows`` are those of the pairs."""

    rows: np.ndarray
    probability: np.ndarray
    same: np.ndarray
    weight: np.ndarray
    strata: tuple[str, ...]


def answered_by_truth(town: Town, number: int, *, seed: int) -> Answered:
    """Draw pairs as the review queue does, a tenth of them those that matter most, and answer each by the truth."""
    pairs = town.result.pairs
    weighed = Weighed.of(pairs, town.result.links, town.agency_of)
    few = number // 10
    drawn = draw_sample(weighed, cut=linkage_model().link_at, size=number - few, matter_most=few, rng=np.random.default_rng(seed))
    probability = pairs["match_probability"].to_numpy()[drawn.rows]
    return Answered(drawn.rows, probability, town.pairs_where(town.truth)[drawn.rows], drawn.weight, drawn.strata)


def may_be_linked(town: Town) -> np.ndarray:
    """For each pair whether nothing forbids it."""
    return np.array([reason is None for reason in town.result.pairs["forbidden"].to_pylist()], dtype=bool)


THREE_COUNTS = ("all people", "known to social care and police", "known to three or more")


def three_counts(people: Iterable[Iterable[str]], agency_of: dict[str, str]) -> np.ndarray:
    """Count `THREE_COUNTS` of people given as their identities."""
    known = [{agency_of[identity] for identity in each} for each in people]
    return np.array([len(known), sum({"csc", "police"} <= each for each in known), sum(len(each) >= 3 for each in known)])


def calibrated(town: Town, reviews: Answered) -> Calibration:
    """The calibration that a workspace would keep after these reviews."""
    given, rows = _evidence_of(town, UNCHANGED), reviews.rows
    reasons = np.array(town.result.pairs["forbidden"].to_pylist(), dtype=object)
    barred = np.array([reason is not None for reason in reasons])
    left, right = given.person[given.left], given.person[given.right]
    common = in_common(left, right, person=given.person, agency=given.agency)
    fate = fates(left == right, contradicted(given.left, given.right, barred, person=given.person) | common)
    tells = (left != right) & ~common
    columns = (reviews.probability, reviews.same, reviews.weight, fate[rows], reasons[rows])
    chosen = (~barred | tells)[rows]
    return curve_of(
        pa.table(
            [pa.array(each[chosen].tolist(), type) for each, type in zip(columns, EVIDENCE_SCHEMA.types, strict=True)], EVIDENCE_SCHEMA
        )
    )


def _evidence_of(town: Town, curve: Calibration) -> Evidence:
    linked, pairs = town.pairs_where(town.person_of), town.result.pairs
    rates = miss_rates(pairs, linked, town.agency_of, linkage_model())
    return Evidence.of(town.result.links, pairs, town.result.people, agency_of=town.agency_of, calibration=curve, rates=rates)


def ranges_of_three_counts(town: Town, curve: Calibration, *, seed: int, replicates: int = 50) -> tuple[np.ndarray, Intervals]:
    """The three counts as linked, and their intervals under a calibration."""
    given = _evidence_of(town, curve)
    people: dict[tuple[int, bool, str], list[str]] = defaultdict(list)
    for row in draw_replicates(given, rng=np.random.default_rng(seed), replicates=replicates).to_pylist():
        people[row["replicate"], row["after"], row["person_id"]].append(row["identity_id"])
    as_linked = three_counts(people_by(town.person_of), town.agency_of)
    draws = np.repeat(as_linked[:, None], replicates, axis=1)
    for (replicate, after, _), identities in people.items():
        draws[:, replicate] += three_counts([identities], town.agency_of) * (1 if after else -1)
    return as_linked, replicate_intervals(draws)
