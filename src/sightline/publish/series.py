"""From figures to what a chart or a table of an indicator needs: one number or one reason for each place on an axis."""

from __future__ import annotations

from dataclasses import dataclass

from sightline.model.figures import Figure, Median, NotAvailable, Range, Ratio, Released, Shown, Withheld
from sightline.model.periods import Quarter
from sightline.model.releases import Combination, IndicatorText, Release
from sightline.model.units import DECIMALS
from sightline.publish.intervals import value_words

NO_FIGURE = NotAvailable("no figure")
Headline = Ratio | Median | Released | Withheld | NotAvailable
"""What a figure leads with."""
LINKING = "Range from linking"
"""The column that says between which numbers a count may lie because records of one child may be linked wrongly or not at all."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One place on a chart: ``value`` is None where nothing may be drawn, and then ``text`` says why."""

    label: str
    value: float | None
    text: str
    withheld: bool = False


def headline_of(figure: Figure | None, indicator: IndicatorText) -> Headline:
    """What an indicator shows: its percentage, rate, ratio or median where it has one, else its count."""
    if figure is None:
        return NO_FIGURE
    return (figure.statistic or NO_FIGURE) if has_statistic(indicator) else figure.count


def has_statistic(indicator: IndicatorText) -> bool:
    """Whether an indicator leads with something other than its count."""
    return indicator.per is not None or indicator.is_median


def quarters_back(indicator: IndicatorText) -> int:
    """How many quarters lie between a figure and the one to hold it beside: enough that they count nothing in common."""
    return max(indicator.months // 3, 1)


def number_words(value: float, indicator: IndicatorText) -> str:
    """A number on an indicator's own scale, such as a limit or a centre, as its figures are written."""
    if indicator.is_median:
        return f"{value:,.{DECIMALS.get(indicator.value or '', 1)}f} {indicator.value}"
    if indicator.per is None:
        return f"{value:,.0f}"
    return value_words(Ratio(value, indicator.per))


def number_heading(indicator: IndicatorText) -> str:
    """The words over a column of an indicator's leading numbers."""
    if indicator.is_median:
        return f"Median {indicator.value}"
    if indicator.per is None:
        return indicator.unit.capitalize()
    return "Per cent" if indicator.per == 100 else f"Per {indicator.per:,}" if indicator.per > 1 else "For each"


def linking_words(counted: Figure | Combination | None) -> str:
    """What linkage leaves open about a count, for a table: its range, or the word that stands where there is none."""
    if counted is None:
        return str(NO_FIGURE)
    return range_words(counted.count if isinstance(counted, Figure) else counted.children, counted.range)


def range_words(count: Shown, left_open: Range | None) -> str:
    """The same for a count and its range."""
    if not isinstance(count, Released):
        return str(count)
    if left_open is None:
        return "not worked out"
    return f"{left_open}, sensitive to linkage" if left_open.sensitive else str(left_open)


def mark(label: str, shown: Headline) -> Mark:
    """A shown figure as a place on a chart; withheld and not available never become a number."""
    match shown:
        case Released(value):
            return Mark(label, float(value), str(shown))
        case Ratio(value) | Median(value):
            return Mark(label, value, value_words(shown))
        case NotAvailable(reason):
            return Mark(label, None, reason)
        case _:
            return Mark(label, None, str(shown), withheld=True)


def trend_marks(release: Release, indicator: IndicatorText) -> list[Mark]:
    """One mark for each period of the release, oldest first."""
    series = release.series(indicator.id)
    return [mark(period, headline_of(figure, indicator)) for period, figure in zip(release.periods, series, strict=True)]


def breakdown_title(release: Release, breakdown: str) -> str:
    """What a breakdown is called; its id in words in releases made before it was kept."""
    return release.breakdown_titles.get(breakdown) or breakdown.replace("_", " ").capitalize()


def breakdown_marks(release: Release, indicator: IndicatorText, breakdown: str, period: str | None = None) -> list[Mark]:
    """One mark for each category in the breakdown's own order, never in order of size."""
    figures = {figure.category: figure for figure in release.breakdown(indicator.id, breakdown, period)}
    codes = [code for code, _ in release.categories.get(breakdown, ())] or list(figures)
    return [mark(release.label(breakdown, code), headline_of(figures.get(code), indicator)) for code in codes]


def measured_in(indicator: IndicatorText) -> str:
    """The words for an axis: what one step of it means."""
    if indicator.is_median:
        return f"Median {indicator.value}: {indicator.numerator[:1].lower()}{indicator.numerator[1:]}"
    if indicator.per == 100:
        return f"Per cent of {(indicator.denominator or indicator.unit).lower()}"
    if indicator.per == 1:
        return f"{indicator.unit.capitalize()} for each of {(indicator.denominator or 'those counted').lower()}"
    if indicator.per:
        return f"{indicator.unit.capitalize()} per {indicator.per:,}"
    return f"Number of {indicator.unit}"


def is_provisional(release: Release, indicator: IndicatorText) -> bool:
    """Whether a dataset the indicator needs may still change the headline period."""
    needed = set(indicator.agencies_needed)
    return any(dataset.provisional for agency in release.agencies if agency.agency in needed for dataset in agency.datasets)


def period_title(period: str) -> str:
    """A period in words; a period that is not a quarter is its own name."""
    return Quarter.parse(period).title if "Q" in period else period


def short_period(period: str) -> str:
    """A period in few letters, for an axis.

    >>> short_period("2026-Q1")
    'Jan to Mar 2026'
    """
    if "Q" not in period:
        return period
    first, _, rest = Quarter.parse(period).title.partition(" to ")
    last, _, year = rest.partition(" ")
    return f"{first[:3]} to {last[:3]} {year}"
