"""A true count and a figure that may be shown are different types.

``Cell`` holds the truth and never reaches `publish`, a page or a report. `disclosure` turns cells into `Figure`s, whose ``count`` is
`Shown`: a rounded number, or the reason why no number is shown. Withheld is not zero, and not collected is neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

WITHHELD_WORD = "withheld"


@dataclass(frozen=True, slots=True)
class Cell:
    """One true count.

    ``numerator`` counts what the indicator counts (children or events), ``denominator`` what it is out of (None: a bare count),
    ``contributors`` the distinct children behind the numerator. ``category`` is "all" when ``breakdown`` is "all".
    """

    indicator: str
    period: str
    breakdown: str
    category: str
    numerator: int
    denominator: int | None
    contributors: int
    per: int | None = None
    """What its ratio is expressed in, 100 or 10,000; None: a bare count."""
    low: int | None = None
    high: int | None = None
    """The range that linkage leaves the numerator; None: not worked out."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A cell that nobody could count, and why: unknown is not zero."""

    indicator: str
    period: str
    breakdown: str
    category: str
    reason: str
    per: int | None = None


class Withheld(Enum):
    """A figure that exists and is not shown. One public word, whatever the reason, so that the reason itself gives nothing away."""

    WITHHELD = WITHHELD_WORD

    def __str__(self) -> str:
        return WITHHELD_WORD


@dataclass(frozen=True, slots=True)
class Released:
    """A number that passed disclosure control, as it is shown (already rounded)."""

    value: int

    def __str__(self) -> str:
        return f"{self.value:,}"


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """No figure exists, and why: ``not collected``, ``no return received``, ``not applicable``. Never to be shown as 0 or blank."""

    reason: str

    def __str__(self) -> str:
        return self.reason


Shown = Released | Withheld | NotAvailable


@dataclass(frozen=True, slots=True)
class Ratio:
    """A percentage or rate made only from shown parts.

    ``value`` is in units of ``per``: 100 for a percentage, 10,000 for a rate.
    """

    value: float
    per: int

    def __str__(self) -> str:
        return f"{self.value:.0f}%" if self.per == 100 else f"{self.value:.1f} per {self.per:,}"


@dataclass(frozen=True, slots=True)
class Range:
    """Between which numbers a shown count may truly lie, because some links may be wrong and some are missed. Rounded outwards.

    ``sensitive``: the count may move by more than 5% with the linkage alone.
    """

    low: int
    high: int
    sensitive: bool

    def __str__(self) -> str:
        return f"{self.low:,}" if self.low == self.high else f"{self.low:,} to {self.high:,}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One publishable figure of a release; the counterpart of a `Cell` after disclosure control."""

    indicator: str
    period: str
    breakdown: str
    category: str
    count: Shown
    out_of: Shown | None
    ratio: Ratio | Withheld | NotAvailable | None
    range: Range | None = None
    """What linkage leaves open about the count; None: withheld with it, or not worked out."""
