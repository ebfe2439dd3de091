"""How a released figure differs from an earlier one, in neutral words: one rule for sentences, cards and reports alike.

Told from released figures only, so that a comparison gives away no more than the two figures do.
"""

from __future__ import annotations

from sightline.model.figures import Figure, Ratio, Released
from sightline.model.releases import IndicatorText

_NOISE, _NOISE_SHARE, _NOISE_POINTS, _ROUNDED_OFF = 5, 0.05, 3, 2
"""Differences up to these are called about the same: two numbers rounded to 5 may differ by nearly 5 without any change, and a
percentage of a few dozen by many points, because each of its parts may be 2 off."""


def compared_number(figure: Figure | None) -> float | None:
    """What is compared: the percentage where there is one, else the count."""
    match figure:
        case Figure(statistic=Ratio(value, 100)):
            return value
        case Figure(count=Released(value), statistic=ratio) if not isinstance(ratio, Ratio) or ratio.per != 100:
            return value
    return None


def beside(indicator: IndicatorText, now: Figure, before: Figure | None, words: str) -> str:
    """How a figure differs from an earlier one, named by ``words``; what rounding alone can explain is about the same."""
    here, there = compared_number(now), compared_number(before)
    if here is None or there is None:
        return f"no figure for {words}"
    difference = round(here) - round(there)
    noise = _noise_of_percentages(now, before) if indicator.per == 100 else max(_NOISE, there * _NOISE_SHARE)
    if abs(difference) <= noise:
        return f"about the same as {words}"
    # A rate stands beside its count, so the words say which of the two they are about.
    unit = " in every 100" if indicator.per == 100 else f" {indicator.unit}" if indicator.per else ""
    return f"{abs(difference):,} {'more' if difference > 0 else 'fewer'}{unit} than {words}"


def _noise_of_percentages(*figures: Figure | None) -> float:
    """How far two percentages may lie apart by rounding alone."""
    apart = 0.0
    for figure in figures:
        if figure is not None and isinstance(figure.out_of, Released) and isinstance(figure.statistic, Ratio):
            apart += _ROUNDED_OFF * (100 + figure.statistic.value) / figure.out_of.value
    return max(_NOISE_POINTS, apart)
