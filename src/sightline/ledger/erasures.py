"""Erasures in the ledger: asked for by one person, agreed to by another, and stopped by a legal hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.erasure_models import (
    Erasure,
    ErasureCarriedOut,
    ErasureDecision,
    ErasureMark,
    LegalHold,
    LegalHoldEnd,
    ReleaseErasure,
    Tombstone,
)
from sightline.ledger.models import Generation, Linkage, ReleaseRecord, ReturnObject, ReturnVersion
from sightline.ledger.present import IsThere
from sightline.ledger.replaced import Replacement, take_place
from sightline.ledger.returns import move
from sightline.ledger.states import State
from sightline.ledger.token_key_models import TokenRotation


class SecondPersonNeeded(Refused):
    """Who asked for an erasure wants to agree to it."""

    code = "SL-LED-030"
    hint = "Erasing cannot be undone: somebody else has to look at what it concerns and agree."


class UnderLegalHold(Refused):
    """A legal hold covers what is to be erased."""

    code = "SL-LED-031"
    hint = "Nothing under a hold is erased. It is lifted by whoever answers for it: sightline retention lift."


def holds_on(versions: Sequence[ReturnVersion], today: date) -> list[LegalHold]:
    """The legal holds that cover any of these returns on a day."""
    found = []
    for hold in standing_holds(today):
        named = [(name, value) for name in ("agency", "dataset", "period") if (value := getattr(hold, name))]
        if any(all(getattr(version, name) == value for name, value in named) for version in versions):
            found.append(hold)
    return found


def standing_holds(today: date) -> QuerySet[LegalHold]:
    """The legal holds that stand on a day."""
    return LegalHold.objects.filter(Q(until=None) | Q(until__gte=today), end=None).order_by("id")


def place_hold(*, agency: str, dataset: str, period: str, reason: str, until: date | None, by: str, at: datetime) -> LegalHold:
    """Stop erasing what a scope covers, from now on."""
    with audit.writing():
        hold = LegalHold.objects.create(agency=agency, dataset=dataset, period=period, reason=reason, until=until, by=by, at=at)
        scope = " ".join(filter(None, (agency, dataset, period))) or "everything"
        audit.record("legal_hold_placed", scope, by=by, at=at, detail={"hold": hold.pk, "reason": reason, "until": str(until or "")})
    return hold


def lift_hold(number: int, *, reason: str, by: str, at: datetime) -> None:
    """Lift a legal hold.

    Raises:
        NotFound: If there is none of that number.
        Refused: If it was lifted before.
    """
    with audit.writing():
        hold = LegalHold.objects.filter(pk=number).first()
        if hold is None:
            raise NotFound(f"There is no legal hold {number}.", hint="`sightline retention holds` lists them.")
        if LegalHoldEnd.objects.filter(hold=hold).exists():
            raise Refused(f"Legal hold {number} was lifted before.", hint="Nothing was changed.")
        LegalHoldEnd.objects.create(hold=hold, reason=reason, by=by, at=at)
        audit.record("legal_hold_lifted", str(hold), by=by, at=at, detail={"reason": reason})


def ask(
    returns: Sequence[str],
    *,
    reason: str,
    rule: str,
    effects: Mapping[str, Any],
    by: str,
    at: datetime,
    agency: str = "",
    mark: str = "",
) -> Erasure:
    """Write down that somebody asks for an erasure; nothing is destroyed."""
    with audit.writing():
        told = {"reason": reason, "rule": rule, "effects": dict(effects), "agency": agency, "mark": mark}
        made = Erasure.objects.create(returns=list(returns), **told, by=by, at=at)
        detail = {"returns": list(returns), "reason": reason, "rule": rule} | ({"agency": agency} if mark else {})
        audit.record("person_erasure_asked" if mark else "erasure_asked", str(made), by=by, at=at, detail=detail)
    return made


def erasure(number: int) -> Erasure:
    """One erasure.

    Raises:
        NotFound: If there is none of that number.
    """
    found = Erasure.objects.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no erasure {number}.", hint="`sightline erase list` lists them.")
    return found


def open_erasures() -> list[Erasure]:
    """The erasures that nobody has decided about."""
    return list(Erasure.objects.filter(decision=None).order_by("id"))


def decision_about(number: int) -> ErasureDecision | None:
    """What a second person decided; None while nobody has."""
    return ErasureDecision.objects.filter(erasure_id=number).first()


def is_carried_out(number: int) -> bool:
    """Whether every object of an erasure is destroyed."""
    return ErasureCarriedOut.objects.filter(erasure_id=number).exists()


def refuse(asked: Erasure, *, reason: str, by: str, at: datetime) -> None:
    """Write down that an erasure is not to be.

    Raises:
        Refused: If it was decided before.
    """
    with audit.writing():
        _refuse_if_decided(asked)
        ErasureDecision.objects.create(erasure=asked, agreed=False, reason=reason, by=by, at=at)
        audit.record("erasure_refused", str(asked), by=by, at=at, detail={"reason": reason})


def agree(
    asked: Erasure,
    *,
    by: str,
    at: datetime,
    today: date,
    go_on: Sequence[Replacement],
    is_there: IsThere,
    other_marks: Collection[str] = (),
) -> None:
    """Agree to an erasure: from now on its returns are erased, whatever happens to this process before their bytes are.

    Where only one person's rows go, the returns that hold go on without them from now on; those before are erased once no generation
    that is current counts them (`bury`).

    Args:
        asked: The erasure.
        by: Who agrees.
        at: When.
        today: The day it is here.
        go_on: The returns without the person's rows.
        is_there: Whether an object of theirs is there.
        other_marks: Of one person under other keys: the rotation files that tell are about to go.

    Raises:
        ObjectsErased: If an object of a return that goes on is gone by now.
        SecondPersonNeeded: If whoever asked agrees.
        UnderLegalHold: If a hold covers any of them.
        Refused: If it was decided before.
        IllegalTransition: If one of the returns holds now, or was erased before.
    """
    with audit.writing():
        _refuse_if_decided(asked)
        if by == asked.by:
            raise SecondPersonNeeded(f"{asked} was asked for by the same person.")
        versions = list(ReturnVersion.objects.filter(id__in=asked.returns).order_by("id"))
        if holds := holds_on(versions, today):
            raise UnderLegalHold(f"{asked} touches what legal hold {holds[0].pk} covers.")
        ErasureDecision.objects.create(erasure=asked, agreed=True, by=by, at=at)
        ErasureMark.objects.bulk_create(ErasureMark(erasure=asked, mark=mark) for mark in sorted(other_marks))
        audit.record("erasure_agreed", str(asked), by=by, at=at, detail={"returns": asked.returns})
        for made in go_on:
            take_place(made, is_there=is_there, by=by, at=at)
        if not asked.mark:
            bury(asked, by=by, at=at)


def bury(asked: Erasure, *, by: str, at: datetime) -> None:
    """Let the returns of an erasure that was agreed to be erased: from now on nothing opens them. A second time changes nothing.

    Raises:
        IllegalTransition: If one of the returns holds now.
    """
    with audit.writing():
        if is_buried(asked):
            return
        for version in ReturnVersion.objects.filter(id__in=asked.returns).order_by("id"):
            move(version, State.ERASED, by=by, at=at, reason=asked.reason)
            Tombstone.objects.create(erasure=asked, return_version=version, at=at)
        for release, returns in releases_behind(asked.returns).items():
            ReleaseErasure.objects.create(release=release, erasure=asked, returns=returns, at=at)


def is_buried(asked: Erasure) -> bool:
    """Whether the returns of an erasure are erased."""
    return Tombstone.objects.filter(erasure=asked).exists()


def agreed_marks(agency: str = "", *, about_to: date | None = None) -> set[str]:
    """The marks of people whose erasure was agreed to.

    Args:
        agency: Whose people; all without one.
        about_to: Only where it was agreed on this day or after: a return about days up to it must not bring them back.
    """
    found = Erasure.objects.exclude(mark="").filter(decision__agreed=True)
    if agency:
        found = found.filter(agency=agency)
    if about_to is not None:
        found = found.filter(decision__at__date__gte=about_to)
    return {*found.values_list("mark", flat=True), *ErasureMark.objects.filter(erasure__in=found).values_list("mark", flat=True)}


def know_under_later_key(agency: str, marks: Mapping[str, str]) -> None:
    """Know people who were erased under a later key as well, while something tells that both are one; call it inside `audit.writing`.

    Args:
        agency: Whose people.
        marks: From the mark that is known to the one under the later key.
    """
    agreed = Erasure.objects.filter(agency=agency, decision__agreed=True)
    for known, later in sorted(marks.items()):
        of_it = agreed.filter(Q(mark=known) | Q(pk__in=ErasureMark.objects.filter(mark=known).values("erasure")))
        there = ErasureMark.objects.filter(mark=later).values("erasure")
        ErasureMark.objects.bulk_create(ErasureMark(erasure=each, mark=later) for each in of_it.exclude(pk__in=there).order_by("id"))


def carried_out(asked: Erasure, *, keys: int, files: int, by: str, at: datetime) -> None:
    """Write down that everything is destroyed."""
    with audit.writing():
        if not is_carried_out(asked.pk):
            ErasureCarriedOut.objects.create(erasure=asked, keys=keys, files=files, at=at)
            audit.record("erasure_carried_out", str(asked), by=by, at=at, detail={"keys": keys, "files": files})


def generations_of(returns: Sequence[str]) -> list[Generation]:
    """The generations that any of these returns is in."""
    return list(Generation.objects.filter(members__return_version_id__in=returns).distinct().order_by("number"))


def releases_behind(returns: Sequence[str]) -> dict[ReleaseRecord, int]:
    """The releases counted from a generation that any of these returns is in, and from how many of them."""
    found = {}
    for release in ReleaseRecord.objects.filter(generation__in=generations_of(returns)).order_by("number"):
        found[release] = release.generation.members.filter(return_version_id__in=returns).count()
    return found


def digests_of(returns: Sequence[str]) -> set[str]:
    """Every object that holds rows of these returns: their own, their rotation files, and the linkages of the generations they are in."""
    found = set(ReturnObject.objects.filter(return_version_id__in=returns).values_list("digest", flat=True))
    found |= set(TokenRotation.objects.filter(return_version_id__in=returns).values_list("digest", flat=True))
    linked = Linkage.objects.filter(generation__in=generations_of(returns))
    for made in linked.values_list("links", "pairs", "people", "events", "gone", "places"):
        found |= {digest for digest in made if digest}
    return found


def erased_generations(also: Collection[str] = ()) -> QuerySet[Generation]:
    """The generations that a return is missing from for good, or would be if these were erased, too."""
    gone = Q(members__return_version__state=State.ERASED) | Q(members__return_version__in=also)
    return Generation.objects.filter(gone).distinct()


def releases_erased_behind() -> dict[int, datetime]:
    """For each release that was counted from returns erased since, when that was last."""
    return dict(ReleaseErasure.objects.order_by("at").values_list("release_id", "at"))


def _refuse_if_decided(asked: Erasure) -> None:
    if (made := decision_about(asked.pk)) is not None:
        was = "agreed to" if made.agreed else "refused"
        raise Refused(f"{str(asked).capitalize()} was {was} before.", hint="Nothing was changed.")
