"""A true count and a figure that may be shown are different types.

``Cell`` holds the truth and never reaches `publish`, a page or a report. `disclosure` turns cells into `Figure`s, whose ``count`` is
`Shown`: a rounded number, or the reason why no number is shown. Withheld is not zero, and not collected is neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from sightline.model.units import DECIMALS

WITHHELD_WORD = "withheld"
RESIDENTS = "residents"
"""How the sources of counts of residents begin: they are the same in every quarter."""
FEWEST = "0 to 4"
"""How a number rounded to 0 is printed: none and a few share a band."""
FEWEST_CODE = "0-4"
"""The same in files for programs, where it never changes."""


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
    """What its ratio is expressed in: 100, 10,000 or 1; None: no ratio."""
    low: int | None = None
    high: int | None = None
    """The range that linkage leaves the numerator; None: not worked out."""
    value: str | None = None
    """What its median is measured in ("days"); None: no median. The numerator counts those whose value is known."""
    median: float | None = None
    median_low: float | None = None
    median_high: float | None = None
    source: str = ""
    """What the numerator counts: cells of one source, quarter and category are one count, whatever the indicator. Empty: its own."""
    out_source: str = ""
    """The same of the denominator."""
    out_breakdown: str = ""
    """The breakdown the denominator is told by: "all" where it is the total; empty: the cell's own."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A cell that nobody could count, and why: unknown is not zero."""

    indicator: str
    period: str
    breakdown: str
    category: str
    reason: str
    per: int | None = None
    value: str | None = None


class Withheld(Enum):
    """A figure that exists and is not shown. One public word, whatever the reason, so that the reason itself gives nothing away."""

    WITHHELD = WITHHELD_WORD

    def __str__(self) -> str:
        return WITHHELD_WORD


@dataclass(frozen=True, slots=True)
class Released:
    """A number that passed disclosure control, as it is shown (already rounded). 0 stands for none or a few, and is printed so.

    ``within``: how far the true number may lie from it; more than usual only for sums that a page makes of several shown numbers.
    """

    value: int
    within: int = field(default=4, repr=False)

    def __str__(self) -> str:
        return f"{self.value:,}" if self.value else f"0 to {self.within}"


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """No figure exists, and why: ``not collected``, ``no return received``, ``not applicable``. Never to be shown as 0 or blank."""

    reason: str

    def __str__(self) -> str:
        return self.reason


Shown = Released | Withheld | NotAvailable


@dataclass(frozen=True, slots=True)
class Ratio:
    """A percentage, a rate or a ratio made only from shown parts, with its 95% interval made from them too.

    ``value`` is in units of ``per``: 100 for a percentage, 10,000 for a rate, 1 for a ratio. Releases made before intervals were kept have
    none.
    """

    value: float
    per: int
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.per == 100:
            return f"{self.value:.0f}%"
        return f"{self.value:.2f} for each" if self.per == 1 else f"{self.value:.1f} per {self.per:,}"

    @property
    def interval(self) -> str | None:
        """The interval in words; None where it was not kept."""
        if self.low is None or self.high is None:
            return None
        return (
            f"{self.low:.0f}% to {self.high:.0f}%"
            if self.per == 100
            else f"{self.low:.{_DECIMALS[self.per]}f} to {self.high:.{_DECIMALS[self.per]}f}"
        )


_DECIMALS = {10_000: 1, 1: 2}


@dataclass(frozen=True, slots=True)
class Median:
    """The value that half of those counted stay below, rounded, with its 95% interval; shown only where their count is shown.

    ``unit``: days, hours, minutes, years or kilometres.
    """

    value: float
    low: float
    high: float
    unit: str

    def __str__(self) -> str:
        return f"{self._words(self.value)} {self.unit}"

    @property
    def interval(self) -> str:
        """The interval in words."""
        return f"{self._words(self.low)} to {self._words(self.high)} {self.unit}"

    def _words(self, number: float) -> str:
        return f"{number:,.{DECIMALS.get(self.unit, 1)}f}"


Statistic = Ratio | Median
"""What is told of a figure beside its count."""


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
    statistic: Ratio | Median | Withheld | NotAvailable | None
    range: Range | None = None
    """What linkage leaves open about the count; None: withheld with it, or not worked out."""
