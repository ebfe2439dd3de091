"""Clerical review in the ledger: sets of pairs, and what reviewers decided. Rows are added and never changed; no name is among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import (
    Linkage,
    LinkOverride,
    LinkReview,
    LinkReviewDecision,
    LinkReviewOutcome,
    LinkReviewPair,
    LinkReviewUndo,
)
from sightline.model.reviews import ReviewDecision, ReviewReason

REVIEWERS = 2
"""How many people decide on each pair; one more where they differ."""


class DecisionRefused(Refused):
    """A decision about a pair could not be taken down as asked."""

    code = "SL-LNK-020"
    hint = "Go on with the next pair; nothing was changed."


def record_review(
    linkage: Linkage,
    pairs: Iterable[Mapping[str, Any]],
    *,
    purpose: str,
    cut: float,
    population: int,
    seed: str,
    by: str,
    at: datetime,
) -> LinkReview:
    """Write a set down with its pairs.

    Args:
        linkage: What the pairs were drawn from.
        pairs: The columns of `LinkReviewPair`, in the order in which they are shown.
        purpose: Why anybody looks at these records.
        cut: The probability at which the linkage joined.
        population: How many pairs there were to draw from.
        seed: What the generator began with.
        by: Who asked.
        at: When.
    """
    with audit.writing():
        review = LinkReview.objects.create(
            linkage=linkage,
            purpose=purpose,
            model=str(linkage.summary.get("model", "")),
            cut=cut,
            population=population,
            seed=seed,
            by=by,
            at=at,
        )
        rows = [LinkReviewPair(review=review, position=position, **pair) for position, pair in enumerate(pairs, 1)]
        LinkReviewPair.objects.bulk_create(rows, batch_size=500)
        audit.record(
            "link_review_opened", str(review), by=by, at=at, detail={"pairs": len(rows), "linkage": linkage.pk, "purpose": purpose}
        )
    return review


def every_review() -> list[LinkReview]:
    """All sets, the newest first."""
    return list(LinkReview.objects.order_by("-id"))


def find_review(number: int) -> LinkReview:
    """The set of that number.

    Raises:
        NotFound: If there is none.
    """
    review = LinkReview.objects.filter(pk=number).first()
    if review is None:
        raise NotFound(f"There is no review set {number}.", hint="See `sightline link review list`.")
    return review


def pairs_of(review: LinkReview) -> list[LinkReviewPair]:
    """The pairs of a set in their order, with the decisions that hold ready (see `decisions_of`)."""
    return list(review.pairs.prefetch_related(_HOLDING).order_by("position"))


def find_pair(review: LinkReview, position: int) -> LinkReviewPair:
    """One pair of a set.

    Raises:
        NotFound: If the set is shorter.
    """
    pair = review.pairs.prefetch_related(_HOLDING).filter(position=position).first()
    if pair is None:
        raise NotFound(f"Review set {review.pk} has no pair {position}.", hint="Go back to the set and go on from there.")
    return pair


_HOLDING = Prefetch("decisions", queryset=LinkReviewDecision.objects.filter(undo=None).order_by("id"))


def decisions_of(pair: LinkReviewPair) -> list[LinkReviewDecision]:
    """The decisions about a pair that hold, in the order they were made. The pair comes from `pairs_of` or `find_pair`."""
    return list(pair.decisions.all())


def settled(pair: LinkReviewPair) -> ReviewDecision | None:
    """What two reviewers agree on; None while no two say the same, or where they agree that it cannot be told."""
    decided = [each.decision for each in decisions_of(pair)]
    return next((each for each in (ReviewDecision.SAME, ReviewDecision.DIFFERENT) if decided.count(each) >= REVIEWERS), None)


def needs_third(pair: LinkReviewPair) -> bool:
    """Whether the two reviewers differ and nobody else has decided yet."""
    decided = decisions_of(pair)
    return len(decided) == REVIEWERS and decided[0].decision != decided[1].decision


def is_open_to(pair: LinkReviewPair, reviewer: str) -> bool:
    """Whether somebody may decide on a pair: not twice, and not once enough have."""
    decided = decisions_of(pair)
    return all(each.by != reviewer for each in decided) and (len(decided) < REVIEWERS or needs_third(pair))


def record_decision(
    review: LinkReview, position: int, decision: ReviewDecision, reason: ReviewReason, *, by: str, at: datetime
) -> LinkReviewDecision:
    """Write a decision down. The audit says that there is one, and not which: whoever reads it may be the next reviewer.

    Raises:
        NotFound: If there is no such pair.
        DecisionRefused: If the reviewer decided on it before, or enough others did.
    """
    with audit.writing():
        pair = find_pair(review, position)
        if any(each.by == by for each in decisions_of(pair)):
            raise DecisionRefused(f"You decided on pair {position} before.")
        if not is_open_to(pair, by):
            raise DecisionRefused(f"Enough reviewers have decided on pair {position} in the meantime.")
        made = LinkReviewDecision.objects.create(pair=pair, decision=decision, reason=reason, by=by, at=at)
        audit.record("link_review_decided", str(pair), by=by, at=at)
    return made


def last_decision(review: LinkReview, reviewer: str) -> LinkReviewDecision | None:
    """The newest decision of one reviewer in a set that was not taken back."""
    held = LinkReviewDecision.objects.filter(pair__review=review, by=reviewer, undo=None).select_related("pair")
    return held.order_by("-id").first()


def record_undo(review: LinkReview, *, by: str, at: datetime) -> LinkReviewPair:
    """Take the reviewer's last decision back, as long as nobody else has decided on the pair.

    Raises:
        DecisionRefused: If there is none, or somebody else has decided.
    """
    with audit.writing():
        last = last_decision(review, by)
        if last is None:
            raise DecisionRefused("There is no decision of yours in this set to take back.")
        if len(decisions_of(find_pair(review, last.pair.position))) > 1:
            raise DecisionRefused("Your last decision stands: somebody else has decided on that pair too.")
        LinkReviewUndo.objects.create(decision=last, at=at)
        audit.record("link_review_undone", str(last.pair), by=by, at=at)
    return last.pair


def record_seen(pair: LinkReviewPair, *, purpose: str, by: str, at: datetime, about: Mapping[str, object]) -> None:
    """Write down that somebody looked at the clear values of a pair, and by their stand-ins whose they are (``about``)."""
    with audit.writing():
        audit.record("link_review_pair_seen", str(pair), by=by, at=at, detail={"purpose": purpose, **about})


def record_outcome(pair: LinkReviewPair, override: LinkOverride, *, by: str, at: datetime) -> None:
    """Write down that an override was made of what reviewers agreed on."""
    with audit.writing():
        LinkReviewOutcome.objects.create(pair=pair, override=override, by=by, at=at)
        audit.record("link_review_accepted", str(pair), by=by, at=at, detail={"override": override.pk})


def is_accepted(pair: LinkReviewPair) -> bool:
    """Whether an override made of this pair's outcome is in force."""
    return pair.outcomes.filter(override__withdrawal=None).exists()
