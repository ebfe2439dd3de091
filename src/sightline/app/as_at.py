"""What was known at a past instant, and what has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sightline.app.publish_generation import GenerationSummary, summary
from sightline.app.workspace import Workspace
from sightline.ledger import generations, returns
from sightline.ledger.models import ReturnVersion


class Since(StrEnum):
    """What happened to a return's slot after the instant."""

    ARRIVED = "arrived"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Difference:
    """One slot that holds another version now than then; ``then`` or ``now`` is None where there was or is none."""

    agency: str
    dataset: str
    period: str
    since: Since
    then: int | None
    now: int | None


@dataclass(frozen=True, slots=True)
class AsAt:
    """What held at ``instant``: ``generation`` can be opened and counted; ``published`` is the generation that was current then."""

    instant: datetime
    generation: GenerationSummary
    published: GenerationSummary | None
    differences: tuple[Difference, ...]


def generation_as_at(workspace: Workspace, instant: datetime) -> AsAt:
    """Put together again what had been accepted by an instant and was not yet closed, with its differences from now."""
    held = list(returns.accepted_at(instant))
    published = generations.published_by(instant)
    context = dict(published.context) if published else {}
    ids = tuple(version.id for version in held)
    generation = GenerationSummary(
        number=None,
        name=f"as-at-{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        digest=generations.set_digest(ids, context),
        published_at=instant,
        published_by="",
        return_ids=ids,
        context=context,
    )
    return AsAt(
        instant=instant,
        generation=generation,
        published=summary(published) if published else None,
        differences=_differences(held, list(returns.accepted_now())),
    )


def _differences(then: list[ReturnVersion], now: list[ReturnVersion]) -> tuple[Difference, ...]:
    held = {(version.agency, version.dataset, version.period): version.version for version in then}
    holds = {(version.agency, version.dataset, version.period): version.version for version in now}
    return tuple(
        Difference(*slot, since=_since(held.get(slot), holds.get(slot)), then=held.get(slot), now=holds.get(slot))
        for slot in sorted(held.keys() | holds.keys())
        if held.get(slot) != holds.get(slot)
    )


def _since(then: int | None, now: int | None) -> Since:
    if then is None:
        return Since.ARRIVED
    return Since.WITHDRAWN if now is None else Since.CORRECTED
