"""Name an object in the ledger only while it is there: what is erased in the same instant is never named again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sightline.errors import Refused

IsThere = Callable[[str], bool]
"""Whether an object's file and its key are there."""


class ObjectsErased(Refused):
    """What was about to be kept is made of objects that were erased while it was made."""

    code = "SL-LED-032"
    hint = "Nothing was kept. Do it again: what is needed is then written anew."


def refuse_if_gone(digests: Iterable[str], is_there: IsThere) -> None:
    """Refuse to name objects of which one is gone; call it inside `audit.writing`, where an erasure destroys too.

    An object is written first and named afterwards, and objects of the same bytes are one. Where an erasure destroys it in between, its
    name would stand for nothing. Both hold the one lock of the ledger, so either the name comes first, and the erasure leaves the
    object, or the destroying does, and is seen here.

    Raises:
        ObjectsErased: If one is gone.
    """
    if not all(is_there(digest) for digest in digests if digest):
        raise ObjectsErased("Something of this was erased while it was being kept.")
