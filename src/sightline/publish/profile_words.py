"""Sentences and table cells of the public profile: neutral, each number with its range, each gap with its reason."""

from __future__ import annotations

from sightline.model.figures import NotAvailable
from sightline.publish.document import DataTable
from sightline.publish.profile import HIGHER, LOWER, Comparison, MeasureProfile, Profile, Rate, YearFigure


def number(value: float, per: int) -> str:
    """A rate's number, with as many places as it can carry."""
    return f"{value:.1f}%" if per == 100 else f"{value:,.1f}"


def short(words: object) -> str:
    """A reason short enough for a table; the page says what it stands for."""
    return str(words).removesuffix(" by the publisher for confidentiality")


def value_of(rate: Rate | NotAvailable) -> str:
    """A rate without its range."""
    return short(rate.reason) if isinstance(rate, NotAvailable) else number(rate.value, rate.per)


def with_range(rate: Rate | NotAvailable) -> str:
    """A rate and its 95% range, as "28.4 (22.5 to 35.5)"."""
    if isinstance(rate, NotAvailable):
        return short(rate.reason)
    return f"{number(rate.value, rate.per)} ({number(rate.lower, rate.per)} to {number(rate.upper, rate.per)})"


def per_words(each: MeasureProfile) -> str:
    """What a measure's rate is a rate of."""
    return "per 10,000 children" if each.measure.per != 100 else "per cent"


def beside(comparison: Comparison, other: str) -> str:
    """A comparison in words.

    >>> beside(Comparison("no clear difference", None), "England")
    'no clear difference from England'
    """
    link = {LOWER: "than", HIGHER: "than"}.get(comparison.words, "from")
    return comparison.words if comparison.words.startswith(("cannot", "no figure")) else f"{comparison.words} {link} {other}"


def ratio_words(comparison: Comparison) -> str:
    """How many times one rate is the other, with its range; why not, where it cannot be said."""
    if comparison.ratio is None:
        return short(comparison.words)
    ratio, lower, upper = comparison.ratio
    if upper == float("inf"):
        return f"at least {lower:.2f} times: {comparison.words}"
    return f"{ratio:.2f} times ({lower:.2f} to {upper:.2f}): {comparison.words}"


def latest_table(profile: Profile, caption: str, measures: list[MeasureProfile]) -> DataTable:
    """Each measure in the last year: counted, rate with range, region, England, and the comparison."""
    rows = tuple(
        (
            each.measure.title,
            short(each.latest.count),
            with_range(each.latest.rate),
            value_of(each.region[-1].rate),
            value_of(each.england[-1].rate),
            short(each.beside_england.words),
        )
        for each in measures
    )
    header = ("Measure", "Counted", "Rate and 95% range", profile.area.region, "England", "Beside England")
    return DataTable(caption, header, rows)


def years_table(profile: Profile, each: MeasureProfile) -> DataTable:
    """One measure in every year: counted, rate with range, region, England."""
    rows = tuple(
        (str(own.year), short(own.count), with_range(own.rate), value_of(region.rate), value_of(england.rate))
        for own, region, england in zip(each.here, each.region, each.england, strict=True)
    )
    header = ("Year to 31 March", "Counted", "Rate and 95% range", profile.area.region, "England")
    return DataTable(f"{each.measure.title}, {per_words(each)}, by year", header, rows)


def change_table(caption: str, measures: list[MeasureProfile]) -> DataTable:
    """Each measure in the last year and the one before, with the ratio of both rates."""

    def before(each: MeasureProfile) -> YearFigure | None:
        return each.here[-2] if len(each.here) > 1 and each.here[-2].year == each.latest.year - 1 else None

    rows = []
    for each in measures:
        earlier = before(each)
        rows.append(
            (
                each.measure.title,
                value_of(earlier.rate) if earlier else "no figure for the year before",
                value_of(each.latest.rate),
                ratio_words(each.since_last_year),
            )
        )
    return DataTable(caption, ("Measure", "Year before", "Last year", "How many times the year before"), tuple(rows), numbers_from=1)
