"""Invented evidence of linkage, and an invented town linked whole, for tests of what is made from links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

import numpy as np
import pyarrow as pa

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import LinkResult, link
from sightline.linkage.missed import MissRate
from sightline.linkage.uncertainty import Evidence
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
