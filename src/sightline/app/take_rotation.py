"""Take in the rotation file of a return, after everything about it that can be checked without a key has been checked.

It must be whole; of two keys of the register, in their order; for a return that holds now and is under the older of them; with a pair for
every token of that return and for no other; and say nothing else of any token than the files of other agencies do. A wrong value that only
one agency holds cannot be found out without the key: it harms the links of that agency's own records and of no other's.

Method page: docs/methods/privacy-modes.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import pyarrow as pa

from sightline.app.tables import NotReproducible
from sightline.app.token_epochs import IDENTITY, OWN_NUMBER, composed, first_told, local_day, read_rotation, steps_from
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, NotFound, Place
from sightline.ledger import audit
from sightline.ledger.erasures import agreed_marks, know_under_later_key
from sightline.ledger.models import ObjectKind, ReturnVersion
from sightline.ledger.quarantines import is_in_quarantine
from sightline.ledger.returns import Slot, accepted
from sightline.ledger.token_keys import KeyState, keep_rotation, keys_of, refuse_rotation, registered_keys, rotations_of
from sightline.model.rotations import Rotation, RotationBroken
from sightline.model.tokens import FIELD_TOKENS, PREFIX
from sightline.privacy.erased import erasure_mark
from sightline.privacy.pseudonyms import identity_id
from sightline.store.packages import TABLES, is_package, unpack

_MOST_BYTES = 1 << 31
_TOKENS = re.compile(r"t:[0-9a-f]{32}|(?<![0-9a-f:])[0-9a-f]{20}(?![0-9a-f])")


class RotationRefused(InputRefused):
    """A rotation file cannot be believed, or is not for what is here."""

    code = "SL-LNK-013"
    hint = (
        "Let the agency make it again with `sightline prepare … --rotate OLD_KEY NEW_KEY`, from the very extract and mapping it sent, with"
        " the same options and a version of Sightline with the same token rules. Nothing was stored, and its returns stay as they were."
    )


@dataclass(frozen=True, slots=True)
class TakenRotation:
    """What was taken in; ``is_new`` is False when the very file was here before."""

    return_name: str
    old_key: str
    new_key: str
    pairs: int
    is_new: bool
    references_checked: bool
    """Whether the tokens of references could be checked too: they can where the package was kept as it came."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "return": self.return_name,
            "old_key": self.old_key,
            "new_key": self.new_key,
            "pairs": self.pairs,
            "is_new": self.is_new,
            "references_checked": self.references_checked,
        }


def take_rotation(workspace: Workspace, file: Path, *, by: str, at: datetime) -> TakenRotation:
    """Take a rotation file in, or refuse it with the reason in the audit and nothing changed.

    Raises:
        NotFound: If there is no such file, or no return that it is for.
        RotationRefused: If it was cut or changed, is of other keys, or does not fit the return or the files of others.
        NotReproducible: If the old key was destroyed: nobody can have made it since, and none that was made before can be checked.
    """
    if not file.is_file():
        raise NotFound("There is no such file.", place=Place(file=str(file)))
    subject = "a return that cannot be told"
    try:
        rotation = _read(file)
        subject = f"{rotation.agency} {rotation.dataset} {rotation.period}"
        return _take(workspace, rotation, by=by, at=at)
    except (RotationRefused, NotReproducible, NotFound) as problem:
        refuse_rotation(subject, problem.message, by=by, at=at)
        problem.place = problem.place or Place(file=file.name)
        raise


def _read(file: Path) -> Rotation:
    place = Place(file=file.name)
    if file.stat().st_size > _MOST_BYTES:
        raise RotationRefused("This is larger than any rotation file.", place=place)
    try:
        return Rotation.from_bytes(file.read_bytes())
    except RotationBroken as problem:
        raise RotationRefused(f"This is not a whole rotation file: {problem.why}.", place=place) from None


def _take(workspace: Workspace, rotation: Rotation, *, by: str, at: datetime) -> TakenRotation:
    if is_in_quarantine(rotation.agency):
        raise RotationRefused(f"{rotation.agency} is in quarantine.", hint="`sightline quarantine` says since when and why.")
    _check_keys(rotation, at)
    version = accepted(Slot(rotation.agency, rotation.dataset, rotation.period))
    name = f"{rotation.agency} {rotation.dataset} {rotation.period}"
    if version is None:
        raise NotFound(f"There is no return of {name} that holds now.", hint="`sightline returns` lists them.")
    files = rotations_of([version.id])
    own = keys_of([version.id]).get(version.id)
    if own is None:
        raise RotationRefused(f"The return of {name} holds no tokens, so that none can be changed.")
    steps = steps_from(own, files)
    known, references_checked = _tokens_of(workspace, version, own)
    leading = list(takewhile(lambda taken: taken.old_key != rotation.old_key, steps))
    if leading:
        under = composed(workspace.objects, leading)
        known = {under[token] for token in known}
    marks: dict[str, str] = {}
    if not references_checked:
        rotation, marks = _without_erased(workspace, rotation, known)
    content = rotation.to_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if any(taken.digest == digest for taken in files):
        workspace.objects.put_bytes(content)  # which mends it, should it have been damaged
        return TakenRotation(str(version), rotation.old_key, rotation.new_key, len(rotation.pairs), False, references_checked)
    reached = steps[-1].new_key if steps else own
    if reached != rotation.old_key:
        raise RotationRefused(f"The file leads from key {rotation.old_key}, and the return of {name} is under key {reached}.")
    _check_tokens(rotation, known, name, every=references_checked)
    _check_against_others(workspace, rotation)
    # only now: of a file that is refused nothing is stored; and before the ledger names it, so that it names no object that is not there
    workspace.objects.put_bytes(content)
    with audit.writing():
        know_under_later_key(rotation.agency, marks)
        keep_rotation(
            version,
            old_key=rotation.old_key,
            new_key=rotation.new_key,
            digest=digest,
            pairs=len(rotation.pairs),
            is_there=workspace.objects.is_there,
            by=by,
            at=at,
        )
    return TakenRotation(str(version), rotation.old_key, rotation.new_key, len(rotation.pairs), True, references_checked)


def _check_keys(rotation: Rotation, at: datetime) -> None:
    known = {key.key_id: key for key in registered_keys()}
    missing = [key for key in (rotation.old_key, rotation.new_key) if key not in known]
    if missing:
        raise RotationRefused(f"The file is of a key that is not in the register: {', '.join(missing)}.")
    old, new = known[rotation.old_key], known[rotation.new_key]
    if new.from_date <= old.from_date:
        raise RotationRefused(f"The file leads back, from key {old.key_id} to the earlier key {new.key_id}.")
    if new.state(local_day(at)) is KeyState.DESTROYED:
        raise RotationRefused(f"The file leads to key {new.key_id}, which was destroyed.")
    if old.state(local_day(at)) is KeyState.DESTROYED:
        raise NotReproducible(
            f"Key {old.key_id} was destroyed: no rotation file from it can be made or checked any more.",
            hint=f"Let the agency prepare the return again with key {new.key_id} and submit it; its people then have new ids.",
        )


def _tokens_of(workspace: Workspace, version: ReturnVersion, own_key: str) -> tuple[set[str], bool]:
    """The tokens of a return under its own key, and whether these are all: they are where the package was kept as it came."""
    for part in version.parts.filter(kind=ObjectKind.RAW):
        content = workspace.objects.get_bytes(part.digest)
        if is_package(content[:128]):
            members = unpack(content)
            return {token for name, text in members.items() if name.startswith(TABLES) for token in _TOKENS.findall(text.decode())}, True
    records = version.parts.filter(kind=ObjectKind.TABLE, entity=IDENTITY).first()
    if records is None:
        return set(), False
    table = workspace.objects.get_table(records.digest)
    # the agency's own numbers are kept as they were first told, which is another key's token after a change
    own_numbers = {first: token for token, first in first_told(workspace.objects, version.agency, until=own_key).items()}
    found: set[str] = set()
    for column in table.column_names:
        if table[column].type == pa.string():
            texts = table[column].drop_null().unique().to_pylist()
            tokens = {token for text in texts for token in _TOKENS.findall(text)} if column == FIELD_TOKENS or _is_tokens(texts) else set()
            found |= {own_numbers.get(token, token) for token in tokens} if column == OWN_NUMBER else tokens
    return found, False


def _without_erased(workspace: Workspace, rotation: Rotation, known: set[str]) -> tuple[Rotation, dict[str, str]]:
    """The file without the tokens of people who were erased since: the agency makes it from the extract that it sent, which tells of them.

    Only a file that tells of somebody erased loses anything, and then all that is not in the return. With it the marks of these people
    under the new key, each by the one that is known: sent again under that key, nothing else would tell who they are.
    """
    marks, key = agreed_marks(rotation.agency), workspace.identity_key
    if not marks:
        return rotation, {}
    back = first_told(workspace.objects, rotation.agency)
    own_numbers = {token for token in rotation.pairs if token.startswith(PREFIX)}

    def mark(token: str) -> str:
        return erasure_mark(identity_id(token, key=key, agency=rotation.agency), key=key)

    erased = {token for token in own_numbers - known if mark(back.get(token, token)) in marks}
    if not erased:
        return rotation, {}
    left = {old: new for old, new in rotation.pairs.items() if old in known or old in own_numbers - erased}
    return replace(rotation, pairs=left), {mark(back.get(old, old)): mark(rotation.pairs[old]) for old in erased}


def _is_tokens(texts: list[str]) -> bool:
    return any(text.startswith(PREFIX) for text in texts)


def _check_tokens(rotation: Rotation, known: set[str], name: str, *, every: bool) -> None:
    missing = len(known - rotation.pairs.keys())
    if missing:
        raise RotationRefused(f"The file lacks {missing:,} of the {len(known):,} tokens in the return of {name}.")
    foreign = {token for token in rotation.pairs.keys() - known if every or not token.startswith(PREFIX)}
    if foreign:
        raise RotationRefused(f"The file holds {len(foreign):,} tokens that are not in the return of {name}.")


def _check_against_others(workspace: Workspace, rotation: Rotation) -> None:
    """Two files of one pair of keys must agree on every token they share, in both directions: a key gives each value one token."""
    back = {new: old for old, new in rotation.pairs.items()}
    of_these_keys = [taken for taken in rotations_of() if (taken.old_key, taken.new_key) == (rotation.old_key, rotation.new_key)]
    for taken in of_these_keys:
        if _differ(rotation.pairs, back, read_rotation(workspace.objects, taken).pairs):
            raise RotationRefused(
                f"The file contradicts the one of {taken.return_version.agency} for {taken.return_version.dataset}"
                f" {taken.return_version.period}: they give one token two new ones, or two tokens one. One of the two was not made with"
                " these keys."
            )


def _differ(pairs: Mapping[str, str], back: Mapping[str, str], others: Mapping[str, str]) -> bool:
    return any(pairs.get(old, new) != new or back.get(new, old) != old for old, new in others.items())
