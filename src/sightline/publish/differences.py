"""How a released figure differs from another one, in neutral words with the interval: one rule for sentences, cards and reports alike.

Told from released figures only, so that a comparison gives away no more than the two figures do. Three words: higher, lower, no clear
difference. What the interval of the ratio leaves open, or rounding to 5 alone can make, is no clear difference.

Method page: docs/methods/rates.md (ratios of two rates), docs/methods/medians.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from sightline.model.figures import Figure, Median, Ratio, Released
from sightline.model.releases import IndicatorText
from sightline.stats.intervals import rate_ratio_interval

HIGHER, LOWER, NOT_CLEAR = "higher", "lower", "no clear difference"
_ROUNDED_OFF = 2
"""How far a shown number may lie from the true one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """``word`` is higher, lower or no clear difference; ``interval`` how many times the other figure this one is, with its range."""

    word: str
    interval: str

    def beside(self, words: str) -> str:
        """As part of a sentence, with the words for what it is compared with.

        >>> Difference("higher", "1.21 times, 1.05 to 1.39").beside("the quarter before")
        'higher than the quarter before (1.21 times, 1.05 to 1.39)'
        """
        joined = f"{self.word} from" if self.word == NOT_CLEAR else f"{self.word} than"
        return f"{joined} {words} ({self.interval})"


def compared_number(figure: Figure | None) -> float | None:
    """What is compared: the percentage, rate, ratio or median where there is one, else the count; None where it is not shown."""
    match figure:
        case Figure(statistic=Ratio(value) | Median(value)):
            return value
        case Figure(count=Released(value), statistic=None):
            return value
    return None


def difference(now: Figure | None, before: Figure | None) -> Difference | None:
    """How one figure differs from another; None where either shows nothing to compare."""
    if now is None or before is None:
        return None
    match now.statistic, before.statistic:
        case Median() as here, Median() as there:
            return _of_medians(here, there)
        case Ratio(), Ratio():
            return _of_rates(_parts(now), _parts(before))
        case None, None:
            return _of_rates(_parts(now), _parts(before))
    return None


def beside(indicator: IndicatorText, now: Figure, before: Figure | None, words: str) -> str:
    """How a figure differs from an earlier one, named by ``words``."""
    found = difference(now, before)
    return f"no figure for {words}" if found is None else found.beside(words)


def _parts(figure: Figure) -> tuple[int, int] | None:
    """What was counted and what it is out of; a bare count is out of one."""
    match figure.count, figure.out_of:
        case Released(count), Released(whole):
            return count, whole
        case Released(count), None:
            return count, 1
    return None


def _of_rates(here: tuple[int, int] | None, there: tuple[int, int] | None) -> Difference | None:
    if here is None or there is None or 0 in (here[1], there[0], there[1]):
        return None
    found = rate_ratio_interval(*here, *there)
    word = NOT_CLEAR
    if found.lower > 1 and _least(here) > _most(there):
        word = HIGHER
    elif found.upper < 1 and _most(here) < _least(there):
        word = LOWER
    return Difference(word, f"{found.ratio:.2f} times, {found.lower:.2f} to {found.upper:.2f}")


def _least(parts: tuple[int, int]) -> float:
    """The least that a rate may be before rounding."""
    count, whole = parts
    return (count - _ROUNDED_OFF) / (whole + _ROUNDED_OFF * (whole > 1))


def _most(parts: tuple[int, int]) -> float:
    """The most that a rate may be before rounding."""
    count, whole = parts
    return (count + _ROUNDED_OFF) / (whole - _ROUNDED_OFF * (whole > 1))


def _of_medians(here: Median, there: Median) -> Difference:
    """Medians differ clearly where their ranges do not touch: stricter than it need be, and free of any assumption."""
    word = HIGHER if here.low > there.high else LOWER if here.high < there.low else NOT_CLEAR
    return Difference(word, f"{here}, {here.interval}, beside {there}, {there.interval}")
