"""Generations in the ledger: publish the set of returns that holds now, and say which generation is current."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Max

from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import CurrentGeneration, Generation, GenerationReturn, ReturnVersion
from sightline.ledger.returns import accepted_now


def set_digest(return_ids: Sequence[str], context: Mapping[str, str]) -> str:
    """The hash of an ordered set of returns and of the files that figures also depend on."""
    return hashlib.sha256(json.dumps([list(return_ids), dict(context)], sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def publish(
    context: Mapping[str, str], *, by: str, at: datetime, usable: Callable[[Iterable[ReturnVersion], datetime], list[str]]
) -> tuple[Generation, bool]:
    """Publish every return accepted now that may be used as a generation and make it current, in one transaction with its audit event.

    Args:
        context: The files besides returns that figures depend on.
        by: Who publishes.
        at: When.
        usable: Which of the returns may be used then, by their ids.

    Returns:
        The generation, and whether it is new: the same set as the current one is the same generation.

    Raises:
        Refused: If no return is accepted yet, or none may be used.
    """
    with audit.writing():
        accepted = list(accepted_now())
        ids = usable(accepted, at)
        if accepted and not ids:
            hint = "`sightline agreements check` says what is missing."
            raise Refused("No agreement in force lets any of the accepted returns be used.", hint=hint)
        if not ids:
            raise Refused("There is no accepted return to publish.", hint="Submit one first: `sightline submit`.")
        digest = set_digest(ids, context)
        now = CurrentGeneration.objects.select_related("generation").first()
        if now is not None and now.generation.digest == digest:
            return now.generation, False
        number = int(Generation.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        made = Generation.objects.create(number=number, digest=digest, context=dict(context), published_at=at, published_by=by)
        GenerationReturn.objects.bulk_create(
            GenerationReturn(generation=made, return_version_id=id, position=position) for position, id in enumerate(ids)
        )
        CurrentGeneration.objects.update_or_create(id=1, defaults={"generation": made})
        detail = {"digest": digest, "returns": len(ids)}
        if len(ids) < len(accepted):
            detail["not_agreed"] = len(accepted) - len(ids)
        audit.record("generation_published", str(made), by=by, at=at, detail=detail)
    return made, True


def current() -> Generation:
    """The generation that is current.

    Raises:
        NotFound: Before the first.
    """
    found = CurrentGeneration.objects.select_related("generation").first()
    if found is None:
        raise NotFound("No generation is published yet.", hint="Publish one: `sightline publish`.")
    return found.generation


def published_by(instant: datetime) -> Generation | None:
    """The generation that was current at an instant; None before the first."""
    return Generation.objects.filter(published_at__lte=instant).order_by("-number").first()


def members(generation: Generation) -> list[str]:
    """The ids of a generation's returns, in its order."""
    return list(generation.members.order_by("position").values_list("return_version_id", flat=True))
