"""How figures, differences, dates and lists read on a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from sightline.model.figures import Figure, Median, NotAvailable, Range, Ratio, Released, Withheld
from sightline.model.releases import AgencyCoverage, Combination, IndicatorText, Release
from sightline.publish.differences import beside
from sightline.publish.intervals import interval_words, value_words
from sightline.publish.series import (
    NO_FIGURE,
    Headline,
    Mark,
    has_statistic,
    headline_of,
    is_provisional,
    linking_words,
    period_title,
    quarters_back,
)
from sightline.publish.words import without_links

AnyShown = Headline
_DURATION = re.compile(r"P(\d+)([DWMY])")
_UNITS_OF_TIME = {"D": "day", "W": "week", "M": "month", "Y": "year"}


class Bare(str):
    """A number already written out."""

    __slots__ = ()


def is_number(shown: object) -> bool:
    """Whether a shown figure is a number; everything else is a word and is set as one."""
    return isinstance(shown, Released | Ratio | Median | Bare | int)


def is_withheld(shown: object) -> bool:
    """Whether a figure exists and is not shown; each such cell says so itself, as an empty one beside it would look like nothing."""
    return shown is Withheld.WITHHELD


def day(iso: str | None) -> str:
    """A date of a release in words.

    >>> day("2026-05-15T09:00:00+00:00")
    '15 May 2026'
    """
    if not iso:
        return "no date"
    when = datetime.fromisoformat(iso).date() if "T" in iso else date.fromisoformat(iso)
    return f"{when.day} {when:%B %Y}"


def moment(iso: str) -> str:
    """A date and time in words, with the time zone said, because releases are made in UTC."""
    when = datetime.fromisoformat(iso)
    return f"{day(iso)} at {when:%H:%M} {when:%Z}".strip()


def quarter(period: str) -> str:
    """A period in words.

    >>> quarter("2026-Q1")
    'January to March 2026'
    """
    return period_title(period)


def spaced(name: str) -> str:
    """A name made of underscores as words.

    >>> spaced("referral_source")
    'referral source'
    """
    return name.replace("_", " ")


def first_sentence(text: str) -> str:
    """The first sentence of several.

    >>> first_sentence("Small counts are withheld. Others are rounded.")
    'Small counts are withheld.'
    """
    return text.partition(". ")[0].rstrip(".") + "."


def duration(text: str) -> str:
    """How often something is to be looked at again, where a definition gives it as an ISO 8601 duration; any other text as it is.

    >>> duration("P13W"), duration("P1Y"), duration("at each visit")
    ('every 13 weeks', 'every year', 'at each visit')
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        return text
    number, unit = int(found[1]), _UNITS_OF_TIME[found[2]]
    return f"every {unit}" if number == 1 else f"every {number} {unit}s"


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them.

    >>> listed(["Police", "Health", "Housing"])
    'Police, Health and Housing'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def generation_name(generation: str) -> str:
    """A generation's name as people compare it: a number without its leading zeros, a hash by its beginning."""
    name = generation.lstrip("0") or "0" if generation.isdigit() else generation
    return name if len(name) <= 24 else name[:12]


def change(now: Figure | None, before: Figure | None, indicator: IndicatorText) -> str:
    """The difference from the quarter before, or from a year before where a figure is about twelve months, by the rule of the sentences."""
    if now is None or not is_number(now.count):
        return "Not compared: this quarter has no number"
    said = beside(indicator, now, before, "the quarter before" if quarters_back(indicator) == 1 else "the same quarter a year before")
    return said[:1].upper() + said[1:]


def needed_agencies(release: Release, indicator: IndicatorText) -> list[AgencyCoverage]:
    """The agencies an indicator needs; all of the release's when it names none."""
    return [agency for agency in release.agencies if not indicator.agencies_needed or agency.agency in indicator.agencies_needed]


def coverage(release: Release, indicator: IndicatorText) -> str:
    """The badge that every number carries.

    Says how many of the agencies it needs had sent everything due, whether late returns may still change it, and whose records are linked
    with nobody else's.
    """
    needed = needed_agencies(release, indicator)
    complete = sum(agency.complete for agency in needed)
    badge = f"{complete} of {len(needed)} agenc{'y' if len(needed) == 1 else 'ies'}"
    parts = (badge, "provisional" if is_provisional(release, indicator) else "", without_links(release, indicator))
    return " · ".join(filter(None, parts))


def release_coverage(release: Release) -> str:
    """How much of the partnership a release holds: "7 of 8 agencies; Housing to 31 December 2025; Police provisional"."""
    complete = sum(agency.complete for agency in release.agencies)
    parts = [f"{complete} of {len(release.agencies)} agencies"]
    for agency in release.agencies:
        if not agency.complete:
            reached = min((each.latest_period_end or "" for each in agency.datasets), default="")
            parts.append(f"{agency.name} to {day(reached)}" if reached else f"not everything from {agency.name}")
    provisional = [agency.name for agency in release.agencies if agency.complete and any(each.provisional for each in agency.datasets)]
    said = [f"{listed(provisional)} provisional" if provisional else "", without_links(release)]
    return "; ".join([*parts, *filter(None, said)])


def headline(figure: Figure | None, indicator: IndicatorText) -> AnyShown:
    """The figure an indicator leads with: its percentage or rate where it has one, else its count."""
    return headline_of(figure, indicator)


def behind(figure: Figure | None, indicator: IndicatorText) -> str:
    """The words under the leading figure: what was counted, and out of how many.

    Parts that are no number are left out here, because the figure itself already carries the word.
    """
    if figure is None or not isinstance(figure.count, Released):
        return indicator.unit
    if not has_statistic(indicator):
        return indicator.unit
    counted = f"{figure.count} {indicator.unit}"
    return f"{counted} of {figure.out_of}" if isinstance(figure.out_of, Released) else counted


def left_open(count: AnyShown | None, between: Range | None) -> str:
    """The range that linkage leaves a count; empty where it leaves nothing that rounding does not hide."""
    if not isinstance(count, Released) or between is None or between.low == between.high:
        return ""
    return str(between)


def linking(count: AnyShown | None, between: Range | None) -> str:
    """The same as a sentence without its stop."""
    said = left_open(count, between)
    return said and f"{said} by how records are linked" + (": sensitive to linkage" if between and between.sensitive else "")


def linking_column(counted: Figure | Combination | None) -> AnyShown | Bare:
    """The same for a column: a range, or what stands in the place of the count."""
    count = counted.count if isinstance(counted, Figure) else counted.children if counted else None
    return Bare(linking_words(counted)) if isinstance(count, Released) else or_no_figure(count)


def per(shown: AnyShown) -> str:
    """What stands beside a rate or a median set large; nothing for a percentage, a count or a word."""
    if isinstance(shown, Median):
        return shown.unit
    return "" if not isinstance(shown, Ratio) or shown.per == 100 else f"per {shown.per:,}" if shown.per > 1 else "for each"


def in_column(shown: AnyShown) -> object:
    """A leading figure under a heading that already says "per 10,000" or "median days": the number alone."""
    return Bare(value_words(shown)) if isinstance(shown, Ratio | Median) else shown


def interval_column(shown: AnyShown) -> AnyShown | Bare:
    """The 95% interval of a leading figure for a column of its own, or what stands in the place of the figure."""
    if not isinstance(shown, Ratio | Median):
        return shown
    between = interval_words(shown)
    return Bare(between) if between else NotAvailable("not worked out")


def as_shown(mark: Mark) -> AnyShown | Bare:
    """A place of a chart as a cell of the table beside it."""
    if mark.value is not None:
        return Bare(mark.text)
    return Withheld.WITHHELD if mark.withheld else NotAvailable(mark.text)


def or_no_figure(shown: AnyShown | None) -> AnyShown:
    """A figure that is absent from the release says so; it is never an empty cell."""
    return NO_FIGURE if shown is None else shown
