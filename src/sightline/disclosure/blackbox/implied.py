"""What a shown number says about the true one, by the name of the method that made it.

A reader takes the method from the release itself. So the same attacks are run on releases of every method, old ones too, and a method that
has no entry here is refused rather than read as another.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sightline.disclosure.knowledge import UNBOUNDED, Counts

SMALL = 10
"""Counts under this are small, as at the gate."""
COMMUNITY = "additive-10/2"
"""The method of bundles for the community: numbers of `additive-5/1` rounded on to 10, and kept while they lie within 10 of those."""
TABLES = "profile/1"
"""The method of tables under a protection profile: their ledger keeps each number with its interval, exact ones too."""


@dataclass(frozen=True, slots=True)
class Implied:
    """How one method is read.

    Args:
        base: Shown numbers are multiples of it.
        off: How far the truth may lie from the number shown, either way.
        least: No true count under this is shown as a number.
        alone: The most that a withheld part is where nothing else of its sum is withheld.
        width: What the method promises: of no small count are fewer than so many plus one numbers possible.
        none: The most that the truth may be where 0 is shown; None where that is `off` too.
        agrees: Whether shown parts add up to their shown whole wherever the true ones do: then those that do not are no such parts.
    """

    base: int
    off: int
    least: int
    alone: int
    width: int
    agrees: bool
    none: int | None = None

    def interval(self, shown: int | None) -> tuple[int, int]:
        """The least and the most that the truth may be, of a number or of one that is withheld (None)."""
        if shown is None:
            return 0, UNBOUNDED
        if shown == 0 and self.none is not None:
            return 0, self.none
        return (max(shown - self.off, self.least), shown + self.off) if self.makes(shown) else (shown, shown)

    def intervals(self, shown: Counts) -> tuple[Counts, Counts]:
        """The same of many numbers; of one below 0, which none is, as of one that is withheld."""
        made = (shown % self.base == 0) & (shown >= self.least)
        low = np.where(made, np.maximum(shown - self.off, self.least), shown)
        high = np.where(made, shown + self.off, shown)
        if self.none is not None:
            high = np.where(shown == 0, self.none, high)
        return np.where(shown < 0, 0, low), np.where(shown < 0, UNBOUNDED, high)

    def makes(self, shown: int) -> bool:
        """Whether the method can show this number at all; one that it cannot is read as it stands."""
        return shown % self.base == 0 and shown >= self.least


METHODS = {
    "threshold-10-round-5/2": Implied(base=5, off=2, least=10, alone=9, width=1, agrees=False),
    "additive-5/1": Implied(base=5, off=4, least=0, alone=UNBOUNDED, width=4, agrees=True),
    "additive-10/1": Implied(base=10, off=9, least=0, alone=UNBOUNDED, width=4, agrees=True),
    COMMUNITY: Implied(base=10, off=14, least=0, alone=UNBOUNDED, width=4, agrees=True, none=9),
    TABLES: Implied(base=1, off=0, least=0, alone=UNBOUNDED, width=4, agrees=False),
}
"""Each method that ever made a release, by the name that releases give it."""


def implied_by(method: str) -> Implied:
    """How a method is read.

    Raises:
        KeyError: If nothing is known of it.
    """
    return METHODS[method]
