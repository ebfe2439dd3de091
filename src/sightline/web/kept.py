"""The body of a page of a release, kept in memory: it is the same for everybody who reads it in one role, and drawing it takes long.

Only what is made of nothing but a release, an address and a role may be kept; who reads, and the audit of it, are of each request.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from markupsafe import Markup

from sightline.model.releases import Release

MOST_CHARACTERS = 32_000_000
"""The longest pages have two hundred thousand; those not asked for longest are forgotten first."""

Key = tuple[str, ...]


@dataclass
class KeptBodies:
    """Bodies of pages by what they were made of; safe to use from several threads."""

    most: int = MOST_CHARACTERS
    _held: OrderedDict[Key, tuple[Release, Markup]] = field(default_factory=OrderedDict)
    _characters: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, release: Release, key: Key) -> Markup | None:
        """The body that was made of this very release; None where there is none."""
        with self._lock:
            found = self._held.get(key)
            if found is None or found[0] is not release:
                return None
            self._held.move_to_end(key)
            return found[1]

    def keep(self, release: Release, key: Key, make: Callable[[], Markup]) -> Markup:
        """Make a body and keep it in place of one of another release."""
        made = make()
        with self._lock:
            self._characters += len(made) - (len(self._held.pop(key)[1]) if key in self._held else 0)
            self._held[key] = release, made
            while self._characters > self.most:
                self._characters -= len(self._held.popitem(last=False)[1][1])
        return made
