"""A steward makes overrides of what reviewers agree on, which then hold at every linkage."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sightline.app.link_protection import protection
from sightline.app.override_links import override_identities
from sightline.app.workspace import Workspace
from sightline.errors import SightlineError
from sightline.ledger import audit, reviews
from sightline.ledger.linkages import previous_linkage
from sightline.ledger.models import LinkOverride, LinkReview, LinkReviewPair
from sightline.model.overrides import OverrideKind
from sightline.model.reviews import ReviewDecision


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of the pairs on which two reviewers agree.

    ``added`` are numbers of overrides; ``as_linked`` pairs are what the links say already, ``own`` were decided by the steward, and
    ``refused`` could not be added, with the reasons.
    """

    added: tuple[int, ...]
    as_linked: int
    own: int
    refused: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def sentences(self) -> list[str]:
        """The same for a person."""
        said = [f"{len(self.added)} {'override was' if len(self.added) == 1 else 'overrides were'} added; the next linkage follows them."]
        if self.as_linked:
            said.append(f"{self.as_linked} agreed as the links already stand and need none.")
        if self.own:
            said.append(f"{self.own} you decided on yourself: somebody else accepts those.")
        return [*said, *self.refused]


def accept_reviews(workspace: Workspace, number: int, *, by: str, at: datetime) -> Accepted:
    """Add an override for each pair of a set about which two reviewers agree and the links say otherwise.

    Nobody accepts what they decided themselves. A pair about which the links say the same needs no override: it would hold the pair fixed
    when later records speak against it.

    Args:
        workspace: Where.
        number: The set.
        by: The steward.
        at: When.

    Raises:
        NotFound: If there is no such set.
    """
    review = reviews.find_review(number)
    hidden = protection(workspace)
    person_of = _people(workspace)
    added: list[int] = []
    refused: list[str] = []
    as_linked = own = 0
    for pair in reviews.pairs_of(review):
        agreed = reviews.settled(pair)
        if agreed is None or hidden.hides((pair.left, pair.right)) or reviews.is_accepted(pair):
            continue
        together = pair.left in person_of and person_of[pair.left] == person_of.get(pair.right)
        if together == (agreed is ReviewDecision.SAME):
            as_linked += 1
        elif any(each.by == by for each in reviews.decisions_of(pair)):
            own += 1
        else:
            try:
                added.append(_add(workspace, review, pair, agreed, by=by, at=at))
            except SightlineError as problem:
                refused.append(f"Pair {pair.position}: {problem}")
    return Accepted(tuple(added), as_linked, own, tuple(refused))


def _people(workspace: Workspace) -> dict[str, str]:
    newest = previous_linkage()
    if newest is None:
        return {}
    links = workspace.objects.get_table(newest.links)
    return dict(zip(links["identity_id"].to_pylist(), links["person_id"].to_pylist(), strict=True))


def _add(workspace: Workspace, review: LinkReview, pair: LinkReviewPair, agreed: ReviewDecision, *, by: str, at: datetime) -> int:
    kind = OverrideKind.MUST_LINK if agreed is ReviewDecision.SAME else OverrideKind.CANNOT_LINK
    reason = f"Two reviewers agreed: review set {review.pk}, pair {pair.position}"
    with audit.writing():
        made = override_identities(workspace, kind, pair.left, pair.right, reason=reason, by=by, at=at)
        reviews.record_outcome(pair, LinkOverride.objects.get(pk=made.number), by=by, at=at)
    return made.number
