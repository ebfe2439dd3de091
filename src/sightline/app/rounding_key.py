"""The key by which figures are rounded: kept from release to release, and missed when it is gone.

Two releases that round the same counts by different keys tell more of them than either alone. So a key that is missing, or another than the
last release was rounded with, is refused; only somebody who declares it lost can go on without it, and that is written down.

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sightline.errors import InputRefused, Place, Refused
from sightline.ledger.releases import every_release_record, record_key_replaced, rounding_key_in_use
from sightline.model.releases import release_from_json
from sightline.store import ObjectStore

KEY_FILE = "rounding"


class RoundingKeyLost(Refused):
    """The key by which earlier releases were rounded is gone, or another lies in its place."""

    code = "SL-APP-035"
    hint = (
        'Restore the file from the backup of the keys. If it is lost for good, say so: `sightline release --rounding-key-lost "why"` takes '
        "a new one, and writes down who did and why. Earlier releases can then be compared with new ones, which tells more than either."
    )


def fingerprint(key: bytes) -> str:
    """What tells one key from another and tells nothing of it."""
    return hashlib.blake2b(key, digest_size=8, person=b"sl-rounding").hexdigest()


def refuse_if_missed(path: Path, objects: ObjectStore) -> None:
    """Refuse to make a key where earlier releases were rounded with one.

    Raises:
        RoundingKeyLost: If any was.
    """
    _, rounded = rounding_key_in_use()
    rounded = rounded or next(_rounded_with_a_key(objects), "")
    if rounded:
        raise RoundingKeyLost(f"The rounding key is gone, and {rounded} was rounded with it.", place=Place(file=str(path)))


def refuse_if_another(path: Path, key: bytes) -> None:
    """Refuse a key that is not the one that figures were last rounded with.

    Raises:
        RoundingKeyLost: If it is not.
    """
    known, rounded = rounding_key_in_use()
    if known and known != fingerprint(key):
        raise RoundingKeyLost(f"This is not the rounding key that {rounded} was rounded with.", place=Place(file=str(path)))


def _rounded_with_a_key(objects: ObjectStore) -> Iterator[str]:
    """Releases of before fingerprints were kept."""
    # Disclosure control takes long to load, and hardly any command comes here.
    from sightline.disclosure import METHOD

    for record in every_release_record():
        if release_from_json(objects.get_bytes(record.digest)).methods.get("disclosure") == METHOD:
            yield f"release {record.number}"


def declare_lost(path: Path, new: bytes, *, reason: str, by: str, at: datetime) -> None:
    """Write down that the key is lost and what takes its place.

    Raises:
        InputRefused: If no reason is given, or nothing is lost.
    """
    if not reason.strip():
        raise InputRefused("A lost key is declared with a reason.", hint="Say what happened to it, in a few words.")
    known, _ = rounding_key_in_use()
    if known == fingerprint(new):
        raise InputRefused(
            "The rounding key is not lost: it is the one that the last release was rounded with.", place=Place(file=str(path))
        )
    record_key_replaced(fingerprint(new), reason=reason.strip(), by=by, at=at)
