"""Marks of true counts: whether a count is what it was at an earlier release can be told from them with the key, and nothing without it.

A number that must be shown otherwise than before, so that sums agree, is rather one whose count is the same as then. To know which are,
each release keeps a short keyed hash of every count's name and number. The hashes have no order and no names, those of two releases have
nothing in common, and there are as many as the next power of two: so they tell no reader how many counts there are, nor which changed.

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sightline.disclosure.linked import Name

SIZE = 4
"""Bytes of a mark. Of a hundred thousand counts that changed, two or three may be taken for the same: that costs a visible change."""
_FEWEST = 1_024
_FILLING = "filling {}"
"""There is always one at least, so that whoever has the key knows the marks again."""


@dataclass(frozen=True)
class Marks:
    """What was kept beside an earlier release; ``of`` is what that release is told by, so that no two releases' marks are alike."""

    of: str
    content: bytes

    def same(self, counts: Mapping[Name, int], *, key: bytes) -> frozenset[Name] | None:
        """The counts that are what they were then; None if the marks were made with another key, which can tell of no count."""
        kept = {self.content[at : at + SIZE] for at in range(0, len(self.content), SIZE)}
        secret = _secret(key, self.of)
        if _mark(_FILLING.format(0), secret) not in kept:
            return None
        return frozenset(name for name, count in counts.items() if _mark(f"{count} {name}", secret) in kept)


def marks_of(counts: Mapping[Name, int], *, key: bytes, of: str) -> bytes:
    """The marks of all counts of a release."""
    secret = _secret(key, of)
    size = max(_FEWEST, 1 << len(counts).bit_length())
    told = [f"{count} {name}" for name, count in counts.items()]
    return b"".join(sorted(_mark(each, secret) for each in (*told, *(_FILLING.format(place) for place in range(size - len(told))))))


def _secret(key: bytes, of: str) -> bytes:
    return hashlib.blake2b(of.encode(), digest_size=32, key=hashlib.blake2b(key, digest_size=32).digest(), person=b"marks").digest()


def _mark(told: str, secret: bytes) -> bytes:
    return hashlib.blake2b(told.encode(), digest_size=SIZE, key=secret).digest()
