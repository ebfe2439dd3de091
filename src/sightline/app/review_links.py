"""Clerical review of links: draw a set of pairs for people to decide on, say how far it has come and how far reviewers agree.

What a reviewer sees and decides is in `review_pairs`; what becomes of decisions that reviewers agree on is in `accept_reviews`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from sightline.app.current_linkage import current_linkage
from sightline.app.link_protection import protection
from sightline.app.steward_words import checked_reason
from sightline.app.tables import identity_agencies
from sightline.app.workspace import Workspace
from sightline.definitions.linkage import linkage_model
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger import reviews
from sightline.ledger.models import Linkage, LinkReview, LinkReviewPair
from sightline.ledger.scope import whole_partnership
from sightline.linkage.sample import Weighed, draw_sample
from sightline.model.reviews import ReviewDecision
from sightline.stats.agreement import Agreement, cohen_kappa

PAIRS, MATTER_MOST = 200, 50
"""How many pairs a set has unless told otherwise: drawn at random, and taken because of what they would change."""
MOST_PAIRS = 5_000
FEWEST_FOR_KAPPA = 20
"""Fewer pairs decided twice say nothing of how far reviewers agree, and would let a reviewer guess what the other decided."""


@dataclass(frozen=True, slots=True)
class ReviewSet:
    """A set, and how far it has come. ``agreement`` is None while too few pairs are decided twice."""

    number: int
    linkage: int
    purpose: str
    opened_at: datetime
    opened_by: str
    pairs: int
    population: int
    decided_once: int
    decided_twice: int
    differ: int
    reviewers: tuple[str, ...]
    agreement: Agreement | None
    is_current: bool

    @property
    def agreement_words(self) -> str:
        """Kappa with its interval, or why there is none yet."""
        if self.agreement is None:
            return "too few pairs decided twice"
        return f"{self.agreement.kappa:.2f} ({self.agreement.interval.lower:.2f} to {self.agreement.interval.upper:.2f})"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class ReviewedPairs:
    """Every pair that somebody decided on, over all sets drawn with the current linkage's model; one element of each array for a pair.

    Decisions are the values of `ReviewDecision`: ``first`` and ``second`` of the two reviewers, ``settled`` what two agree on with the
    third's where they differed (``""`` where there is none; "unsure" is never settled). ``weight`` is how many pairs of its stratum a
    reviewed one stands for: as long as only some of a stratum's pairs are decided, they stand for the whole stratum, for pairs are shown in
    an order drawn at random. ``probability`` is the model's, as it was when the set was drawn.
    """

    model: str
    review: np.ndarray
    left: np.ndarray
    right: np.ndarray
    stratum: np.ndarray
    matters: np.ndarray
    linked: np.ndarray
    agencies: np.ndarray
    probability: np.ndarray
    weight: np.ndarray
    first: np.ndarray
    second: np.ndarray
    settled: np.ndarray
    reviews: tuple[int, ...]
    population: dict[int, int]
    not_reviewed: dict[int, int]
    """For each set: pairs it was drawn from, and how many of them are in strata of which nobody has decided a pair yet."""


def open_review(
    workspace: Workspace,
    *,
    purpose: str,
    by: str,
    at: datetime,
    seed: int,
    pairs: int = PAIRS,
    matter_most: int = MATTER_MOST,
) -> ReviewSet:
    """Draw a set of pairs from the newest linkage of the current generation.

    Args:
        workspace: Where.
        purpose: Why anybody looks at these records; every view of clear values is written down with it.
        by: Who asks.
        at: When.
        seed: What the generator begins with; kept, so that the draw can be made again.
        pairs: How many to draw at random.
        matter_most: How many to take besides, because of what they would change.

    Raises:
        InputRefused: If the purpose may not be kept, or the numbers are out of reason.
        NotFound: If people are not linked, or by another version of the model.
        Refused: If there is no pair to decide on, or a set of this linkage waits to be begun.
    """
    if not purpose.strip():
        raise InputRefused("A set needs a purpose.", hint="Say why records are looked at, without anything about a person.")
    checked = checked_reason(purpose)
    if not 1 <= pairs <= MOST_PAIRS or not 0 <= matter_most <= MOST_PAIRS:
        raise InputRefused(f"A set has 1 to {MOST_PAIRS:,} pairs.", hint="Two people decide on each: 200 take the two of them some hours.")
    generation, linkage = current_linkage(workspace)
    _refuse_unbegun(linkage)
    shown = protection(workspace).visible(workspace.objects.get_table(linkage.pairs))
    with DuckDBEngine() as engine:
        agency_of = identity_agencies(workspace, generation, engine)
    weighed = Weighed.of(shown, workspace.objects.get_table(linkage.links), agency_of)
    if not len(weighed.rows):
        raise Refused("Linkage weighed no pair that is open to doubt.", hint="There is nothing to review.")
    cut = linkage_model().link_at
    sample = draw_sample(weighed, cut=cut, size=pairs, matter_most=matter_most, rng=np.random.default_rng(seed))
    linked = weighed.linked[np.searchsorted(weighed.rows, sample.rows)]
    chosen = shown.take(sample.rows).to_pylist()
    rows = [
        {
            "left": pair["left"],
            "right": pair["right"],
            "left_agency": agency_of[pair["left"]],
            "right_agency": agency_of[pair["right"]],
            "stratum": sample.strata[place],
            "population": int(sample.population[place]),
            "weight": float(sample.weight[place]),
            "matters": bool(sample.matters[place]),
            "linked": bool(linked[place]),
            "probability": pair["match_probability"],
            "pattern": pair["pattern"] or "",
        }
        for place, pair in enumerate(chosen)
    ]
    review = reviews.record_review(linkage, rows, purpose=checked, cut=cut, population=sample.of, seed=str(seed), by=by, at=at)
    return review_set(workspace, review.pk)


@whole_partnership()
def list_reviews(workspace: Workspace) -> tuple[ReviewSet, ...]:
    """All sets, the newest first."""
    return tuple(_summary(workspace, review) for review in reviews.every_review())


@whole_partnership()
def review_set(workspace: Workspace, number: int) -> ReviewSet:
    """One set.

    Raises:
        NotFound: If there is none of that number.
    """
    return _summary(workspace, reviews.find_review(number))


def reviewed_pairs(workspace: Workspace) -> ReviewedPairs | None:
    """What people decided, for whoever estimates how right the links are; None while people are not linked or nobody has decided.

    Pairs that a steward has decided, and pairs that are never to be linked, were in no set and are in no weight.
    """
    try:
        _, linkage = current_linkage(workspace)
    except NotFound:
        return None
    model = str(linkage.summary.get("model", ""))
    found = [(review, reviews.pairs_of(review)) for review in reviews.every_review() if review.model == model]
    decided = [(pair, reviews.decisions_of(pair)) for _, pairs in found for pair in pairs if reviews.decisions_of(pair)]
    if not decided:
        return None
    strata: dict[tuple[int, str], int] = {}
    for pair, _ in decided:
        strata[pair.review_id, pair.stratum] = strata.get((pair.review_id, pair.stratum), 0) + 1
    covered = {review.pk: 0 for review, _ in found}
    for (number, stratum), _ in strata.items():
        covered[number] += next(pair.population for pair, _ in decided if (pair.review_id, pair.stratum) == (number, stratum))
    return ReviewedPairs(
        model=model,
        review=np.array([pair.review_id for pair, _ in decided]),
        left=np.array([pair.left for pair, _ in decided], dtype=object),
        right=np.array([pair.right for pair, _ in decided], dtype=object),
        stratum=np.array([pair.stratum for pair, _ in decided], dtype=object),
        matters=np.array([pair.matters for pair, _ in decided]),
        linked=np.array([pair.linked for pair, _ in decided]),
        agencies=np.array([" and ".join(sorted((pair.left_agency, pair.right_agency))) for pair, _ in decided], dtype=object),
        probability=np.array([pair.probability for pair, _ in decided]),
        weight=np.array([pair.population / strata[pair.review_id, pair.stratum] for pair, _ in decided]),
        first=np.array([made[0].decision for _, made in decided], dtype=object),
        second=np.array([made[1].decision if len(made) > 1 else "" for _, made in decided], dtype=object),
        settled=np.array([str(reviews.settled(pair) or "") for pair, _ in decided], dtype=object),
        reviews=tuple(review.pk for review, _ in found),
        population={review.pk: review.population for review, _ in found},
        not_reviewed={review.pk: review.population - covered[review.pk] for review, _ in found},
    )


def _refuse_unbegun(linkage: Linkage) -> None:
    """A second set of the same pairs is asked for by a second click, or by somebody who does not know of the first."""
    for review in reviews.every_review():
        if review.linkage_id == linkage.pk and not any(map(reviews.decisions_of, reviews.pairs_of(review))):
            raise Refused(f"Nobody has begun review set {review.pk} of this linkage yet.", hint="Begin with that one.")


def _summary(workspace: Workspace, review: LinkReview) -> ReviewSet:
    pairs = reviews.pairs_of(review)
    made = [reviews.decisions_of(pair) for pair in pairs]
    return ReviewSet(
        number=review.pk,
        linkage=review.linkage_id,
        purpose=review.purpose,
        opened_at=review.at,
        opened_by=review.by,
        pairs=len(pairs),
        population=review.population,
        decided_once=sum(len(each) == 1 for each in made),
        decided_twice=sum(len(each) >= reviews.REVIEWERS for each in made),
        differ=sum(map(reviews.needs_third, pairs)),
        reviewers=tuple(sorted({each.by for decided in made for each in decided})),
        agreement=agreement_of(pairs),
        is_current=_is_current(workspace, review),
    )


def agreement_of(pairs: Sequence[LinkReviewPair]) -> Agreement | None:
    """How far the two reviewers of each pair agree, over those decided twice; None while they are too few."""
    place = {decision: number for number, decision in enumerate(ReviewDecision)}
    table = np.zeros((len(place), len(place)))
    for pair in pairs:
        # by name, so that where two people decide on all pairs one of them is always the first, whoever came first to a pair
        made = sorted(reviews.decisions_of(pair)[: reviews.REVIEWERS], key=lambda each: each.by)
        if len(made) == reviews.REVIEWERS:
            table[place[ReviewDecision(made[0].decision)], place[ReviewDecision(made[1].decision)]] += 1
    return cohen_kappa(table) if table.sum() >= FEWEST_FOR_KAPPA else None


def _is_current(workspace: Workspace, review: LinkReview) -> bool:
    try:
        return current_linkage(workspace)[1].pk == review.linkage_id
    except NotFound:
        return False
