"""Publish a generation: the ordered set of returns on which everything after is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sightline.app.taken_out import keep, taken_out
from sightline.app.usable_returns import usable
from sightline.app.workspace import Workspace
from sightline.ledger import generations
from sightline.ledger.models import Generation
from sightline.ledger.returns import accepted_now


@dataclass(frozen=True, slots=True)
class GenerationSummary:
    """A set of returns to count on: a published generation, or (with no ``number``) what held at an instant.

    ``return_ids`` are in order of precedence, later ones hold over earlier ones. ``context`` names the objects of the geography and the
    definitions it was published with, and the list of fields that are not agreed any more where there are any.
    """

    number: int | None
    name: str
    digest: str
    published_at: datetime
    published_by: str
    return_ids: tuple[str, ...]
    context: dict[str, str]
    is_new: bool = False

    @property
    def returns(self) -> int:
        return len(self.return_ids)

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "name": self.name,
            "digest": self.digest,
            "published_at": self.published_at.isoformat(),
            "published_by": self.published_by,
            "returns": self.returns,
            "is_new": self.is_new,
        }


def publish_generation(workspace: Workspace, *, by: str, at: datetime) -> GenerationSummary:
    """Make every return accepted now, and that agreements in force let be used, the current generation.

    The same set as the current one gives that one, and nothing is written.

    Raises:
        Refused: If no return is accepted yet, or none may be used.
    """
    context = {name: workspace.objects.put_file(path) for name, path in workspace.context_files().items()}
    context |= keep(workspace.objects, taken_out(accepted_now(), at))
    generation, is_new = generations.publish(context, by=by, at=at, usable=usable)
    return summary(generation, is_new=is_new)


def current_generation(workspace: Workspace) -> GenerationSummary:
    """The current generation.

    Raises:
        NotFound: Before the first.
    """
    return summary(generations.current())


def summary(generation: Generation, *, is_new: bool = False) -> GenerationSummary:
    """A generation of the ledger as use cases hand it on."""
    return GenerationSummary(
        number=generation.number,
        name=str(generation),
        digest=generation.digest,
        published_at=generation.published_at,
        published_by=generation.published_by,
        return_ids=tuple(generations.members(generation)),
        context=dict(generation.context),
        is_new=is_new,
    )
