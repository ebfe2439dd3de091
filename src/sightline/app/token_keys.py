"""The register of keys that agencies make tokens with: by their ids alone, for the keys themselves never come here.

One key is in use at a time, from its day on; the day of the next one retires it. A package made with any other key is refused at the door,
and so is one of an agency that still has returns under an earlier key without a rotation file: never are tokens of two keys compared.

How-to: docs/how-to/change-the-key.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sightline.app import database  # noqa: F401 - sets Django up before the ledger's models are imported
from sightline.app.token_epochs import LeftOut, left_out_of, local_day, steps_from
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, Refused
from sightline.ledger import audit
from sightline.ledger.models import ObjectKind, ReturnVersion
from sightline.ledger.returns import Slot, accepted_now
from sightline.ledger.states import State
from sightline.ledger.token_keys import (
    KeyState,
    RegisteredKey,
    add_key,
    end_key,
    key_in_use,
    keys_of,
    registered_key,
    registered_keys,
    rotations_of,
)
from sightline.model.packages import Manifest
from sightline.model.periods import Quarter
from sightline.store.packages import MANIFEST, is_package, unpack

_KEY_ID = re.compile(r"[0-9a-f]{8}")


class KeyNotInUse(InputRefused):
    """A package was made with a key that is not the one in use."""

    code = "SL-LNK-011"
    hint = "`sightline keys list` shows the key in use. Nothing was stored."


class RotationMissing(InputRefused):
    """An agency's new package would stand beside its returns under an earlier key that no rotation file connects with it."""

    code = "SL-LNK-012"
    hint = "Let the agency make the files (`sightline prepare … --rotate OLD_KEY NEW_KEY`), and take them in with `sightline keys rotate`."


@dataclass(frozen=True, slots=True)
class KeyTold:
    """One key of the register on a day, with how many returns that hold now were made with it, and which wait for a rotation file."""

    key: RegisteredKey
    state: KeyState
    returns: int
    waiting: tuple[str, ...]
    waiting_named: tuple[str, ...]
    """The same as people call them."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "key": self.key.key_id,
            "state": self.state.value,
            "from": str(self.key.from_date),
            "until": str(self.key.until) if self.key.until else None,
            "destroyed": f"{self.key.ended_at:%Y-%m-%d}" if self.key.ended_at else None,
            "reason": self.key.reason,
            "returns": self.returns,
            "waiting": list(self.waiting),
        }


def keys_told(workspace: Workspace, at: datetime) -> list[KeyTold]:
    """The register as it is on the day of an instant, the oldest key first."""
    today = local_day(at)
    held = [version.id for version in accepted_now()]
    made_with = Counter(keys_of(held).values())
    waiting: dict[str, list[LeftOut]] = {}
    for one in left_out_of(held, at):
        waiting.setdefault(one.key_id, []).append(one)
    return [_told(workspace, key, key.state(today), made_with[key.key_id], waiting.get(key.key_id, ())) for key in registered_keys()]


def _told(workspace: Workspace, key: RegisteredKey, state: KeyState, returns: int, waiting: Sequence[LeftOut]) -> KeyTold:
    agencies = {agency.id: agency for agency in workspace.partnership.agencies}
    named = []
    for one in waiting:
        agency = agencies.get(one.agency)
        titles = {dataset.id: dataset.title for dataset in agency.datasets} if agency else {}
        named.append(f"{agency.name if agency else one.agency}: {titles.get(one.dataset, one.dataset)}, {Quarter.parse(one.period).title}")
    return KeyTold(key, state, returns, tuple(f"{one.agency} {one.dataset} {one.period}" for one in waiting), tuple(named))


def register_key(workspace: Workspace, key_id: str, *, from_date: date, by: str, at: datetime) -> RegisteredKey:
    """Write the next key into the register, by its id; on its first day the one before it is retired.

    Raises:
        InputRefused: If that is no key's id, or the day has passed.
        Refused: If it is there already, or would begin before the newest.
    """
    if not _KEY_ID.fullmatch(key_id):
        raise InputRefused(
            "That is no key's id.",
            hint="It is the fingerprint of eight characters that `sightline prepare-key` tells, never the key itself.",
        )
    known = registered_keys()
    if known and from_date < local_day(at):
        raise InputRefused("That day has passed.", hint="Until today packages were made with the key before it; choose today or later.")
    add_key(key_id, from_date, by=by, at=at, earlier=None if known else _made_before(workspace))
    return registered_key(key_id)


def destroy_key(workspace: Workspace, key_id: str, *, reason: str, by: str, at: datetime, anyway: bool = False) -> RegisteredKey:
    """Write down that every copy of a retired key was destroyed: from then on nobody can make a rotation file from it.

    Args:
        workspace: Where.
        key_id: Which.
        reason: Why, and who saw it done.
        by: Who says so.
        at: When.
        anyway: Also if returns still wait for a rotation file from it; they can then never be linked again as they are.

    Raises:
        NotFound: If there is no such key.
        InputRefused: If no reason is given.
        Refused: If the key is in use or to come, or returns wait for a rotation file from it.
    """
    if not reason.strip():
        raise InputRefused("No reason was given.", hint="Say who destroyed which copies, and when.")
    key = registered_key(key_id)
    state = key.state(local_day(at))
    if state in (KeyState.IN_USE, KeyState.TO_COME):
        raise Refused(f"The key {key_id} is {state.value}.", hint="Register the key that replaces it first, and wait for its day.")
    waiting = next(told.waiting for told in keys_told(workspace, at) if told.key.key_id == key_id)
    if waiting and not anyway:
        raise Refused(
            f"Returns wait for a rotation file from this key: {', '.join(waiting)}.",
            hint="Let the agencies make them first. With --anyway these returns stay out of linking until they are prepared again.",
        )
    end_key(key_id, reason=reason.strip(), left=waiting, by=by, at=at)
    return registered_key(key_id)


def check_key(workspace: Workspace, slot: Slot, sender: str, key_id: str, *, by: str, at: datetime) -> dict[str, str] | None:
    """Refuse a package whose tokens could not be compared with what is there.

    Args:
        workspace: Where.
        slot: What the package is for.
        sender: The agency's name, for the message.
        key_id: The key that it was made with.
        by: Who submits.
        at: When.

    Returns:
        The keys of returns kept before any key was registered; None if one is.

    Raises:
        KeyNotInUse: If another key is in use.
        RotationMissing: If the agency has returns under an earlier key and no rotation file from there.
    """
    today = local_day(at)
    known = {key.key_id: key for key in registered_keys()}
    if not known:
        return _made_before(workspace)
    using = key_in_use(today)
    if using is None or key_id != using.key_id:
        wrong = KeyNotInUse(_not_in_use(sender, key_id, known.get(key_id), using, today))
        raise _written_down(slot, wrong, by=by, at=at)
    waiting = _not_rotated(slot.agency, key_id, today)
    if waiting:
        missing = RotationMissing(
            f"{sender} now sends tokens of key {key_id}, and no rotation file tells what those of its earlier returns are under it:"
            f" {', '.join(waiting)}. Nothing was stored."
        )
        raise _written_down(slot, missing, by=by, at=at)
    return None


def _written_down(slot: Slot, problem: InputRefused, *, by: str, at: datetime) -> InputRefused:
    """A refusal, once the audit tells of it."""
    with audit.writing():
        audit.record("return_refused", f"{slot.agency} {slot.dataset} {slot.period}", by=by, at=at, detail={"findings": [problem.code]})
    return problem


def _not_in_use(sender: str, key_id: str, key: RegisteredKey | None, using: RegisteredKey | None, today: date) -> str:
    instead = f"the key in use is {using.key_id}" if using else "no key is in use yet"
    if key is None:
        return (
            f"{sender} made this package with a key that is not in the register ({key_id}); {instead}. If the partnership has changed its"
            " key, register the new one first; else let the agency prepare the package again with the key in use."
        )
    why = {
        KeyState.TO_COME: f"is in use from {key.from_date} only",
        KeyState.RETIRED: f"was retired on {key.until}",
        KeyState.DESTROYED: "was destroyed",
    }.get(key.state(today), "is not in use")
    return f"{sender} made this package with key {key_id}, which {why}; {instead}. Let the agency prepare it again with that one."


def _not_rotated(agency: str, key_id: str, today: date) -> list[str]:
    """Returns of an agency that hold now, under an earlier key that is still there, and that no file leads from there to this one."""
    held = {version.id: version for version in accepted_now() if version.agency == agency}
    lost = {key.key_id for key in registered_keys() if key.state(today) is KeyState.DESTROYED}
    files: dict[str, list[Any]] = {}
    for taken in rotations_of(held):
        files.setdefault(taken.return_version_id, []).append(taken)
    waiting = []
    for id, own in keys_of(held).items():
        steps = steps_from(own, files.get(id, ()))
        reached = steps[-1].new_key if steps else own
        if reached != key_id and reached not in lost:
            waiting.append(f"{held[id].dataset} {held[id].period}")
    return sorted(waiting)


def _made_before(workspace: Workspace) -> dict[str, str]:
    """The keys of returns that were kept before there was a register, as their packages tell."""
    found = {}
    for version in ReturnVersion.objects.exclude(state=State.ERASED):
        for part in version.parts.filter(kind=ObjectKind.RAW):
            content = workspace.objects.get_bytes(part.digest)
            if is_package(content[:128]):
                manifest = Manifest.from_bytes(unpack(content)[MANIFEST])
                if manifest.key is not None:
                    found[version.id] = manifest.key.fingerprint
    return found
