"""What one reviewer does with a set of pairs: see the next one, decide, take the last decision back.

A reviewer sees what two records say, and neither what the model made of it nor what anybody else decided. Clear values are read from the
returns at that moment and kept nowhere; each look is in the audit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sightline.app.agreed import refuse_unless_usable
from sightline.app.link_protection import Protection, protection
from sightline.app.publish_generation import current_generation
from sightline.app.steward_words import checked_reason
from sightline.app.subjects import subject_tokens
from sightline.app.tables import identity_records_of
from sightline.app.unusual import bears_name_of
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import NotFound
from sightline.ledger import reviews
from sightline.ledger.models import LinkReview, LinkReviewPair
from sightline.ledger.scope import whole_partnership
from sightline.linkage.pattern_words import in_words
from sightline.linkage.side_by_side import Line, side_by_side
from sightline.model.reviews import DECISIONS, ReviewDecision, ReviewReason


@dataclass(frozen=True, slots=True)
class Agencies:
    """Whose the two records are, by name."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class PairOnPaper:
    """A pair without a clear value: where it stands in its set, whose records they are, and how they are alike."""

    review: int
    position: int
    of: int
    agencies: Agencies
    alike: str


@dataclass(frozen=True, slots=True)
class SeenPair:
    """A pair with the clear values of both records. ``is_third``: two reviewers differ about it."""

    review: int
    position: int
    of: int
    agencies: Agencies
    lines: tuple[Line, ...]
    is_third: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """How far one reviewer has come: decided, still to decide, and waiting for somebody else; the position of the pair that comes next."""

    decided: int
    to_decide: int
    for_others: int
    next: int | None


@dataclass(frozen=True, slots=True)
class LastDecision:
    """The reviewer's newest decision in a set; ``alike`` says how the records were alike, for it can no longer lead anybody."""

    position: int
    decision: str
    alike: str
    can_be_undone: bool


def next_pair(workspace: Workspace, number: int, *, by: str, at: datetime, agency: str | None = None, purpose: str = "") -> SeenPair | None:
    """Show the next pair of a set to a reviewer, and write down that it was shown.

    First come pairs that too few have decided on, then those about which two others differ. A pair of which an agency has taken a
    record back, or that would show what must not be known, is passed over.

    Args:
        workspace: Where.
        number: The set.
        by: The reviewer.
        at: When.
        agency: Show pairs of two records of this agency only.
        purpose: Why; the set's own when empty.

    Returns:
        None when there is nothing left to decide for this reviewer.

    Raises:
        NotFound: If there is no such set.
        NotAgreedToUse: If no agreement lets a return of the generation be used any more.
    """
    review = reviews.find_review(number)
    for pair in _open_to(_shown(workspace, review, agency), by):
        if lines := _lines(workspace, pair, at):
            return _seen(workspace, review, pair, lines, purpose=purpose, by=by, at=at)
    return None


def see_pair(workspace: Workspace, number: int, position: int, *, purpose: str, by: str, at: datetime) -> SeenPair:
    """Show the clear values of one pair, and write down that it was shown and why.

    Raises:
        NotFound: If there is no such pair, or none that may be shown.
        InputRefused: If the purpose may not be kept.
    """
    review, pair = _visible(workspace, number, position)
    lines = _lines(workspace, pair, at)
    if lines is None:
        raise NotFound(f"An agency has taken its record in pair {position} back.", hint="There is nothing left to decide; go on.")
    return _seen(workspace, review, pair, lines, purpose=checked_reason(purpose), by=by, at=at)


def describe_pair(workspace: Workspace, number: int, position: int) -> PairOnPaper:
    """One pair without a clear value.

    Raises:
        NotFound: If there is no such pair, or none that may be shown.
    """
    review, pair = _visible(workspace, number, position)
    return PairOnPaper(review.pk, pair.position, review.pairs.count(), _agencies(workspace, pair), in_words(pair.pattern))


def decide(
    workspace: Workspace,
    number: int,
    position: int,
    decision: ReviewDecision,
    reason: ReviewReason,
    *,
    by: str,
    at: datetime,
    agency: str | None = None,
) -> None:
    """Take a reviewer's decision down.

    Args:
        workspace: Where.
        number: The set.
        position: The pair.
        decision: What.
        reason: What weighed most.
        by: The reviewer.
        at: When.
        agency: The pair must be of two records of this agency.

    Raises:
        NotFound: If there is no such pair, or none that may be shown.
        DecisionRefused: If the reviewer decided on it before, or enough others did.
    """
    review, pair = _visible(workspace, number, position)
    if agency is not None and not _is_within(pair, agency):
        raise _no_such_pair(review, position)
    reviews.record_decision(review, position, decision, reason, by=by, at=at)


def undo_last(number: int, *, by: str, at: datetime) -> int:
    """Take the reviewer's own last decision back; return the position of the pair, which comes up again.

    Raises:
        NotFound: If there is no such set.
        DecisionRefused: If there is none, or somebody else has decided on the pair.
    """
    return reviews.record_undo(reviews.find_review(number), by=by, at=at).position


def queue(workspace: Workspace, number: int, *, by: str, agency: str | None = None) -> Queue:
    """How far a reviewer has come with a set.

    Raises:
        NotFound: If there is no such set.
    """
    review = reviews.find_review(number)
    shown = _shown(workspace, review, agency)
    decided = [pair for pair in shown if any(each.by == by for each in reviews.decisions_of(pair))]
    waiting = [pair for pair in decided if len(reviews.decisions_of(pair)) < reviews.REVIEWERS or reviews.needs_third(pair)]
    waits_here = _open_to(shown, by)
    return Queue(len(decided), len(waits_here), len(waiting), waits_here[0].position if waits_here else None)


def last_decision(number: int, *, by: str) -> LastDecision | None:
    """The reviewer's newest decision in a set, and why the records were thought worth a look; None before the first.

    Raises:
        NotFound: If there is no such set.
    """
    review = reviews.find_review(number)
    last = reviews.last_decision(review, by)
    if last is None:
        return None
    pair = reviews.find_pair(review, last.pair.position)
    alone = len(reviews.decisions_of(pair)) == 1
    return LastDecision(pair.position, DECISIONS[ReviewDecision(last.decision)], in_words(pair.pattern), can_be_undone=alone)


def _shown(workspace: Workspace, review: LinkReview, agency: str | None) -> list[LinkReviewPair]:
    hidden = protection(workspace)
    pairs = reviews.pairs_of(review)
    return [pair for pair in pairs if _may_be_shown(pair, hidden) and (agency is None or _is_within(pair, agency))]


def _open_to(shown: list[LinkReviewPair], reviewer: str) -> list[LinkReviewPair]:
    """In the order in which they come up; those about which two others differ come last."""
    pairs = [pair for pair in shown if reviews.is_open_to(pair, reviewer)]
    return sorted(pairs, key=lambda each: (reviews.needs_third(each), each.position))


def _is_within(pair: LinkReviewPair, agency: str) -> bool:
    return pair.left_agency == pair.right_agency == agency


def _may_be_shown(pair: LinkReviewPair, hidden: Protection) -> bool:
    return not hidden.hides((pair.left, pair.right))


def _visible(workspace: Workspace, number: int, position: int) -> tuple[LinkReview, LinkReviewPair]:
    """A pair that may not be shown does not exist here."""
    review = reviews.find_review(number)
    pair = reviews.find_pair(review, position)
    if not _may_be_shown(pair, protection(workspace)):
        raise _no_such_pair(review, position)
    return review, pair


def _no_such_pair(review: LinkReview, position: int) -> NotFound:
    return NotFound(f"Review set {review.pk} has no pair {position}.", hint="Go back to the set and go on from there.")


@whole_partnership()
def _lines(workspace: Workspace, pair: LinkReviewPair, at: datetime) -> tuple[Line, ...] | None:
    generation = current_generation(workspace)
    refuse_unless_usable(workspace, generation, at)
    with DuckDBEngine() as engine:
        records = identity_records_of(workspace, generation, engine, (pair.left, pair.right))
    return side_by_side(records, pair.left, pair.right)


def _seen(
    workspace: Workspace, review: LinkReview, pair: LinkReviewPair, lines: tuple[Line, ...], *, purpose: str, by: str, at: datetime
) -> SeenPair:
    about: dict[str, object] = {"subjects": subject_tokens(workspace, (pair.left, pair.right))}
    if bears_name_of(by, [text for line in lines if line.name == "Family name" for text in line.in_text()]):
        about["own_name"] = True
    reviews.record_seen(pair, purpose=purpose or review.purpose, by=by, at=at, about=about)
    return SeenPair(
        review=review.pk,
        position=pair.position,
        of=review.pairs.count(),
        agencies=_agencies(workspace, pair),
        lines=lines,
        is_third=reviews.needs_third(pair),
    )


def _agencies(workspace: Workspace, pair: LinkReviewPair) -> Agencies:
    names = {agency.id: agency.name for agency in workspace.partnership.agencies}
    return Agencies(names.get(pair.left_agency, pair.left_agency), names.get(pair.right_agency, pair.right_agency))
