"""How often two records that a rule keeps apart are one person all the same: what reviewers found, for draws of other linkages.

A rule such as "one birth date and one home, another given name: twins" is right most times and not always. Where both people are known to
one agency it is taken to be right, because an agency seldom holds somebody twice; where they have no agency in common, reviews of such
pairs say how often it is not. For the same reason it says something against two people being one that an agency knows both, and something
for it that none does.

Source: Beta posteriors that lean on the share of all reasons together, with Jeffreys' prior for that (Brown, Cai and DasGupta, *Interval
estimation for a binomial proportion*, Statistical Science 16, 2001); docs/methods/linkage-uncertainty.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array

from sightline.linkage.score import ONE_AGENCY

PRIOR = 2.0
"""How many reviews' worth the share over all reasons counts for each."""
# So many pairs' worth it counts that agencies say nothing.
_SAYS_NOTHING = 10.0


@dataclass(frozen=True, slots=True)
class ToldApart:
    """Reviewed pairs of one reason between people who have no agency in common: as many as are worth so many drawn at random."""

    same: float
    two: float


def _none() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Doubts:
    """Forbidden pairs that may be one person, by row of the pairs, each of a kind; ``told`` is what is known of each kind."""

    rows: np.ndarray = field(default_factory=_none)
    kinds: np.ndarray = field(default_factory=_none)
    told: tuple[ToldApart, ...] = ()

    @classmethod
    def of(
        cls,
        forbidden: pa.ChunkedArray,
        left: np.ndarray,
        right: np.ndarray,
        *,
        person: np.ndarray,
        agency: np.ndarray,
        told: Mapping[str, ToldApart],
    ) -> Doubts:
        """Find them.

        Args:
            forbidden: For each pair why it is forbidden; null where it is not.
            left: One end of each pair, by position.
            right: The other.
            person: The number of each identity's person.
            agency: Each identity's agency.
            told: By reason, what reviewers found.
        """
        reasons = sorted(told)
        if not reasons:
            return cls()
        kinds = pc.fill_null(pc.index_in(forbidden, value_set=pa.array(reasons, pa.string())), -1).to_numpy().astype(np.int64)
        rows = np.flatnonzero((kinds >= 0) & (person[left] != person[right]))
        rows = rows[~in_common(person[left[rows]], person[right[rows]], person=person, agency=agency)]
        return cls(rows, kinds[rows], tuple(told[reason] for reason in reasons))

    def __bool__(self) -> bool:
        return len(self.rows) > 0

    def kind_of(self, pairs: int) -> np.ndarray:
        """The kind of each of so many pairs, -1 where there is no doubt."""
        kinds = np.full(pairs, -1, dtype=np.int64)
        kinds[self.rows] = self.kinds
        return kinds

    def mean(self, kind: int) -> float:
        """The share of pairs of a kind that are one person, as far as is known."""
        same, two = self._posterior(kind)
        return same / (same + two)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """A plausible share for each kind."""
        return np.array([rng.beta(*self._posterior(kind)) for kind in range(len(self.told))])

    def _posterior(self, kind: int) -> tuple[float, float]:
        same, two = sum(each.same for each in self.told), sum(each.two for each in self.told)
        pooled = (same + 0.5) / (same + two + 1)
        return self.told[kind].same + PRIOR * pooled, self.told[kind].two + PRIOR * (1 - pooled)


@dataclass(frozen=True, slots=True)
class OddsByAgencies:
    """How many times the odds are that a pair is one person, once it is seen whether an agency knows both people."""

    known_to_one: float
    strangers: float

    @classmethod
    def of(cls, forbidden: pa.ChunkedArray, *, linked: np.ndarray, common: np.ndarray) -> OddsByAgencies:
        """Learn them from the links: from those of one person how often an agency holds somebody twice, and how often it knows both of two
        people from those whom a rule keeps apart that does not itself look at agencies.

        Args:
            forbidden: For each pair why it is forbidden; null where it is not.
            linked: Whether it is one person as linked.
            common: Whether both ends are one agency's, or for two people, whether some agency knows both.
        """
        two = pc.fill_null(pc.not_equal(forbidden, ONE_AGENCY), False).to_numpy() & ~linked
        of_one = (float((linked & common).sum()) + 0.5) / (float(linked.sum()) + 1)
        of_two = (float((two & common).sum()) + _SAYS_NOTHING * of_one) / (float(two.sum()) + _SAYS_NOTHING)
        return cls(of_one / of_two, (1 - of_one) / (1 - of_two))


def in_common(one: np.ndarray, other: np.ndarray, *, person: np.ndarray, agency: np.ndarray) -> np.ndarray:
    """For each two people whether some agency knows both."""
    codes = np.unique(agency.astype(str), return_inverse=True)[1]
    shape = (int(person.max(initial=-1)) + 1, int(codes.max(initial=-1)) + 1)
    known = csr_array((np.ones(len(person), dtype=np.int32), (person, codes)), shape=shape)
    return np.asarray(known[one].multiply(known[other]).sum(axis=1)).ravel() > 0


def contradicted(left: np.ndarray, right: np.ndarray, forbidden: np.ndarray, *, person: np.ndarray) -> np.ndarray:
    """For each pair between two people whether a rule keeps any pair between these two apart.

    Args:
        left: One end of each pair, by position.
        right: The other.
        forbidden: Whether a rule keeps it apart.
        person: The number of each identity's person.
    """
    one, other = person[left], person[right]
    people = np.minimum(one, other) * (int(person.max(initial=0)) + 1) + np.maximum(one, other)
    apart = one != other
    return np.asarray(apart & np.isin(people, np.unique(people[apart & forbidden])))


def told_apart(reasons: np.ndarray, same: np.ndarray, weight: np.ndarray) -> dict[str, ToldApart]:
    """What reviews say of each reason.

    Args:
        reasons: Why each reviewed pair is forbidden, all between people with no agency in common.
        same: Whether reviewers found it one person.
        weight: How many pairs each stands for; pairs drawn thinly count more, and all together for less (Kish's effective number).
    """
    found = {}
    for reason in sorted(set(reasons.tolist())):
        chosen = reasons == reason
        weights = weight[chosen]
        worth = float(weights.sum() ** 2 / (weights**2).sum())
        share = float((weights * same[chosen]).sum() / weights.sum())
        found[reason] = ToldApart(worth * share, worth * (1 - share))
    return found
