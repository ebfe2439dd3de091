"""Erase returns for good: seen before, asked for by one person, agreed to by another, and carried out by destroying keys.

What was counted from them stays as it was published and cannot be counted again. An erasure that was cut short is carried on with; from the
moment it is agreed to, nothing opens what it concerns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sightline.app.roles import Role
from sightline.app.rows_of_person import facts_naming, holdings_of, mark_of, marks_under_other_keys, replacements
from sightline.app.submit_return import LOCAL_TIME
from sightline.app.sweep import named_objects
from sightline.app.workspace import Workspace
from sightline.definitions.kept_after_erasure import KeptFact, load_kept_after_erasure
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger import audit, erasures
from sightline.ledger.erasure_models import Erasure, LegalHold
from sightline.ledger.models import CurrentGeneration, Linkage, ReturnVersion, User
from sightline.ledger.replaced import Replacement
from sightline.ledger.scope import whole_partnership
from sightline.ledger.states import TRANSITIONS, State

CANNOT_BE_UNDONE = "Erasing cannot be undone. Nobody can bring back what was erased: not from this workspace, and not from a backup."
MAY_ASK = frozenset({Role.DATA_PROTECTION_OFFICER, Role.AGENCY_DATA_OFFICER})
"""Who asks: a data officer for returns of the own agency, which `ask_to_erase` holds."""
MAY_AGREE = frozenset({Role.DATA_PROTECTION_OFFICER})
AT_ONCE = 100
"""Objects destroyed in one transaction: nobody else writes to the ledger meanwhile."""
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
    rows: Mapping[str, int] = field(default_factory=dict)
    """Of one person: how many rows of each return. Empty where returns go whole."""
    go_on: tuple[str, ...] = ()
    """The returns that go on without that person."""
    facts: Mapping[str, int] = field(default_factory=dict)
    """Of one person: facts in the ledger that name a keyed stand-in and stay, by their kind in `kept_after_erasure.yml`."""

    @property
    def stays(self) -> tuple[tuple[int, KeptFact], ...]:
        """How many facts of each kind stay, of those that do, and why."""
        kinds = load_kept_after_erasure()
        return tuple((count, kinds[kind]) for kind, count in self.facts.items() if count)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Asked:
    """One erasure as a list shows it; ``state`` is one of the words below. ``agency`` is whose person it is, where it is of one person."""

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
    agency: str = ""
    why_refused: str = ""
    return_ids: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state not in (REFUSED, DONE)


ASKED, REFUSED, CUT_SHORT, DONE = "asked", "refused", "agreed, not carried out to the end", "carried out"
WAITS = "agreed, waiting for a generation without these rows"


@whole_partnership()
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


@whole_partnership()
def ask_to_erase(workspace: Workspace, returns: Sequence[str], *, reason: str, by: str, at: datetime, rule: str = "") -> Asked:
    """Ask that returns be erased; somebody else has to agree.

    Raises:
        InputRefused: If no reason is given.
        NotFound: If there is no such return.
        Refused: If something hinders it, or a data officer names another agency's return.
    """
    if not reason.strip():
        raise InputRefused("An erasure needs a reason.", hint="Say why in a few words, without personal details.")
    _refuse_others(_versions(returns), by)
    effects = effects_of(workspace, returns, at=at)
    _refuse_if_hindered(effects)
    made = erasures.ask(list(returns), reason=reason.strip(), rule=rule, effects=effects.as_dict(), by=by, at=at)
    return _as_told(made)


@whole_partnership()
def effects_of_person(workspace: Workspace, agency: str, number: str, *, at: datetime) -> Effects:
    """Look at what erasing one person's rows at an agency would do; nothing is changed.

    Args:
        workspace: Where.
        agency: Its id.
        number: The agency's own number for the person, or the token of it. It is kept nowhere.
        at: When.

    Raises:
        NotFound: If there is no such agency, or no return of its holds anything of that person.
        InputRefused: If no number is given.
    """
    held = holdings_of(workspace, agency, mark_of(workspace, agency, number))
    returns = [each.return_id for each in held]
    whole = effects_of(workspace, returns, at=at)
    holds = [f"Legal hold {hold.pk} covers it: {hold.reason}" for hold in _holds(_versions(returns), at)]
    return replace(
        whole,
        hindrances=tuple(holds),
        rows={each.told_as: each.rows for each in held},
        go_on=tuple(each.told_as for each in held if each.goes_on),
        facts=facts_naming(workspace, agency, number),
    )


@whole_partnership()
def ask_to_erase_person(workspace: Workspace, agency: str, number: str, *, reason: str, by: str, at: datetime) -> Asked:
    """Ask that one person's rows at an agency be erased; somebody else has to agree. The ledger keeps a keyed mark and no number.

    Raises:
        InputRefused: If no reason or number is given.
        NotFound: If there is no such agency, or no return of its holds anything of that person.
        Refused: If a legal hold covers it, or a data officer names another agency.
    """
    if not reason.strip():
        raise InputRefused("An erasure needs a reason.", hint="Say why in a few words, without personal details.")
    mark = mark_of(workspace, agency, number)
    if number.strip().casefold() in reason.casefold():
        raise InputRefused("The reason repeats the number of the person.", hint="Say why without anything that tells who it is.")
    returns = [each.return_id for each in holdings_of(workspace, agency, mark)]
    _refuse_others(_versions(returns), by)
    effects = effects_of_person(workspace, agency, number, at=at)
    _refuse_if_hindered(effects)
    made = erasures.ask(returns, reason=reason.strip(), rule="", effects=effects.as_dict(), by=by, at=at, agency=agency, mark=mark)
    return _as_told(made)


@whole_partnership()
def agree_to_erase(workspace: Workspace, number: int, *, by: str, at: datetime) -> Asked:
    """Agree to an erasure that somebody else asked for, and carry it out; one that was cut short is carried on with.

    One person's rows go in two steps. From agreeing on, the returns that hold go on without them; those before stay until a generation
    without them is current and its people are linked, so that people keep their numbers and no page loses its figures. Then doing it
    once more destroys them.

    Raises:
        NotFound: If there is none of that number.
        SecondPersonNeeded: If whoever asked agrees.
        UnderLegalHold: If a hold covers any of it.
        Refused: If it was refused, carried out already, or something hinders it by now.
    """
    asked = erasures.erasure(number)
    decision = erasures.decision_about(number)
    if decision is None:
        go_on: Sequence[Replacement] = ()
        other_marks: Collection[str] = ()
        if asked.mark:
            _refuse_if_more_by_now(workspace, asked)
            go_on = replacements(workspace, asked.returns, asked.mark)
            other_marks = marks_under_other_keys(workspace, asked.agency, asked.mark)
        else:
            _refuse_if_hindered(effects_of(workspace, asked.returns, at=at))
        today = at.astimezone(LOCAL_TIME).date()
        there = workspace.objects.is_there
        erasures.agree(asked, by=by, at=at, today=today, go_on=go_on, is_there=there, other_marks=other_marks)
    elif not decision.agreed or erasures.is_carried_out(number):
        raise Refused(f"Erasure {number} was {'carried out' if decision.agreed else 'refused'} before.", hint="Nothing was changed.")
    if asked.mark:
        versions = _versions(asked.returns)
        if not erasures.is_buried(asked) and _waits_for(versions):
            return _as_told(asked)
        if holds := _holds(versions, at):
            raise erasures.UnderLegalHold(f"Legal hold {holds[0].pk} covers it by now.")
        erasures.bury(asked, by=by, at=at)
    _destroy(workspace, asked, by=by, at=at)
    return _as_told(asked)


def waits_for(number: int) -> list[str]:
    """What has to happen before an erasure of one person's rows that was agreed to can be carried out; nothing where nothing has."""
    asked = erasures.erasure(number)
    decision = erasures.decision_about(number)
    agreed = decision is not None and decision.agreed
    return _waits_for(_versions(asked.returns)) if agreed and asked.mark and not erasures.is_buried(asked) else []


def _refuse_if_more_by_now(workspace: Workspace, asked: Erasure) -> None:
    """What came in since may hold the person too; two people have to have seen it."""
    found = {each.return_id: each.goes_on for each in holdings_of(workspace, asked.agency, asked.mark)}
    if set(found) != set(asked.returns) or sum(found.values()) != len(asked.effects["go_on"]):
        raise Refused(
            "Returns came in, or were withdrawn, since this was asked.", hint="Refuse it and ask again: the plan then shows them."
        )


def _destroy(workspace: Workspace, asked: Erasure, *, by: str, at: datetime) -> None:
    """Destroy what nothing else names, some at a time, each time inside a transaction of the ledger.

    A return of the same bytes may be handed in just now. Inside the transaction nobody names an object: one named before stays, and who
    comes after finds it gone and is told to do it again (`ledger.present`).
    """
    concerned, gone = sorted(erasures.digests_of(asked.returns)), 0
    for start in range(0, len(concerned), AT_ONCE):
        with workspace.objects.alone(), audit.writing():
            left = sorted(set(concerned[start : start + AT_ONCE]) - named_objects())
            for digest in left:
                workspace.objects.destroy(digest)
            gone += len(left)
    erasures.carried_out(asked, keys=gone if workspace.objects.vault else 0, files=gone, by=by, at=at)


@whole_partnership()
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


@whole_partnership()
def asked_erasures() -> list[Asked]:
    """Every erasure ever asked for, the newest first."""
    return [_as_told(each) for each in Erasure.objects.order_by("-id")]


@dataclass(frozen=True, slots=True)
class Erasable:
    """A return that could be asked for as a whole, by its receipt."""

    receipt: str
    agency: str
    dataset: str
    period: str
    version: int
    state: str


@whole_partnership()
def erasable_returns(agency: str | None = None) -> list[Erasable]:
    """The returns of one agency, or of all, that hold no more and that the current generation does not count; the newest quarter first."""
    states = [state for state, next_states in TRANSITIONS.items() if State.ERASED in next_states]
    found = ReturnVersion.objects.filter(state__in=states).order_by("-period", "agency", "dataset", "version")
    if agency is not None:
        found = found.filter(agency=agency)
    current = CurrentGeneration.objects.first()
    if current is not None:
        found = found.exclude(id__in=current.generation.members.values("return_version"))
    return [Erasable(each.id, each.agency, each.dataset, each.period, each.version, State(each.state).label.lower()) for each in found]


@whole_partnership()
def returns_of_agency(returns: Sequence[str], agency: str) -> bool:
    """Whether these are returns, and all of one agency."""
    return bool(returns) and ReturnVersion.objects.filter(id__in=returns, agency=agency).count() == len(set(returns))


def destroyed_names(workspace: Workspace) -> set[str]:
    """The names of objects whose keys were destroyed on purpose."""
    returns = list(ReturnVersion.objects.filter(state=State.ERASED).values_list("id", flat=True))
    gone = erasures.digests_of(returns) - named_objects() if returns else set()
    return {workspace.objects.name(digest) for digest in gone}


def _as_told(asked: Erasure) -> Asked:
    decision = erasures.decision_about(asked.pk)
    state = ASKED
    if decision is not None:
        waits = bool(asked.mark) and not erasures.is_buried(asked)
        state = (DONE if erasures.is_carried_out(asked.pk) else WAITS if waits else CUT_SHORT) if decision.agreed else REFUSED
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
        agency=asked.agency,
        why_refused=decision.reason if decision else "",
        return_ids=tuple(asked.returns),
    )


def _versions(returns: Sequence[str]) -> list[ReturnVersion]:
    if not returns:
        raise InputRefused("No return is named.", hint="Name it by its receipt; `sightline returns` lists them.")
    found = ReturnVersion.objects.in_bulk(list(returns))
    for id in returns:
        if id not in found:
            raise NotFound(f'There is no return "{id}".', hint="`sightline returns` lists them with their receipts.")
    return [found[id] for id in returns]


def _refuse_others(versions: Sequence[ReturnVersion], by: str) -> None:
    officer = User.objects.filter(username=by, role=Role.AGENCY_DATA_OFFICER).first()
    if officer is not None and any(version.agency != officer.agency for version in versions):
        raise Refused("A data officer asks for returns of the own agency.", hint="Others are asked for by a data protection officer.")


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
    found += _waits_for(versions)
    found += [f"Legal hold {hold.pk} covers it: {hold.reason}" for hold in _holds(versions, at)]
    return found


def _waits_for(versions: Sequence[ReturnVersion]) -> list[str]:
    """What the current generation still needs of these returns."""
    current = CurrentGeneration.objects.first()
    if current is None:
        return []
    inside = current.generation.members.filter(return_version__in=[version.id for version in versions]).count()
    if inside:
        return [f"The current generation holds {inside} of them: publish one without them first."]
    if Linkage.objects.exists() and not Linkage.objects.filter(generation=current.generation_id).exists():
        return ["People of the current generation are not linked: link them first, so that their numbers outlive older links."]
    return []


def _holds(versions: Sequence[ReturnVersion], at: datetime) -> list[LegalHold]:
    return erasures.holds_on(versions, at.astimezone(LOCAL_TIME).date())


def _refuse_if_hindered(effects: Effects) -> None:
    if effects.hindrances:
        kind = erasures.UnderLegalHold if effects.hindrances[-1].startswith("Legal hold") else Refused
        raise kind(effects.hindrances[-1], hint="; ".join(effects.hindrances[:-1]) or "Nothing was destroyed.")
