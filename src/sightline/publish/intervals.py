"""How a ratio or a median and its interval are written: the number alone, and between which numbers it plausibly lies."""

from __future__ import annotations

from sightline.model.figures import Median, Ratio

INTERVAL = "95% interval"
"""The column of intervals: were the same children drawn again by chance, so far could the number lie from what is shown."""


def value_words(shown: Ratio | Median) -> str:
    """The number as it stands in a table or on a chart.

    >>> value_words(Ratio(12.4, 100)), value_words(Ratio(3.25, 10_000))
    ('12%', '3.2')
    """
    if isinstance(shown, Median):
        return str(shown).removesuffix(f" {shown.unit}")
    return f"{shown.value:.0f}%" if shown.per == 100 else f"{shown.value:,.{1 if shown.per > 1 else 2}f}"


def interval_words(shown: Ratio | Median) -> str:
    """Its interval, without the unit that its column names; empty where none was kept.

    >>> interval_words(Ratio(12.4, 100, 9.1, 16.2)), interval_words(Median(12, 9, 16, "days"))
    ('9% to 16%', '9 to 16')
    """
    said = shown.interval or ""
    return said.removesuffix(f" {shown.unit}") if isinstance(shown, Median) else said
