"""Ask the agreements: at the door, when a generation is published, and whenever it is used. Every question goes through `decide`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sightline.app.publish_generation import GenerationSummary
from sightline.app.taken_out import taken_out, taken_out_of
from sightline.app.usable_returns import HUB, PURPOSE, may_use
from sightline.app.workspace import Workspace
from sightline.definitions.agreements import FINEST, AgreedDataset
from sightline.definitions.partnership import Agency, Dataset, Partnership
from sightline.errors import Refused
from sightline.governance import Action, Allow, Deny, Principal, Resource, decide, finest
from sightline.indicators.availability import NotAgreed
from sightline.ledger import audit
from sightline.ledger.agreements import last_change, standings
from sightline.ledger.models import ObjectKind, ReturnObject, ReturnVersion
from sightline.ledger.returns import Slot
from sightline.ledger.scope import whole_partnership
from sightline.model.agreements import LOCAL_TIME, MODES, Mode, Tier


class NotAgreedToShare(Refused):
    """No agreement in force lets this agency share this dataset, for this period, in this detail."""

    code = "SL-GOV-020"
    hint = "`sightline agreements list` shows what is in force. Nothing was stored."


class NotAgreedToUse(Refused):
    """The current generation holds returns that no agreement lets anybody use any more."""

    code = "SL-GOV-021"
    hint = "Run `sightline publish` and `sightline link`: they leave those out, and every figure says that they are missing."


@dataclass(frozen=True, slots=True)
class AgreedToShare:
    """What an agency may hand in: ``sender`` is the agency with the detail that is agreed, never more than its own."""

    sender: Agency
    terms: tuple[AgreedDataset, ...]
    agreements: tuple[str, ...]

    @property
    def version(self) -> str:
        """What the return keeps of them."""
        return ", ".join(self.agreements)[:200]

    def permits(self, field: str) -> bool:
        return any(each.permits(field) for each in self.terms)

    @property
    def limits(self) -> dict[str, str]:
        """How exact fields may be, where that is limited."""
        named = {name for each in self.terms for name in each.precision if name.partition(".")[2] in FINEST}
        return {name: limit for name in sorted(named) if (limit := finest(self.terms, name)) is not None}


def agreed_to_share(sender: Agency, dataset: Dataset, covers: tuple[date, date], *, at: datetime) -> AgreedToShare | Deny:
    """Whether an agency may hand in a dataset, in the greatest detail that is agreed and that it shares at all."""
    held = standings()
    first: Deny | None = None
    for mode in reversed(MODES[: MODES.index(sender.mode) + 1]):
        asked = Resource(sender.id, dataset.id, *covers, mode)
        answer = decide(Principal(sender.name, sender.id), Action.SUBMIT, asked, "", Tier.COMMUNITY, (), at, held)
        if isinstance(answer, Allow):
            return AgreedToShare(sender.model_copy(update={"mode": mode}), answer.terms, answer.agreements)
        first = answer
    return first or Deny(())


def refuse_to_take(sender: Agency, slot: Slot, answer: Deny, *, by: str, at: datetime) -> NotAgreedToShare:
    """Write a refusal into the audit, the only thing that is kept of it; the error to raise."""
    reasons = [str(reason) for reason in answer.reasons]
    with audit.writing():
        where = f"{slot.agency} {slot.dataset} {slot.period}"
        audit.record("return_refused", where, by=by, at=at, detail={"not_agreed": reasons, "rules": answer.rules})
    return NotAgreedToShare(f"{sender.name} may not share this: {' '.join(reasons)}")


@whole_partnership()
def refuse_unless_usable(workspace: Workspace, generation: GenerationSummary, at: datetime) -> None:
    """Let a generation be used only while every return of it may be, with every field that it is read with.

    Raises:
        NotAgreedToUse: With the agencies whose returns, or fields of them, may not, and why.
    """
    held = standings()
    against = {}
    versions = list(ReturnVersion.objects.filter(id__in=generation.return_ids).order_by("agency", "dataset", "period"))
    for version in versions:
        answer = may_use(version, at, held)
        if isinstance(answer, Deny):
            against[version.agency, version.dataset] = answer.gap
    listed = taken_out_of(workspace.objects, generation)
    more = {id: set(fields) - set(listed.get(id, ())) for id, fields in taken_out(versions, at).items()}
    for version in versions:
        if fields := more.get(version.id):
            against[version.agency, version.dataset] = f"{', '.join(sorted(fields))} not agreed any more"
    if against:
        told = "; ".join(f"{agency} {dataset}: {gap}" for (agency, dataset), gap in against.items())
        raise NotAgreedToUse(f"{generation.name} holds returns that may not be used any more ({told}).")


def refuse_if_stopped_meanwhile(workspace: Workspace, generation: GenerationSummary, at: datetime) -> None:
    """Let what was made of a generation be kept only if nothing stopped its use since the work began; asked where it is kept.

    Counting takes minutes, and a suspension holds from its instant. What the ledger has of it counts, however late the clock is.

    Raises:
        NotAgreedToUse: If an agreement was suspended or withdrawn, or an agency set apart, while the work ran.
    """
    changed = last_change()
    if changed is not None and changed > at:
        refuse_unless_usable(workspace, generation, changed)


def stopped_meanwhile(agreed: AgreedToShare, dataset: Dataset, covers: tuple[date, date], *, at: datetime) -> Deny | None:
    """What stands in the way of a return since it was let in at the door; asked where it is kept."""
    changed = last_change()
    if changed is None or changed <= at:
        return None
    answer = agreed_to_share(agreed.sender, dataset, covers, at=changed)
    return answer if isinstance(answer, Deny) else None


@whole_partnership()
def gaps(partnership: Partnership, generation: GenerationSummary, at: datetime) -> Mapping[tuple[str, str], NotAgreed]:
    """Which datasets are in no figure because nothing in force lets them be used, why, and what they would have filled.

    What a dataset would have filled is taken from its returns that were accepted and are not in the generation.
    """
    held = standings()
    inside = set(generation.return_ids)
    day = at.astimezone(LOCAL_TIME).date()
    found = {}
    for agency in partnership.agencies:
        for dataset in agency.datasets:
            versions = list(ReturnVersion.objects.filter(agency=agency.id, dataset=dataset.id, accepted_at__lte=at))
            if any(version.id in inside for version in versions):
                continue
            asked = Resource(agency.id, dataset.id, day, day, Mode.AGGREGATE_ONLY)
            answers = [may_use(version, at, held) for version in versions] or [
                decide(HUB, Action.COUNT, asked, PURPOSE, Tier.STRATEGIC, (), at, held)
            ]
            if isinstance(answers[-1], Deny):
                found[agency.id, dataset.id] = NotAgreed(answers[-1].gap, _filled_by([version.id for version in versions]))
    return found


def _filled_by(return_ids: Sequence[str]) -> frozenset[str]:
    parts = ReturnObject.objects.filter(kind=ObjectKind.TABLE, return_version__in=return_ids)
    return frozenset(parts.values_list("entity", flat=True))
