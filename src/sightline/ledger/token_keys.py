"""Keys of tokens in the ledger: which there are and were, which return was made with which, and the rotation files that came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import ReturnVersion
from sightline.ledger.present import IsThere, refuse_if_gone
from sightline.ledger.states import State
from sightline.ledger.token_key_models import KeyedReturn, TokenKeyEnd, TokenKeyRecord, TokenRotation


class KeyState(StrEnum):
    """What a key is for on a day."""

    TO_COME = "to come"
    IN_USE = "in use"
    RETIRED = "retired"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """One key by its id: in use from ``from_date`` until the next begins (``until``); ``ended_at`` is when it was destroyed."""

    key_id: str
    from_date: date
    until: date | None
    by: str
    ended_at: datetime | None = None
    reason: str = ""
    left: tuple[str, ...] = ()
    """Returns that no rotation file had brought to a later key when it was destroyed."""

    def state(self, day: date) -> KeyState:
        if self.ended_at is not None:
            return KeyState.DESTROYED
        if day < self.from_date:
            return KeyState.TO_COME
        return KeyState.IN_USE if self.until is None or day < self.until else KeyState.RETIRED


def registered_keys() -> list[RegisteredKey]:
    """The register, the oldest key first."""
    ended = {end.key_id: end for end in TokenKeyEnd.objects.all()}
    records = list(TokenKeyRecord.objects.order_by("from_date"))
    return [
        _registered(record, records[place].from_date if place < len(records) else None, ended.get(record.pk))
        for place, record in enumerate(records, 1)
    ]


def _registered(record: TokenKeyRecord, until: date | None, end: TokenKeyEnd | None) -> RegisteredKey:
    known = RegisteredKey(record.key_id, record.from_date, until, record.by)
    return known if end is None else replace(known, ended_at=end.at, reason=end.reason, left=tuple(end.left))


def registered_key(key_id: str) -> RegisteredKey:
    """One key of the register.

    Raises:
        NotFound: If there is none of that id.
    """
    found = next((key for key in registered_keys() if key.key_id == key_id), None)
    if found is None:
        raise NotFound(f'There is no key "{key_id}" in the register.', hint="`sightline keys list` shows the ids.")
    return found


def key_in_use(day: date) -> RegisteredKey | None:
    """The key that tokens are made with on a day; None while the register is empty or the first is to come."""
    return next((key for key in registered_keys() if key.state(day) is KeyState.IN_USE), None)


def add_key(key_id: str, from_date: date, *, by: str, at: datetime, earlier: Mapping[str, str] | None = None) -> None:
    """Write a key into the register; the one before it is retired on the day from which this one is in use.

    Args:
        key_id: What tells it from others, and nothing of it.
        from_date: The first day on which tokens are made with it.
        by: Who says so.
        at: When.
        earlier: Returns kept before there was a register, with the keys they were made with.

    Raises:
        Refused: If it is there already, or would begin before the newest.
    """
    with audit.writing():
        newest = TokenKeyRecord.objects.order_by("-from_date").first()
        if TokenKeyRecord.objects.filter(key_id=key_id).exists():
            raise Refused(f'The key "{key_id}" is in the register already.', hint="A key is registered once and never again.")
        if newest is not None and from_date <= newest.from_date:
            raise Refused(
                f"The key {newest.key_id} is in use from {newest.from_date}, and this one would not begin after it.",
                hint="Choose a later day.",
            )
        TokenKeyRecord.objects.create(key_id=key_id, from_date=from_date, at=at, by=by)
        KeyedReturn.objects.bulk_create(KeyedReturn(return_version_id=id, key_id=key) for id, key in sorted((earlier or {}).items()))
        detail = {"from": str(from_date), "retires": newest.key_id if newest else "no key"}
        audit.record("token_key_registered", f"token key {key_id}", by=by, at=at, detail=detail)


def end_key(key_id: str, *, reason: str, left: Sequence[str], by: str, at: datetime) -> None:
    """Write down that every copy of a key was destroyed.

    Raises:
        NotFound: If there is no such key.
        Refused: If that was written down before.
    """
    with audit.writing():
        record = TokenKeyRecord.objects.filter(key_id=key_id).first()
        if record is None:
            raise NotFound(f'There is no key "{key_id}" in the register.')
        if TokenKeyEnd.objects.filter(key=record).exists():
            raise Refused(f"That key {key_id} was destroyed is written down already.", hint="Nothing was changed.")
        TokenKeyEnd.objects.create(key=record, reason=reason, left=list(left), at=at, by=by)
        detail = {"reason": reason, "left": list(left)}
        audit.record("token_key_destroyed", f"token key {key_id}", by=by, at=at, detail=detail)


def keep_key_of(version: ReturnVersion, key_id: str, *, before: Mapping[str, str] | None, by: str, at: datetime) -> None:
    """Write down which key a return was made with, within the transaction that keeps the return.

    The first key ever seen is in use from the first day of the period that its return is for.
    """
    if not TokenKeyRecord.objects.exists():
        add_key(key_id, version.period_from, by=by, at=at, earlier=before)
    KeyedReturn.objects.create(return_version=version, key_id=key_id)


def keys_of(return_ids: Iterable[str]) -> dict[str, str]:
    """Return → the key its tokens were made with; returns without tokens are not in it."""
    return dict(KeyedReturn.objects.filter(return_version_id__in=list(return_ids)).values_list("return_version_id", "key_id"))


def keep_rotation(
    version: ReturnVersion, *, old_key: str, new_key: str, digest: str, pairs: int, is_there: IsThere, by: str, at: datetime
) -> None:
    """Write down that a rotation file was taken in; its bytes are in the store already.

    Raises:
        ObjectsErased: If the same file was erased with another return in this instant.
        Refused: If another file for the same step came in meanwhile.
    """
    with audit.writing():
        refuse_if_gone([digest], is_there)
        if TokenRotation.objects.filter(return_version=version, old_key=old_key).exists():
            raise Refused("Another rotation file for this return came in meanwhile.", hint="`sightline keys list` shows what still waits.")
        TokenRotation.objects.create(return_version=version, old_key=old_key, new_key=new_key, digest=digest, pairs=pairs, at=at, by=by)
        detail = {"return": str(version), "old_key": old_key, "new_key": new_key, "pairs": pairs, "file": digest}
        audit.record("token_rotation_taken", version.id, by=by, at=at, detail=detail)


def refuse_rotation(subject: str, why: str, *, by: str, at: datetime) -> None:
    """Write down that a rotation file was refused; nothing else of it is kept."""
    with audit.writing():
        audit.record("token_rotation_refused", subject, by=by, at=at, detail={"why": why})


def rotations_of(return_ids: Iterable[str] | None = None) -> list[TokenRotation]:
    """The rotation files of these returns (None: of all), in the order in which they came; those of erased returns are gone."""
    found = TokenRotation.objects.exclude(return_version__state=State.ERASED).select_related("return_version").order_by("id")
    return list(found if return_ids is None else found.filter(return_version_id__in=list(return_ids)))


def rotations_by(agency: str) -> list[TokenRotation]:
    """The rotation files of every return that an agency ever sent and that was not erased."""
    return [taken for taken in rotations_of() if taken.return_version.agency == agency]
