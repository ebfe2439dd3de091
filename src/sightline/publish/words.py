"""Neutral words for numbers: how something moved, how far it can be trusted. Never better or worse, never good or bad."""

from __future__ import annotations

from datetime import datetime

from sightline.model.figures import NotAvailable, Ratio, Released, Withheld
from sightline.model.periods import MONTHS
from sightline.model.releases import IndicatorText, Release
from sightline.publish.series import headline_of, is_provisional, mark, period_title

SAME_WITHIN = 0.05
"""Counts and rates that differ by less than this share of the earlier one are called about the same; percentages, by less than 1 point."""

Headline = Ratio | Released | Withheld | NotAvailable


def sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def joined(names: list[str]) -> str:
    """Names as a reader would say them.

    >>> joined(["police", "health", "housing"])
    'police, health and housing'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def day_in_words(instant: str) -> str:
    """The day of an ISO date or instant.

    >>> day_in_words("2026-05-15T09:05:00+00:00")
    '15 May 2026'
    """
    day = datetime.fromisoformat(instant)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def value_and_unit(indicator: IndicatorText, shown: Headline) -> tuple[str, str]:
    """A headline figure and what it is a figure of."""
    value = mark("", shown).text
    if indicator.per == 100:
        return value, f"of {(indicator.denominator or indicator.unit).lower()}"
    if indicator.per:
        return value, f"{indicator.unit} per {indicator.per:,}"
    return value, indicator.unit


def change_words(indicator: IndicatorText, now: Headline, before: Headline, period_before: str) -> str:
    """How a headline figure differs from an earlier one; says why where there is no comparison.

    For example, 12% after 9% is "3 percentage points more than in October to December 2025".
    """
    than = f"in {period_title(period_before)}"
    if isinstance(now, Withheld | NotAvailable):
        return f"No comparison with {period_title(period_before)}: {now}"
    if isinstance(before, Withheld | NotAvailable):
        return f"No comparison with {period_title(period_before)}: {before}"
    new, old = float(now.value), float(before.value)
    difference = new - old
    more = "more" if difference > 0 else "fewer" if indicator.per is None else "less"
    if indicator.per == 100:
        points = round(abs(difference))
        plural = "" if points == 1 else "s"
        return f"{points} percentage point{plural} {more} than {than}" if points >= 1 else f"About the same as {than}"
    if abs(difference) < SAME_WITHIN * old or difference == 0:
        return f"About the same as {than}"
    if indicator.per:
        return f"{abs(difference):,.1f} {more} per {indicator.per:,} than {than}"
    return f"{abs(difference):,.0f} {more} than {than}"


def latest_change(release: Release, indicator: IndicatorText) -> str:
    """How the headline period differs from the one before it."""
    series = [headline_of(figure, indicator) for figure in release.series(indicator.id)]
    if len(series) < 2:
        return "No earlier period to compare with"
    return change_words(indicator, series[-1], series[-2], release.periods[-2])


def coverage_words(release: Release, indicator: IndicatorText | None = None) -> str:
    """How many of the agencies (that an indicator needs) had sent everything due, and whether that may still change."""
    needed = [a for a in release.agencies if indicator is None or a.agency in indicator.agencies_needed]
    complete = sum(agency.complete for agency in needed)
    words = f"{complete} of {len(needed)} {'agency' if len(needed) == 1 else 'agencies'}"
    provisional = is_provisional(release, indicator) if indicator else any(d.provisional for a in needed for d in a.datasets)
    return f"{words}, provisional" if provisional else words
