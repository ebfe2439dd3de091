"""Erase returns for good: seen before, asked for by one person, agreed to by another, and carried out by destroying keys.

What was counted from them stays as it was published and cannot be counted again. An erasure that was cut short is carried on with; from the
moment it is agreed to, nothing opens what it concerns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sightline.app.submit_return import LOCAL_TIME
from sightline.app.sweep import named_objects
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger import erasures
from sightline.ledger.erasure_models import Erasure
from sightline.ledger.models import CurrentGeneration, Linkage, ReturnVersion
from sightline.ledger.states import TRANSITIONS, State

CANNOT_BE_UNDONE = "Erasing cannot be undone. Nobody can bring back what was erased: not from this workspace, and not from a backup."
IN_THE_CLEAR = (
    "This workspace is not encrypted: the files are deleted, but a disk may keep their bytes until they are overwritten, "
    "and backups made before keep them."
)


@dataclass(frozen=True, slots=True)
class Effects:
    """What an erasure would destroy, and what it leaves.

    ``shared`` are objects that other returns hold too and that therefore stay. ``hindrances`` have to be out of the way first.
    """

    returns: tuple[str, ...]
    objects: int
    shared: int
    generations: tuple[str, ...]
    releases: tuple[int, ...]
    linkages: int
    sealed: bool
    hindrances: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Asked:
    """One erasure as a list shows it. ``state`` is "asked", "refused", "agreed, not carried out to the end" or "carried out"."""

    number: int
    returns: tuple[str, ...]
    reason: str
    rule: str
    by: str
    at: datetime
    state: str
    decided_by: str
    decided_at: datetime | None
    effects: dict[str, Any]

    @property
    def is_open(self) -> bool:
        return self.state not in (REFUSED, DONE)


ASKED, REFUSED, CUT_SHORT, DONE = "asked", "refused", "agreed, not carried out to the end", "carried out"


def effects_of(workspace: Workspace, returns: Sequence[str], *, at: datetime) -> Effects:
    """Look at what erasing these returns would do; nothing is changed.

    Raises:
        NotFound: If there is no such return.
        InputRefused: If none is named.
    """
    versions = _versions(returns)
    digests = erasures.digests_of(list(returns))
    kept = _named_without(versions) & digests
    behind = erasures.releases_behind(list(returns))
    generations = erasures.generations_of(list(returns))
    return Effects(
        returns=tuple(str(version) for version in versions),
        objects=len(digests - kept),
        shared=len(kept),
        generations=tuple(str(each) for each in generations),
        releases=tuple(release.number for release in behind),
        linkages=Linkage.objects.filter(generation__in=generations).count(),
        sealed=workspace.objects.vault is not None,
        hindrances=tuple(_hindrances(versions, at)),
    )


def ask_to_erase(workspace: Workspace, returns: Sequence[str], *, reason: str, by: str, at: datetime, rule: str = "") -> Asked:
    """Ask that returns be erased; somebody else has to agree.

    Raises:
        InputRefused: If no reason is given.
        NotFound: If there is no such return.
        Refused: If something hinders it.
    """
    if not reason.strip():
        raise InputRefused("An erasure needs a reason.", hint="Say why in a few words, without personal details.")
    effects = effects_of(workspace, returns, at=at)
    _refuse_if_hindered(effects)
    made = erasures.ask(list(returns), reason=reason.strip(), rule=rule, effects=effects.as_dict(), by=by, at=at)
    return _as_told(made)


def agree_to_erase(workspace: Workspace, number: int, *, by: str, at: datetime) -> Asked:
    """Agree to an erasure that somebody else asked for, and carry it out; one that was cut short is carried on with.

    Raises:
        NotFound: If there is none of that number.
        SecondPersonNeeded: If whoever asked agrees.
        UnderLegalHold: If a hold covers any of it.
        Refused: If it was refused, carried out already, or something hinders it by now.
    """
    asked = erasures.erasure(number)
    decision = erasures.decision_about(number)
    if decision is None:
        _refuse_if_hindered(effects_of(workspace, asked.returns, at=at))
        erasures.agree(asked, by=by, at=at, today=at.astimezone(LOCAL_TIME).date())
    elif not decision.agreed or erasures.is_carried_out(number):
        raise Refused(f"Erasure {number} was {'carried out' if decision.agreed else 'refused'} before.", hint="Nothing was changed.")
    gone = erasures.digests_of(asked.returns) - named_objects()
    for digest in sorted(gone):
        workspace.objects.destroy(digest)
    keys = len(gone) if workspace.objects.vault else 0
    erasures.carried_out(asked, keys=keys, files=len(gone), by=by, at=at)
    return _as_told(asked)


def refuse_to_erase(number: int, *, reason: str, by: str, at: datetime) -> Asked:
    """Refuse an erasure that was asked for.

    Raises:
        NotFound: If there is none of that number.
        InputRefused: If no reason is given.
        Refused: If it was decided before.
    """
    if not reason.strip():
        raise InputRefused("A refusal needs a reason.", hint="Say why in a few words, without personal details.")
    asked = erasures.erasure(number)
    erasures.refuse(asked, reason=reason.strip(), by=by, at=at)
    return _as_told(asked)


def asked_erasures() -> list[Asked]:
    """Every erasure ever asked for, the newest first."""
    return [_as_told(each) for each in Erasure.objects.order_by("-id")]


def destroyed_names(workspace: Workspace) -> set[str]:
    """The names of objects whose keys were destroyed on purpose."""
    returns = list(ReturnVersion.objects.filter(state=State.ERASED).values_list("id", flat=True))
    gone = erasures.digests_of(returns) - named_objects() if returns else set()
    return {workspace.objects.name(digest) for digest in gone}


def _as_told(asked: Erasure) -> Asked:
    decision = erasures.decision_about(asked.pk)
    state = ASKED
    if decision is not None:
        state = (DONE if erasures.is_carried_out(asked.pk) else CUT_SHORT) if decision.agreed else REFUSED
    return Asked(
        number=asked.pk,
        returns=tuple(asked.effects.get("returns", asked.returns)),
        reason=asked.reason,
        rule=asked.rule,
        by=asked.by,
        at=asked.at,
        state=state,
        decided_by=decision.by if decision else "",
        decided_at=decision.at if decision else None,
        effects=asked.effects,
    )


def _versions(returns: Sequence[str]) -> list[ReturnVersion]:
    if not returns:
        raise InputRefused("No return is named.", hint="Name it by its receipt; `sightline returns` lists them.")
    found = ReturnVersion.objects.in_bulk(list(returns))
    for id in returns:
        if id not in found:
            raise NotFound(f'There is no return "{id}".', hint="`sightline returns` lists them with their receipts.")
    return [found[id] for id in returns]


def _named_without(versions: Sequence[ReturnVersion]) -> set[str]:
    """What would still be named if these returns were erased."""
    ids = [version.id for version in versions]
    return named_objects(erased=ids)


def _hindrances(versions: Sequence[ReturnVersion], at: datetime) -> list[str]:
    found = []
    for version in versions:
        if State.ERASED not in TRANSITIONS[State(version.state)]:
            now = "was erased before" if version.state == State.ERASED else "holds now: withdraw it first, or let a correction replace it"
            found.append(f"{version} {now}.")
    current = CurrentGeneration.objects.first()
    if current is not None:
        inside = current.generation.members.filter(return_version__in=[version.id for version in versions]).count()
        if inside:
            found.append(f"{inside} of the returns are in the current generation: publish one without them first.")
        elif Linkage.objects.exists() and not Linkage.objects.filter(generation=current.generation_id).exists():
            found.append("People of the current generation are not linked: link them first, so that their numbers outlive older links.")
    found += [f"Legal hold {hold.pk} covers it: {hold.reason}" for hold in erasures.holds_on(versions, at.astimezone(LOCAL_TIME).date())]
    return found


def _refuse_if_hindered(effects: Effects) -> None:
    if effects.hindrances:
        kind = erasures.UnderLegalHold if effects.hindrances[-1].startswith("Legal hold") else Refused
        raise kind(effects.hindrances[-1], hint="; ".join(effects.hindrances[:-1]) or "Nothing was destroyed.")
