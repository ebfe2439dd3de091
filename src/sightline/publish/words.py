"""Neutral words for numbers: how something moved, how far it can be trusted. Never better or worse, never good or bad."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sightline.model.periods import MONTHS
from sightline.model.releases import NOT_LINKED, IndicatorText, Release
from sightline.publish.differences import beside, compared_number
from sightline.publish.series import Headline, headline_of, is_provisional, mark, period_title, quarters_back


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
    if indicator.is_median:
        return value, f"{indicator.value}, the median"
    if indicator.per == 100:
        return value, f"of {(indicator.denominator or indicator.unit).lower()}"
    if indicator.per == 1:
        return value, f"{indicator.unit} for each of {(indicator.denominator or 'those counted').lower()}"
    if indicator.per:
        return value, f"{indicator.unit} per {indicator.per:,}"
    return value, indicator.unit


def latest_change(release: Release, indicator: IndicatorText) -> str:
    """How the headline period differs from the one before it; says why where there is no comparison."""
    series, back = release.series(indicator.id), quarters_back(indicator)
    if len(series) <= back:
        return "No earlier period to compare with"
    before, now = series[-1 - back], series[-1]
    earlier = period_title(release.periods[-1 - back])
    if now is None or compared_number(now) is None:
        return f"No comparison with {earlier}: {headline_of(now, indicator)}"
    if compared_number(before) is None:
        return f"No comparison with {earlier}: {headline_of(before, indicator)}"
    said = beside(indicator, now, before, earlier)
    return said[:1].upper() + said[1:]


def coverage_words(release: Release, indicator: IndicatorText | None = None) -> str:
    """How many of the agencies (that an indicator needs) had sent everything due, whether that may still change, and who is not linked."""
    needed = [a for a in release.agencies if indicator is None or a.agency in indicator.agencies_needed]
    complete = sum(agency.complete for agency in needed)
    words = f"{complete} of {len(needed)} {'agency' if len(needed) == 1 else 'agencies'}"
    provisional = is_provisional(release, indicator) if indicator else any(d.provisional for a in needed for d in a.datasets)
    return ", ".join(filter(None, (words, "provisional" if provisional else "", without_links(release, indicator))))


def named(release: Release, agencies: Iterable[str]) -> list[str]:
    """Agencies by their names, in the release's own order."""
    wanted = set(agencies)
    known = {each.agency: each.name for each in release.agencies}
    return [name for agency, name in known.items() if agency in wanted] + sorted(wanted - known.keys())


def not_linked_now(release: Release, indicator: IndicatorText | None = None) -> list[str]:
    """By name, the agencies whose records the headline figures of an indicator (None: of any) have without links."""
    if indicator is None:
        return named(release, (each.agency for each in release.gaps if each.kind == NOT_LINKED))
    found = release.coverage_of(indicator.id, release.period)
    return named(release, found.not_linked if found else ())


def without_links(release: Release, indicator: IndicatorText | None = None) -> str:
    """The same as a few words beside a number; empty where there are none: "Police and Health not linked"."""
    names = not_linked_now(release, indicator)
    return f"{joined(names)} not linked" if names else ""
